//! Removes the rows of secrets whose time is over. They are refused before; this makes room for others, and says in the
//! events that they went.

use telamon_store::{Fault, Tx};
use telamon_wire::{ClientId, Entropy, ServiceAccountId, Timestamp};

use super::store::{self, Expired};
use crate::resources::events::{self, Event};

/// How many secrets one transaction removes at the most.
const BATCH: i64 = 200;

/// Removes up to 200 secrets that have expired, and records it. Returns how many there were: while there are some, there
/// may be more.
pub async fn remove_expired(tx: &mut Tx, now: Timestamp, entropy: &dyn Entropy) -> Result<u64, Fault> {
    let expired = store::expired(tx, now, BATCH).await?;
    remove(tx, expired, now, entropy).await
}

/// Removes the secrets of one account that have expired, and records it.
pub(super) async fn remove_expired_of(
    tx: &mut Tx,
    account: ServiceAccountId,
    now: Timestamp,
    entropy: &dyn Entropy,
) -> Result<(), Fault> {
    let expired = store::expired_of(tx, account, now).await?;
    remove(tx, expired, now, entropy).await.map(drop)
}

async fn remove(tx: &mut Tx, expired: Vec<Expired>, now: Timestamp, entropy: &dyn Entropy) -> Result<u64, Fault> {
    let mut removed = 0;
    for (secret, account, org) in expired {
        store::delete(tx, account, secret).await?;
        let event = Event::in_org("SERVICE_ACCOUNT_SECRET_DELETED", org);
        events::record_by_system(tx, event.with("clientId", ClientId(account).to_string()), now, entropy).await?;
        removed += 1;
    }
    Ok(removed)
}
