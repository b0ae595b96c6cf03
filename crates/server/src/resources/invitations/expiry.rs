//! Removes invitations that nobody answered. They cannot be accepted once their 30 days are over; for as long again they
//! are listed as expired, so that whoever invited sees it and can ask anew.

use telamon_store::{Fault, Tx};
use telamon_wire::{Entropy, Timestamp};

use super::{
    change::removal,
    model::{LIFETIME_SECONDS, Status},
    store,
};
use crate::resources::events;

/// How many invitations one transaction removes at the most.
const BATCH: i64 = 200;

/// Removes up to 200 invitations that expired 30 days ago, and records it. Returns how many there were.
pub async fn remove_expired(tx: &mut Tx, now: Timestamp, entropy: &dyn Entropy) -> Result<u64, Fault> {
    let mut removed = 0;
    for invitation in store::expired(tx, now.plus_seconds(-LIFETIME_SECONDS), BATCH).await? {
        store::delete(tx, invitation.id).await?;
        // Declining was recorded when it was done.
        if invitation.status(now) != Status::Rejected {
            events::record_by_system(tx, removal(&invitation), now, entropy).await?;
        }
        removed += 1;
    }
    Ok(removed)
}
