//! The limits of a project: `listGroupLimits`, `getGroupLimit`, `setGroupLimit`, `deleteGroupLimit`.
//!
//! What a project sets holds for it alone. Of these limits the number of database users is enforced; the others are
//! about things that this server does not run, and are kept for the clients that set them.

use std::collections::HashMap;

use telamon_api::{Body, Cx, Json, NoContent, Operation, Project};
use telamon_authz::ProjectRole;
use telamon_store::{Fault, Sql, Tx, args, sql};
use telamon_wire::{ApiError, ErrorCode, ProjectId, Result};

use super::wire::{DataFederationLimit, LimitRequest};
use crate::{
    limits::ResourceLimits,
    resources::{
        events::{Event, record},
        rates,
    },
};

const LIST: &str = "/api/atlas/v2/groups/{groupId}/limits";
const ONE: &str = "/api/atlas/v2/groups/{groupId}/limits/{limitName}";

pub fn list() -> Operation {
    Operation::get(LIST)
        .operation::<Project>("listGroupLimits", "Projects", Project::needs(&[ProjectRole::ReadOnly]), &rates::PROJECT)
        .summary("Return all limits of one project")
        .handler(list_all)
}

pub fn get() -> Operation {
    Operation::get(ONE)
        .operation::<Project>("getGroupLimit", "Projects", Project::needs(&[ProjectRole::ReadOnly]), &rates::PROJECT)
        .summary("Return one limit of one project")
        .handler(get_one)
}

pub fn set() -> Operation {
    Operation::patch(ONE)
        .operation::<Project>("setGroupLimit", "Projects", Project::needs(&[ProjectRole::Owner]), &rates::PROJECT)
        .summary("Set one limit of one project")
        .handler(set_one)
}

pub fn reset() -> Operation {
    Operation::delete(ONE)
        .operation::<Project>("deleteGroupLimit", "Projects", Project::needs(&[ProjectRole::Owner]), &rates::PROJECT)
        .summary("Set one limit of one project back to its default")
        .handler(reset_one)
}

const DATABASE_USERS: &str = "atlas.project.security.databaseAccess.users";

/// A limit: its name, its default and the greatest value that the API documents. Without a default it is printed once
/// it is set.
struct Limit {
    name: &'static str,
    default: Option<i64>,
    maximum: Option<i64>,
}

const fn limit(name: &'static str, default: i64, maximum: i64) -> Limit {
    Limit { name, default: Some(default), maximum: Some(maximum) }
}

const fn open_limit(name: &'static str) -> Limit {
    Limit { name, default: None, maximum: None }
}

static LIMITS: [Limit; 13] = [
    limit("atlas.project.deployment.clusters", 25, 100),
    limit("atlas.project.deployment.nodesPerPrivateLinkRegion", 50, 90),
    limit("atlas.project.deployment.privateServiceConnectionsPerRegionGroup", 50, 100),
    limit("atlas.project.deployment.privateServiceConnectionsSubnetMask", 27, 27),
    open_limit("atlas.project.deployment.serverlessMTMs"),
    limit("atlas.project.security.databaseAccess.customRoles", 100, 1400),
    limit(DATABASE_USERS, 100, 100),
    limit("atlas.project.security.networkAccess.crossRegionEntries", 40, 220),
    // The documented maximum lies below the default.
    limit("atlas.project.security.networkAccess.entries", 200, 20),
    open_limit("dataFederation.bytesProcessed.daily"),
    open_limit("dataFederation.bytesProcessed.monthly"),
    open_limit("dataFederation.bytesProcessed.query"),
    open_limit("dataFederation.bytesProcessed.weekly"),
];

/// The numbers of a limit on this server, which may be configured to allow more database users.
struct Bounds {
    default: Option<i64>,
    maximum: Option<i64>,
}

impl Limit {
    fn find(name: &str) -> Result<&'static Self, ApiError> {
        LIMITS.iter().find(|limit| limit.name == name).ok_or_else(|| unknown(name))
    }

    fn bounds(&self, configured: &ResourceLimits) -> Bounds {
        let default = match configured.database_users_per_project {
            Some(configured) if self.name == DATABASE_USERS => Some(configured),
            _ => self.default,
        };
        let maximum = if self.name == DATABASE_USERS { self.maximum.max(default) } else { self.maximum };
        Bounds { default, maximum }
    }

    fn print(&self, bounds: &Bounds, set: Option<i64>, users: i64) -> Option<DataFederationLimit> {
        Some(DataFederationLimit {
            current_usage: (self.name == DATABASE_USERS).then_some(users),
            default_limit: bounds.default,
            maximum_limit: bounds.maximum,
            name: self.name.to_owned(),
            value: set.or(bounds.default)?,
        })
    }
}

