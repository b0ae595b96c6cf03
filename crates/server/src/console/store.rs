//! The SQL of passwords and web sessions.

use telamon_store::{Fault, Sql, Tx, args, sql};
use telamon_wire::{OrgId, PersonId, ProjectId, Timestamp};

use crate::sign_in::Person;

static PASSWORD: Sql = sql!("SELECT id, password_hash FROM person WHERE username = $1");
static BEGIN: Sql =
    sql!("INSERT INTO web_session (token_hash, person_id, created_at, expires_at) VALUES ($1, $2, $3, $4)");
static SESSION: Sql = sql!(
    "SELECT s.person_id, s.created_at, s.expires_at, p.username, p.first_name, p.last_name
     FROM web_session s JOIN person p ON p.id = s.person_id WHERE s.token_hash = $1 AND s.expires_at > $2 AND s.ended_at IS NULL"
);
static PROLONG: Sql = sql!("UPDATE web_session SET expires_at = $2 WHERE token_hash = $1 AND ended_at IS NULL");
static END: Sql = sql!("UPDATE web_session SET ended_at = $2 WHERE token_hash = $1 AND ended_at IS NULL");

static HAS_PASSWORD: Sql = sql!("SELECT 1 FROM person WHERE id = $1 AND password_hash = $2");
static SET_PASSWORD: Sql = sql!("UPDATE person SET password_hash = $2 WHERE id = $1");
static END_SESSIONS: Sql = sql!("UPDATE web_session SET ended_at = $2 WHERE person_id = $1 AND ended_at IS NULL");
static END_CODES: Sql = sql!("DELETE FROM device_authorization WHERE person_id = $1");
static END_SIGN_INS: Sql = sql!("UPDATE refresh_token SET ended_at = $2 WHERE person_id = $1 AND ended_at IS NULL");
static END_RESET: Sql = sql!("DELETE FROM password_reset WHERE person_id = $1");
static ALLOW_RESET: Sql = sql!(
    "INSERT INTO password_reset (person_id, token_hash, expires_at) VALUES ($1, $2, $3)
     ON CONFLICT (person_id) DO UPDATE SET token_hash = excluded.token_hash, expires_at = excluded.expires_at"
);
static RESET_OF: Sql = sql!("SELECT person_id FROM password_reset WHERE token_hash = $1 AND expires_at > $2");

static ORG_NAME: Sql = sql!("SELECT name FROM organization WHERE id = $1 AND deleted_at IS NULL");
static PROJECT_NAME: Sql = sql!("SELECT name FROM project WHERE id = $1 AND deleted_at IS NULL");

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

/// Ends a session, and says whether there was one. Its row stays as that of one that has ended.
pub async fn end(tx: &mut Tx, token: &[u8; 32], now: Timestamp) -> Result<bool, Fault> {
    Ok(tx.run(END, &args![token, now]).await? > 0)
}

/// Whether somebody's password still is the one with that hash.
pub async fn has_password(tx: &mut Tx, person: PersonId, hash: &str) -> Result<bool, Fault> {
    Ok(tx.optional::<i64>(HAS_PASSWORD, &args![person, hash]).await?.is_some())
}

/// Sets somebody's password, and ends all that the one before opened: sessions, sign-ins of programs, codes that were
/// approved, a link in a mail.
pub async fn set_password(tx: &mut Tx, person: PersonId, hash: &str, now: Timestamp) -> Result<(), Fault> {
    tx.run(SET_PASSWORD, &args![person, hash]).await?;
    for text in [END_SESSIONS, END_SIGN_INS] {
        tx.run(text, &args![person, now]).await?;
    }
    for text in [END_CODES, END_RESET] {
        tx.run(text, &args![person]).await?;
    }
    Ok(())
}

/// Lets whoever has a token set somebody's password; the token before is good no more.
pub async fn allow_reset(tx: &mut Tx, person: PersonId, token: &[u8; 32], expires_at: Timestamp) -> Result<(), Fault> {
    tx.run(ALLOW_RESET, &args![person, token, expires_at]).await.map(drop)
}

/// Whose password may be set by a token.
pub async fn reset_of(tx: &mut Tx, token: &[u8; 32], now: Timestamp) -> Result<Option<PersonId>, Fault> {
    tx.optional(RESET_OF, &args![token, now]).await
}

/// The name of a living organization.
pub async fn org_name(tx: &mut Tx, org: OrgId) -> Result<Option<String>, Fault> {
    tx.optional(ORG_NAME, &args![org]).await
}

/// The name of a living project.
pub async fn project_name(tx: &mut Tx, project: ProjectId) -> Result<Option<String>, Fault> {
    tx.optional(PROJECT_NAME, &args![project]).await
}
