//! Organizations: who owns projects and credentials.
//!
//! A deleted organization stays as a tombstone; its credentials and roles go with it.
//!
//! Source: the tag "Organizations" of the Administration API.

mod create;
mod delegation;
mod delete;
mod get;
mod groups;
mod list;
mod maintenance;
mod model;
mod settings;
mod store;
mod update;
pub mod wire;

use telamon_api::Operation;

pub use settings::load_settings;
pub(crate) use store::{has_member, insert, lives, oldest_owner};
pub use wire::{OrgMaintenance, OrgSettings, WaveAssignmentMode};

/// The operations of this resource.
pub fn operations() -> Vec<Operation> {
    vec![
        list::operation(),
        create::operation(),
        get::operation(),
        update::operation(),
        delete::operation(),
        settings::get(),
        settings::update(),
        delegation::get(),
        delegation::update(),
        maintenance::get(),
        maintenance::update(),
        maintenance::reset(),
        groups::operation(),
    ]
}
