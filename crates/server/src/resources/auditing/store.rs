//! The row of a project's auditing.

use telamon_store::{Fault, Sql, Tx, args, sql};
use telamon_wire::ProjectId;

use super::wire::AuditLog;

static GET: Sql = sql!("SELECT settings FROM audit_log WHERE project_id = $1");
static PUT: Sql = sql!(
    "INSERT INTO audit_log (project_id, settings) VALUES ($1, $2)
     ON CONFLICT (project_id) DO UPDATE SET settings = excluded.settings"
);

/// The configuration of a project; the defaults if it has no row.
pub async fn get(tx: &mut Tx, project: ProjectId) -> Result<AuditLog, Fault> {
    let row: Option<String> = tx.optional(GET, &args![project]).await?;
    let Some(settings) = row else { return Ok(AuditLog::default()) };
    serde_json::from_str(&settings).map_err(|error| Fault::Bug(error.into()))
}

/// Keeps the configuration of a project.
pub async fn put(tx: &mut Tx, project: ProjectId, settings: &AuditLog) -> Result<(), Fault> {
    let settings = serde_json::to_string(settings).map_err(|error| Fault::Bug(error.into()))?;
    tx.run(PUT, &args![project, settings]).await.map(drop)
}
