//! The `telamon` program: one file that is the server, makes it, and looks after it.
//!
//! What always holds: what a program may want to read goes to standard output, everything else to standard error; the
//! exit code is 0 if it went well, 1 if it did not, 2 if the command line is wrong; an error says how to mend it.

mod ambient;
mod certificate;
mod cli;
mod commands;
mod data_dir;
mod database;
mod figures;
mod logging;
mod printing;
mod running;
mod sealing_key;
mod secret_file;

use std::io::{self, Write};
use std::process::ExitCode;

use clap::Parser;

/// The command line asks for what cannot be.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
struct Misused(String);

fn main() -> ExitCode {
    let command = cli::Cli::parse().command;
    match commands::run(command) {
        Ok(code) => code,
        Err(error) => report(&error),
    }
}

fn report(error: &anyhow::Error) -> ExitCode {
    // The reader of a pipe has gone: nobody is left to tell.
    if error.downcast_ref::<io::Error>().is_some_and(|error| error.kind() == io::ErrorKind::BrokenPipe) {
        return ExitCode::SUCCESS;
    }
    let mut stderr = anstream::stderr().lock();
    let style = printing::PROBLEM;
    // If even this cannot be written, the exit code says enough.
    let _ = writeln!(stderr, "{style}error:{style:#} {error:#}");
    if error.is::<Misused>() { ExitCode::from(2) } else { ExitCode::FAILURE }
}
