//! The IP access list of a project: the addresses from which its deployments may be reached.
//!
//! What always holds: a block of addresses has one spelling and one entry; an entry past its `deleteAfterDate` is not
//! there, whether or not its row is; a permanent entry never becomes a temporary one.
//!
//! Source: the tag "Project IP Access List" of the Administration API.

mod create;
mod delete;
mod expiry;
mod get;
mod list;
mod model;
mod status;
mod store;
mod wire;

use telamon_api::{Cx, Operation, Project};
use telamon_authz::ProjectRole;
use telamon_wire::{ApiError, ErrorCode};

use model::Block;

pub use expiry::job;
pub use store::count;

/// The operations of this resource.
pub fn operations() -> Vec<Operation> {
    vec![list::operation(), create::operation(), get::operation(), delete::operation(), status::operation()]
}

const TAG: &str = "Project IP Access List";
const COLLECTION: &str = "/api/atlas/v2/groups/{groupId}/accessList";
const ONE: &str = "/api/atlas/v2/groups/{groupId}/accessList/{entryValue}";
const READERS: &[ProjectRole] = &[ProjectRole::ReadOnly];
const WRITERS: &[ProjectRole] = &[ProjectRole::NetworkAccessManager];

/// The block that the path names; what names none has no entry.
fn block_of_path(cx: &Cx<Project>) -> Result<Block, ApiError> {
    Block::parse(cx.path_value("entryValue")).map_err(|_| not_found(cx))
}

/// The project has no entry of the value in the path.
fn not_found(cx: &Cx<Project>) -> ApiError {
    let error = ApiError::new(ErrorCode::ATLAS_NETWORK_PERMISSION_ENTRY_NOT_FOUND);
    error.with(cx.path_value("entryValue")).with(cx.scope.id.to_string())
}
