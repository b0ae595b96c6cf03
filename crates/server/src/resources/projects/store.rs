//! The SQL of projects.

use telamon_store::{Fault, FromRow, Row, Sql, Tx, args, sql};
use telamon_wire::{OrgId, ProjectId, Timestamp};

use super::wire::ResourceTag;

/// A project as it is stored.
#[derive(Clone, Debug)]
pub struct Stored {
    pub id: ProjectId,
    pub org: OrgId,
    pub name: String,
    pub created_at: Timestamp,
    pub with_default_alerts: bool,
    pub tags: Vec<ResourceTag>,
}

impl FromRow for Stored {
    fn from_row(row: &Row<'_>) -> Result<Self, Fault> {
        let tags: String = row.get(5)?;
        Ok(Self {
            id: row.get(0)?,
            org: row.get(1)?,
            name: row.get(2)?,
            created_at: row.get(3)?,
            with_default_alerts: row.get(4)?,
            tags: serde_json::from_str(&tags).map_err(|error| Fault::Bug(error.into()))?,
        })
    }
}

/// The columns of [`Stored`], of a table that is called `p`.
macro_rules! projects {
    ($rest:literal) => {
        sql!(concat!("SELECT p.id, p.org_id, p.name, p.created_at, p.with_default_alerts, p.tags ", $rest))
    };
}

static ONE: Sql = projects!("FROM project p WHERE p.id = $1");
static NAMED: Sql = projects!("FROM project p WHERE p.org_id = $1 AND p.name = $2 AND p.deleted_at IS NULL");

// A name is unique among the living of an organization, and the index that says so has the order of the list.
static OF_ORG: Sql = projects!(
    "FROM project p WHERE p.org_id = $1 AND p.deleted_at IS NULL AND p.name_folded >= $2 AND p.name_folded < $3
     ORDER BY p.name LIMIT $4 OFFSET $5"
);
static COUNT_OF_ORG: Sql = sql!(
    "SELECT COUNT(*) FROM project WHERE org_id = $1 AND deleted_at IS NULL AND name_folded >= $2 AND name_folded < $3"
);

// CROSS JOIN makes SQLite begin with what the holder has, which is little, and not with the whole organization.
static OF_HOLDER_IN_ORG: Sql = projects!(
    "FROM (SELECT DISTINCT project_id FROM effective_project_role WHERE holder_id = $6) r CROSS JOIN project p
     WHERE p.id = r.project_id AND p.org_id = $1 AND p.deleted_at IS NULL AND p.name_folded >= $2 AND p.name_folded < $3
     ORDER BY p.name LIMIT $4 OFFSET $5"
);
static COUNT_OF_HOLDER_IN_ORG: Sql = sql!(
    "SELECT COUNT(*) FROM (SELECT DISTINCT project_id FROM effective_project_role WHERE holder_id = $4) r CROSS JOIN project p
     WHERE p.id = r.project_id AND p.org_id = $1 AND p.deleted_at IS NULL AND p.name_folded >= $2 AND p.name_folded < $3"
);

// The organization roles are those that reach into every project.
static OF_HOLDER: Sql = projects!(
    "FROM project p WHERE p.deleted_at IS NULL AND p.id IN
     (SELECT project_id FROM effective_project_role WHERE holder_id = $1 UNION
      SELECT q.id FROM org_role r CROSS JOIN project q WHERE q.org_id = r.org_id AND q.deleted_at IS NULL
      AND r.holder_id = $1 AND r.role IN ('ORG_OWNER', 'ORG_READ_ONLY', 'ORG_STREAM_PROCESSING_ADMIN'))
     ORDER BY p.name, p.id LIMIT $2 OFFSET $3"
);
static COUNT_OF_HOLDER: Sql = sql!(
    "SELECT COUNT(*) FROM project p WHERE p.deleted_at IS NULL AND p.id IN
     (SELECT project_id FROM effective_project_role WHERE holder_id = $1 UNION
      SELECT q.id FROM org_role r CROSS JOIN project q WHERE q.org_id = r.org_id AND q.deleted_at IS NULL
      AND r.holder_id = $1 AND r.role IN ('ORG_OWNER', 'ORG_READ_ONLY', 'ORG_STREAM_PROCESSING_ADMIN'))"
);

