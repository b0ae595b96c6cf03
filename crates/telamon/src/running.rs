//! Running a server: its listeners, and the signals that end it.

use std::net::SocketAddr;
use std::path::PathBuf;

use anyhow::Context;
use telamon_server::app::App;
use telamon_server::transport::{self, Tls};
use tokio::net::TcpListener;
use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio_util::sync::CancellationToken;

/// Listens; port 0 takes a free one.
pub(crate) async fn listen(address: SocketAddr) -> anyhow::Result<TcpListener> {
    TcpListener::bind(address).await.with_context(|| {
        format!("cannot listen on {address}: give another address with --listen, or stop the program that uses it")
    })
}

/// Waits for SIGTERM and SIGINT from now on: the first cancels the token, the second ends the process at once, after it
/// has removed `vanishing`.
pub(crate) fn stop_on_signals(vanishing: Option<PathBuf>) -> anyhow::Result<CancellationToken> {
    let mut signals = (signal(SignalKind::terminate())?, signal(SignalKind::interrupt())?);
    let stop = CancellationToken::new();
    let cancelled = stop.clone();
    tokio::spawn(async move {
        either(&mut signals).await;
        tracing::info!("stopping: what is in flight is finished first, a second signal ends at once");
        cancelled.cancel();
        either(&mut signals).await;
        if let Some(directory) = vanishing {
            // Nothing can be done about a directory that does not go away.
            let _ = std::fs::remove_dir_all(directory);
        }
        std::process::exit(1);
    });
    Ok(stop)
}

async fn either((terminate, interrupt): &mut (Signal, Signal)) {
    tokio::select! {
        _ = terminate.recv() => {}
        _ = interrupt.recv() => {}
    }
}

/// Serves until `stop` is cancelled, then finishes what is in flight and writes what is in memory.
pub(crate) async fn serve(
    app: App,
    listener: TcpListener,
    tls: Option<Tls>,
    stop: CancellationToken,
) -> anyhow::Result<()> {
    let served = transport::serve(listener, tls, app.router(), stop).await;
    app.stop().await;
    served.context("the listener failed")
}
