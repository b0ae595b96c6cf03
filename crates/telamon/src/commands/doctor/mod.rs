//! `telamon doctor`: what is wrong with an installation, and how to mend it. It changes nothing.

mod checks;
mod jobs;
mod stored;

use std::io::{self, Write};
use std::process::ExitCode;

use serde::Serialize;
use telamon_server::config::load;

use super::{layers, log_what_is_amiss};
use crate::cli::Doctor;
use crate::printing::{FINE, NOTE, PROBLEM};

/// What a look at one thing found.
#[derive(Debug, Serialize)]
pub(super) struct Finding {
    subject: &'static str,
    state: State,
    found: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    mend: Option<String>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
enum State {
    Ok,
    Note,
    Problem,
}

impl Finding {
    fn ok(subject: &'static str, found: impl Into<String>) -> Self {
        Self { subject, state: State::Ok, found: found.into(), mend: None }
    }

    fn note(subject: &'static str, found: impl Into<String>, mend: impl Into<String>) -> Self {
        Self { subject, state: State::Note, found: found.into(), mend: Some(mend.into()) }
    }

    fn problem(subject: &'static str, found: impl Into<String>, mend: impl Into<String>) -> Self {
        Self { subject, state: State::Problem, found: found.into(), mend: Some(mend.into()) }
    }
}

#[derive(Serialize)]
struct Report {
    ok: bool,
    findings: Vec<Finding>,
}

pub(super) async fn run(args: Doctor) -> anyhow::Result<ExitCode> {
    log_what_is_amiss()?;
    let findings = examine(&args).await;
    let ok = findings.iter().all(|finding| finding.state != State::Problem);
    let report = Report { ok, findings };
    if args.json {
        writeln!(io::stdout(), "{}", serde_json::to_string_pretty(&report)?)?;
    } else {
        print(&report)?;
    }
    Ok(if ok { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

async fn examine(args: &Doctor) -> Vec<Finding> {
    let flags = [args.place.flags(), args.key.flags()].concat();
    let layers = match layers(&args.place, flags) {
        Ok(layers) => layers,
        Err(error) => {
            let mend = "name a file that can be read with --config, or none";
            return vec![Finding::problem("configuration", format!("{error:#}"), mend)];
        }
    };
    let settings = match load(&layers) {
        Ok(settings) => settings,
        Err(problems) => {
            let mend = "correct the value; `telamon config` prints every key with its default";
            let found = problems.0.iter();
            return found.map(|problem| Finding::problem("configuration", problem.to_string(), mend)).collect();
        }
    };
    let place = args.place.config.as_ref().map_or_else(|| "defaults".to_owned(), |file| file.display().to_string());
    let mut findings = vec![Finding::ok("configuration", format!("{place}, environment and flags can be read"))];
    findings.extend(checks::exposure(&settings));
    findings.push(checks::clock(&settings));
    findings.extend(checks::data_directory(&settings));
    findings.extend(stored::examine(&settings).await);
    findings.extend(checks::tls(&settings));
    findings.push(checks::listener(&settings));
    findings
}

fn print(report: &Report) -> io::Result<()> {
    let mut out = anstream::stdout().lock();
    for finding in &report.findings {
        let (style, word) = match finding.state {
            State::Ok => (FINE, "ok"),
            State::Note => (NOTE, "note"),
            State::Problem => (PROBLEM, "PROBLEM"),
        };
        writeln!(out, "{style}{word:<8}{style:#} {}: {}", finding.subject, finding.found)?;
        if let Some(mend) = &finding.mend {
            writeln!(out, "         -> {mend}")?;
        }
    }
    let problems = report.findings.iter().filter(|finding| finding.state == State::Problem).count();
    match problems {
        0 => writeln!(out, "\nNothing is wrong with this installation."),
        1 => writeln!(out, "\nThere is one problem."),
        many => writeln!(out, "\nThere are {many} problems."),
    }
}
