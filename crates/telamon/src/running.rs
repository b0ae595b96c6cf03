//! Running a server: its listeners, and the signals that end it.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
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

/// The URL of what listens at that address, as this machine can call it.
pub(crate) fn url(address: SocketAddr, tls: bool) -> String {
    let host = match address.ip() {
        IpAddr::V4(ip) if ip.is_unspecified() => IpAddr::V4(Ipv4Addr::LOCALHOST),
        IpAddr::V6(ip) if ip.is_unspecified() => IpAddr::V6(Ipv6Addr::LOCALHOST),
        ip => ip,
    };
    format!("{}://{}", if tls { "https" } else { "http" }, SocketAddr::new(host, address.port()))
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
    app.jobs().start();
    let served = transport::serve(listener, tls, app.router(), stop).await;
    app.stop().await;
    served.context("the listener failed")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_url_is_one_that_can_be_called() {
        let url = |address: &str, tls| url(address.parse().unwrap(), tls);
        assert_eq!(url("127.0.0.1:80", false), "http://127.0.0.1:80");
        assert_eq!(url("0.0.0.0:8080", false), "http://127.0.0.1:8080");
        assert_eq!(url("[::]:8080", true), "https://[::1]:8080");
    }
}
