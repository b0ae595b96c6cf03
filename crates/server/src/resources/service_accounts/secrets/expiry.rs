//! Removes the rows of secrets whose time is over. They are refused before; this makes room for others, and says in the
//! events that they went.

use telamon_api::{Job, UnitOfWork};
use telamon_store::{Sql, sql};
use telamon_wire::{ClientId, Result, ServiceAccountId, Timestamp};

use super::store::{self, Expired};
use crate::{
    resources::events::{self, Event},
    retention::TIDY_EVERY,
};

/// How many secrets one transaction removes at the most.
const BATCH: i64 = 200;

static ANY: Sql = sql!("SELECT 1 FROM service_account_secret WHERE expires_at <= $1 LIMIT 1");

/// The job that removes them.
pub fn job() -> Job {
    Job::in_batches("expired secrets", TIDY_EVERY, ANY, 0, remove_expired)
}

/// Removes up to 200 secrets that have expired, and records it. Returns how many there were: while there are some, there
/// may be more.
pub async fn remove_expired(unit: &mut UnitOfWork, until: &Timestamp) -> Result<u64> {
    let expired = store::expired(&mut unit.tx, *until, BATCH).await?;
    remove(unit, expired).await
}

/// Removes the secrets of one account that have expired, and records it.
pub(super) async fn remove_expired_of(unit: &mut UnitOfWork, account: ServiceAccountId) -> Result<()> {
    let now = unit.now();
    let expired = store::expired_of(&mut unit.tx, account, now).await?;
    remove(unit, expired).await.map(drop)
}

async fn remove(unit: &mut UnitOfWork, expired: Vec<Expired>) -> Result<u64> {
    let mut removed = 0;
    for (secret, account, org) in expired {
        store::delete(&mut unit.tx, account, secret).await?;
        let event = Event::in_org("SERVICE_ACCOUNT_SECRET_DELETED", org);
        events::record_by_system(unit, event.with("clientId", ClientId(account).to_string())).await?;
        removed += 1;
    }
    Ok(removed)
}
