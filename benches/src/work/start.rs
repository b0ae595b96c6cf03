//! How long a start on existing data takes, and how much memory the idle server holds.

use std::time::Duration;

use super::directory;
use crate::bearing::Bearing;
use crate::report::Line;
use crate::server::{Server, start_once};
use crate::side::Spread;

pub fn measure(bearing: &Bearing) -> anyhow::Result<Vec<Line>> {
    let dir = directory(bearing)?;
    let data = dir.path().join("data");
    let server = Server::start(bearing, &data)?;
    server.create_managed_user(&server.bearer()?, "someone")?;
    server.stop()?;
    let idle = if bearing.quick { Duration::from_millis(300) } else { Duration::from_secs(1) };
    let starts = (0..bearing.turns).map(|_| start_once(bearing, &data, idle)).collect::<anyhow::Result<Vec<_>>>()?;
    let line = |work: &str, unit, server, budget| Line {
        work: work.to_owned(),
        unit,
        server,
        rival: None,
        budget,
        busy: None,
    };
    #[expect(clippy::cast_precision_loss, reason = "memory stays far below 2^53 bytes")]
    let memory = Spread::of(starts.iter().map(|start| start.resident as f64 / 1e6));
    let ready = Spread::of(starts.iter().map(|start| start.ready.as_secs_f64() * 1e3));
    Ok(vec![
        line("start to the first 200 of /healthz", "ms", ready, "100 ms"),
        line("resident memory, idle", "MB", memory, "20 MB"),
    ])
}
