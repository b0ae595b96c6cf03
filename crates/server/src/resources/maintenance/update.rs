//! `updateGroupMaintenanceWindow`, in both shapes.

use telamon_api::{Body, Cx, Nothing, Operation, Project};
use telamon_wire::Result;

use super::{
    OWNERS, PATH, TAG,
    model::{self, Change},
    store,
    wire::{GroupMaintenanceWindowPreviewUpdate, GroupMaintenanceWindowUpdate},
};
use crate::resources::{
    events::{Event, record},
    rates,
};

const ID: &str = "updateGroupMaintenanceWindow";
const SUMMARY: &str = "Update the maintenance window of one project";

pub fn operation() -> Operation {
    Operation::patch(PATH)
        .operation::<Project>(ID, TAG, Project::needs(OWNERS), &rates::MAINTENANCE)
        .summary(SUMMARY)
        .without_documented_pretty()
        .handler(update)
}

pub fn preview() -> Operation {
    Operation::patch(PATH)
        .operation::<Project>(ID, TAG, Project::needs(OWNERS), &rates::MAINTENANCE)
        .summary(SUMMARY)
        .without_documented_pretty()
        .only_preview()
        .handler(update_preview)
}

async fn update(cx: &mut Cx<Project>, Body(body): &Body<GroupMaintenanceWindowUpdate>) -> Result<Nothing<200>> {
    change(cx, &body.change()).await
}

async fn update_preview(
    cx: &mut Cx<Project>,
    Body(body): &Body<GroupMaintenanceWindowPreviewUpdate>,
) -> Result<Nothing<200>> {
    change(cx, &body.change()).await
}

async fn change(cx: &mut Cx<Project>, change: &Change) -> Result<Nothing<200>> {
    let Project { id, org, .. } = cx.scope;
    let before = store::get(&mut cx.tx, id).await?;
    let after = model::changed(before, change)?;
    store::put(&mut cx.tx, id, &after).await?;
    for event in model::events(before, &after) {
        record(cx, Event::in_project(event, org, id)).await?;
    }
    Ok(Nothing)
}
