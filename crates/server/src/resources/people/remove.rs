//! Removing somebody from an organization or from a project.

use telamon_api::{Cx, NoContent, Operation, Org, Project};
use telamon_authz::{OrgRole, ProjectRole};
use telamon_wire::{Result, Version};

use super::{SUNSET, TAG, filter::Filter, grants, not_in_org, not_in_project, person_id, store};
use crate::resources::rates;

const OF_ORG: &str = "/api/atlas/v2/orgs/{orgId}/users/{userId}";
const OF_PROJECT: &str = "/api/atlas/v2/groups/{groupId}/users/{userId}";

pub(super) fn joined_from_org_operation() -> Operation {
    Operation::delete(OF_ORG)
        .operation::<Org>("removeOrgUser", TAG, Org::needs(&[OrgRole::Owner]), &rates::ORG_USERS)
        .summary("Remove one person from one organization")
        .until(Version::V2025_02_19, SUNSET)
        .handler(joined_from_org)
}

async fn joined_from_org(cx: &mut Cx<Org>, (): &()) -> Result<NoContent> {
    remove_from_org(cx, Filter::default().joined()).await
}

pub(super) fn from_org_operation() -> Operation {
    Operation::delete(OF_ORG)
        .operation::<Org>("removeOrgUser", TAG, Org::needs(&[OrgRole::Owner]), &rates::ORG_USERS)
        .summary("Remove one person from one organization")
        .since(Version::V2025_02_19)
        .handler(from_org)
}

async fn from_org(cx: &mut Cx<Org>, (): &()) -> Result<NoContent> {
    remove_from_org(cx, Filter::default().in_any_state()).await
}

async fn remove_from_org(cx: &mut Cx<Org>, filter: Filter) -> Result<NoContent> {
    let (org, now, id) = (cx.scope.id, cx.now(), person_id(cx)?);
    let found = store::find_in_org(&mut cx.tx, org, now, &filter.of(id)).await?;
    let member = found.ok_or_else(|| not_in_org(id, org))?;
    grants::remove_from_org(cx, org, &member).await?;
    Ok(NoContent)
}

pub(super) fn joined_from_project_operation() -> Operation {
    Operation::delete(OF_PROJECT)
        .operation::<Project>(
            "removeGroupUser",
            TAG,
            Project::needs(&[ProjectRole::AccessManager]),
            &rates::PROJECT_USERS,
        )
        .summary("Remove one person from one project")
        .until(Version::V2025_02_19, SUNSET)
        .handler(joined_from_project)
}

async fn joined_from_project(cx: &mut Cx<Project>, (): &()) -> Result<NoContent> {
    remove_from_project(cx, Filter::default().joined()).await
}

pub(super) fn from_project_operation() -> Operation {
    Operation::delete(OF_PROJECT)
        .operation::<Project>(
            "removeGroupUser",
            TAG,
            Project::needs(&[ProjectRole::AccessManager]),
            &rates::PROJECT_USERS,
        )
        .summary("Remove one person from one project")
        .since(Version::V2025_02_19)
        .handler(from_project)
}

async fn from_project(cx: &mut Cx<Project>, (): &()) -> Result<NoContent> {
    remove_from_project(cx, Filter::default().in_any_state()).await
}

async fn remove_from_project(cx: &mut Cx<Project>, filter: Filter) -> Result<NoContent> {
    let (place, now, id) = ((cx.scope.org, cx.scope.id), cx.now(), person_id(cx)?);
    let found = store::find_in_project(&mut cx.tx, place, now, filter.of(id)).await?;
    let member = found.ok_or_else(|| not_in_project(id, place.1))?;
    grants::set_in_project(cx, place, &member, &[]).await?;
    Ok(NoContent)
}
