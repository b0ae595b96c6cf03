//! Reading the API keys of a project.

use telamon_api::{Cx, Listed, Operation, Paged, Project};
use telamon_authz::ProjectRole;
use telamon_wire::Result;

use crate::resources::{
    api_keys::{masked, store, wire::ApiKeyUserDetails},
    rates,
};

pub fn operation() -> Operation {
    Operation::get("/api/atlas/v2/groups/{groupId}/apiKeys")
        .operation::<Project>(
            "listGroupApiKeys",
            "Programmatic API Keys",
            Project::needs(&[ProjectRole::ReadOnly]),
            &rates::PROJECT_API_KEYS,
        )
        .summary("Return all API keys of a project")
        .handler(list)
}

async fn list(cx: &mut Cx<Project>, Paged(page): &Paged) -> Result<Listed<ApiKeyUserDetails>> {
    let (project, org) = (cx.scope.id, cx.scope.org);
    let keys = store::list_in_project(&mut cx.tx, project, org, *page).await?;
    let total = if page.include_count { store::count_in_project(&mut cx.tx, project).await? } else { 0 };
    Ok(Listed { items: keys.into_iter().map(|key| masked(cx, org, key)).collect(), total })
}
