//! A job: background work as a value. What runs jobs derives everything else from it: when, on which node, and what
//! is told of how it went.

use std::{
    fmt,
    future::Future,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use telamon_store::{Sql, args};
use telamon_wire::{Result, Timestamp};
use tokio::sync::Notify;
use tokio_util::sync::CancellationToken;

use crate::{Actor, Handler, UnitOfWork, Work, handler::Boxed};

/// Where a job runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Nodes {
    /// On every node: it looks after what is in the node's memory, or shares the work by itself.
    Every,
    /// On one node at a time: the one that holds the lease of the jobs.
    One,
}

/// What a run works with.
#[derive(Clone)]
pub struct Run {
    /// Carries out its units of work.
    pub work: Work,
    /// Cancelled when the server stops.
    pub stop: CancellationToken,
}

/// Background work.
pub struct Job {
    /// Its name, in metrics and reports.
    pub name: &'static str,
    /// How long after a run the next one begins.
    pub every: Duration,
    /// Where it runs.
    pub nodes: Nodes,
    /// What wakes it before its time.
    pub bell: Option<Arc<Bell>>,
    run: Box<dyn Fn(Run) -> Boxed<'static, Result<()>> + Send + Sync>,
}

impl fmt::Debug for Job {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}, every {:?} on {:?}", self.name, self.every, self.nodes)
    }
}

impl Job {
    /// A job that runs on every node.
    pub fn on_every_node<F, Fut>(name: &'static str, every: Duration, run: F) -> Self
    where
        F: Fn(Run) -> Fut + Send + Sync + 'static,
        Fut: Future<Output = Result<()>> + Send + 'static,
    {
        Self { name, every, nodes: Nodes::Every, bell: None, run: Box::new(move |with| Box::pin(run(with))) }
    }

    /// A job that runs on one node and looks after what its time is over for: a unit of work for each batch, as long as
    /// `any` finds something that ended so many seconds ago. If nothing is due, no write begins.
    pub fn in_batches<F>(name: &'static str, every: Duration, any: Sql, kept_seconds: i64, batch: F) -> Self
    where
        F: for<'a> Handler<'a, UnitOfWork, Batch, u64> + Copy + Send + Sync + 'static,
    {
        Self::batches(name, every, any, None, kept_seconds, batch)
    }

    /// A job that runs on one node and deletes rows, so many seconds after their time is over: a thousand with each unit
    /// of work.
    pub fn forgetting(name: &'static str, every: Duration, expired: Expired, kept_seconds: i64) -> Self {
        Self::batches(name, every, expired.any, Some(expired.delete), kept_seconds, forget)
    }

    fn batches<F>(
        name: &'static str,
        every: Duration,
        any: Sql,
        delete: Option<Sql>,
        kept_seconds: i64,
        batch: F,
    ) -> Self
    where
        F: for<'a> Handler<'a, UnitOfWork, Batch, u64> + Copy + Send + Sync + 'static,
    {
        let run = move |Run { work, stop }: Run| async move {
            let until = work.now().plus_seconds(-kept_seconds);
            while !stop.is_cancelled() {
                let mut tx = work.read().await?;
                let due = tx.optional::<i64>(any, &args![until]).await?.is_some();
                tx.end();
                // What is due and cannot be removed would be due for ever.
                if !due || work.run(&Actor::system(), Batch { until, delete }, batch).await? == 0 {
                    break;
                }
            }
            Ok(())
        };
        Self { nodes: Nodes::One, ..Self::on_every_node(name, every, run) }
    }

    /// The same job on one node at a time.
    #[must_use]
    pub fn on_one_node(self) -> Self {
        Self { nodes: Nodes::One, ..self }
    }

    /// The same job, which runs as well when that bell is rung on its node.
    #[must_use]
    pub fn woken_by(self, bell: Arc<Bell>) -> Self {
        Self { bell: Some(bell), ..self }
    }

    /// Runs it once.
    pub fn run(&self, with: Run) -> impl Future<Output = Result<()>> + Send + 'static + use<> {
        (self.run)(with)
    }
}

/// Wakes a job. Rung several times before it is heard, it is heard once.
#[derive(Debug, Default)]
pub struct Bell {
    rung: AtomicBool,
    waiting: Notify,
}

impl Bell {
    /// Wakes the job that it belongs to.
    pub fn ring(&self) {
        self.rung.store(true, Ordering::Release);
        self.waiting.notify_one();
    }

    /// Whether it was rung since it was last heard.
    pub fn is_rung(&self) -> bool {
        self.rung.load(Ordering::Acquire)
    }

    /// Hears it: what comes later rings anew.
    pub fn hear(&self) {
        self.rung.store(false, Ordering::Release);
    }

    /// Returns when it is rung.
    pub async fn heard(&self) {
        while !self.is_rung() {
            self.waiting.notified().await;
        }
    }
}

/// What one unit of work of such a job is about.
#[derive(Clone, Copy, Debug)]
pub struct Batch {
    /// Whatever ended then or earlier.
    pub until: Timestamp,
    delete: Option<Sql>,
}

async fn forget(unit: &mut UnitOfWork, batch: &Batch) -> Result<u64> {
    match batch.delete {
        Some(text) => Ok(unit.tx.run(text, &args![batch.until]).await?),
        None => Ok(0),
    }
}

/// Rows whose time is over: the texts that find and remove them. Made by [`expired!`](crate::expired).
#[derive(Clone, Copy, Debug)]
pub struct Expired {
    #[doc(hidden)]
    pub any: Sql,
    #[doc(hidden)]
    pub delete: Sql,
}

/// The rows of a table by the columns of their key and by when their time is over:
/// `expired!("revoked_token", "jti", "expires_at")`.
#[macro_export]
macro_rules! expired {
    ($table:literal, $key:literal, $ends_at:literal) => {
        $crate::Expired {
            any: ::telamon_store::sql!(concat!("SELECT 1 FROM ", $table, " WHERE ", $ends_at, " <= $1 LIMIT 1")),
            delete: ::telamon_store::sql!(concat!(
                "DELETE FROM ",
                $table,
                " WHERE (",
                $key,
                ") IN (SELECT ",
                $key,
                " FROM ",
                $table,
                " WHERE ",
                $ends_at,
                " <= $1 ORDER BY ",
                $ends_at,
                " LIMIT 1000)"
            )),
        }
    };
}