fn unknown(name: &str) -> ApiError {
    ApiError::new(ErrorCode::INVALID_LIMIT_NAME).with(name)
}

static ALL_SET: Sql = sql!("SELECT name, value FROM project_limit WHERE project_id = $1 ORDER BY name");
static ONE_SET: Sql = sql!("SELECT value FROM project_limit WHERE project_id = $1 AND name = $2");
static SET: Sql = sql!(
    "INSERT INTO project_limit (project_id, name, value) VALUES ($1, $2, $3)
     ON CONFLICT (project_id, name) DO UPDATE SET value = excluded.value"
);
static RESET: Sql = sql!("DELETE FROM project_limit WHERE project_id = $1 AND name = $2");
static DATABASE_USER_COUNT: Sql = sql!("SELECT COUNT(*) FROM database_user WHERE project_id = $1");

/// How many database users a project may have: what it has set, else what the server is configured with; `None` is no
/// limit.
pub async fn database_users_limit(
    tx: &mut Tx,
    project: ProjectId,
    configured: &ResourceLimits,
) -> Result<Option<i64>, Fault> {
    let set: Option<i64> = tx.optional(ONE_SET, &args![project, DATABASE_USERS]).await?;
    Ok(set.or(configured.database_users_per_project))
}

async fn list_all(cx: &mut Cx<Project>, (): &()) -> Result<Json<Vec<DataFederationLimit>>> {
    let id = cx.scope.id;
    let set: HashMap<String, i64> = cx.tx.all(ALL_SET, &args![id]).await?.into_iter().collect();
    let users: i64 = cx.tx.one(DATABASE_USER_COUNT, &args![id]).await?;
    let configured = cx.service::<ResourceLimits>();
    let print = |limit: &Limit| limit.print(&limit.bounds(configured), set.get(limit.name).copied(), users);
    Ok(Json(LIMITS.iter().filter_map(print).collect()))
}

async fn get_one(cx: &mut Cx<Project>, (): &()) -> Result<Json<DataFederationLimit>> {
    let limit = Limit::find(cx.path_value("limitName"))?;
    let id = cx.scope.id;
    let set: Option<i64> = cx.tx.optional(ONE_SET, &args![id, limit.name]).await?;
    printed(cx, limit, set).await
}

async fn printed(cx: &mut Cx<Project>, limit: &Limit, set: Option<i64>) -> Result<Json<DataFederationLimit>> {
    let id = cx.scope.id;
    let users = if limit.name == DATABASE_USERS { cx.tx.one(DATABASE_USER_COUNT, &args![id]).await? } else { 0 };
    let bounds = limit.bounds(cx.service::<ResourceLimits>());
    Ok(Json(limit.print(&bounds, set, users).ok_or_else(|| unknown(limit.name))?))
}

async fn set_one(cx: &mut Cx<Project>, Body(new): &Body<LimitRequest>) -> Result<Json<DataFederationLimit>> {
    let limit = Limit::find(cx.path_value("limitName"))?;
    let Bounds { default, maximum } = limit.bounds(cx.service::<ResourceLimits>());
    if new.value < 1 {
        return Err(ApiError::new(ErrorCode::ATTRIBUTE_NEGATIVE_OR_ZERO).with("value").into());
    }
    if let Some(most) = maximum.max(default)
        && new.value > most
    {
        return Err(ApiError::invalid_field("value", format!("it must be at most {most}.")).into());
    }
    let Project { id, org, .. } = cx.scope;
    cx.tx.run(SET, &args![id, limit.name, new.value]).await?;
    record(cx, Event::in_project("PROJECT_LIMIT_UPDATED", org, id)).await?;
    printed(cx, limit, Some(new.value)).await
}

async fn reset_one(cx: &mut Cx<Project>, (): &()) -> Result<NoContent> {
    let limit = Limit::find(cx.path_value("limitName"))?;
    let Project { id, org, .. } = cx.scope;
    if cx.tx.run(RESET, &args![id, limit.name]).await? > 0 {
        record(cx, Event::in_project("PROJECT_LIMIT_UPDATED", org, id)).await?;
    }
    Ok(NoContent)
}
