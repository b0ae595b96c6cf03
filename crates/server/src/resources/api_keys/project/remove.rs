//! Taking an API key out of a project. It stays in the organization.

use telamon_api::{Cx, NoContent, Operation, Project};
use telamon_authz::ProjectRole;
use telamon_wire::Result;

use crate::resources::{
    api_keys::{key_id, not_found, store},
    events::{self, Event},
    rates, roles,
};

pub fn operation() -> Operation {
    Operation::delete("/api/atlas/v2/groups/{groupId}/apiKeys/{apiUserId}")
        .operation::<Project>(
            "removeGroupApiKey",
            "Programmatic API Keys",
            Project::needs(&[ProjectRole::AccessManager]),
            &rates::PROJECT_API_KEYS,
        )
        .summary("Remove one API key from a project")
        .handler(remove)
}

async fn remove(cx: &mut Cx<Project>, (): &()) -> Result<NoContent> {
    let (project, org, id, now) = (cx.scope.id, cx.scope.org, key_id(cx)?, cx.now());
    let key = store::find(&mut cx.tx, org, id).await?.ok_or_else(|| not_found(id))?;
    let holder = id.to_string();
    if roles::in_project(&mut cx.tx, &holder, project).await?.is_empty() {
        return Err(not_found(id).into());
    }
    roles::replace_in_project(&mut cx.tx, &holder, project, &[], now).await?;
    cx.credentials_changed();
    let event = Event::in_project("API_KEY_REMOVED_FROM_GROUP", org, project).with("targetPublicKey", key.public_key);
    events::record(cx, event).await?;
    Ok(NoContent)
}
