//! Assigning a service account of the organization to a project.

use telamon_api::{Body, Cx, Json, Operation, Project};
use telamon_authz::OrgRole;
use telamon_wire::{Result, Version};

use super::{give, of_org};
use crate::resources::{
    rates, roles,
    service_accounts::{
        client_id, model,
        wire::{GroupServiceAccount, RoleAssignment},
    },
};

pub fn operation() -> Operation {
    Operation::post("/api/atlas/v2/groups/{groupId}/serviceAccounts/{clientId}:invite")
        .operation::<Project>(
            "inviteGroupServiceAccount",
            "Service Accounts",
            Project::needs_in_org(&[OrgRole::Owner]),
            &rates::PROJECT_SERVICE_ACCOUNTS,
        )
        .summary("Assign one service account of the organization to a project")
        .since(Version::V2024_08_05)
        .handler(invite)
}

async fn invite(cx: &mut Cx<Project>, Body(assignment): &Body<RoleAssignment>) -> Result<Json<GroupServiceAccount>> {
    let client_id = client_id(cx)?;
    let account = of_org(cx, client_id).await?;
    let wanted = roles::parse_in_project(&assignment.roles, cx.scope.id)?;
    model::check_roles(&wanted)?;
    give(cx, account, &wanted).await.map(Json)
}
