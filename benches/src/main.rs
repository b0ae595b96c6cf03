//! Measures a telamon server against what the same machine can do at best, in the same run.
//!
//! What always holds: the server and its rivals run on one processor, and this program, which makes the load, on
//! another; the sides of a comparison take short turns, so that whatever else the machine does meets all of them; a wrong
//! answer ends the run; no figure is asserted.

mod api;
mod bearing;
mod connection;
mod load;
mod processors;
mod report;
mod server;
mod side;
mod work;
mod worker;

use std::io::{self, Write};
use std::path::PathBuf;
use std::time::Duration;

use clap::{Parser, Subcommand};

use crate::bearing::Bearing;
use crate::report::Report;

/// Measures a telamon server against what this machine can do at best.
#[derive(Debug, Parser)]
#[command(max_term_width = 100)]
struct Cli {
    /// Print JSON instead of a table
    #[arg(long)]
    json: bool,
    /// Fewer and shorter turns: a glance, not a measurement
    #[arg(long)]
    quick: bool,
    /// Only these works
    #[arg(long, value_enum, value_name = "WORK", value_delimiter = ',')]
    only: Vec<work::Work>,
    /// The program to measure instead of the one beside this one (which cargo builds first)
    #[arg(long, value_name = "FILE")]
    server: Option<PathBuf>,
    /// Where the databases are made: the disk counts
    #[arg(long, value_name = "DIR", default_value_os_t = std::env::temp_dir())]
    dir: PathBuf,
    /// How many connections ask at the same time, where the work does not say
    #[arg(long, value_name = "N", default_value_t = 32)]
    connections: usize,
    #[command(subcommand)]
    worker: Option<Command>,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// A rival of the server (started by this program itself)
    #[command(subcommand, hide = true)]
    Worker(worker::Worker),
}

fn main() -> anyhow::Result<()> {
    let cli = Cli::parse();
    match &cli.worker {
        Some(Command::Worker(worker)) => worker.run(),
        None => measure(&cli),
    }
}

fn measure(cli: &Cli) -> anyhow::Result<()> {
    let (turns, turn) = if cli.quick { (3, Duration::from_millis(300)) } else { (8, Duration::from_secs(1)) };
    let bearing = Bearing {
        program: server::program(cli.server.as_deref())?,
        processors: processors::divide()?,
        dir: cli.dir.clone(),
        connections: cli.connections,
        turns,
        turn,
        quick: cli.quick,
    };
    let mut report = Report::new(&bearing);
    for work in work::Work::chosen(&cli.only) {
        writeln!(io::stderr(), "measuring: {work} …")?;
        report.lines.extend(work.measure(&bearing)?);
    }
    let mut stdout = io::stdout().lock();
    if cli.json {
        serde_json::to_writer_pretty(&mut stdout, &report)?;
        writeln!(stdout)?;
    } else {
        write!(stdout, "{report}")?;
    }
    Ok(())
}