// Triggers keep the tally.
static COUNT_LIVING: Sql =
    sql!("SELECT CAST(COALESCE(SUM(amount), 0) AS BIGINT) FROM tally WHERE scope_id = $1 AND kind = 'project'");

static INSERT: Sql = sql!(
    "INSERT INTO project (id, org_id, name, name_folded, created_at, deleted_at, with_default_alerts, tags, settings, managed_slow_ms)
     VALUES ($1, $2, $3, $4, $5, NULL, $6, $7, '{}', $8)"
);
static UPDATE: Sql =
    sql!("UPDATE project SET name = $2, name_folded = $3, with_default_alerts = $4, tags = $5 WHERE id = $1");
static BURY: Sql = sql!("UPDATE project SET deleted_at = $2 WHERE id = $1");
static CLEAR_ROLES: Sql = sql!("DELETE FROM project_role WHERE project_id = $1");
static CLEAR_DATABASE_USERS: Sql = sql!("DELETE FROM database_user WHERE project_id = $1");
static CLEAR_LIMITS: Sql = sql!("DELETE FROM project_limit WHERE project_id = $1");
static CLEAR_NETWORK_ENTRIES: Sql = sql!("DELETE FROM network_entry WHERE project_id = $1");
static CLEAR_CUSTOM_ROLES: Sql = sql!("DELETE FROM custom_role WHERE project_id = $1");
static CLEAR_USER_SECURITY: Sql = sql!("DELETE FROM user_security WHERE project_id = $1");
static CLEAR_INVITATIONS: Sql = sql!("DELETE FROM invitation WHERE project_id = $1");
static CLEAR_AUDITING: Sql = sql!("DELETE FROM audit_log WHERE project_id = $1");
static CLEAR_MAINTENANCE: Sql = sql!("DELETE FROM maintenance_window WHERE project_id = $1");

static HAND_OVER: Sql = sql!("UPDATE project SET org_id = $2 WHERE id = $1");
static LEAVE_BEHIND: Sql = sql!(
    "DELETE FROM project_role WHERE project_id = $1 AND holder_id IN
     (SELECT id FROM api_key WHERE org_id = $2 UNION ALL SELECT id FROM service_account WHERE org_id = $2
      UNION ALL SELECT id FROM team WHERE org_id = $2)"
);
static PEOPLE_FROM_OUTSIDE: Sql = sql!(
    "SELECT DISTINCT r.holder_id FROM project_role r JOIN person p ON p.id = r.holder_id
     WHERE r.project_id = $1 AND NOT EXISTS
     (SELECT 1 FROM org_role o WHERE o.holder_id = r.holder_id AND o.org_id = $2) ORDER BY r.holder_id"
);

/// A page of names: from which on and before which, and how many after how many.
#[derive(Clone, Debug)]
pub struct Window {
    pub from: String,
    pub before: String,
    pub limit: i64,
    pub offset: i64,
}

/// The projects of an organization, by name.
pub async fn of_org(tx: &mut Tx, org: OrgId, window: &Window) -> Result<Vec<Stored>, Fault> {
    tx.all(OF_ORG, &args![org, &window.from, &window.before, window.limit, window.offset]).await
}

/// How many projects of an organization have such a name.
pub async fn count_of_org(tx: &mut Tx, org: OrgId, window: &Window) -> Result<i64, Fault> {
    tx.one(COUNT_OF_ORG, &args![org, &window.from, &window.before]).await
}

/// The projects of an organization in which somebody has a role, by name.
pub async fn of_holder_in_org(tx: &mut Tx, org: OrgId, holder: &str, window: &Window) -> Result<Vec<Stored>, Fault> {
    tx.all(OF_HOLDER_IN_ORG, &args![org, &window.from, &window.before, window.limit, window.offset, holder]).await
}

/// How many projects of an organization have such a name and somebody's role.
pub async fn count_of_holder_in_org(tx: &mut Tx, org: OrgId, holder: &str, window: &Window) -> Result<i64, Fault> {
    tx.one(COUNT_OF_HOLDER_IN_ORG, &args![org, &window.from, &window.before, holder]).await
}

