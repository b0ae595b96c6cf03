//! The row of a project's user security.

use telamon_store::{Fault, Sql, Tx, args, sql};
use telamon_wire::ProjectId;

use super::model::Settings;

static GET: Sql = sql!("SELECT customer_cas, ldap FROM user_security WHERE project_id = $1");
static PUT: Sql = sql!(
    "INSERT INTO user_security (project_id, customer_cas, ldap) VALUES ($1, $2, $3)
     ON CONFLICT (project_id) DO UPDATE SET customer_cas = excluded.customer_cas, ldap = excluded.ldap"
);

/// The settings of a project; the defaults if it has no row.
pub async fn get(tx: &mut Tx, project: ProjectId) -> Result<Settings, Fault> {
    let row: Option<(Option<String>, String)> = tx.optional(GET, &args![project]).await?;
    let Some((customer_cas, ldap)) = row else { return Ok(Settings::default()) };
    let ldap = serde_json::from_str(&ldap).map_err(|error| Fault::Bug(error.into()))?;
    Ok(Settings { customer_cas, ldap })
}

/// Keeps the settings of a project.
pub async fn put(tx: &mut Tx, project: ProjectId, settings: &Settings) -> Result<(), Fault> {
    let ldap = serde_json::to_string(&settings.ldap).map_err(|error| Fault::Bug(error.into()))?;
    tx.run(PUT, &args![project, &settings.customer_cas, ldap]).await.map(drop)
}
