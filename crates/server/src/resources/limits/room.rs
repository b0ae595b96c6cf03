//! Counting, and refusing what goes beyond a limit.

use telamon_api::{Cx, Project};
use telamon_wire::{ApiError, Result};

use super::{Counted, store};
use crate::{
    limits::ResourceLimits,
    resources::{custom_roles, database_users, network_access},
};

/// How many of them the project has now.
pub async fn usage(cx: &mut Cx<Project>, counted: Counted) -> Result<i64> {
    let (project, now) = (cx.scope.id, cx.now());
    Ok(match counted {
        Counted::CustomRoles => custom_roles::count(&mut cx.tx, project).await?,
        Counted::DatabaseUsers => database_users::count(&mut cx.tx, project, now).await?,
        Counted::NetworkEntries => network_access::count(&mut cx.tx, project, now).await?,
    })
}

/// Refuses one more of them, if the project has as many as it may: what it has set, else what the server is
/// configured with.
pub async fn demand_room(cx: &mut Cx<Project>, counted: Counted) -> Result<()> {
    let id = cx.scope.id;
    let configured = counted.configured(cx.service::<ResourceLimits>());
    let set = store::one_set(&mut cx.tx, id, counted.limit_name()).await?;
    match set.or(configured) {
        Some(limit) if usage(cx, counted).await? >= limit => Err(ApiError::new(counted.refusal()).with(limit).into()),
        _ => Ok(()),
    }
}
