//! What is measured.

mod certificates;
mod growth;
mod reads;
mod revocation;
mod start;
mod tokens;

use std::fmt;

use clap::ValueEnum;
use tempfile::TempDir;

use crate::bearing::Bearing;
use crate::report::{Line, Rivalry};
use crate::side::Turns;

/// A work that is measured.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Work {
    /// Access tokens, over the signatures that the machine makes
    Tokens,
    /// Authenticated reads, over a bare axum handler
    Reads,
    /// Durable certificates, over keys and signatures, and over bare commits
    Certificates,
    /// Start on existing data, and idle memory
    Start,
    /// Reads with many users and projects over reads with few
    Growth,
    /// How long a deleted credential still works on another node
    Revocation,
}

impl Work {
    /// The works that were chosen; all, if none was.
    pub fn chosen(only: &[Self]) -> Vec<Self> {
        Self::value_variants().iter().copied().filter(|work| only.is_empty() || only.contains(work)).collect()
    }

    /// Measures it.
    pub fn measure(self, bearing: &Bearing) -> anyhow::Result<Vec<Line>> {
        match self {
            Self::Tokens => tokens::measure(bearing),
            Self::Reads => reads::measure(bearing),
            Self::Certificates => certificates::measure(bearing),
            Self::Start => start::measure(bearing),
            Self::Growth => growth::measure(bearing),
            Self::Revocation => revocation::measure(bearing),
        }
    }
}

impl fmt::Display for Work {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Tokens => "access tokens",
            Self::Reads => "authenticated reads",
            Self::Certificates => "durable certificates",
            Self::Start => "start and memory",
            Self::Growth => "growth with the number of users and projects",
            Self::Revocation => "revocation across nodes",
        })
    }
}

/// A directory that vanishes with the measurement.
fn directory(bearing: &Bearing) -> anyhow::Result<TempDir> {
    Ok(tempfile::Builder::new().prefix("telamon-bench-").tempdir_in(&bearing.dir)?)
}

/// How many a second the server does, over how many the rival does.
fn rate_over(work: &str, server: &Turns, (what, rival): (&str, &Turns), budget: &'static str) -> Line {
    let (ratio, processor_ratio) = (server.over(rival), server.over_by_processor(rival));
    let rival = Some(Rivalry { what: what.to_owned(), figure: rival.rates(), ratio, processor_ratio });
    Line { work: work.to_owned(), unit: "/s", server: server.rates(), rival, budget, busy: Some(server.busy()) }
}
