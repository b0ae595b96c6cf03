//! Changes what a custom role permits and inherits.

use telamon_api::{Body, Cx, Json, Operation, Project};
use telamon_wire::Result;

use super::{
    ONE, TAG, WRITERS,
    create::check_parents,
    not_found, store,
    wire::{CustomRole, RoleChange},
};
use crate::resources::{
    events::{self, Event},
    rates,
};

pub fn operation() -> Operation {
    Operation::patch(ONE)
        .operation::<Project>("updateGroupCustomDbRoleRole", TAG, Project::needs(WRITERS), &rates::CUSTOM_ROLES)
        .summary("Update one custom role of one project")
        .handler(update)
}

async fn update(cx: &mut Cx<Project>, Body(change): &Body<RoleChange>) -> Result<Json<CustomRole>> {
    let (org, project, name) = (cx.scope.org, cx.scope.id, cx.path_value("roleName").to_owned());
    let Some(mut role) = store::find(&mut cx.tx, project, &name).await? else { return Err(not_found(cx).into()) };
    role.apply(change)?;
    if change.inherited_roles.is_some() {
        check_parents(cx, &role).await?;
    }
    store::update(&mut cx.tx, project, &role).await?;
    events::record(cx, Event::in_project("MONGODB_ROLE_UPDATED", org, project)).await?;
    Ok(Json(role.into()))
}
