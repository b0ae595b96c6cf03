//! Single events.

use telamon_api::{Cx, Json, Operation, Org, Project, Query};
use telamon_authz::{OrgRole, ProjectRole};
use telamon_wire::{ApiError, ErrorCode, EventId, Result};

use super::{
    filter::IncludeRaw,
    store,
    wire::{OrgEvent, ProjectEvent},
};
use crate::resources::rates;

pub(super) fn in_org_operation() -> Operation {
    Operation::get("/api/atlas/v2/orgs/{orgId}/events/{eventId}")
        .operation::<Org>("getOrgEvent", "Events", Org::needs(&[OrgRole::Member]), &rates::ORG_EVENTS)
        .summary("Return one event of an organization")
        .handler(in_org)
}

async fn in_org(cx: &mut Cx<Org>, Query(IncludeRaw(raw)): &Query<IncludeRaw>) -> Result<Json<OrgEvent>> {
    let org = cx.scope.id;
    let id = event_id(cx, ErrorCode::ORG_EVENT_NOT_FOUND)?;
    let event = store::one_of_org(&mut cx.tx, org, id).await?;
    let event = event.ok_or_else(|| ApiError::new(ErrorCode::ORG_EVENT_NOT_FOUND).with(id.to_string()))?;
    OrgEvent::of(cx, &event, *raw).map(Json)
}

pub(super) fn in_project_operation() -> Operation {
    Operation::get("/api/atlas/v2/groups/{groupId}/events/{eventId}")
        .operation::<Project>(
            "getGroupEvent",
            "Events",
            Project::needs(&[ProjectRole::ReadOnly]),
            &rates::PROJECT_EVENTS,
        )
        .summary("Return one event of a project")
        .handler(in_project)
}

async fn in_project(cx: &mut Cx<Project>, Query(IncludeRaw(raw)): &Query<IncludeRaw>) -> Result<Json<ProjectEvent>> {
    let project = cx.scope.id;
    let id = event_id(cx, ErrorCode::EVENT_NOT_FOUND)?;
    let event = store::one_of_project(&mut cx.tx, project, id).await?;
    let event = event.ok_or_else(|| ApiError::new(ErrorCode::EVENT_NOT_FOUND).with(id.to_string()))?;
    ProjectEvent::of(cx, &event, *raw).map(Json)
}

/// The id of the path. What is not one names no event.
fn event_id<S>(cx: &Cx<S>, not_found: ErrorCode) -> Result<EventId, ApiError> {
    let text = cx.path_value("eventId");
    text.parse().map_err(|_| ApiError::new(not_found).with(text))
}
