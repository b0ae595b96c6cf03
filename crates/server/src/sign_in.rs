//! How long people stay signed in, on a page or with a program, and whom of them is known.

use telamon_api::{Expired, Job, expired};
use telamon_store::{Fault, FromRow, Row, Sql, Tx, args, sql};
use telamon_wire::{PersonId, Timestamp};

use crate::retention::{RETENTION_EVERY, Retention, TIDY_EVERY};

/// A sign-in that nobody uses for so long is over.
const IDLE_SECONDS: i64 = 12 * 3600;
/// Every sign-in is over after so long.
pub const LONGEST_SECONDS: i64 = 7 * 86_400;

/// When a sign-in that is used now is over.
pub fn ends_at(began: Timestamp, now: Timestamp) -> Timestamp {
    now.plus_seconds(IDLE_SECONDS).min(began.plus_seconds(LONGEST_SECONDS))
}

/// Somebody who can sign in.
#[derive(Clone, Debug)]
pub struct Person {
    /// Their id.
    pub id: PersonId,
    /// Their e-mail address.
    pub username: String,
    /// Their first name, if they gave one.
    pub first_name: String,
    /// Their last name, if they gave one.
    pub last_name: String,
}

impl Person {
    /// What to call them: their name, or their e-mail address.
    pub fn name(&self) -> String {
        let name = format!("{} {}", self.first_name, self.last_name);
        if name.trim().is_empty() { self.username.clone() } else { name.trim().to_owned() }
    }
}

impl FromRow for Person {
    fn from_row(row: &Row<'_>) -> Result<Self, Fault> {
        Ok(Self { id: row.get(0)?, username: row.get(1)?, first_name: row.get(2)?, last_name: row.get(3)? })
    }
}

static PERSON: Sql = sql!("SELECT id, username, first_name, last_name FROM person WHERE id = $1");
static AUTHENTICATED: Sql = sql!("UPDATE person SET last_auth_at = $2 WHERE id = $1");
static SESSIONS: Expired = expired!("web_session", "token_hash", "expires_at");
static SIGN_INS: Expired = expired!("refresh_token", "id", "expires_at");
static CODES: Expired = expired!("device_authorization", "device_code_hash", "expires_at");
static RESETS: Expired = expired!("password_reset", "person_id", "expires_at");

/// The jobs that remove what people signed in with.
pub fn jobs(retention: &Retention) -> Vec<Job> {
    let mut jobs = vec![
        Job::forgetting("expired device codes", TIDY_EVERY, CODES, 0),
        Job::forgetting("expired password links", TIDY_EVERY, RESETS, 0),
    ];
    if let Some(kept) = retention.sessions {
        jobs.push(Job::forgetting("ended sessions", RETENTION_EVERY, SESSIONS, kept));
        jobs.push(Job::forgetting("ended sign-ins", RETENTION_EVERY, SIGN_INS, kept));
    }
    jobs
}

/// The person of that id.
pub async fn person(tx: &mut Tx, id: PersonId) -> Result<Option<Person>, Fault> {
    tx.optional(PERSON, &args![id]).await
}

/// Remembers when somebody last proved who they are.
pub async fn authenticated(tx: &mut Tx, id: PersonId, now: Timestamp) -> Result<(), Fault> {
    tx.run(AUTHENTICATED, &args![id, now]).await.map(drop)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sign_in_ends_when_it_is_idle_and_after_a_week() {
        let began = Timestamp::from_seconds(1_800_000_000);
        let after = |hours: i64| ends_at(began, began.plus_seconds(hours * 3600)).seconds_since(began) / 3600;
        assert_eq!([0, 1, 155, 156, 160, 168].map(after), [12, 13, 167, 168, 168, 168]);
    }
}
