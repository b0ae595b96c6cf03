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

use telamon_store::{Sql, Value, args};
use telamon_wire::{Result, Timestamp};
use tokio::sync::Notify;
use tokio_util::sync::CancellationToken;

use crate::{Actor, Expired, Handler, UnitOfWork, Work, handler::Boxed};

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

impl Run {
    /// A unit of work for each batch, as long as something is due.
    async fn batches<I, F>(&self, any: Sql, until: Value, input: I, batch: F) -> Result<()>
    where
        I: Clone + Send + Sync + 'static,
        F: for<'a> Handler<'a, UnitOfWork, I, u64> + Copy + Send + Sync + 'static,
    {
        while !self.stop.is_cancelled() {
            let mut tx = self.work.read().await?;
            let due = tx.optional::<i64>(any, &args![until.clone()]).await?.is_some();
            tx.end();
            // What is due and cannot be removed would be due for ever.
            if !due || self.work.run(&Actor::system(), input.clone(), batch).await? == 0 {
                break;
            }
        }
        Ok(())
    }
}

async fn forget(unit: &mut UnitOfWork, (delete, until): &(Sql, Value)) -> Result<u64> {
    Ok(unit.tx.run(*delete, &args![until.clone()]).await?)
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

    /// A job that runs on one node at a time.
    pub fn on_one_node<F, Fut>(name: &'static str, every: Duration, run: F) -> Self
    where
        F: Fn(Run) -> Fut + Send + Sync + 'static,
        Fut: Future<Output = Result<()>> + Send + 'static,
    {
        Self { nodes: Nodes::One, ..Self::on_every_node(name, every, run) }
    }

    /// A job that runs on one node and looks after what its time is over for: a unit of work for each batch, which is told
    /// until when, as long as `any` finds something that ended so many seconds ago. If nothing is due, no write begins.
    pub fn in_batches<F>(name: &'static str, every: Duration, any: Sql, kept_seconds: i64, batch: F) -> Self
    where
        F: for<'a> Handler<'a, UnitOfWork, Timestamp, u64> + Copy + Send + Sync + 'static,
    {
        Self::on_one_node(name, every, move |run: Run| async move {
            let until = run.work.now().plus_seconds(-kept_seconds);
            run.batches(any, until.into(), until, batch).await
        })
    }

    /// A job that runs on one node and deletes rows, so many seconds after their time is over: a thousand with each unit
    /// of work.
    pub fn forgetting(name: &'static str, every: Duration, expired: Expired, kept_seconds: i64) -> Self {
        let Expired { any, delete, bound } = expired;
        Self::on_one_node(name, every, move |run: Run| async move {
            let until = bound(run.work.now().plus_seconds(-kept_seconds));
            run.batches(any, until.clone(), (delete, until), forget).await
        })
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
