//! Projects: `groups` on the wire.
//!
//! A project belongs to one organization and owns a certificate authority from its first second. A deleted project stays
//! as a tombstone: its id answers differently from one that never was, its name is free again.
//!
//! Source: the tag "Projects" of the Administration API, and the three operations on the managed threshold for slow
//! operations that clients call with every project.

mod authority;
mod create;
mod delete;
mod get;
mod ip_addresses;
mod list;
mod migrate;
mod model;
mod settings;
mod slow_operations;
mod store;
mod update;
mod versions;
pub mod wire;

use telamon_api::Operation;

pub use create::insert_project;
pub(crate) use list::list_in_org;
pub(crate) use store::count_living;

/// The operations of this resource.
pub fn operations() -> Vec<Operation> {
    vec![
        list::operation(),
        list::by_name(),
        create::operation(),
        get::operation(),
        update::operation(),
        delete::operation(),
        settings::get(),
        settings::update(),
        ip_addresses::operation(),
        versions::operation(),
        migrate::operation(),
        slow_operations::get(),
        slow_operations::enable(),
        slow_operations::disable(),
    ]
}
