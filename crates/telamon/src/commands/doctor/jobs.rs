//! How the jobs of the servers go, as they last told.

use telamon_server::jobs::{LONG_SECONDS, Told, told};
use telamon_store::{Db, Fault};

use super::Finding;

const SUBJECT: &str = "jobs";

pub(super) async fn examine(db: &Db) -> Result<Vec<Finding>, Fault> {
    let all = told(db).await?;
    if all.is_empty() {
        return Ok(vec![Finding::ok(SUBJECT, "none has run yet: they run in `telamon serve`")]);
    }
    // Of each job the report of one node: the one that tells the worst, of those that told last.
    let mut findings = Vec::new();
    for of_one_job in all.chunk_by(|a, b| a.report.job == b.report.job) {
        let newest = of_one_job[0].at;
        let recent = of_one_job.iter().filter(|told| newest.seconds_since(told.at) < LONG_SECONDS);
        if let Some(worst) = recent.max_by_key(|told| (told.report.fails_for_long(told.at), told.report.failures)) {
            findings.push(finding(worst));
        }
    }
    Ok(findings)
}

fn finding(Told { report, at }: &Told) -> Finding {
    let success = report.last_success_at.map_or_else(|| "no success yet".to_owned(), |at| format!("last success {at}"));
    let (lag, failures) = (report.lag_seconds(*at), report.failures);
    let found = format!(
        "{}: {success}, took {:.1} ms, {failures} failures, {lag} s late (told at {at})",
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

const MEND: &str = "see the log of the server; a job goes on by itself when its reason is gone";
