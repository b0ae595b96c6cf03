//! The rows of limits that projects have set.

use std::collections::HashMap;

use telamon_store::{Fault, Sql, Tx, args, sql};
use telamon_wire::ProjectId;

static ALL_SET: Sql = sql!("SELECT name, value FROM project_limit WHERE project_id = $1 ORDER BY name");
static ONE_SET: Sql = sql!("SELECT value FROM project_limit WHERE project_id = $1 AND name = $2");
static SET: Sql = sql!(
    "INSERT INTO project_limit (project_id, name, value) VALUES ($1, $2, $3)
     ON CONFLICT (project_id, name) DO UPDATE SET value = excluded.value"
);
static RESET: Sql = sql!("DELETE FROM project_limit WHERE project_id = $1 AND name = $2");

/// What the project has set, by name.
pub async fn all_set(tx: &mut Tx, project: ProjectId) -> Result<HashMap<String, i64>, Fault> {
    Ok(tx.all(ALL_SET, &args![project]).await?.into_iter().collect())
}

/// What the project has set for that limit.
pub async fn one_set(tx: &mut Tx, project: ProjectId, name: &str) -> Result<Option<i64>, Fault> {
    tx.optional(ONE_SET, &args![project, name]).await
}

/// Sets a limit.
pub async fn set(tx: &mut Tx, project: ProjectId, name: &str, value: i64) -> Result<(), Fault> {
    tx.run(SET, &args![project, name, value]).await.map(drop)
}

/// Forgets what the project has set; whether it had.
pub async fn reset(tx: &mut Tx, project: ProjectId, name: &str) -> Result<bool, Fault> {
    Ok(tx.run(RESET, &args![project, name]).await? > 0)
}
