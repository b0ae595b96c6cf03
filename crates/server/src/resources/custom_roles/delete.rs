//! Removes a custom role, and the mention of it from the users and roles that have others beside it.

use telamon_api::{Cx, NoContent, Operation, Project};
use telamon_wire::{ApiError, ErrorCode, Result};

use super::{ONE, TAG, WRITERS, not_found, store};
use crate::resources::{
    database_users,
    events::{self, Event},
    rates,
};

pub fn operation() -> Operation {
    Operation::delete(ONE)
        .operation::<Project>("deleteGroupCustomDbRoleRole", TAG, Project::needs(WRITERS), &rates::CUSTOM_ROLES)
        .summary("Remove one custom role from one project")
        .handler(delete)
}

async fn delete(cx: &mut Cx<Project>, (): &()) -> Result<NoContent> {
    let (project, org, name) = (cx.scope.id, cx.scope.org, cx.path_value("roleName").to_owned());
    if !store::delete(&mut cx.tx, project, &name).await? {
        return Err(not_found(cx).into());
    }
    database_users::take_away(cx, &name).await?;
    for mut child in store::list(&mut cx.tx, project).await? {
        let before = child.inherited.len();
        child.inherited.retain(|parent| parent.role != name);
        if child.inherited.len() == before {
            continue;
        }
        if child.inherited.is_empty() {
            return Err(ApiError::new(ErrorCode::ATLAS_CUSTOM_ROLE_IN_USE_BY_ROLES).with(name).into());
        }
        store::update(&mut cx.tx, project, &child).await?;
        events::record(cx, Event::in_project("MONGODB_ROLE_UPDATED", org, project)).await?;
    }
    events::record(cx, Event::in_project("MONGODB_ROLE_DELETED", org, project)).await?;
    Ok(NoContent)
}
