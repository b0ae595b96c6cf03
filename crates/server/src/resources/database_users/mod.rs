//! Database users: who may log in to the deployments of a project, how they prove it, and what they may do.
//!
//! What always holds: a user is known by database and name, and on `$external` a bare name and its `CN=` form are one
//! name; a user past its `deleteAfterDate` is not there, whether or not its row is; a password is kept only as the
//! verifier that a `mongod` would keep, sealed.

mod authentication;
mod create;
mod custom_roles;
mod delete;
mod expiry;
mod get;
mod grants;
mod list;
mod model;
mod scram;
mod store;
mod update;
mod wire;

use telamon_api::Operation;
use telamon_authz::ProjectRole;

pub use authentication::{Authentication, Database, identity};
pub use custom_roles::take_away;
pub use expiry::job;
pub use scram::check_password;
pub use store::count;

/// The operations of this resource.
pub fn operations() -> Vec<Operation> {
    vec![list::operation(), create::operation(), get::operation(), update::operation(), delete::operation()]
}

const TAG: &str = "Database Users";
const COLLECTION: &str = "/api/atlas/v2/groups/{groupId}/databaseUsers";
const ONE: &str = "/api/atlas/v2/groups/{groupId}/databaseUsers/{databaseName}/{username}";
const READERS: &[ProjectRole] = &[ProjectRole::ReadOnly];
const WRITERS: &[ProjectRole] = &[ProjectRole::DatabaseAccessAdmin, ProjectRole::StreamProcessingOwner];
