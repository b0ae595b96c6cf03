//! Hashing and comparing passwords: slow on purpose, so away from the threads that serve, and few at the same time.

use std::sync::Arc;

use telamon_authn::{PasswordError, hash_password, verify_password};
use telamon_wire::{Entropy, ErrorCode, Failure};
use tokio::sync::Semaphore;
use zeroize::Zeroizing;

/// How many passwords a process hashes or compares at the same time: each takes 19 MiB and some tens of milliseconds of
/// a core.
pub const AT_ONCE: u32 = 4;

/// How many more may wait: others are told to come later, so that strangers cannot make people wait for long.
const WAITING: u32 = 64;

/// Room for all of them.
static ROOM: Semaphore = Semaphore::const_new((AT_ONCE + WAITING) as usize);

/// Places for those whose turn it is.
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
    let room = ROOM.try_acquire().map_err(|_| ErrorCode::TOO_MANY_PASSWORDS_AT_ONCE)?;
    let place = PLACES.acquire().await.map_err(|error| Failure::Bug(error.into()))?;
    // The work goes on when nobody waits for it any more, and keeps its place.
    let working = tokio::task::spawn_blocking(move || {
        let _places = (room, place);
        work()
    });
    let done = working.await.map_err(|panic| Failure::Bug(panic.into()))?;
    done.map_err(|error| Failure::Bug(error.into()))
}

#[cfg(test)]
mod tests {
    use telamon_authn::nobodys_hash;

    use super::*;

    #[tokio::test]
    async fn so_many_wait_and_no_more() {
        let verify = || verify(Zeroizing::new("wrong".to_owned()), nobodys_hash().to_owned());
        let all_places = PLACES.acquire_many(AT_ONCE).await.unwrap();
        let waiting: Vec<_> = (0..AT_ONCE + WAITING).map(|_| tokio::spawn(verify())).collect();
        while ROOM.available_permits() > 0 {
            tokio::task::yield_now().await;
        }
        let refused = verify().await.unwrap_err().to_api_error();
        assert_eq!((refused.code, refused.status()), (ErrorCode::TOO_MANY_PASSWORDS_AT_ONCE, 429));
        drop(all_places);
        for waited in waiting {
            assert!(!waited.await.unwrap().unwrap());
        }
        assert!(!verify().await.unwrap());
    }
}
