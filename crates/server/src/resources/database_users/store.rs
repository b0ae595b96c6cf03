//! The rows of database users.

use serde::{Serialize, de::DeserializeOwned};
use telamon_store::{Fault, FromRow, Row, Sql, Tx, args, sql};
use telamon_wire::{OrgId, ProjectId, Timestamp, UserId};

use super::{
    authentication::{Authentication, Database, identity},
    model::{StoredUser, stored_authentication},
};

// A user past its date is not there. `COALESCE` keeps both engines from looking for it by the date, and from sorting.
static FIND: Sql = sql!(
    "SELECT id, database_name, username, aws_iam_type, ldap_auth_type, oidc_auth_type, x509_type,
            description, delete_after, roles, scopes, labels
     FROM database_user
     WHERE project_id = $1 AND database_name = $2 AND lookup_name = $3
       AND COALESCE(delete_after, 9223372036854775807) > $4"
);
static LIST: Sql = sql!(
    "SELECT id, database_name, username, aws_iam_type, ldap_auth_type, oidc_auth_type, x509_type,
            description, delete_after, roles, scopes, labels
     FROM database_user
     WHERE project_id = $1 AND COALESCE(delete_after, 9223372036854775807) > $2
     ORDER BY created_at, id LIMIT $3 OFFSET $4"
);
// Triggers keep the tally. The count finds by the date the few that a job has not removed yet, which the `|| ''` makes
// both engines do.
static COUNT: Sql = sql!(
    "SELECT (SELECT CAST(COALESCE(SUM(amount), 0) AS BIGINT) FROM tally WHERE scope_id = $1 AND kind = 'database_user')
          - (SELECT COUNT(*) FROM database_user WHERE delete_after <= $2 AND project_id || '' = $1)"
);
// Finds more than wanted: `_` stands for any character, and SQLite does not tell capitals from small letters.
static WITH_ROLE: Sql = sql!(
    "SELECT id, database_name, username, aws_iam_type, ldap_auth_type, oidc_auth_type, x509_type,
            description, delete_after, roles, scopes, labels
     FROM database_user
     WHERE project_id = $1 AND roles LIKE $2 AND COALESCE(delete_after, 9223372036854775807) > $3
     ORDER BY created_at, id"
);
static REMOVE_EXPIRED: Sql = sql!(
    "DELETE FROM database_user
     WHERE project_id = $1 AND database_name = $2 AND lookup_name = $3 AND delete_after <= $4
     RETURNING username, aws_iam_type, ldap_auth_type, oidc_auth_type, x509_type"
);
static INSERT: Sql = sql!(
    "INSERT INTO database_user (id, project_id, database_name, username, lookup_name, aws_iam_type, ldap_auth_type,
                                oidc_auth_type, x509_type, description, delete_after, roles, scopes, labels, scram,
                                created_at)
     VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16)"
);
static UPDATE: Sql = sql!(
    "UPDATE database_user SET description = $2, delete_after = $3, roles = $4, scopes = $5, labels = $6,
                              scram = COALESCE($7, scram)
     WHERE id = $1"
);
static DELETE: Sql = sql!(
    "DELETE FROM database_user
     WHERE project_id = $1 AND database_name = $2 AND lookup_name = $3
       AND COALESCE(delete_after, 9223372036854775807) > $4
     RETURNING username, aws_iam_type, ldap_auth_type, oidc_auth_type, x509_type"
);
static EXPIRED: Sql = sql!(
    "SELECT u.id, u.project_id, p.org_id, u.username, u.aws_iam_type, u.ldap_auth_type, u.oidc_auth_type, u.x509_type
     FROM database_user u JOIN project p ON p.id = u.project_id
     WHERE u.delete_after <= $1 ORDER BY u.delete_after, u.id LIMIT $2"
);
static DELETE_BY_ID: Sql = sql!("DELETE FROM database_user WHERE id = $1");

/// The key that two users of a database cannot share, as the store names it.
pub const NAME_KEY: &str = "database_user.project_id,database_name,lookup_name";

impl FromRow for StoredUser {
    fn from_row(row: &Row<'_>) -> Result<Self, Fault> {
        let text = |at| row.get::<String>(at);
        let database =
            Database::parse(&text(1)?).ok_or_else(|| Fault::bug("a database user of an unknown database"))?;
        Ok(Self {
            id: row.get(0)?,
            database,
            username: text(2)?,
            authentication: stored_authentication(&text(3)?, &text(4)?, &text(5)?, &text(6)?)?,
            description: row.get(7)?,
            delete_after: row.get(8)?,
            roles: from_json(&text(9)?)?,
            scopes: from_json(&text(10)?)?,
            labels: from_json(&text(11)?)?,
        })
    }
}

fn from_json<T: DeserializeOwned>(text: &str) -> Result<T, Fault> {
    serde_json::from_str(text).map_err(|error| Fault::Bug(error.into()))
}

fn to_json(value: &impl Serialize) -> Result<String, Fault> {
    serde_json::to_string(value).map_err(|error| Fault::Bug(error.into()))
}

