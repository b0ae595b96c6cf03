//! Secrets of service accounts: two at the most, so that a new one can take the place of the old one while both are good.

mod create;
mod delete;
mod expiry;
pub(super) mod store;

use telamon_api::Operation;

pub use expiry::job;

pub(super) fn operations() -> Vec<Operation> {
    vec![create::org_operation(), create::project_operation(), delete::org_operation(), delete::project_operation()]
}
