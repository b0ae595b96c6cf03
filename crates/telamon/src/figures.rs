//! The figures for Prometheus: collected from the start, and served by a listener of their own where one is wanted.

use std::io;
use std::time::Duration;

use axum::Router;
use axum::routing::get;
use metrics_exporter_prometheus::{PrometheusBuilder, PrometheusHandle};
use telamon_server::health;
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;

/// How often what was measured is folded into the figures.
const FOLD_EVERY: Duration = Duration::from_secs(5);
/// The upper bounds of the histograms, in seconds.
const BOUNDS: [f64; 12] = [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 5.0];

/// Starts to collect.
pub(crate) fn collect() -> anyhow::Result<PrometheusHandle> {
    let handle = PrometheusBuilder::new().set_buckets(&BOUNDS)?.install_recorder()?;
    let folded = handle.clone();
    tokio::spawn(async move {
        loop {
            tokio::time::sleep(FOLD_EVERY).await;
            folded.run_upkeep();
        }
    });
    Ok(handle)
}

/// Answers `/metrics` until `stop` is cancelled.
pub(crate) async fn serve(listener: TcpListener, handle: PrometheusHandle, stop: CancellationToken) -> io::Result<()> {
    let router = Router::new().route("/metrics", get(async move || health::metrics(&handle)));
    axum::serve(listener, router).with_graceful_shutdown(stop.cancelled_owned()).await
}
