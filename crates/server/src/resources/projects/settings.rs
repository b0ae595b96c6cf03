//! `getGroupSettings` and `updateGroupSettings`.

use telamon_api::{Body, Cx, Json, Operation, Project};
use telamon_authz::ProjectRole;
use telamon_store::{Sql, Tx, args, sql};
use telamon_wire::{Failure, ProjectId, Result};

use super::wire::{GroupSettings, GroupSettingsUpdate};
use crate::resources::{
    events::{Event, record},
    rates,
};

const PATH: &str = "/api/atlas/v2/groups/{groupId}/settings";

pub fn get() -> Operation {
    Operation::get(PATH)
        .operation::<Project>("getGroupSettings", "Projects", Project::needs(&[ProjectRole::ReadOnly]), &rates::PROJECT)
        .summary("Return the settings of one project")
        .handler(read)
}

pub fn update() -> Operation {
    Operation::patch(PATH)
        .operation::<Project>("updateGroupSettings", "Projects", Project::needs(&[ProjectRole::Owner]), &rates::PROJECT)
        .summary("Update the settings of one project")
        .handler(write)
}

static LOAD: Sql = sql!("SELECT settings FROM project WHERE id = $1");
static STORE: Sql = sql!("UPDATE project SET settings = $2 WHERE id = $1");

async fn load(tx: &mut Tx, project: ProjectId) -> Result<GroupSettings> {
    let stored: String = tx.one(LOAD, &args![project]).await?;
    serde_json::from_str(&stored).map_err(|error| Failure::Bug(error.into()))
}

async fn read(cx: &mut Cx<Project>, (): &()) -> Result<Json<GroupSettings>> {
    let id = cx.scope.id;
    Ok(Json(load(&mut cx.tx, id).await?))
}

async fn write(cx: &mut Cx<Project>, Body(change): &Body<GroupSettingsUpdate>) -> Result<Json<GroupSettings>> {
    let Project { id, org, .. } = cx.scope;
    let mut settings = load(&mut cx.tx, id).await?;
    let explorer_was_enabled = settings.is_data_explorer_enabled;
    settings.apply(change);
    let stored = serde_json::to_string(&settings).map_err(|error| Failure::Bug(error.into()))?;
    cx.tx.run(STORE, &args![id, stored]).await?;
    if settings.is_data_explorer_enabled != explorer_was_enabled {
        let name = if explorer_was_enabled { "DATA_EXPLORER_DISABLED" } else { "DATA_EXPLORER_ENABLED" };
        record(cx, Event::in_project(name, org, id)).await?;
    }
    Ok(Json(settings))
}
