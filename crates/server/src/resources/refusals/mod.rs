//! Why was I refused? The wire says what the service that this API comes from says, and that is little: a wrong key, no
//! membership, a missing role and a wrong address look alike. So the reason is kept, for an organization's owners.
//!
//! What always holds: a reason holds no secret, and nobody but an owner of the organization that it concerns reads it. An
//! organization other than the credential's own learns what was tried there and not by whom. Reasons are noted in memory
//! and written behind; they are kept for a day, and of each organization only the newest ones.

mod list;
mod model;
mod note;
mod store;
mod wire;

use telamon_api::{Job, Operation};

use crate::retention::{Retention, TIDY_EVERY};

pub use model::Rule;
pub use note::{Answer, Attempt, Refusals};

/// The operations of this resource. They are telamon's own.
pub fn operations() -> Vec<Operation> {
    vec![list::operation()]
}

/// The jobs of this resource: what is old goes, and of each organization all but the newest.
pub fn jobs(retention: &Retention) -> Vec<Job> {
    let mut jobs = vec![Job::in_batches("crowded refusals", TIDY_EVERY, store::ANY_CROWDED, 0, store::thin_out)];
    if let Some(kept) = retention.refusals {
        jobs.push(Job::forgetting("old refusals", TIDY_EVERY, store::OLD, kept));
    }
    jobs
}
