//! What runs jobs: each by its own time, and in a task of its own, so that one that fails or panics ends one run of itself
//! and nothing else.

mod lease;
mod reports;

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use telamon_api::{Job, Nodes, Run, Services, Work, report};
use telamon_authn::uuid_v4;
use telamon_wire::{Failure, Result, Timestamp};
use tokio::sync::Mutex;
use tokio_util::{sync::CancellationToken, task::TaskTracker};

use crate::{
    gate,
    mail::{self, Mailer},
    resources::{self, refusals::Refusals},
    retention::{RETENTION_EVERY, Retention},
    sign_in,
    usage::Usage,
};
use lease::Lease;
use reports::Board;

pub use reports::{LONG_SECONDS, Report, Reported, reported};

/// How often the change marker is looked at: often enough that no request has to.
const LOOK_EVERY: Duration = Duration::from_millis(300);
/// How often uses of secrets, and reasons of refusals, are written.
const WRITE_EVERY: Duration = Duration::from_secs(3);
/// How often the lease is renewed: it lasts for several times as long.
const RENEW_EVERY: Duration = Duration::from_secs(20);
/// How often the reports are written.
const REPORT_EVERY: Duration = Duration::from_mins(1);

/// The jobs of a node; clones are the same.
#[derive(Clone)]
pub struct Jobs(Arc<Inner>);

struct Inner {
    jobs: Vec<Scheduled>,
    run: Run,
    lease: Arc<Lease>,
    board: Arc<Board>,
    tasks: TaskTracker,
}

struct Scheduled {
    job: Job,
    /// It runs once at a time.
    turn: Mutex<()>,
}

impl Jobs {
    /// The jobs of a server. They run from [`Self::start`] on.
    pub(crate) fn new(work: Work, stop: CancellationToken, tasks: TaskTracker) -> Self {
        let node = uuid_v4(&*work.services().entropy);
        let (lease, board) = (Arc::new(Lease::of(node.clone())), Arc::new(Board::of(node)));
        let jobs = all(work.services(), &lease, &board);
        let jobs = jobs.into_iter().map(|job| Scheduled { job, turn: Mutex::default() }).collect();
        Self(Arc::new(Inner { jobs, run: Run { work, stop }, lease, board, tasks }))
    }

    /// Runs each by its own time, until the server stops.
    pub fn start(&self) {
        for index in 0..self.0.jobs.len() {
            let jobs = self.clone();
            self.0.tasks.spawn(async move { jobs.keep_running(&jobs.0.jobs[index]).await });
        }
    }

    async fn keep_running(&self, scheduled: &Scheduled) {
        let Scheduled { job, .. } = scheduled;
        // A node that starts takes the lease at once, if it is free; the rest has time.
        if job.name == LEASE {
            self.run_one(scheduled).await;
        }
        loop {
            let heard = async {
                match &job.bell {
                    Some(bell) => bell.heard().await,
                    None => std::future::pending().await,
                }
            };
            tokio::select! {
                () = self.0.run.stop.cancelled() => return,
                () = tokio::time::sleep(job.every) => {}
                () = heard => {}
            }
            self.run_one(scheduled).await;
        }
    }

    /// Runs all that are due by the clock that was handed in, one after the other, until none is: for tests, which move
    /// that clock.
    pub async fn catch_up(&self) {
        loop {
            let now = self.0.run.work.now();
            let due: Vec<_> = self.0.jobs.iter().filter(|scheduled| self.is_due(&scheduled.job, now)).collect();
            if due.is_empty() {
                return;
            }
            for scheduled in due {
                self.run_one(scheduled).await;
            }
        }
    }

    fn is_due(&self, job: &Job, now: Timestamp) -> bool {
        let every = i64::try_from(job.every.as_micros()).unwrap_or(i64::MAX);
        let started = self.0.board.started_at(job);
        let waited = started.is_none_or(|started| now.as_micros() - started.as_micros() >= every);
        waited || job.bell.as_ref().is_some_and(|bell| bell.is_rung())
    }

    /// Runs the job of that name now, on whichever node.
    pub async fn run(&self, name: &str) -> Result<()> {
        let found = self.0.jobs.iter().find(|scheduled| scheduled.job.name == name);
        let scheduled = found.ok_or_else(|| Failure::bug(format!("there is no job {name}")))?;
        let _turn = scheduled.turn.lock().await;
        self.carry_out(&scheduled.job).await
    }

    async fn run_one(&self, scheduled: &Scheduled) {
        let Scheduled { job, turn } = scheduled;
        let _turn = turn.lock().await;
        if let Some(bell) = &job.bell {
            bell.hear();
        }
        let now = self.0.run.work.now();
        if job.nodes == Nodes::One && !self.0.lease.is_held(now) {
            return self.0.board.skipped(job, now);
        }
        if let Err(failure) = self.carry_out(job).await {
            tracing::warn!(job = job.name, "a job failed and will run again");
            report(&failure);
        }
    }

    async fn carry_out(&self, job: &Job) -> Result<()> {
        let (started_at, began) = (self.0.run.work.now(), Instant::now());
        self.0.board.began(job, started_at);
        let outcome = self.0.run.work.apart(job.run(self.0.run.clone())).await;
        self.0.board.ended(job, started_at, self.0.run.work.now(), began.elapsed(), &outcome);
        outcome
    }

    /// The jobs that have failed for long on this node.
    pub fn failing(&self) -> Vec<Report> {
        self.0.board.failing(self.0.run.work.now())
    }

    /// Writes what is still in memory, the last chance, and lets another node have the lease.
    pub(crate) async fn stop(&self) {
        for name in [USAGE, REFUSALS, REPORTS] {
            if let Err(failure) = self.run(name).await {
                tracing::warn!(job = name, ?failure, "what was in memory is not written");
            }
        }
        if let Err(failure) = self.0.lease.give_back(&self.0.run.work).await {
            tracing::warn!(?failure, "the lease of the jobs is kept until it expires");
        }
    }
}

const LEASE: &str = "lease";
const USAGE: &str = "usage";
const REFUSALS: &str = "refusals";
const REPORTS: &str = "reports";

/// Every job, in the order in which those that are due at the same time are caught up with.
fn all(services: &Services, lease: &Arc<Lease>, board: &Arc<Board>) -> Vec<Job> {
    let retention = services.get::<Retention>();
    let (lease, board) = (Arc::clone(lease), Arc::clone(board));
    let mut jobs = vec![
        Job::on_every_node(LEASE, RENEW_EVERY, move |Run { work, .. }| {
            let lease = Arc::clone(&lease);
            async move { lease.renew(&work).await }
        }),
        Job::on_every_node("marker", LOOK_EVERY, |Run { work, .. }| async move { work.generations().look().await }),
        Job::on_every_node(USAGE, WRITE_EVERY, |Run { work, .. }| async move {
            work.services().get::<Usage>().write(&work).await
        }),
        Job::on_every_node(REFUSALS, WRITE_EVERY, |Run { work, .. }| async move {
            work.services().get::<Refusals>().write(&work).await
        }),
    ];
    jobs.extend(gate::jobs(retention));
    jobs.extend(sign_in::jobs(retention));
    jobs.extend(resources::jobs(retention));
    jobs.extend(mail::jobs(services.get::<Mailer>(), retention));
    jobs.push(Job::forgetting("expired reports", RETENTION_EVERY, reports::OLD, reports::KEPT_SECONDS));
    jobs.push(Job::on_every_node(REPORTS, REPORT_EVERY, move |Run { work, .. }| {
        let board = Arc::clone(&board);
        async move { board.write(&work).await }
    }));
    jobs
}
