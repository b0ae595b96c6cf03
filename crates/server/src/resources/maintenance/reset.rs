//! `resetGroupMaintenanceWindow`.

use telamon_api::{Cx, Nothing, Operation, Project};
use telamon_wire::Result;

use super::{OWNERS, PATH, TAG, store};
use crate::resources::{
    events::{Event, record},
    rates,
};

pub fn operation() -> Operation {
    Operation::delete(PATH)
        .operation::<Project>("resetGroupMaintenanceWindow", TAG, Project::needs(OWNERS), &rates::MAINTENANCE)
        .summary("Remove the maintenance window of one project")
        .without_documented_pretty()
        .handler(reset)
}

async fn reset(cx: &mut Cx<Project>, (): &()) -> Result<Nothing<204>> {
    let Project { id, org, .. } = cx.scope;
    if store::remove(&mut cx.tx, id).await? {
        record(cx, Event::in_project("ATLAS_MAINTENANCE_WINDOW_REMOVED", org, id)).await?;
    }
    Ok(Nothing)
}
