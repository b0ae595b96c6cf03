//! Making an API key in a project: a member of the organization with roles in the project.

use telamon_api::{Body, Cx, Json, Operation, Project};
use telamon_authz::{OrgRole, ProjectRole};
use telamon_wire::Result;

use super::give;
use crate::resources::{
    api_keys::{
        create_in_org, model, store,
        wire::{ApiKeyUserDetails, NewApiKey, NewProjectApiKey},
    },
    rates, roles,
};

pub fn operation() -> Operation {
    Operation::post("/api/atlas/v2/groups/{groupId}/apiKeys")
        .operation::<Project>(
            "createGroupApiKey",
            "Programmatic API Keys",
            Project::needs(&[ProjectRole::AccessManager]),
            &rates::PROJECT_API_KEYS,
        )
        .summary("Create one API key in a project")
        .handler(create)
}

async fn create(cx: &mut Cx<Project>, Body(new): &Body<NewProjectApiKey>) -> Result<Json<ApiKeyUserDetails>> {
    let (project, org) = (cx.scope.id, cx.scope.org);
    let wanted = roles::parse_in_project(&new.roles, project)?;
    model::demand_roles(&wanted)?;
    let member = NewApiKey { desc: new.desc.clone(), roles: vec![OrgRole::Member] };
    let mut key = create_in_org(cx, org, &member).await?;
    give(cx, key.id, &key.public_key, &wanted).await?;
    key.roles = store::all_roles(&mut cx.tx, org, key.id).await?;
    Ok(Json(key))
}
