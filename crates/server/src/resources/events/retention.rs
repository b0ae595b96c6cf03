//! Events are kept for ever, unless the configuration says for how long.

use telamon_api::{Expired, Job, expired};
use telamon_store::Value;
use telamon_wire::Timestamp;

use crate::retention::{RETENTION_EVERY, Retention};

// An id begins with the second of its event: the primary key is in the order of time, and needs no other index beside it.
static OLD: Expired = expired!("event", "id", "id").ordered_as(first_id);

/// The job that removes events, if they are not kept for ever.
pub fn job(retention: &Retention) -> Option<Job> {
    retention.events.map(|kept| Job::forgetting("old events", RETENTION_EVERY, OLD, kept))
}

/// Where the ids of that second begin.
fn first_id(time: Timestamp) -> Value {
    format!("{:08x}", u32::try_from(time.as_seconds()).unwrap_or_default()).into()
}
