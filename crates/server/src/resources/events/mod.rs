//! Events: what happened in an organization or a project, who did it and from where.
//!
//! An event stands in one list, its organization's or its project's, and is never changed. What every event has is in
//! columns; its actor and what it is about are a JSON object.

mod filter;
mod list;
mod read;
mod record;
mod retention;
mod store;
mod types;
mod wire;

use telamon_api::Operation;

pub use record::{Event, record, record_by_system};
pub use retention::job;

/// The operations of this resource.
pub fn operations() -> Vec<Operation> {
    vec![
        list::in_org_operation(),
        read::in_org_operation(),
        list::in_project_operation(),
        read::in_project_operation(),
        types::operation(),
    ]
}
