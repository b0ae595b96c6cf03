//! How the jobs of a node go: in memory, in the metrics, and every minute in the database, for `telamon doctor`.

use std::{
    collections::BTreeMap,
    sync::{Mutex, PoisonError},
    time::Duration,
};

use telamon_api::{Actor, Expired, Job, UnitOfWork, Work, expired};
use telamon_store::{Db, Fault, FromRow, Row, Sql, args, sql};
use telamon_wire::{Failure, Result, Timestamp};

/// After how many seconds a job that fails, or does not end, is reported as failing.
pub const LONG_SECONDS: i64 = 300;
/// So many characters of an error are kept.
const ERROR_LENGTH: usize = 500;

/// How one job of one node goes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Report {
    /// Its name.
    pub job: String,
    /// How long after a run the next one begins.
    pub every: Duration,
    /// When its last run began.
    pub started_at: Timestamp,
    /// When it last succeeded.
    pub last_success_at: Option<Timestamp>,
    /// How long its last run took.
    pub duration: Duration,
    /// How often it has failed since the node started.
    pub failures: u64,
    /// Since when each run has failed.
    pub failing_since: Option<Timestamp>,
    /// Why the last run that failed did.
    pub last_error: Option<String>,
    /// Since when it runs, if it does.
    pub running_since: Option<Timestamp>,
}

impl Report {
    fn new(job: &Job, started_at: Timestamp) -> Self {
        Self {
            job: job.name.to_owned(),
            every: job.every,
            started_at,
            last_success_at: None,
            duration: Duration::ZERO,
            failures: 0,
            failing_since: None,
            last_error: None,
            running_since: None,
        }
    }

    /// Whether it runs on this node.
    fn is_ours(&self) -> bool {
        self.last_success_at.is_some() || self.failures > 0 || self.running_since.is_some()
    }

    /// The report as it is at that time: a run that takes very long counts as one that fails.
    fn at(mut self, now: Timestamp) -> Self {
        let hanging = self.running_since.filter(|since| now.seconds_since(*since) >= LONG_SECONDS);
        if let Some(since) = hanging {
            self.failing_since.get_or_insert(since);
            self.last_error = Some(format!("the run that began at {since} has not ended"));
        }
        self
    }

    /// By how many seconds its next success is late.
    pub fn lag_seconds(&self, now: Timestamp) -> i64 {
        let last = self.last_success_at.or(self.failing_since).unwrap_or(self.started_at);
        let every = i64::try_from(self.every.as_secs()).unwrap_or(i64::MAX);
        now.seconds_since(last).saturating_sub(every).max(0)
    }

    /// Whether it has failed for long.
    pub fn fails_for_long(&self, now: Timestamp) -> bool {
        self.failing_since.is_some_and(|since| now.seconds_since(since) >= LONG_SECONDS)
    }
}

/// The reports of one node.
#[derive(Debug)]
pub(super) struct Board {
    node: String,
    reports: Mutex<BTreeMap<&'static str, Report>>,
}

/// For how long the reports of a node that is gone are kept.
pub(super) const KEPT_SECONDS: i64 = 86_400;
pub(super) static OLD: Expired = expired!("job_report", "job, node", "reported_at");

static PUT: Sql = sql!(
    "INSERT INTO job_report (job, node, every, started_at, last_success_at, duration, failures, failing_since, last_error,
     reported_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)
     ON CONFLICT (job, node) DO UPDATE SET every = excluded.every, started_at = excluded.started_at,
     last_success_at = excluded.last_success_at, duration = excluded.duration, failures = excluded.failures,
     failing_since = excluded.failing_since, last_error = excluded.last_error, reported_at = excluded.reported_at"
);
static ALL: Sql = sql!(
    "SELECT job, every, started_at, last_success_at, duration, failures, failing_since, last_error, reported_at
     FROM job_report ORDER BY job, reported_at DESC, node LIMIT 10000"
);

impl Board {
    pub fn of(node: String) -> Self {
        Self { node, reports: Mutex::default() }
    }

