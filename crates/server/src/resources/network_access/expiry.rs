//! Removes the rows of entries whose time is over. They are invisible before; this keeps the table small and says in
//! the events that they went.

use telamon_store::{Fault, Tx};
use telamon_wire::{Entropy, OrgId, ProjectId, Timestamp};

use super::{model::Block, store};
use crate::resources::events::{self, Event};

/// How many entries one transaction removes at the most.
const BATCH: i64 = 200;

/// Removes up to 200 entries whose `deleteAfterDate` has passed, and records it. Returns how many there were: while
/// there are any, there may be more.
pub async fn remove_expired(tx: &mut Tx, now: Timestamp, entropy: &dyn Entropy) -> Result<u64, Fault> {
    let mut removed = 0;
    for (project, org, block) in store::expired(tx, now, BATCH).await? {
        remove_if_expired(tx, project, org, block, now, entropy).await?;
        removed += 1;
    }
    Ok(removed)
}

/// Removes the entry of that block, if its time is over.
pub(super) async fn remove_if_expired(
    tx: &mut Tx,
    project: ProjectId,
    org: OrgId,
    block: Block,
    now: Timestamp,
    entropy: &dyn Entropy,
) -> Result<(), Fault> {
    if store::delete_expired(tx, project, block, now).await? {
        let event = Event::in_project("NETWORK_PERMISSION_ENTRY_REMOVED", org, project);
        events::record_by_system(tx, event.with("whitelistEntry", block.event_name()), now, entropy).await?;
    }
    Ok(())
}