/// A user that is gone: its name and how it authenticated.
pub type Gone = (String, Authentication);
type GoneRow = (String, String, String, String, String);

fn gone((username, aws, ldap, oidc, x509): GoneRow) -> Result<Gone, Fault> {
    Ok((username, stored_authentication(&aws, &ldap, &oidc, &x509)?))
}

/// The user whom a path names.
pub async fn find(
    tx: &mut Tx,
    project: ProjectId,
    database: &str,
    username: &str,
    now: Timestamp,
) -> Result<Option<StoredUser>, Fault> {
    let Some(database) = Database::parse(database) else { return Ok(None) };
    tx.optional(FIND, &args![project, database.as_str(), identity(database, username), now]).await
}

/// A page of the users, in the order of their creation.
pub async fn list(
    tx: &mut Tx,
    project: ProjectId,
    now: Timestamp,
    limit: i64,
    offset: i64,
) -> Result<Vec<StoredUser>, Fault> {
    tx.all(LIST, &args![project, now, limit, offset]).await
}

/// How many users there are.
pub async fn count(tx: &mut Tx, project: ProjectId, now: Timestamp) -> Result<i64, Fault> {
    tx.one(COUNT, &args![project, now]).await
}

/// The users who have a role of that name, which holds no character that JSON escapes or `LIKE` minds.
pub async fn with_role(tx: &mut Tx, project: ProjectId, role: &str, now: Timestamp) -> Result<Vec<StoredUser>, Fault> {
    let found: Vec<StoredUser> = tx.all(WITH_ROLE, &args![project, format!("%\"roleName\":\"{role}\"%"), now]).await?;
    Ok(found.into_iter().filter(|user| user.roles.iter().any(|held| held.role_name == role)).collect())
}

/// Makes way for a user: removes one of the same name whose time is over.
pub async fn remove_expired_namesake(
    tx: &mut Tx,
    project: ProjectId,
    user: &StoredUser,
    now: Timestamp,
) -> Result<Option<Gone>, Fault> {
    let name = identity(user.database, &user.username);
    let row: Option<GoneRow> = tx.optional(REMOVE_EXPIRED, &args![project, user.database.as_str(), name, now]).await?;
    row.map(gone).transpose()
}

/// Adds a user. A [`Fault::Unique`] of [`NAME_KEY`] if there is one of that name.
pub async fn insert(
    tx: &mut Tx,
    project: ProjectId,
    user: &StoredUser,
    scram: Option<Vec<u8>>,
    now: Timestamp,
) -> Result<(), Fault> {
    let (aws, ldap, oidc, x509) = user.authentication.types();
    let args = args![
        user.id,
        project,
        user.database.as_str(),
        &user.username,
        identity(user.database, &user.username),
        aws.as_str(),
        ldap.as_str(),
        oidc.as_str(),
        x509.as_str(),
        &user.description,
        user.delete_after,
        to_json(&user.roles)?,
        to_json(&user.scopes)?,
        to_json(&user.labels)?,
        scram,
        now,
    ];
    tx.run(INSERT, &args).await.map(drop)
}

/// Keeps what a change made of a user, and the verifier of a new password.
pub async fn update(tx: &mut Tx, user: &StoredUser, scram: Option<Vec<u8>>) -> Result<(), Fault> {
    let (roles, scopes, labels) = (to_json(&user.roles)?, to_json(&user.scopes)?, to_json(&user.labels)?);
    let args = args![user.id, &user.description, user.delete_after, roles, scopes, labels, scram];
    tx.run(UPDATE, &args).await.map(drop)
}

/// Removes the user whom a path names.
pub async fn delete(
    tx: &mut Tx,
    project: ProjectId,
    database: &str,
    username: &str,
    now: Timestamp,
) -> Result<Option<Gone>, Fault> {
    let Some(database) = Database::parse(database) else { return Ok(None) };
    let name = identity(database, username);
    let row: Option<GoneRow> = tx.optional(DELETE, &args![project, database.as_str(), name, now]).await?;
    row.map(gone).transpose()
}

/// Some users whose time is over, the earliest first.
pub async fn expired(
    tx: &mut Tx,
    now: Timestamp,
    limit: i64,
) -> Result<Vec<(UserId, ProjectId, OrgId, String, Authentication)>, Fault> {
    type ExpiredRow = (UserId, ProjectId, OrgId, String, String, String, String, String);
    let rows: Vec<ExpiredRow> = tx.all(EXPIRED, &args![now, limit]).await?;
    rows.into_iter()
        .map(|(id, project, org, username, aws, ldap, oidc, x509)| {
            Ok((id, project, org, username, stored_authentication(&aws, &ldap, &oidc, &x509)?))
        })
        .collect()
}

/// Removes a user by id.
pub async fn delete_by_id(tx: &mut Tx, id: UserId) -> Result<(), Fault> {
    tx.run(DELETE_BY_ID, &args![id]).await.map(drop)
}
