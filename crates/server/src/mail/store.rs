//! The rows of the outbox.

use telamon_api::{Expired, expired};
use telamon_authn::SealingKey;
use telamon_store::{Fault, Sql, Tx, args, sql};
use telamon_wire::{MailId, Timestamp};

use super::Mail;

static INSERT: Sql = sql!(
    "INSERT INTO outbox (id, recipient, subject, body, created_at, attempts, due_at) VALUES ($1, $2, $3, $4, $5, 0, $5)"
);
/// Mails that were sent, without their bodies.
pub(super) static SENT: Expired = expired!("outbox", "id", "sent_at");

static IS_ANY_DUE: Sql = sql!("SELECT 1 FROM outbox WHERE due_at <= $1 LIMIT 1");
static CLAIM: Sql = sql!(
    "UPDATE outbox SET attempts = attempts + 1, due_at = $2
     WHERE id = (SELECT id FROM outbox WHERE due_at <= $1 ORDER BY due_at, id LIMIT 1)
     RETURNING id, recipient, subject, body, created_at, attempts"
);
static POSTPONE: Sql = sql!("UPDATE outbox SET due_at = $2 WHERE id = $1");
// Due at no time: the index of those that are passes over it.
static KEEP_SENT: Sql = sql!("UPDATE outbox SET sent_at = $2, body = $3, due_at = 9223372036854775807 WHERE id = $1");
static DELETE: Sql = sql!("DELETE FROM outbox WHERE id = $1");

/// A mail that this node alone may send for a while.
#[derive(Debug)]
pub struct Claimed {
    pub id: MailId,
    pub mail: Mail,
    pub created_at: Timestamp,
    /// How often it was tried, this time included.
    pub attempts: i64,
}

fn sealing_context(id: MailId) -> String {
    format!("outbox/{id}")
}

/// Writes a mail that is due at once.
pub async fn insert(tx: &mut Tx, key: &SealingKey, id: MailId, mail: &Mail, now: Timestamp) -> Result<(), Fault> {
    let body = key.seal(&sealing_context(id), mail.body.as_bytes());
    tx.run(INSERT, &args![id, &mail.recipient, &mail.subject, body, now]).await.map(drop)
}

/// Whether a mail is due.
pub async fn is_any_due(tx: &mut Tx, now: Timestamp) -> Result<bool, Fault> {
    Ok(tx.optional::<i64>(IS_ANY_DUE, &args![now]).await?.is_some())
}

type Row = (MailId, String, String, Vec<u8>, Timestamp, i64);

/// Takes the mail that has been due for the longest time, until `until`: nobody else sends it before. One that cannot be
/// read is dropped, because it would stand before all others for ever.
pub async fn claim(tx: &mut Tx, key: &SealingKey, now: Timestamp, until: Timestamp) -> Result<Option<Claimed>, Fault> {
    while let Some(row) = tx.optional::<Row>(CLAIM, &args![now, until]).await? {
        let (id, recipient, subject, sealed, created_at, attempts) = row;
        let opened = key.open(&sealing_context(id), &sealed).ok();
        if let Some(body) = opened.and_then(|body| String::from_utf8(body.to_vec()).ok()) {
            return Ok(Some(Claimed { id, mail: Mail { recipient, subject, body }, created_at, attempts }));
        }
        tracing::warn!(%id, recipient, "a mail that was not sealed by this installation is dropped");
        delete(tx, id).await?;
    }
    Ok(None)
}

/// Has a mail tried again, and not before that time.
pub async fn postpone(tx: &mut Tx, id: MailId, due: Timestamp) -> Result<(), Fault> {
    tx.run(POSTPONE, &args![id, due]).await.map(drop)
}

/// Keeps that a mail was sent, and not what it said.
pub async fn keep_sent(tx: &mut Tx, id: MailId, now: Timestamp) -> Result<(), Fault> {
    tx.run(KEEP_SENT, &args![id, now, Vec::<u8>::new()]).await.map(drop)
}

/// Removes a mail that was given up.
pub async fn delete(tx: &mut Tx, id: MailId) -> Result<(), Fault> {
    tx.run(DELETE, &args![id]).await.map(drop)
}
