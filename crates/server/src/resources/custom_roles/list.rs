//! Lists the custom roles of a project: a bare array.

use telamon_api::{Cx, Json, Operation, Project};
use telamon_wire::Result;

use super::{COLLECTION, READERS, TAG, store, wire::CustomRole};
use crate::resources::rates;

pub fn operation() -> Operation {
    Operation::get(COLLECTION)
        .operation::<Project>("listGroupCustomDbRoleRoles", TAG, Project::needs(READERS), &rates::CUSTOM_ROLES)
        .summary("Return all custom roles of one project, in the order of their creation")
        .handler(list)
}

async fn list(cx: &mut Cx<Project>, (): &()) -> Result<Json<Vec<CustomRole>>> {
    let id = cx.scope.id;
    let roles = store::list(&mut cx.tx, id).await?;
    Ok(Json(roles.into_iter().map(CustomRole::from).collect()))
}
