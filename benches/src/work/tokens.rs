//! Access tokens a second, over the ES512 signatures a second of the machine.

use super::{directory, rate_over};
use crate::bearing::Bearing;
use crate::load::Load;
use crate::report::Line;
use crate::server::Server;
use crate::side::take_turns;
use crate::worker::Rival;

pub fn measure(bearing: &Bearing) -> anyhow::Result<Vec<Line>> {
    let dir = directory(bearing)?;
    let server = Server::start(bearing, &dir.path().join("data"))?;
    let mut tokens = Load::same(server.target(), bearing.connections, 200, &server.token_request())?;
    let mut signatures = Rival::start(bearing, &["signatures"])?;
    let [ours, raw] = take_turns(bearing, [&mut tokens, &mut signatures])?;
    server.stop()?;
    Ok(vec![rate_over("access tokens", &ours, ("ES512 signatures", &raw), "0.80")])
}
