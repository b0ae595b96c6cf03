//! Rate limits: the endpoint sets, what each may be asked for, and which operations it holds.
//!
//! The limits in force are one configuration for all organizations, projects and callers; a scope that is asked for is
//! checked, and the answer is the same for each.

mod catalog;
mod query;
mod read;
mod wire;

use telamon_api::Operation;

pub use catalog::RateCatalog;

/// The operations of this resource.
pub fn operations() -> Vec<Operation> {
    vec![read::list_operation(), read::get_operation()]
}
