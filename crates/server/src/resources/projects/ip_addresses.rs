//! `getGroupIpAddresses`: the addresses of the clusters of a project, of which there are none.

use telamon_api::{Cx, Json, Operation, Project};
use telamon_authz::ProjectRole;
use telamon_wire::Result;

use super::wire::{GroupIPAddresses, GroupService};
use crate::resources::rates;

pub fn operation() -> Operation {
    Operation::get("/api/atlas/v2/groups/{groupId}/ipAddresses")
        .operation::<Project>(
            "getGroupIpAddresses",
            "Projects",
            Project::needs(&[ProjectRole::ReadOnly]),
            &rates::PROJECT,
        )
        .summary("Return all addresses of one project")
        .handler(get)
}

async fn get(cx: &mut Cx<Project>, (): &()) -> Result<Json<GroupIPAddresses>> {
    Ok(Json(GroupIPAddresses { group_id: cx.scope.id, services: GroupService { clusters: Vec::new() } }))
}
