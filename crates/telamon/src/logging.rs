//! The log, on standard error.

use std::io;

use anyhow::{Context, anyhow};
use telamon_server::config::{Log, LogFormat};
use tracing_subscriber::EnvFilter;

/// Starts to log.
pub(crate) fn start(log: &Log) -> anyhow::Result<()> {
    let filter = EnvFilter::try_new(&log.filter)
        .with_context(|| format!("log.filter: \"{}\" is not a filter such as info,telamon_store=debug", log.filter))?;
    let builder = tracing_subscriber::fmt().with_env_filter(filter).with_writer(io::stderr);
    match log.format {
        LogFormat::Json => builder.json().flatten_event(true).try_init(),
        LogFormat::Text => builder.with_ansi(colour()).try_init(),
    }
    .map_err(|error| anyhow!("cannot start to log: {error}"))
}

fn colour() -> bool {
    !matches!(anstream::AutoStream::choice(&io::stderr()), anstream::ColorChoice::Never)
}
