//! Custom database roles: what a project's database users may be granted beside the roles that MongoDB has.
//!
//! What always holds: a role permits something, or inherits; the roles that it inherits exist, and none of them
//! inherits it in turn; a user or a role never names a custom role that is gone.
//!
//! Source: the tag "Custom Database Roles" of the Administration API.

mod action;
mod create;
mod delete;
mod get;
mod inheritance;
mod list;
mod model;
mod store;
mod update;
mod wire;

use telamon_api::{Cx, Operation, Project};
use telamon_authz::ProjectRole;
use telamon_wire::{ApiError, ErrorCode};

pub use store::{count, exists};

/// The operations of this resource.
pub fn operations() -> Vec<Operation> {
    vec![list::operation(), create::operation(), get::operation(), update::operation(), delete::operation()]
}

const TAG: &str = "Custom Database Roles";
const COLLECTION: &str = "/api/atlas/v2/groups/{groupId}/customDBRoles/roles";
const ONE: &str = "/api/atlas/v2/groups/{groupId}/customDBRoles/roles/{roleName}";
const READERS: &[ProjectRole] = &[ProjectRole::ReadOnly];
const WRITERS: &[ProjectRole] = &[ProjectRole::DatabaseAccessAdmin, ProjectRole::StreamProcessingOwner];

/// The project has no role of the name in the path.
fn not_found(cx: &Cx<Project>) -> ApiError {
    ApiError::new(ErrorCode::ATLAS_CUSTOM_ROLE_NOT_FOUND).with(cx.path_value("roleName"))
}
