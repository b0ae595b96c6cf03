//! The rivals: what the machine can do at best, each in a process of its own on the processor of the server.
//!
//! A worker counts for as many milliseconds as a line of its input says, and answers with a line: how many, and in how
//! many nanoseconds. It ends with its input.

mod commits;
mod http;
mod keys;

use std::io::{BufRead, BufReader, Write};
use std::path::PathBuf;
use std::process::{Child, ChildStdin, ChildStdout, Stdio};
use std::time::{Duration, Instant};

use anyhow::Context;
use clap::Subcommand;

use crate::bearing::Bearing;
use crate::load::processor_time;
use crate::side::{Side, Turn};

pub use http::BareServer;

/// A rival.
#[derive(Debug, Subcommand)]
pub enum Worker {
    /// Signs with one P-521 key
    Signatures,
    /// Makes a P-256 key and one P-256 signature
    Keys,
    /// Writes rows like those of the server's certificates, and waits for the disk
    Commits {
        /// A database of the server that holds a certificate
        like: PathBuf,
        /// The database to make
        database: PathBuf,
        /// How many writes share a commit
        group: u64,
    },
    /// Answers each request with the same bytes
    Http {
        /// The file that holds them
        body: PathBuf,
    },
}

impl Worker {
    /// Works until the input ends.
    pub fn run(&self) -> anyhow::Result<()> {
        match self {
            Self::Signatures => serve_turns(keys::signatures()?),
            Self::Keys => serve_turns(keys::keys()?),
            Self::Commits { like, database, group } => serve_turns(commits::commits(like, database, *group)?),
            Self::Http { body } => http::serve(body),
        }
    }
}

/// Does something and answers how often it did it.
type Step = Box<dyn FnMut() -> anyhow::Result<u64>>;

fn serve_turns(mut step: Step) -> anyhow::Result<()> {
    let mut stdout = std::io::stdout();
    for line in std::io::stdin().lines() {
        let length = Duration::from_millis(line?.parse()?);
        let (began, mut count) = (Instant::now(), 0);
        while began.elapsed() < length {
            count += step()?;
        }
        writeln!(stdout, "{count} {}", began.elapsed().as_nanos())?;
        stdout.flush()?;
    }
    Ok(())
}

/// A rival that runs; it ends when this is dropped.
pub struct Rival {
    child: Child,
    input: Option<ChildStdin>,
    output: BufReader<ChildStdout>,
}

impl Rival {
    /// Starts this program as that worker, on the processor of the server.
    pub fn start(bearing: &Bearing, worker: &[&str]) -> anyhow::Result<Self> {
        let own = std::env::current_exe()?;
        let mut command = bearing.processors.measured(own);
        let mut child = command.arg("worker").args(worker).stdin(Stdio::piped()).stdout(Stdio::piped()).spawn()?;
        let input = child.stdin.take();
        let output = BufReader::new(child.stdout.take().context("the worker has no output")?);
        Ok(Self { child, input, output })
    }

    fn line(&mut self) -> anyhow::Result<String> {
        let mut line = String::new();
        self.output.read_line(&mut line)?;
        Ok(line.trim().to_owned())
    }
}

impl Side for Rival {
    fn turn(&mut self, length: Duration) -> anyhow::Result<Turn> {
        let before = processor_time(self.child.id())?;
        let input = self.input.as_mut().context("the worker has no input")?;
        writeln!(input, "{}", length.as_millis())?;
        input.flush()?;
        let line = self.line()?;
        let (count, nanos) = line.split_once(' ').context("the worker ended")?;
        let processor = processor_time(self.child.id())?.saturating_sub(before);
        let elapsed = Duration::from_nanos(nanos.parse()?);
        Ok(Turn { count: count.parse()?, elapsed, processor })
    }
}

impl Drop for Rival {
    fn drop(&mut self) {
        // It ends with its input.
        self.input = None;
        let _ = self.child.wait();
    }
}
