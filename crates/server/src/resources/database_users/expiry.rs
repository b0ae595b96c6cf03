//! Removes the rows of users whose time is over. They are invisible before; this keeps the table small and says in the
//! events that they went.

use telamon_api::{Job, UnitOfWork};
use telamon_store::{Sql, sql};
use telamon_wire::{Result, Timestamp};

use super::{model::event_name, store};
use crate::{
    resources::events::{self, Event},
    retention::TIDY_EVERY,
};

/// How many users one transaction removes at the most.
const BATCH: i64 = 200;

static ANY: Sql = sql!("SELECT 1 FROM database_user WHERE delete_after <= $1 LIMIT 1");

/// The job that removes them.
pub fn job() -> Job {
    Job::in_batches("expired database users", TIDY_EVERY, ANY, 0, remove_expired)
}

/// Removes up to 200 users whose `deleteAfterDate` has passed, and records it. Returns how many there were: while they
/// are that many, there may be more.
pub async fn remove_expired(unit: &mut UnitOfWork, until: &Timestamp) -> Result<u64> {
    let expired = store::expired(&mut unit.tx, *until, BATCH).await?;
    let mut removed = 0;
    for (id, project, org, username, way) in expired {
        store::delete_by_id(&mut unit.tx, id).await?;
        let event = Event::in_project("MONGODB_USER_DELETED", org, project);
        events::record(unit, event.with("dbUserUsername", event_name(way, &username))).await?;
        removed += 1;
    }
    Ok(removed)
}
