//! The SQL of teams.

use telamon_store::{Fault, FromRow, Row, Sql, Tx, args, sql};
use telamon_wire::{OrgId, PageQuery, ProjectId, TeamId, Timestamp};

/// A team as it is stored.
#[derive(Clone, Debug)]
pub struct Team {
    pub id: TeamId,
    pub name: String,
}

impl FromRow for Team {
    fn from_row(row: &Row<'_>) -> Result<Self, Fault> {
        Ok(Self { id: row.get(0)?, name: row.get(1)? })
    }
}

static INSERT: Sql = sql!("INSERT INTO team (id, org_id, name, created_at) VALUES ($1, $2, $3, $4)");
static FIND: Sql = sql!("SELECT id, name FROM team WHERE id = $1 AND org_id = $2");
static NAMED: Sql = sql!("SELECT id, name FROM team WHERE org_id = $1 AND name = $2");
static PAGE: Sql = sql!("SELECT id, name FROM team WHERE org_id = $1 ORDER BY name LIMIT $2 OFFSET $3");
static COUNT: Sql = sql!("SELECT COUNT(*) FROM team WHERE org_id = $1");
static RENAME: Sql = sql!("UPDATE team SET name = $2 WHERE id = $1");
static DELETE: Sql = sql!("DELETE FROM team WHERE id = $1");
static HAS_ROLE: Sql = sql!("SELECT 1 FROM project_role WHERE holder_id = $1 LIMIT 1");

static OF_PROJECT: Sql = sql!(
    "SELECT t.id, r.role
     FROM (SELECT id, created_at FROM team WHERE id IN (SELECT holder_id FROM project_role WHERE project_id = $1)
           ORDER BY created_at, id LIMIT $2 OFFSET $3) t
     JOIN project_role r ON r.holder_id = t.id AND r.project_id = $1 ORDER BY t.created_at, t.id, r.granted_at, r.role"
);
static COUNT_OF_PROJECT: Sql =
    sql!("SELECT COUNT(*) FROM team WHERE id IN (SELECT holder_id FROM project_role WHERE project_id = $1)");
static ROLES: Sql =
    sql!("SELECT role FROM project_role WHERE project_id = $1 AND holder_id = $2 ORDER BY granted_at, role");

/// Stores a team without members. One of the same name in the organization is a unique violation, see [`is_name_taken`].
pub async fn insert(tx: &mut Tx, org: OrgId, team: &Team, now: Timestamp) -> Result<(), Fault> {
    tx.run(INSERT, &args![team.id, org, &team.name, now]).await.map(drop)
}

/// One team of the organization.
pub async fn find(tx: &mut Tx, org: OrgId, id: TeamId) -> Result<Option<Team>, Fault> {
    tx.optional(FIND, &args![id, org]).await
}

/// The team of that name.
pub async fn named(tx: &mut Tx, org: OrgId, name: &str) -> Result<Option<Team>, Fault> {
    tx.optional(NAMED, &args![org, name]).await
}

/// A page of the teams of an organization by name, and one more if there is a next page.
pub async fn list(tx: &mut Tx, org: OrgId, page: PageQuery) -> Result<Vec<Team>, Fault> {
    tx.all(PAGE, &args![org, page.limit() + 1, page.offset()]).await
}

/// How many teams the organization has.
pub async fn count(tx: &mut Tx, org: OrgId) -> Result<i64, Fault> {
    tx.one(COUNT, &args![org]).await
}

/// Gives a team another name. If another team has it, a unique violation, see [`is_name_taken`].
pub async fn rename(tx: &mut Tx, id: TeamId, name: &str) -> Result<(), Fault> {
    tx.run(RENAME, &args![id, name]).await.map(drop)
}

/// Whether this fault says that the name is taken.
pub fn is_name_taken(fault: &Fault) -> bool {
    fault.is_unique("team.org_id,name")
}

/// Removes a team that has no members.
pub async fn delete(tx: &mut Tx, id: TeamId) -> Result<(), Fault> {
    tx.run(DELETE, &args![id]).await.map(drop)
}

/// Whether the team has a role in a project.
pub async fn has_role(tx: &mut Tx, id: TeamId) -> Result<bool, Fault> {
    Ok(tx.optional::<i64>(HAS_ROLE, &args![id]).await?.is_some())
}

/// A page of the teams of a project with their roles there, the oldest team first, and one more if there is a next page.
pub async fn of_project(tx: &mut Tx, project: ProjectId, page: PageQuery) -> Result<Vec<(TeamId, Vec<String>)>, Fault> {
    let rows: Vec<(TeamId, String)> = tx.all(OF_PROJECT, &args![project, page.limit() + 1, page.offset()]).await?;
    let mut teams: Vec<(TeamId, Vec<String>)> = Vec::new();
    for (team, role) in rows {
        match teams.last_mut() {
            Some((last, roles)) if *last == team => roles.push(role),
            _ => teams.push((team, vec![role])),
        }
    }
    Ok(teams)
}

/// How many teams have a role in the project.
pub async fn count_of_project(tx: &mut Tx, project: ProjectId) -> Result<i64, Fault> {
    tx.one(COUNT_OF_PROJECT, &args![project]).await
}

/// The roles of a team in a project; none if it is not there.
pub async fn roles(tx: &mut Tx, project: ProjectId, id: TeamId) -> Result<Vec<String>, Fault> {
    tx.all(ROLES, &args![project, id]).await
}
