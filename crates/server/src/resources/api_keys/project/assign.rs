//! Assigning an API key of the organization to a project.

use telamon_api::{Body, Cx, NoContent, Operation, Project};
use telamon_authz::ProjectRole;
use telamon_wire::Result;

use super::give;
use crate::resources::{
    api_keys::{key_id, model, not_found, store, wire::RoleAssignments},
    rates, roles,
};

pub fn operation() -> Operation {
    Operation::post("/api/atlas/v2/groups/{groupId}/apiKeys/{apiUserId}")
        .operation::<Project>(
            "addGroupApiKey",
            "Programmatic API Keys",
            Project::needs(&[ProjectRole::Owner]),
            &rates::PROJECT_API_KEYS,
        )
        .summary("Assign one API key of the organization to a project")
        .handler(assign)
}

async fn assign(cx: &mut Cx<Project>, Body(assignments): &Body<RoleAssignments>) -> Result<NoContent> {
    let (project, org, id) = (cx.scope.id, cx.scope.org, key_id(cx)?);
    let key = store::find(&mut cx.tx, org, id).await?.ok_or_else(|| not_found(id))?;
    let names: Vec<String> = assignments.0.iter().flat_map(|assignment| assignment.roles.iter().cloned()).collect();
    let wanted = roles::parse_in_project(&names, project)?;
    model::demand_roles(&wanted)?;
    give(cx, id, &key.public_key, &wanted).await?;
    Ok(NoContent)
}
