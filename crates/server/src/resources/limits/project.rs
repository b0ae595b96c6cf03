//! The limits of one project: `listGroupLimits`, `getGroupLimit`, `setGroupLimit`, `deleteGroupLimit`.

use telamon_api::{Body, Cx, Json, NoContent, Operation, Project};
use telamon_authz::ProjectRole;
use telamon_wire::{ApiError, ErrorCode, Result};

use super::{
    model::{Bounds, LIMITS, Limit, unknown},
    room, store,
    wire::{DataFederationLimit, LimitRequest},
};
use crate::{
    limits::ResourceLimits,
    resources::{
        events::{Event, record},
        rates,
    },
};

const LIST: &str = "/api/atlas/v2/groups/{groupId}/limits";
const ONE: &str = "/api/atlas/v2/groups/{groupId}/limits/{limitName}";

pub fn list() -> Operation {
    Operation::get(LIST)
        .operation::<Project>("listGroupLimits", "Projects", Project::needs(&[ProjectRole::ReadOnly]), &rates::PROJECT)
        .summary("Return all limits of one project")
        .handler(list_all)
}

pub fn get() -> Operation {
    Operation::get(ONE)
        .operation::<Project>("getGroupLimit", "Projects", Project::needs(&[ProjectRole::ReadOnly]), &rates::PROJECT)
        .summary("Return one limit of one project")
        .handler(get_one)
}

pub fn set() -> Operation {
    Operation::patch(ONE)
        .operation::<Project>("setGroupLimit", "Projects", Project::needs(&[ProjectRole::Owner]), &rates::PROJECT)
        .summary("Set one limit of one project")
        .handler(set_one)
}

pub fn reset() -> Operation {
    Operation::delete(ONE)
        .operation::<Project>("deleteGroupLimit", "Projects", Project::needs(&[ProjectRole::Owner]), &rates::PROJECT)
        .summary("Set one limit of one project back to its default")
        .handler(reset_one)
}

async fn list_all(cx: &mut Cx<Project>, (): &()) -> Result<Json<Vec<DataFederationLimit>>> {
    let id = cx.scope.id;
    let set = store::all_set(&mut cx.tx, id).await?;
    let mut printed = Vec::new();
    for limit in &LIMITS {
        printed.extend(print(cx, limit, set.get(limit.name).copied()).await?);
    }
    Ok(Json(printed))
}

async fn get_one(cx: &mut Cx<Project>, (): &()) -> Result<Json<DataFederationLimit>> {
    let id = cx.scope.id;
    let limit = Limit::find(cx.path_value("limitName"))?;
    let set = store::one_set(&mut cx.tx, id, limit.name).await?;
    Ok(Json(print(cx, limit, set).await?.ok_or_else(|| unknown(limit.name))?))
}

async fn print(cx: &mut Cx<Project>, limit: &Limit, set: Option<i64>) -> Result<Option<DataFederationLimit>> {
    let usage = match limit.counted {
        Some(counted) => Some(room::usage(cx, counted).await?),
        None => None,
    };
    Ok(limit.print(&limit.bounds(cx.service::<ResourceLimits>()), set, usage))
}

async fn set_one(cx: &mut Cx<Project>, Body(new): &Body<LimitRequest>) -> Result<Json<DataFederationLimit>> {
    let limit = Limit::find(cx.path_value("limitName"))?;
    let Bounds { default, maximum } = limit.bounds(cx.service::<ResourceLimits>());
    if new.value < 1 {
        return Err(ApiError::new(ErrorCode::ATTRIBUTE_NEGATIVE_OR_ZERO).with("value").into());
    }
    if let Some(most) = maximum.max(default)
        && new.value > most
    {
        return Err(ApiError::invalid_field("value", format!("it must be at most {most}.")).into());
    }
    let Project { id, org, .. } = cx.scope;
    store::set(&mut cx.tx, id, limit.name, new.value).await?;
    record(cx, Event::in_project("PROJECT_LIMIT_UPDATED", org, id)).await?;
    Ok(Json(print(cx, limit, Some(new.value)).await?.ok_or_else(|| unknown(limit.name))?))
}

async fn reset_one(cx: &mut Cx<Project>, (): &()) -> Result<NoContent> {
    let limit = Limit::find(cx.path_value("limitName"))?;
    let Project { id, org, .. } = cx.scope;
    if store::reset(&mut cx.tx, id, limit.name).await? {
        record(cx, Event::in_project("PROJECT_LIMIT_UPDATED", org, id)).await?;
    }
    Ok(NoContent)
}
