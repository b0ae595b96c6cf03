//! Reading the service accounts of a project.

use telamon_api::{Cx, Json, Listed, Operation, Paged, Project, Query};
use telamon_authz::ProjectRole;
use telamon_wire::{Result, Version};

use super::member;
use crate::resources::{
    rates,
    service_accounts::{read::SystemManaged, store, wire::GroupServiceAccount},
};

pub fn list_operation() -> Operation {
    Operation::get("/api/atlas/v2/groups/{groupId}/serviceAccounts")
        .operation::<Project>(
            "listGroupServiceAccounts",
            "Service Accounts",
            Project::needs(&[ProjectRole::ReadOnly]),
            &rates::PROJECT_SERVICE_ACCOUNTS,
        )
        .summary("Return all service accounts of a project")
        .since(Version::V2024_08_05)
        .handler(list)
}

async fn list(
    cx: &mut Cx<Project>,
    (Paged(page), Query(SystemManaged)): &(Paged<false>, Query<SystemManaged>),
) -> Result<Listed<GroupServiceAccount>> {
    let id = cx.scope.id;
    let items = store::list_in_project(&mut cx.tx, id, *page).await?;
    let total = store::count_in_project(&mut cx.tx, id).await?;
    Ok(Listed { items, total })
}

pub fn get_operation() -> Operation {
    Operation::get("/api/atlas/v2/groups/{groupId}/serviceAccounts/{clientId}")
        .operation::<Project>(
            "getGroupServiceAccount",
            "Service Accounts",
            Project::needs(&[ProjectRole::ReadOnly]),
            &rates::PROJECT_SERVICE_ACCOUNTS,
        )
        .summary("Return one service account of a project")
        .since(Version::V2024_08_05)
        .handler(get)
}

async fn get(cx: &mut Cx<Project>, (): &()) -> Result<Json<GroupServiceAccount>> {
    member(cx).await.map(Json)
}
