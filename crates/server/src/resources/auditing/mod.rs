//! Auditing: which actions the deployments of a project are to write down. telamon keeps the configuration and hands it
//! back; whoever runs the deployments applies it.
//!
//! A project without a row has the defaults.
//!
//! Source: the tag "Auditing" of the Administration API.

mod get;
mod model;
mod store;
mod update;
mod wire;

use telamon_api::Operation;
use telamon_authz::ProjectRole;

/// The operations of this resource.
pub fn operations() -> Vec<Operation> {
    vec![get::operation(), update::operation()]
}

const TAG: &str = "Auditing";
const PATH: &str = "/api/atlas/v2/groups/{groupId}/auditLog";
const OWNERS: &[ProjectRole] = &[ProjectRole::Owner];
