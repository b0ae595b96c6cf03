//! Reads the settings.

use telamon_api::{Cx, Json, Operation, Project};
use telamon_wire::Result;

use super::{OWNERS, PATH, TAG, store, wire::UserSecurity};
use crate::resources::rates;

pub fn operation() -> Operation {
    Operation::get(PATH)
        .operation::<Project>("getGroupUserSecurity", TAG, Project::needs(OWNERS), &rates::USER_SECURITY)
        .summary("Return the LDAP and X.509 settings of one project")
        .handler(get)
}

async fn get(cx: &mut Cx<Project>, _: &()) -> Result<Json<UserSecurity>> {
    let project = cx.scope.id;
    Ok(Json(store::get(&mut cx.tx, project).await?.into()))
}
