//! `updateGroup`.

use telamon_api::{Body, Cx, Json, Operation, Project};
use telamon_authz::ProjectRole;
use telamon_wire::{ApiError, ErrorCode, OrgId, ProjectId, Result};

use super::{
    get::single,
    model::{check_name, check_tags},
    store,
    wire::{Group, GroupUpdate},
};
use crate::resources::{
    events::{Event, record},
    rates,
};

pub fn operation() -> Operation {
    Operation::patch("/api/atlas/v2/groups/{groupId}")
        .operation::<Project>("updateGroup", "Projects", Project::needs(&[ProjectRole::Owner]), &rates::PROJECT)
        .summary("Update one project")
        .handler(update)
}

async fn update(cx: &mut Cx<Project>, Body(change): &Body<GroupUpdate>) -> Result<Json<Group>> {
    let Project { id, org, .. } = cx.scope;
    let before = store::one(&mut cx.tx, id).await?;
    let mut after = before.clone();
    if let Some(name) = &change.name {
        check_name(name)?;
        after.name.clone_from(name);
    }
    if let Some(tags) = &change.tags {
        check_tags(tags)?;
        after.tags.clone_from(tags);
    }
    after.with_default_alerts = change.with_default_alerts_settings.unwrap_or(after.with_default_alerts);

    match store::update(&mut cx.tx, &after).await {
        Err(fault) if store::is_name_taken(&fault) => {
            return Err(ApiError::new(ErrorCode::GROUP_ALREADY_EXISTS).with(after.name).into());
        }
        done => done?,
    }
    if before.name != after.name {
        // The list of the organization does not show a new name, the project's does.
        record(cx, Event::in_project("GROUP_NAME_CHANGED", org, id)).await?;
    }
    if before.tags != after.tags {
        record(cx, tags_modified(org, id)).await?;
    }
    if before.with_default_alerts != after.with_default_alerts {
        record(cx, Event::in_project("GROUP_DEFAULT_ALERTS_SETTINGS_CHANGED", org, id)).await?;
    }
    Ok(Json(single(cx, after)))
}

/// The event of tags that were set, changed or removed.
pub fn tags_modified(org: OrgId, project: ProjectId) -> Event {
    Event::in_org_about("GROUP_TAGS_MODIFIED", org, project)
        .with("resourceId", project.to_string())
        .with("resourceType", "project")
}
