//! `getGroupMaintenanceWindow`, in both shapes.

use telamon_api::{Cx, Json, Operation, Project};
use telamon_wire::Result;

use super::{
    PATH, READERS, TAG, model, store,
    wire::{GroupMaintenanceWindow, GroupMaintenanceWindowPreview},
};
use crate::resources::rates;

const ID: &str = "getGroupMaintenanceWindow";
const SUMMARY: &str = "Return the maintenance window of one project";

pub fn operation() -> Operation {
    Operation::get(PATH)
        .operation::<Project>(ID, TAG, Project::needs(READERS), &rates::MAINTENANCE)
        .summary(SUMMARY)
        .handler(get)
}

pub fn preview() -> Operation {
    Operation::get(PATH)
        .operation::<Project>(ID, TAG, Project::needs(READERS), &rates::MAINTENANCE)
        .summary(SUMMARY)
        .only_preview()
        .handler(get_preview)
}

async fn get(cx: &mut Cx<Project>, (): &()) -> Result<Json<GroupMaintenanceWindow>> {
    let project = cx.scope.id;
    let window = store::get(&mut cx.tx, project).await?.unwrap_or_default();
    Ok(Json(GroupMaintenanceWindow::of(&window)))
}

async fn get_preview(cx: &mut Cx<Project>, (): &()) -> Result<Json<GroupMaintenanceWindowPreview>> {
    let project = cx.scope.id;
    let window = store::get(&mut cx.tx, project).await?.unwrap_or_default();
    let (settings, tags) = store::wave_sources(&mut cx.tx, project).await?;
    let wave = model::effective_wave(window.wave_assignment, settings, &tags);
    Ok(Json(GroupMaintenanceWindowPreview::of(&window, wave)))
}
