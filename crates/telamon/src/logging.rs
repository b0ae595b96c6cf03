//! The log, on standard error.

use std::backtrace::{Backtrace, BacktraceStatus};
use std::io;
use std::panic::{self, PanicHookInfo};

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
    .map_err(|error| anyhow!("cannot start to log: {error}"))?;
    panic::set_hook(Box::new(log_panic));
    Ok(())
}

/// Logs a panic with its place, and with the request in which it happened. With `RUST_BACKTRACE=1` also how it came there.
fn log_panic(info: &PanicHookInfo<'_>) {
    let place = info.location().map(ToString::to_string).unwrap_or_default();
    let payload = info.payload();
    let said = payload.downcast_ref::<&str>().copied().or_else(|| payload.downcast_ref::<String>().map(String::as_str));
    let backtrace = Backtrace::capture();
    let backtrace = (backtrace.status() == BacktraceStatus::Captured).then(|| backtrace.to_string());
    tracing::error!(place, said, backtrace, "a panic");
}

fn colour() -> bool {
    !matches!(anstream::AutoStream::choice(&io::stderr()), anstream::ColorChoice::Never)
}

#[cfg(test)]
mod tests {
    use std::sync::{Arc, Mutex};

    use super::*;

    #[derive(Clone, Default)]
    struct Lines(Arc<Mutex<Vec<u8>>>);

    impl io::Write for Lines {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.0.lock().unwrap().extend(bytes);
            Ok(bytes.len())
        }
        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    #[test]
    fn a_panic_is_logged_with_its_place_and_its_request() {
        let lines = Lines::default();
        let writer = lines.clone();
        let log = tracing_subscriber::fmt().with_ansi(false).with_writer(move || writer.clone()).finish();
        let before = panic::take_hook();
        panic::set_hook(Box::new(log_panic));
        tracing::subscriber::with_default(log, || {
            let _request = tracing::info_span!("request", id = "abc").entered();
            assert!(panic::catch_unwind(|| panic!("it broke")).is_err());
        });
        panic::set_hook(before);
        let logged = String::from_utf8(lines.0.lock().unwrap().clone()).unwrap();
        let ours = logged.lines().find(|line| line.contains("it broke")).unwrap();
        assert!(ours.contains(r#"request{id="abc"}"#) && ours.contains("src/logging.rs:"), "{logged}");
    }
}
