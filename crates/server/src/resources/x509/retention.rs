//! Certificates stay listed for ever, unless the configuration says for how long after they have expired.

use telamon_api::{Actor, Job, Run, UnitOfWork};
use telamon_store::{Sql, args, sql};
use telamon_wire::{Result, Timestamp};

use crate::retention::{RETENTION_EVERY, Retention};

/// How many rows are looked at, and removed at most, at a time.
const BATCH: usize = 1000;

// All of them, in the order of the key: an index by their ends would cost each certificate that is issued.
static PAGE: Sql = sql!("SELECT serial, not_after FROM certificate WHERE serial > $1 ORDER BY serial LIMIT 1000");
static REMOVE: Sql = sql!("DELETE FROM certificate WHERE serial = $1 AND not_after <= $2");

/// The job that removes certificates, if they are not kept for ever.
pub fn job(retention: &Retention) -> Option<Job> {
    let kept = retention.certificates?;
    let run = move |Run { work, stop }: Run| async move {
        let (until, mut after) = (work.now().plus_seconds(-kept), i64::MIN);
        while !stop.is_cancelled() {
            let mut tx = work.read().await?;
            let page: Vec<(i64, Timestamp)> = tx.all(PAGE, &args![after]).await?;
            tx.end();
            let ended: Vec<i64> = page.iter().filter(|(_, end)| *end <= until).map(|(serial, _)| *serial).collect();
            if !ended.is_empty() {
                work.run(&Actor::system(), (ended, until), remove).await?;
            }
            match page.last() {
                Some((last, _)) if page.len() == BATCH => after = *last,
                _ => break,
            }
        }
        Ok(())
    };
    Some(Job::on_one_node("expired certificates", RETENTION_EVERY, run))
}

async fn remove(unit: &mut UnitOfWork, (serials, until): &(Vec<i64>, Timestamp)) -> Result<()> {
    for serial in serials {
        unit.tx.run(REMOVE, &args![*serial, *until]).await?;
    }
    Ok(())
}
