//! Changing a service account of a project: its name, its description, and its roles in the project.

use telamon_api::{Body, Cx, Json, Operation, Project};
use telamon_authz::ProjectRole;
use telamon_wire::{Result, Version};

use super::{give, member, of_org};
use crate::resources::{
    rates, roles,
    service_accounts::{
        change::change_details,
        model,
        wire::{GroupServiceAccount, ProjectServiceAccountChange},
    },
};

pub fn operation() -> Operation {
    Operation::patch("/api/atlas/v2/groups/{groupId}/serviceAccounts/{clientId}")
        .operation::<Project>(
            "updateGroupServiceAccount",
            "Service Accounts",
            Project::needs(&[ProjectRole::Owner]),
            &rates::PROJECT_SERVICE_ACCOUNTS,
        )
        .summary("Update one service account of a project")
        .since(Version::V2024_08_05)
        .handler(change)
}

async fn change(
    cx: &mut Cx<Project>,
    Body(change): &Body<ProjectServiceAccountChange>,
) -> Result<Json<GroupServiceAccount>> {
    let GroupServiceAccount { client_id, roles: held, .. } = member(cx).await?;
    let (name, description) = (change.name.as_deref(), change.description.as_deref());
    model::check_change(name, description, change.roles.as_deref())?;
    let wanted = match &change.roles {
        Some(names) => roles::parse_in_project(names, cx.scope.id)?,
        None => held,
    };
    let (org, mut account) = (cx.scope.org, of_org(cx, client_id).await?);
    change_details(cx, org, &mut account, name, description).await?;
    give(cx, account, &wanted).await.map(Json)
}