/// The projects of all organizations that somebody may read, by name.
pub async fn of_holder(tx: &mut Tx, holder: &str, limit: i64, offset: i64) -> Result<Vec<Stored>, Fault> {
    tx.all(OF_HOLDER, &args![holder, limit, offset]).await
}

/// How many projects somebody may read.
pub async fn count_of_holder(tx: &mut Tx, holder: &str) -> Result<i64, Fault> {
    tx.one(COUNT_OF_HOLDER, &args![holder]).await
}

/// How many living projects an organization has.
pub async fn count_living(tx: &mut Tx, org: OrgId) -> Result<i64, Fault> {
    tx.one(COUNT_LIVING, &args![org]).await
}

/// A project that is known to be there.
pub async fn one(tx: &mut Tx, id: ProjectId) -> Result<Stored, Fault> {
    tx.one(ONE, &args![id]).await
}

/// The living project of that name.
pub async fn named(tx: &mut Tx, org: OrgId, name: &str) -> Result<Option<Stored>, Fault> {
    tx.optional(NAMED, &args![org, name]).await
}

/// A project that is not stored yet.
#[derive(Debug)]
pub struct NewProject<'a> {
    /// Its id.
    pub id: ProjectId,
    /// The organization that will own it.
    pub org: OrgId,
    /// Its name.
    pub name: &'a str,
    /// Whether it begins with the default alert settings.
    pub with_default_alerts: bool,
    /// Its tags.
    pub tags: &'a [ResourceTag],
}

/// Stores a project. A living one of the same name in the organization is a unique violation of
/// `project.org_id,name`.
pub async fn insert(tx: &mut Tx, new: &NewProject<'_>, now: Timestamp) -> Result<(), Fault> {
    let tags = to_json(new.tags)?;
    let args = args![new.id, new.org, new.name, new.name.to_lowercase(), now, new.with_default_alerts, tags, false];
    tx.run(INSERT, &args).await.map(drop)
}

/// Stores what has changed of a project.
pub async fn update(tx: &mut Tx, project: &Stored) -> Result<(), Fault> {
    let tags = to_json(&project.tags)?;
    let args = args![project.id, &project.name, project.name.to_lowercase(), project.with_default_alerts, tags];
    tx.run(UPDATE, &args).await.map(drop)
}

/// Makes a project a tombstone, and removes what nobody will ask for again. Certificates and their authorities stay.
pub async fn bury(tx: &mut Tx, id: ProjectId, now: Timestamp) -> Result<(), Fault> {
    tx.run(BURY, &args![id, now]).await?;
    for clear in [
        CLEAR_ROLES,
        CLEAR_DATABASE_USERS,
        CLEAR_CUSTOM_ROLES,
        CLEAR_NETWORK_ENTRIES,
        CLEAR_LIMITS,
        CLEAR_USER_SECURITY,
        CLEAR_INVITATIONS,
        CLEAR_AUDITING,
        CLEAR_MAINTENANCE,
    ] {
        tx.run(clear, &args![id]).await?;
    }
    Ok(())
}

/// Gives a project to another organization. A living one of the same name there is a unique violation of
/// `project.org_id,name`.
pub async fn hand_over(tx: &mut Tx, id: ProjectId, to: OrgId) -> Result<(), Fault> {
    tx.run(HAND_OVER, &args![id, to]).await.map(drop)
}

/// Takes the roles in a project from the credentials and teams of an organization, and forgets who was asked to join it.
pub async fn leave_behind(tx: &mut Tx, id: ProjectId, org: OrgId) -> Result<(), Fault> {
    tx.run(LEAVE_BEHIND, &args![id, org]).await?;
    tx.run(CLEAR_INVITATIONS, &args![id]).await.map(drop)
}

/// The people with a role in a project and none in that organization.
pub async fn people_from_outside(tx: &mut Tx, id: ProjectId, org: OrgId) -> Result<Vec<String>, Fault> {
    tx.all(PEOPLE_FROM_OUTSIDE, &args![id, org]).await
}

/// Whether this fault says that the name is taken.
pub fn is_name_taken(fault: &Fault) -> bool {
    fault.is_unique("project.org_id,name")
}

fn to_json(tags: &[ResourceTag]) -> Result<String, Fault> {
    serde_json::to_string(tags).map_err(|error| Fault::Bug(error.into()))
}
