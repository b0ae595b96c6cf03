//! The rows of custom roles.

use serde::{Serialize, de::DeserializeOwned};
use telamon_store::{Fault, FromRow, Row, Sql, Tx, args, sql};
use telamon_wire::{ProjectId, Timestamp};

use super::{inheritance::Family, model::Role};

static FIND: Sql = sql!("SELECT name, actions, inherited_roles FROM custom_role WHERE project_id = $1 AND name = $2");
static EXISTS: Sql = sql!("SELECT 1 FROM custom_role WHERE project_id = $1 AND name = $2");
static LIST: Sql =
    sql!("SELECT name, actions, inherited_roles FROM custom_role WHERE project_id = $1 ORDER BY created_at, name");
static FAMILY: Sql = sql!("SELECT name, inherited_roles FROM custom_role WHERE project_id = $1 ORDER BY name");
static COUNT: Sql = sql!("SELECT COUNT(*) FROM custom_role WHERE project_id = $1");
static INSERT: Sql = sql!(
    "INSERT INTO custom_role (project_id, name, actions, inherited_roles, created_at) VALUES ($1, $2, $3, $4, $5)"
);
static UPDATE: Sql =
    sql!("UPDATE custom_role SET actions = $3, inherited_roles = $4 WHERE project_id = $1 AND name = $2");
static DELETE: Sql = sql!("DELETE FROM custom_role WHERE project_id = $1 AND name = $2");

/// The key that two roles of a project cannot share, as the store names it.
pub const NAME_KEY: &str = "custom_role.project_id,name";

impl FromRow for Role {
    fn from_row(row: &Row<'_>) -> Result<Self, Fault> {
        let text = |at| row.get::<String>(at);
        Ok(Self { name: text(0)?, privileges: from_json(&text(1)?)?, inherited: from_json(&text(2)?)? })
    }
}

fn from_json<T: DeserializeOwned>(text: &str) -> Result<T, Fault> {
    serde_json::from_str(text).map_err(|error| Fault::Bug(error.into()))
}

fn to_json(value: &impl Serialize) -> Result<String, Fault> {
    serde_json::to_string(value).map_err(|error| Fault::Bug(error.into()))
}

/// The role of that name.
pub async fn find(tx: &mut Tx, project: ProjectId, name: &str) -> Result<Option<Role>, Fault> {
    tx.optional(FIND, &args![project, name]).await
}

/// Whether the project has a role of that name.
pub async fn exists(tx: &mut Tx, project: ProjectId, name: &str) -> Result<bool, Fault> {
    Ok(tx.optional::<i64>(EXISTS, &args![project, name]).await?.is_some())
}

/// All roles, in the order of their creation.
pub async fn list(tx: &mut Tx, project: ProjectId) -> Result<Vec<Role>, Fault> {
    tx.all(LIST, &args![project]).await
}

/// All roles, with what they inherit.
pub async fn family(tx: &mut Tx, project: ProjectId) -> Result<Family, Fault> {
    let rows: Vec<(String, String)> = tx.all(FAMILY, &args![project]).await?;
    rows.into_iter().map(|(name, inherited)| Ok((name, from_json(&inherited)?))).collect()
}

/// How many roles there are.
pub async fn count(tx: &mut Tx, project: ProjectId) -> Result<i64, Fault> {
    tx.one(COUNT, &args![project]).await
}

/// Adds a role. A [`Fault::Unique`] of [`NAME_KEY`] if there is one of that name.
pub async fn insert(tx: &mut Tx, project: ProjectId, role: &Role, now: Timestamp) -> Result<(), Fault> {
    let args = args![project, &role.name, to_json(&role.privileges)?, to_json(&role.inherited)?, now];
    tx.run(INSERT, &args).await.map(drop)
}

/// Keeps what a change made of a role.
pub async fn update(tx: &mut Tx, project: ProjectId, role: &Role) -> Result<(), Fault> {
    let args = args![project, &role.name, to_json(&role.privileges)?, to_json(&role.inherited)?];
    tx.run(UPDATE, &args).await.map(drop)
}

/// Removes the role of that name; whether there was one.
pub async fn delete(tx: &mut Tx, project: ProjectId, name: &str) -> Result<bool, Fault> {
    Ok(tx.run(DELETE, &args![project, name]).await? > 0)
}
