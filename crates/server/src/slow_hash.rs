//! Hashing and comparing passwords: slow on purpose, so away from the threads that serve, and few at the same time.

use std::sync::Arc;

use telamon_authn::{PasswordError, hash_password, verify_password};
use telamon_wire::{Entropy, Failure};
use tokio::sync::Semaphore;
use zeroize::Zeroizing;

/// How many passwords a process hashes or compares at the same time: each takes 19 MiB and some tens of milliseconds of
/// a core.
pub const AT_ONCE: u32 = 4;

/// The places of those.
pub static PLACES: Semaphore = Semaphore::const_new(AT_ONCE as usize);

/// The hash of a new password.
pub async fn hash(password: Zeroizing<String>, entropy: Arc<dyn Entropy>) -> Result<String, Failure> {
    slowly(move || hash_password(&password, &*entropy)).await
}

/// Whether `stored` is the hash of a password.
pub async fn verify(password: Zeroizing<String>, stored: String) -> Result<bool, Failure> {
    slowly(move || verify_password(&password, &stored)).await
}

async fn slowly<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, PasswordError> + Send + 'static,
) -> Result<T, Failure> {
    let place = PLACES.acquire().await.map_err(|error| Failure::Bug(error.into()))?;
    // The work goes on when nobody waits for it any more, and keeps its place.
    let working = tokio::task::spawn_blocking(move || {
        let _place = place;
        work()
    });
    let done = working.await.map_err(|panic| Failure::Bug(panic.into()))?;
    done.map_err(|error| Failure::Bug(error.into()))
}
