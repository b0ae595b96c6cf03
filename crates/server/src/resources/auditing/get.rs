//! `getGroupAuditLog`.

use telamon_api::{Cx, Json, Operation, Project};
use telamon_wire::Result;

use super::{OWNERS, PATH, TAG, store, wire::AuditLog};
use crate::resources::rates;

pub fn operation() -> Operation {
    Operation::get(PATH)
        .operation::<Project>("getGroupAuditLog", TAG, Project::needs(OWNERS), &rates::AUDITING)
        .summary("Return the auditing configuration of one project")
        .handler(get)
}

async fn get(cx: &mut Cx<Project>, (): &()) -> Result<Json<AuditLog>> {
    let project = cx.scope.id;
    Ok(Json(store::get(&mut cx.tx, project).await?))
}
