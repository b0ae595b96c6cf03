//! What users have to do with the custom roles of their project.

use telamon_api::{Cx, Project};
use telamon_wire::{ApiError, ErrorCode, Result};

use super::{
    grants::{DatabaseUserRole, unavailable},
    store,
};
use crate::resources::{
    custom_roles,
    database_roles::RoleKind,
    events::{self, Event},
};

/// Refuses roles that are neither built in nor the project's own.
pub async fn demand_custom_roles(cx: &mut Cx<Project>, roles: &[DatabaseUserRole]) -> Result<()> {
    let project = cx.scope.id;
    for role in roles.iter().filter(|role| RoleKind::of(&role.role_name) == RoleKind::Custom) {
        if !custom_roles::exists(&mut cx.tx, project, &role.role_name).await? {
            return Err(unavailable(role).into());
        }
    }
    Ok(())
}

/// Takes a custom role that will be gone away from the users who have it, unless it is the only one of somebody.
pub async fn take_away(cx: &mut Cx<Project>, role: &str) -> Result<()> {
    let (project, org, now) = (cx.scope.id, cx.scope.org, cx.now());
    let holders = store::with_role(&mut cx.tx, project, role, now).await?;
    for mut user in holders {
        user.roles.retain(|held| held.role_name != role);
        if user.roles.is_empty() {
            return Err(ApiError::new(ErrorCode::ATLAS_CUSTOM_ROLE_IN_USE_BY_USERS).with(role).into());
        }
        store::update(&mut cx.tx, &user, None).await?;
        let event = Event::in_project("MONGODB_USER_UPDATED", org, project);
        events::record(cx, event.with("dbUserUsername", user.event_name())).await?;
    }
    Ok(())
}
