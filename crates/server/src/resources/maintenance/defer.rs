//! `deferGroupMaintenanceWindow` and `toggleGroupMaintenanceWindowAutoDefer`: maintenance a week later, once or always.

use telamon_api::{Cx, Nothing, Operation, Project};
use telamon_wire::{ErrorCode, Result};

use super::{OWNERS, TAG, model, model::Window, store};
use crate::resources::{
    events::{Event, record},
    rates,
};

pub fn operation() -> Operation {
    Operation::post("/api/atlas/v2/groups/{groupId}/maintenanceWindow/defer")
        .operation::<Project>("deferGroupMaintenanceWindow", TAG, Project::needs(OWNERS), &rates::MAINTENANCE)
        .summary("Defer the maintenance of one project by a week")
        .without_documented_pretty()
        .handler(defer)
}

pub fn toggle() -> Operation {
    Operation::post("/api/atlas/v2/groups/{groupId}/maintenanceWindow/autoDefer")
        .operation::<Project>("toggleGroupMaintenanceWindowAutoDefer", TAG, Project::needs(OWNERS), &rates::MAINTENANCE)
        .summary("Switch whether the maintenance of one project is deferred by itself")
        .without_documented_pretty()
        .handler(switch)
}

async fn defer(cx: &mut Cx<Project>, (): &()) -> Result<Nothing<200>> {
    let window = model::deferred(defined(cx).await?)?;
    keep(cx, &window, "ATLAS_MAINTENANCE_DEFERRED").await
}

async fn switch(cx: &mut Cx<Project>, (): &()) -> Result<Nothing<200>> {
    let before = defined(cx).await?;
    let window = Window { auto_defer_once_enabled: !before.auto_defer_once_enabled, ..before };
    keep(cx, &window, model::auto_defer_event(&window)).await
}

/// The window of the project: `ATLAS_MAINTENANCE_WINDOW_NOT_DEFINED` if it has none.
async fn defined(cx: &mut Cx<Project>) -> Result<Window> {
    let project = cx.scope.id;
    let window = store::get(&mut cx.tx, project).await?;
    window.ok_or_else(|| ErrorCode::ATLAS_MAINTENANCE_WINDOW_NOT_DEFINED.into())
}

async fn keep(cx: &mut Cx<Project>, window: &Window, event: &'static str) -> Result<Nothing<200>> {
    let Project { id, org, .. } = cx.scope;
    store::put(&mut cx.tx, id, window).await?;
    record(cx, Event::in_project(event, org, id)).await?;
    Ok(Nothing)
}
