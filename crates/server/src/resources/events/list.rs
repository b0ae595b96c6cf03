//! Lists of events.

use telamon_api::{Cx, Listed, Operation, Org, Paged, Project, Query};
use telamon_authz::{OrgRole, ProjectRole};
use telamon_wire::Result;

use super::{
    filter::{OrgFilter, ProjectFilter},
    store,
    wire::{OrgEvent, ProjectEvent},
};
use crate::resources::rates;

pub(super) fn in_org_operation() -> Operation {
    Operation::get("/api/atlas/v2/orgs/{orgId}/events")
        .operation::<Org>("listOrgEvents", "Events", Org::needs(&[OrgRole::Member]), &rates::ORG_EVENTS)
        .summary("Return all events of an organization")
        .handler(in_org)
}

async fn in_org(
    cx: &mut Cx<Org>,
    (Paged(page), Query(filter)): &(Paged, Query<OrgFilter>),
) -> Result<Listed<OrgEvent>> {
    let org = cx.scope.id;
    let events = store::of_org(&mut cx.tx, org, filter, *page).await?;
    let total = if page.include_count { store::count_of_org(&mut cx.tx, org, filter).await? } else { 0 };
    let items = events.iter().map(|event| OrgEvent::of(cx, event, filter.raw)).collect::<Result<_>>()?;
    Ok(Listed { items, total })
}

pub(super) fn in_project_operation() -> Operation {
    Operation::get("/api/atlas/v2/groups/{groupId}/events")
        .operation::<Project>(
            "listGroupEvents",
            "Events",
            Project::needs(&[ProjectRole::ReadOnly]),
            &rates::PROJECT_EVENTS,
        )
        .summary("Return all events of a project")
        .handler(in_project)
}

async fn in_project(
    cx: &mut Cx<Project>,
    (Paged(page), Query(filter)): &(Paged, Query<ProjectFilter>),
) -> Result<Listed<ProjectEvent>> {
    let project = cx.scope.id;
    let events = store::of_project(&mut cx.tx, project, filter, *page).await?;
    let total = if page.include_count { store::count_of_project(&mut cx.tx, project, filter).await? } else { 0 };
    let items = events.iter().map(|event| ProjectEvent::of(cx, event, filter.common.raw)).collect::<Result<_>>()?;
    Ok(Listed { items, total })
}
