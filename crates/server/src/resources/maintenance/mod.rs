//! Maintenance windows: when the deployments of a project may be worked on. telamon keeps the window and hands it back;
//! it works on no deployment, so nothing ever starts in it.
//!
//! A project without a row has no window: it is printed with the defaults, and there is nothing that could be deferred.
//!
//! Source: the tag "Maintenance Windows" of the Administration API.

mod defer;
mod get;
mod model;
mod reset;
mod store;
mod update;
mod wire;

use telamon_api::Operation;
use telamon_authz::ProjectRole;

/// The operations of this resource.
pub fn operations() -> Vec<Operation> {
    vec![
        get::operation(),
        get::preview(),
        update::operation(),
        update::preview(),
        reset::operation(),
        defer::operation(),
        defer::toggle(),
    ]
}

const TAG: &str = "Maintenance Windows";
const PATH: &str = "/api/atlas/v2/groups/{groupId}/maintenanceWindow";
const READERS: &[ProjectRole] = &[ProjectRole::ReadOnly];
const OWNERS: &[ProjectRole] = &[ProjectRole::Owner];
