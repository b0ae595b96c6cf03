//! Removes the rows of entries whose time is over. They are invisible before; this keeps the table small and says in
//! the events that they went.

use telamon_api::{Job, UnitOfWork};
use telamon_store::{Sql, sql};
use telamon_wire::{OrgId, ProjectId, Result, Timestamp};

use super::{model::Block, store};
use crate::{
    resources::events::{self, Event},
    retention::TIDY_EVERY,
};

/// How many entries one transaction removes at the most.
const BATCH: i64 = 200;

static ANY: Sql = sql!("SELECT 1 FROM network_entry WHERE delete_after <= $1 LIMIT 1");

/// The job that removes them.
pub fn job() -> Job {
    Job::in_batches("expired network entries", TIDY_EVERY, ANY, 0, remove_expired)
}

/// Removes up to 200 entries whose `deleteAfterDate` has passed, and records it. Returns how many there were: while
/// there are any, there may be more.
pub async fn remove_expired(unit: &mut UnitOfWork, until: &Timestamp) -> Result<u64> {
    let mut removed = 0;
    for (project, org, block) in store::expired(&mut unit.tx, *until, BATCH).await? {
        removed += u64::from(remove_if_expired(unit, project, org, block).await?);
    }
    Ok(removed)
}

/// Removes the entry of that block, if its time is over; whether it was.
pub(super) async fn remove_if_expired(
    unit: &mut UnitOfWork,
    project: ProjectId,
    org: OrgId,
    block: Block,
) -> Result<bool> {
    let now = unit.now();
    let removed = store::delete_expired(&mut unit.tx, project, block, now).await?;
    if removed {
        let event = Event::in_project("NETWORK_PERMISSION_ENTRY_REMOVED", org, project);
        events::record_by_system(unit, event.with("whitelistEntry", block.event_name())).await?;
    }
    Ok(removed)
}
