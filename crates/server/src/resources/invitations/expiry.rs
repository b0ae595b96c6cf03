//! Removes invitations that nobody answered. They cannot be accepted once their 30 days are over; for as long again they
//! are listed as expired, so that whoever invited sees it and can ask anew.

use telamon_api::UnitOfWork;
use telamon_wire::Result;

use super::{
    change::removal,
    model::{LIFETIME_SECONDS, Status},
    store,
};
use crate::resources::events;

/// How many invitations one transaction removes at the most.
const BATCH: i64 = 200;

/// Removes up to 200 invitations that expired 30 days ago, and records it. Returns how many there were.
pub async fn remove_expired(unit: &mut UnitOfWork, (): &()) -> Result<u64> {
    let (now, mut removed) = (unit.now(), 0);
    for invitation in store::expired(&mut unit.tx, now.plus_seconds(-LIFETIME_SECONDS), BATCH).await? {
        store::delete(&mut unit.tx, invitation.id).await?;
        // Declining was recorded when it was done.
        if invitation.status(now) != Status::Rejected {
            events::record(unit, removal(&invitation)).await?;
        }
        removed += 1;
    }
    Ok(removed)
}
