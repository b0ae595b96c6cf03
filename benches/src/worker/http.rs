//! axum alone: a handler that answers the same bytes to everybody.

use std::io::{Read, Write};
use std::net::SocketAddr;
use std::path::Path;

use anyhow::Context;
use axum::Router;
use axum::body::Bytes;
use axum::http::header::CONTENT_TYPE;
use axum::routing::any;
use axum::serve::ListenerExt;
use tokio::net::TcpListener;

use super::Rival;
use crate::bearing::Bearing;

/// Serves on a free port, whose address is printed, until the input ends.
pub fn serve(body: &Path) -> anyhow::Result<()> {
    let body = Bytes::from(std::fs::read(body)?);
    let answer = async move || ([(CONTENT_TYPE, "application/vnd.atlas.2023-01-01+json")], body.clone());
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    let listener = runtime.block_on(TcpListener::bind("127.0.0.1:0"))?;
    let mut stdout = std::io::stdout();
    writeln!(stdout, "{}", listener.local_addr()?)?;
    stdout.flush()?;
    runtime.spawn(async move {
        let listener = listener.tap_io(|stream| {
            // Without it the answers are only slower.
            let _ = stream.set_nodelay(true);
        });
        axum::serve(listener, Router::new().fallback(any(answer))).await
    });
    std::io::stdin().read_to_end(&mut Vec::new())?;
    Ok(())
}

/// A bare axum server that runs.
pub struct BareServer {
    rival: Rival,
    address: SocketAddr,
}

impl BareServer {
    /// Starts one that answers what the file holds.
    pub fn start(bearing: &Bearing, body: &Path) -> anyhow::Result<Self> {
        let mut rival = Rival::start(bearing, &["http", body.to_str().context("the path is not UTF-8")?])?;
        let address = rival.line()?.parse().context("the bare server does not answer")?;
        Ok(Self { rival, address })
    }

    /// Where it listens and which process it is.
    pub fn target(&self) -> (SocketAddr, u32) {
        (self.address, self.rival.child.id())
    }
}
