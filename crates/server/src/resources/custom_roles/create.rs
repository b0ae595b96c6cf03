//! Makes a custom role.

use telamon_api::{Accepted, Body, Cx, Operation, Project};
use telamon_wire::{ApiError, ErrorCode, Result};

use super::{
    COLLECTION, TAG, WRITERS, inheritance,
    model::Role,
    store,
    wire::{CustomRole, NewRole},
};
use crate::resources::{
    events::{self, Event},
    limits::{Counted, demand_room},
    rates,
};

pub fn operation() -> Operation {
    Operation::post(COLLECTION)
        .operation::<Project>("createGroupCustomDbRoleRole", TAG, Project::needs(WRITERS), &rates::CUSTOM_ROLES)
        .summary("Create one custom role in one project")
        .handler(create)
}

async fn create(cx: &mut Cx<Project>, Body(new): &Body<NewRole>) -> Result<Accepted<CustomRole>> {
    let role = Role::from_new(new)?;
    let (org, project, now) = (cx.scope.org, cx.scope.id, cx.now());
    check_parents(cx, &role).await?;
    demand_room(cx, Counted::CustomRoles).await?;
    match store::insert(&mut cx.tx, project, &role, now).await {
        Err(fault) if fault.is_unique(store::NAME_KEY) => {
            return Err(ApiError::new(ErrorCode::ATLAS_CUSTOM_ROLE_NAME_ALREADY_EXISTS).with(role.name).into());
        }
        inserted => inserted?,
    }
    events::record(cx, Event::in_project("MONGODB_ROLE_ADDED", org, project)).await?;
    Ok(Accepted(role.into()))
}

/// Checks what the role inherits.
pub async fn check_parents(cx: &mut Cx<Project>, role: &Role) -> Result<()> {
    let id = cx.scope.id;
    if role.inherited.is_empty() {
        return Ok(());
    }
    let family = store::family(&mut cx.tx, id).await?;
    Ok(inheritance::check(&role.name, &role.inherited, &family)?)
}
