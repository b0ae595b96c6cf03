//! The row of a project's maintenance window, and what else decides its wave.

use telamon_store::{Fault, Sql, Tx, args, sql};
use telamon_wire::ProjectId;

use super::model::Window;
use crate::resources::{organizations::OrgMaintenance, projects::wire::ResourceTag};

static GET: Sql = sql!("SELECT settings FROM maintenance_window WHERE project_id = $1");
static PUT: Sql = sql!(
    "INSERT INTO maintenance_window (project_id, settings) VALUES ($1, $2)
     ON CONFLICT (project_id) DO UPDATE SET settings = excluded.settings"
);
static REMOVE: Sql = sql!("DELETE FROM maintenance_window WHERE project_id = $1");
static WAVE_SOURCES: Sql =
    sql!("SELECT o.maintenance_settings, p.tags FROM project p JOIN organization o ON o.id = p.org_id WHERE p.id = $1");

/// The window of a project, if it has one.
pub async fn get(tx: &mut Tx, project: ProjectId) -> Result<Option<Window>, Fault> {
    let row: Option<String> = tx.optional(GET, &args![project]).await?;
    row.map(|settings| serde_json::from_str(&settings).map_err(|error| Fault::Bug(error.into()))).transpose()
}

/// Keeps the window of a project.
pub async fn put(tx: &mut Tx, project: ProjectId, window: &Window) -> Result<(), Fault> {
    let settings = serde_json::to_string(window).map_err(|error| Fault::Bug(error.into()))?;
    tx.run(PUT, &args![project, settings]).await.map(drop)
}

/// Removes the window of a project, and says whether there was one.
pub async fn remove(tx: &mut Tx, project: ProjectId) -> Result<bool, Fault> {
    Ok(tx.run(REMOVE, &args![project]).await? > 0)
}

/// How the organization of a project assigns waves, and the tags of the project.
pub async fn wave_sources(tx: &mut Tx, project: ProjectId) -> Result<(OrgMaintenance, Vec<ResourceTag>), Fault> {
    let (settings, tags): (String, String) = tx.one(WAVE_SOURCES, &args![project]).await?;
    let settings = serde_json::from_str(&settings).map_err(|error| Fault::Bug(error.into()))?;
    Ok((settings, serde_json::from_str(&tags).map_err(|error| Fault::Bug(error.into()))?))
}
