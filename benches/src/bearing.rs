//! What holds for the whole run.

use std::path::PathBuf;
use std::time::Duration;

use crate::processors::Processors;

/// What holds for the whole run.
pub struct Bearing {
    /// The server's program.
    pub program: PathBuf,
    /// Who runs where.
    pub processors: Processors,
    /// Where databases are made.
    pub dir: PathBuf,
    /// How many connections ask at the same time.
    pub connections: usize,
    /// How many turns each side takes.
    pub turns: usize,
    /// How long a turn is.
    pub turn: Duration,
    /// Whether less is measured, for a glance.
    pub quick: bool,
}
