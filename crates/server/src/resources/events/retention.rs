//! Events are kept for ever, unless the configuration says for how long.

use telamon_api::{Actor, Job, Run, UnitOfWork};
use telamon_store::{Sql, args, sql};
use telamon_wire::{Result, Timestamp};

use crate::retention::{RETENTION_EVERY, Retention};

// An id begins with the second of its event: the primary key is in the order of time, and needs no other index beside it.
static ANY: Sql = sql!("SELECT 1 FROM event WHERE id < $1 LIMIT 1");
static REMOVE: Sql = sql!("DELETE FROM event WHERE id IN (SELECT id FROM event WHERE id < $1 ORDER BY id LIMIT 1000)");

/// The job that removes events, if they are not kept for ever.
pub fn job(retention: &Retention) -> Option<Job> {
    let kept = retention.events?;
    let run = move |Run { work, stop }: Run| async move {
        let first_kept = first_id(work.now().plus_seconds(-kept));
        while !stop.is_cancelled() {
            let mut tx = work.read().await?;
            let due = tx.optional::<i64>(ANY, &args![&first_kept]).await?.is_some();
            tx.end();
            if !due || work.run(&Actor::system(), (first_kept.clone(),), remove).await? == 0 {
                break;
            }
        }
        Ok(())
    };
    Some(Job::on_every_node("old events", RETENTION_EVERY, run).on_one_node())
}

async fn remove(unit: &mut UnitOfWork, (first_kept,): &(String,)) -> Result<u64> {
    Ok(unit.tx.run(REMOVE, &args![first_kept]).await?)
}

/// Where the ids of that second begin.
fn first_id(time: Timestamp) -> String {
    format!("{:08x}", u32::try_from(time.as_seconds()).unwrap_or_default())
}