    fn reports(&self) -> std::sync::MutexGuard<'_, BTreeMap<&'static str, Report>> {
        self.reports.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// When a job last began to run here.
    pub fn started_at(&self, job: &Job) -> Option<Timestamp> {
        self.reports().get(job.name).map(|report| report.started_at)
    }

    /// A run of a job begins.
    pub fn began(&self, job: &Job, now: Timestamp) {
        let mut reports = self.reports();
        let report = reports.entry(job.name).or_insert_with(|| Report::new(job, now));
        (report.started_at, report.running_since) = (now, Some(now));
    }

    /// A run of a job has ended.
    pub fn ended(&self, job: &Job, started_at: Timestamp, now: Timestamp, duration: Duration, outcome: &Result<()>) {
        let mut reports = self.reports();
        let report = reports.entry(job.name).or_insert_with(|| Report::new(job, started_at));
        (report.duration, report.running_since) = (duration, None);
        match outcome {
            Ok(()) => {
                (report.last_success_at, report.failing_since) = (Some(now), None);
                #[expect(clippy::cast_precision_loss, reason = "seconds since 1970 are far below 2^52")]
                metrics::gauge!("telamon_job_last_success_timestamp_seconds", "job" => job.name)
                    .set(now.as_seconds() as f64);
            }
            Err(failure) => {
                report.failures += 1;
                report.failing_since.get_or_insert(started_at);
                report.last_error = Some(describe(failure));
            }
        }
        let outcome = if outcome.is_ok() { "success" } else { "failure" };
        metrics::counter!("telamon_job_runs_total", "job" => job.name, "outcome" => outcome).increment(1);
        metrics::histogram!("telamon_job_seconds", "job" => job.name).record(duration);
    }

    /// A job was due, and another node runs it.
    pub fn skipped(&self, job: &Job, now: Timestamp) {
        metrics::gauge!("telamon_job_lag_seconds", "job" => job.name).set(0.0);
        self.reports().insert(job.name, Report::new(job, now));
    }

    /// The jobs that have failed for long.
    pub fn failing(&self, now: Timestamp) -> Vec<Report> {
        let reports = self.reports();
        reports.values().map(|report| report.clone().at(now)).filter(|report| report.fails_for_long(now)).collect()
    }

    /// Updates the metrics of how late each job is, and writes all reports.
    pub async fn write(&self, work: &Work) -> Result<()> {
        let now = work.now();
        let reports: Vec<Report> =
            self.reports().values().filter(|report| report.is_ours()).map(|report| report.clone().at(now)).collect();
        for report in &reports {
            #[expect(clippy::cast_precision_loss, reason = "seconds since 1970 are far below 2^52")]
            metrics::gauge!("telamon_job_lag_seconds", "job" => report.job.clone()).set(report.lag_seconds(now) as f64);
        }
        work.run(&Actor::system(), (self.node.clone(), reports), put).await
    }
}

async fn put(unit: &mut UnitOfWork, (node, reports): &(String, Vec<Report>)) -> Result<()> {
    let (now, micros) = (unit.now(), |time: Duration| i64::try_from(time.as_micros()).unwrap_or(i64::MAX));
    for report in reports {
        let failures = i64::try_from(report.failures).unwrap_or(i64::MAX);
        let args = args![
            &report.job,
            node,
            micros(report.every),
            report.started_at,
            report.last_success_at,
            micros(report.duration),
            failures,
            report.failing_since,
            report.last_error.clone(),
            now
        ];
        unit.tx.run(PUT, &args).await?;
    }
    Ok(())
}

/// A report as it was last written, and when.
pub struct Reported {
    /// What was reported.
    pub report: Report,
    /// When.
    pub at: Timestamp,
}

impl FromRow for Reported {
    fn from_row(row: &Row<'_>) -> Result<Self, Fault> {
        let time = |micros: i64| Duration::from_micros(micros.unsigned_abs());
        let report = Report {
            job: row.get(0)?,
            every: time(row.get(1)?),
            started_at: row.get(2)?,
            last_success_at: row.get(3)?,
            duration: time(row.get(4)?),
            failures: row.get::<i64>(5)?.unsigned_abs(),
            failing_since: row.get(6)?,
            last_error: row.get(7)?,
            running_since: None,
        };
        Ok(Self { report, at: row.get(8)? })
    }
}

/// What the nodes reported of their jobs, by job, the newest first.
pub async fn reported(db: &Db) -> Result<Vec<Reported>, Fault> {
    let mut tx = db.begin_read().await?;
    tx.all(ALL, &[]).await
}

fn describe(failure: &Failure) -> String {
    let text = match failure {
        Failure::Known(error) => error.detail(),
        Failure::Retry => "other changes got in the way again and again".to_owned(),
        Failure::Unavailable(what) => format!("{what} is not available"),
        Failure::Bug(source) => source.to_string(),
    };
    text.chars().take(ERROR_LENGTH).collect()
}
