//! The commands, one file each.

mod ca;
mod config;
mod dev;
mod doctor;
mod init;
mod keys;
mod migrate;
mod openapi;
mod password;
mod serve;
mod why;

use std::process::ExitCode;

use anyhow::Context;
use telamon_server::config::{Flag, Layers, Log, LogFormat, Problems, Settings, load};

use crate::cli::{Ca, Command, Keys, Place};
use crate::logging;

/// Runs a command to its end.
pub(crate) fn run(command: Command) -> anyhow::Result<ExitCode> {
    match command {
        Command::Dev(args) => block_on(dev::run(args)),
        Command::Init(args) => block_on(init::run(args)),
        Command::Serve(args) => block_on(serve::run(args)),
        Command::Migrate(args) => block_on(migrate::run(args)),
        Command::Doctor(args) => return block_on(doctor::run(args)),
        Command::Openapi(args) => openapi::run(&args),
        Command::Why(args) => why::run(&args),
        Command::Ca(Ca::Export(args)) => block_on(ca::export(args)),
        Command::Keys(Keys::Rotate(args)) => block_on(keys::rotate(args)),
        Command::Password(args) => block_on(password::run(args)),
        Command::Config(args) => config::run(&args),
    }?;
    Ok(ExitCode::SUCCESS)
}

fn block_on<T>(work: impl Future<Output = anyhow::Result<T>>) -> anyhow::Result<T> {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().context("cannot start")?;
    runtime.block_on(work)
}

/// The layers: the file that is named, the environment, these flags.
fn layers(place: &Place, flags: Vec<Flag>) -> anyhow::Result<Layers> {
    let file = match &place.config {
        None => None,
        Some(path) => {
            let text = std::fs::read_to_string(path)
                .with_context(|| format!("cannot read the configuration file {}", path.display()))?;
            Some((path.clone(), text))
        }
    };
    Ok(Layers { file, environment: environment(), flags })
}

/// Variables that are not Unicode are no keys of ours.
fn environment() -> Vec<(String, String)> {
    std::env::vars_os()
        .filter_map(|(name, value)| Some((name.into_string().ok()?, value.into_string().ok()?)))
        .collect()
}

fn settings(place: &Place, flags: Vec<Flag>) -> anyhow::Result<Settings> {
    load(&layers(place, flags)?).map_err(|problems| configuration(&problems))
}

/// The problems of a configuration as one error.
fn configuration(problems: &Problems) -> anyhow::Error {
    match &problems.0[..] {
        [one] => anyhow::anyhow!("the configuration cannot be used: {one}"),
        many => {
            let lines: Vec<String> = many.iter().map(|problem| format!("\n  - {problem}")).collect();
            anyhow::anyhow!("the configuration cannot be used:{}", lines.concat())
        }
    }
}

/// What a command that is not a server says: only what is amiss.
fn log_what_is_amiss() -> anyhow::Result<()> {
    logging::start(&Log { format: LogFormat::Text, filter: "warn".to_owned() })
}
