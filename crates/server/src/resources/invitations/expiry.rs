//! Removes invitations that nobody answered. They cannot be accepted once their 30 days are over; for as long again they
//! are listed as expired, so that whoever invited sees it and can ask anew.

use telamon_api::{Job, UnitOfWork};
use telamon_store::{Sql, sql};
use telamon_wire::{Result, Timestamp};

use super::{
    change::removal,
    model::{LIFETIME_SECONDS, Status},
    store,
};
use crate::{resources::events, retention::TIDY_EVERY};

/// How many invitations one transaction removes at the most.
const BATCH: i64 = 200;

static ANY: Sql = sql!("SELECT 1 FROM invitation WHERE expires_at <= $1 LIMIT 1");

/// The job that removes them.
pub fn job() -> Job {
    Job::in_batches("expired invitations", TIDY_EVERY, ANY, LIFETIME_SECONDS, remove_expired)
}

/// Removes up to 200 invitations that expired 30 days ago, and records it. Returns how many there were.
pub async fn remove_expired(unit: &mut UnitOfWork, until: &Timestamp) -> Result<u64> {
    let (now, mut removed) = (unit.now(), 0);
    for invitation in store::expired(&mut unit.tx, *until, BATCH).await? {
        store::delete(&mut unit.tx, invitation.id).await?;
        // Declining was recorded when it was done.
        if invitation.status(now) != Status::Rejected {
            events::record(unit, removal(&invitation)).await?;
        }
        removed += 1;
    }
    Ok(removed)
}
