//! How the database users of a project are vouched for by others: the customer's own certificate authorities, and an
//! LDAP directory.
//!
//! What always holds: a project without a row has the defaults; authorities are kept only after they were checked; the
//! password for the directory is sealed and never read back over the API.

mod change;
mod disable;
mod forget_mapping;
mod get;
mod model;
mod store;
mod wire;

use telamon_api::{Cx, Operation, Project};
use telamon_authz::ProjectRole;
use telamon_wire::Result;

use crate::resources::events::{self, Event};

/// The operations of this resource.
pub fn operations() -> Vec<Operation> {
    vec![get::operation(), change::operation(), disable::operation(), forget_mapping::operation()]
}

const TAG: &str = "LDAP Configuration";
const PATH: &str = "/api/atlas/v2/groups/{groupId}/userSecurity";
const OWNERS: &[ProjectRole] = &[ProjectRole::Owner];

/// Keeps changed settings and records that they changed.
async fn keep(cx: &mut Cx<Project>, settings: &model::Settings) -> Result<()> {
    let (org, project) = (cx.scope.org, cx.scope.id);
    store::put(&mut cx.tx, project, settings).await?;
    events::record(cx, Event::in_project("USER_SECURITY_SETTINGS_UPDATED", org, project)).await
}
