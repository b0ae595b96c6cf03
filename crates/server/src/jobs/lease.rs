//! The lease of the jobs that run on one node at a time.
//!
//! Whoever holds it renews it well before it expires. A node that cannot, because it hangs or has no database, loses it, and
//! another one takes it. What runs under it is correct when two nodes run it: the lease only saves work.

use std::sync::atomic::{AtomicI64, Ordering};

use telamon_api::{Actor, UnitOfWork, Work};
use telamon_store::{Sql, args, sql};
use telamon_wire::{Result, Timestamp};

/// How long it is good.
const SECONDS: i64 = 90;
const NAME: &str = "jobs";

static HELD: Sql = sql!("SELECT holder, expires_at FROM lease WHERE name = $1");
static TAKE: Sql = sql!(
    "INSERT INTO lease (name, holder, expires_at) VALUES ($1, $2, $3)
     ON CONFLICT (name) DO UPDATE SET holder = excluded.holder, expires_at = excluded.expires_at
     WHERE lease.holder = excluded.holder OR lease.expires_at <= $4"
);
static GIVE_BACK: Sql = sql!("DELETE FROM lease WHERE name = $1 AND holder = $2");

/// The lease, as one node sees it.
#[derive(Debug)]
pub(super) struct Lease {
    node: String,
    /// Until when this node holds it, in microseconds.
    held_until: AtomicI64,
}

impl Lease {
    pub fn of(node: String) -> Self {
        Self { node, held_until: AtomicI64::new(i64::MIN) }
    }

    /// Whether this node holds it.
    pub fn is_held(&self, now: Timestamp) -> bool {
        self.held_until.load(Ordering::Acquire) > now.as_micros()
    }

    /// Takes it or renews it, unless another node holds it.
    pub async fn renew(&self, work: &Work) -> Result<()> {
        let mut tx = work.read().await?;
        let held: Option<(String, Timestamp)> = tx.optional(HELD, &args![NAME]).await?;
        tx.end();
        if held.is_some_and(|(holder, expires_at)| holder != self.node && expires_at > work.now()) {
            return Ok(());
        }
        if let Some(until) = work.run(&Actor::system(), self.node.clone(), take).await? {
            self.held_until.store(until.as_micros(), Ordering::Release);
        }
        Ok(())
    }

    /// Gives it back, so that another node need not wait for its end.
    pub async fn give_back(&self, work: &Work) -> Result<()> {
        if self.held_until.swap(i64::MIN, Ordering::AcqRel) == i64::MIN {
            return Ok(());
        }
        work.run(&Actor::system(), self.node.clone(), give_back).await
    }
}

/// Until when the node holds it; `None` if another one does.
async fn take(unit: &mut UnitOfWork, node: &String) -> Result<Option<Timestamp>> {
    let now = unit.now();
    let until = now.plus_seconds(SECONDS);
    let taken = unit.tx.run(TAKE, &args![NAME, node, until, now]).await? == 1;
    Ok(taken.then_some(until))
}

async fn give_back(unit: &mut UnitOfWork, node: &String) -> Result<()> {
    unit.tx.run(GIVE_BACK, &args![NAME, node]).await?;
    Ok(())
}
