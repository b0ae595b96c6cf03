//! Changing an API key of a project: its description, and its roles in the project. Clients assign keys with it too.

use telamon_api::{Body, Cx, Json, Operation, Paged, Project};
use telamon_authz::ProjectRole;
use telamon_wire::Result;

use super::give;
use crate::resources::{
    api_keys::{
        key_id, masked, model, not_found, store,
        wire::{ApiKeyUserDetails, ProjectApiKeyChange},
    },
    events::{self, Event},
    rates, roles,
};

pub fn operation() -> Operation {
    Operation::patch("/api/atlas/v2/groups/{groupId}/apiKeys/{apiUserId}")
        .operation::<Project>(
            "updateGroupApiKeyRoles",
            "Programmatic API Keys",
            Project::needs(&[ProjectRole::AccessManager]),
            &rates::PROJECT_API_KEYS,
        )
        .summary("Update one API key of a project, or assign it to the project")
        .handler(change)
}

// The answer is one key: the page that clients ask for all the same is read and means nothing.
async fn change(
    cx: &mut Cx<Project>,
    (Body(change), Paged(_)): &(Body<ProjectApiKeyChange>, Paged),
) -> Result<Json<ApiKeyUserDetails>> {
    let (project, org, id) = (cx.scope.id, cx.scope.org, key_id(cx)?);
    let key = store::find(&mut cx.tx, org, id).await?.ok_or_else(|| not_found(id))?;
    let (desc, wanted) = model::asked(change.desc.as_deref(), change.roles.as_deref())?;
    match wanted {
        Some(names) => give(cx, id, &key.public_key, &roles::parse_in_project(names, project)?).await?,
        None if roles::in_project(&mut cx.tx, &id.to_string(), project).await?.is_empty() => {
            return Err(not_found(id).into());
        }
        None => {}
    }
    if let Some(desc) = desc.filter(|desc| *desc != key.desc) {
        store::describe(&mut cx.tx, id, desc).await?;
        let event = Event::in_org("API_KEY_DESCRIPTION_CHANGED", org).with("targetPublicKey", key.public_key);
        events::record(cx, event).await?;
    }
    let key = store::find(&mut cx.tx, org, id).await?.ok_or_else(|| not_found(id))?;
    Ok(Json(masked(cx, org, key)))
}
