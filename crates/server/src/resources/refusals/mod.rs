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

use telamon_api::Operation;
use telamon_store::{Fault, Tx};
use telamon_wire::Timestamp;

pub use model::Rule;
pub use note::{Answer, Attempt, Refusals};

/// The operations of this resource. They are telamon's own.
pub fn operations() -> Vec<Operation> {
    vec![list::operation()]
}

/// Forgets what is older than a day, and of each organization all but the newest.
pub async fn tidy(tx: &mut Tx, now: Timestamp) -> Result<(), Fault> {
    store::tidy(tx, now.plus_seconds(-list::KEPT_SECONDS)).await
}
