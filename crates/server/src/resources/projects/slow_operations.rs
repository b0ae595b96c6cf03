//! Whether the threshold for slow operations is managed: `getGroupManagedSlowMs`, `enableGroupManagedSlowMs`,
//! `disableGroupManagedSlowMs`. A new project has it disabled.

use telamon_api::{Cx, Json, NoContent, Operation, Project};
use telamon_authz::ProjectRole;
use telamon_store::{Sql, args, sql};
use telamon_wire::Result;

use crate::resources::{
    events::{Event, record},
    rates,
};

const TAG: &str = "Performance Advisor";

pub fn get() -> Operation {
    Operation::get("/api/atlas/v2/groups/{groupId}/managedSlowMs")
        .operation::<Project>("getGroupManagedSlowMs", TAG, Project::needs(&[ProjectRole::ReadOnly]), &rates::PROJECT)
        .summary("Return whether the threshold for slow operations is managed")
        .handler(read)
}

pub fn enable() -> Operation {
    Operation::post("/api/atlas/v2/groups/{groupId}/managedSlowMs/enable")
        .operation::<Project>("enableGroupManagedSlowMs", TAG, Project::needs(&[ProjectRole::Owner]), &rates::PROJECT)
        .summary("Have the threshold for slow operations managed")
        .handler(switch_on)
}

pub fn disable() -> Operation {
    Operation::delete("/api/atlas/v2/groups/{groupId}/managedSlowMs/disable")
        .operation::<Project>("disableGroupManagedSlowMs", TAG, Project::needs(&[ProjectRole::Owner]), &rates::PROJECT)
        .summary("Have a fixed threshold for slow operations")
        .handler(switch_off)
}

static LOAD: Sql = sql!("SELECT managed_slow_ms FROM project WHERE id = $1");
static STORE: Sql = sql!("UPDATE project SET managed_slow_ms = $2 WHERE id = $1 AND managed_slow_ms <> $2");

async fn read(cx: &mut Cx<Project>, (): &()) -> Result<Json<bool>> {
    let id = cx.scope.id;
    Ok(Json(cx.tx.one(LOAD, &args![id]).await?))
}

async fn switch_on(cx: &mut Cx<Project>, (): &()) -> Result<NoContent> {
    switch(cx, true).await
}

async fn switch_off(cx: &mut Cx<Project>, (): &()) -> Result<NoContent> {
    switch(cx, false).await
}

async fn switch(cx: &mut Cx<Project>, managed: bool) -> Result<NoContent> {
    let Project { id, org, .. } = cx.scope;
    if cx.tx.run(STORE, &args![id, managed]).await? > 0 {
        record(cx, Event::in_project("GROUP_SETTINGS_UPDATED", org, id)).await?;
    }
    Ok(NoContent)
}
