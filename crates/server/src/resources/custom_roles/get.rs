//! Reads one custom role.

use telamon_api::{Cx, Json, Operation, Project};
use telamon_wire::Result;

use super::{ONE, READERS, TAG, not_found, store, wire::CustomRole};
use crate::resources::rates;

pub fn operation() -> Operation {
    Operation::get(ONE)
        .operation::<Project>("getGroupCustomDbRoleRole", TAG, Project::needs(READERS), &rates::CUSTOM_ROLES)
        .summary("Return one custom role of one project")
        .handler(get)
}

async fn get(cx: &mut Cx<Project>, (): &()) -> Result<Json<CustomRole>> {
    let id = cx.scope.id;
    let name = cx.path_value("roleName").to_owned();
    match store::find(&mut cx.tx, id, &name).await? {
        Some(role) => Ok(Json(role.into())),
        None => Err(not_found(cx).into()),
    }
}
