//! Taking a service account out of a project. It stays in the organization, and its secrets and tokens stay good.

use telamon_api::{Cx, NoContent, Operation, Project};
use telamon_authz::ProjectRole;
use telamon_wire::{Result, Version};

use super::member;
use crate::resources::{
    events::{self, Event},
    rates, roles,
};

pub fn operation() -> Operation {
    Operation::delete("/api/atlas/v2/groups/{groupId}/serviceAccounts/{clientId}")
        .operation::<Project>(
            "deleteGroupServiceAccount",
            "Service Accounts",
            Project::needs(&[ProjectRole::Owner]),
            &rates::PROJECT_SERVICE_ACCOUNTS,
        )
        .summary("Remove one service account from a project")
        .since(Version::V2024_08_05)
        .handler(remove)
}

async fn remove(cx: &mut Cx<Project>, (): &()) -> Result<NoContent> {
    let (project, org, now) = (cx.scope.id, cx.scope.org, cx.now());
    let client_id = member(cx).await?.client_id;
    roles::replace_in_project(&mut cx.tx, &client_id.0.to_string(), project, &[], now).await?;
    cx.credentials_changed();
    let event = Event::in_project("SERVICE_ACCOUNT_REMOVED_FROM_GROUP", org, project);
    events::record(cx, event.with("clientId", client_id.to_string())).await?;
    Ok(NoContent)
}
