//! The SQL of passwords and web sessions.

use telamon_store::{Fault, Sql, Tx, args, sql};
use telamon_wire::{OrgId, PersonId, ProjectId, Timestamp};

use crate::sign_in::Person;

static PASSWORD: Sql = sql!("SELECT id, password_hash FROM person WHERE username = $1");
static BEGIN: Sql =
    sql!("INSERT INTO web_session (token_hash, person_id, created_at, expires_at) VALUES ($1, $2, $3, $4)");
static SESSION: Sql = sql!(
    "SELECT s.person_id, s.created_at, s.expires_at, p.username, p.first_name, p.last_name
     FROM web_session s JOIN person p ON p.id = s.person_id WHERE s.token_hash = $1 AND s.expires_at > $2"
);
static PROLONG: Sql = sql!("UPDATE web_session SET expires_at = $2 WHERE token_hash = $1");
static END: Sql = sql!("DELETE FROM web_session WHERE token_hash = $1");

static ORG_NAME: Sql = sql!("SELECT name FROM organization WHERE id = $1 AND deleted_at IS NULL");
static PROJECT_NAME: Sql = sql!("SELECT name FROM project WHERE id = $1 AND deleted_at IS NULL");
static INSERT_PERSON: Sql = sql!(
    "INSERT INTO person (id, username, password_hash, first_name, last_name, created_at) VALUES ($1, $2, $3, $4, $5, $6)"
);

/// A session on the pages.
pub struct Session {
    pub person: Person,
    pub created_at: Timestamp,
    pub expires_at: Timestamp,
}

/// Whose user name it is, as it was typed or else in lower case, and the hash of their password.
pub async fn password(tx: &mut Tx, username: &str) -> Result<Option<(PersonId, String)>, Fault> {
    match tx.optional(PASSWORD, &args![username]).await? {
        None => tx.optional(PASSWORD, &args![username.to_lowercase()]).await,
        found => Ok(found),
    }
}

/// Begins a session.
pub async fn begin(
    tx: &mut Tx,
    token: &[u8; 32],
    person: PersonId,
    now: Timestamp,
    expires_at: Timestamp,
) -> Result<(), Fault> {
    tx.run(BEGIN, &args![token, person, now, expires_at]).await.map(drop)
}

/// The session of a token, if it is not over.
pub async fn session(tx: &mut Tx, token: &[u8; 32], now: Timestamp) -> Result<Option<Session>, Fault> {
    let row: Option<(PersonId, Timestamp, Timestamp, String, String, String)> =
        tx.optional(SESSION, &args![token, now]).await?;
    Ok(row.map(|(id, created_at, expires_at, username, first_name, last_name)| Session {
        person: Person { id, username, first_name, last_name },
        created_at,
        expires_at,
    }))
}

/// Lets a session last longer.
pub async fn prolong(tx: &mut Tx, token: &[u8; 32], expires_at: Timestamp) -> Result<(), Fault> {
    tx.run(PROLONG, &args![token, expires_at]).await.map(drop)
}

/// Ends a session.
pub async fn end(tx: &mut Tx, token: &[u8; 32]) -> Result<(), Fault> {
    tx.run(END, &args![token]).await.map(drop)
}

/// The name of a living organization.
pub async fn org_name(tx: &mut Tx, org: OrgId) -> Result<Option<String>, Fault> {
    tx.optional(ORG_NAME, &args![org]).await
}

/// The name of a living project.
pub async fn project_name(tx: &mut Tx, project: ProjectId) -> Result<Option<String>, Fault> {
    tx.optional(PROJECT_NAME, &args![project]).await
}

/// Writes somebody who has just made an account.
pub async fn insert_person(
    tx: &mut Tx,
    id: PersonId,
    username: &str,
    password_hash: &str,
    (first_name, last_name): (&str, &str),
    now: Timestamp,
) -> Result<(), Fault> {
    tx.run(INSERT_PERSON, &args![id, username, password_hash, first_name, last_name, now]).await.map(drop)
}
