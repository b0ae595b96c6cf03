//! How the background jobs of the servers go, as they last reported.

use telamon_server::jobs::{LONG_SECONDS, Reported, reported};
use telamon_store::{Db, Fault};
use telamon_wire::Clock;

use super::Finding;
use crate::ambient::SystemClock;

const SUBJECT: &str = "jobs";

pub(super) async fn examine(db: &Db) -> Result<Vec<Finding>, Fault> {
    let all = reported(db).await?;
    let Some(last) = all.iter().map(|reported| reported.at).max() else {
        return Ok(vec![Finding::ok(SUBJECT, "none has run yet: they run in `telamon serve`")]);
    };
    let mut findings = Vec::new();
    if SystemClock.now().seconds_since(last) >= LONG_SECONDS {
        let mend = "start `telamon serve`; if it runs, see its log";
        findings.push(Finding::note(SUBJECT, format!("no server has reported since {last}"), mend));
    }
    // Of each job one node's report: the worst of the recent ones.
    for of_one_job in all.chunk_by(|a, b| a.report.job == b.report.job) {
        let newest = of_one_job[0].at;
        let recent = of_one_job.iter().filter(|other| newest.seconds_since(other.at) < LONG_SECONDS);
        let severity = |Reported { report, at }: &&Reported| {
            (report.fails_for_long(*at), report.lag_seconds(*at), report.failures)
        };
        if let Some(worst) = recent.max_by_key(severity) {
            findings.push(finding(worst));
        }
    }
    Ok(findings)
}

fn finding(Reported { report, at }: &Reported) -> Finding {
    let success = report.last_success_at.map_or_else(|| "no success yet".to_owned(), |at| format!("last success {at}"));
    let (lag, failures) = (report.lag_seconds(*at), report.failures);
    let found = format!(
        "{}: {success}, took {:.1} ms, {failures} failures, {lag} s late (reported {at})",
        report.job,
        report.duration.as_secs_f64() * 1e3
    );
    let why = report.last_error.as_deref().unwrap_or("it did not run");
    if report.fails_for_long(*at) {
        let since = report.failing_since.map(|since| since.to_string()).unwrap_or_default();
        Finding::problem(SUBJECT, format!("{found}; fails since {since}: {why}"), MEND)
    } else if lag >= LONG_SECONDS {
        Finding::problem(SUBJECT, format!("{found}: {why}"), MEND)
    } else {
        Finding::ok(SUBJECT, found)
    }
}

const MEND: &str = "see the log of the server; the job recovers by itself once the cause is gone";
