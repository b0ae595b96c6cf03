//! Durable certificates a second on SQLite with 64 clients, over what cryptography and disk allow.

use anyhow::Context;

use super::{directory, rate_over};
use crate::bearing::Bearing;
use crate::load::Load;
use crate::report::Line;
use crate::server::Server;
use crate::side::take_turns;
use crate::worker::Rival;

/// How many clients ask at the same time.
const CLIENTS: usize = 64;
/// How many users each client asks for, in turn.
const USERS_EACH: usize = 4;

pub fn measure(bearing: &Bearing) -> anyhow::Result<Vec<Line>> {
    let dir = directory(bearing)?;
    let data = dir.path().join("data");
    let server = Server::start(bearing, &data)?;
    let headers = server.bearer()?;
    for number in 0..CLIENTS * USERS_EACH {
        server.create_managed_user(&headers, &format!("client{number:03}"))?;
    }
    let mut certificates = Load::new(server.target(), CLIENTS, 201, |client| {
        let users = (0..USERS_EACH).map(|user| format!("client{:03}", client * USERS_EACH + user));
        let mut requests =
            users.map(|user| server.certificate_request(&headers, &user)).collect::<Vec<_>>().into_iter().cycle();
        Ok(Box::new(move |buffer: &mut Vec<u8>| buffer.extend_from_slice(&requests.next().unwrap_or_default())))
    })?;
    // The rows that the rival imitates.
    Load::same(server.target(), 1, 201, &server.certificate_request(&headers, "client000"))?.once()?;

    let like = data.join("telamon.db");
    let commits = |name: &str, group: usize| {
        let (like, database) = (like.to_str().context("a path")?, dir.path().join(name));
        Rival::start(bearing, &["commits", like, database.to_str().context("a path")?, &group.to_string()])
    };
    let mut keys = Rival::start(bearing, &["keys"])?;
    let (mut grouped, mut single) = (commits("grouped.db", CLIENTS)?, commits("single.db", 1)?);
    let [ours, keys, grouped, single] = take_turns(bearing, [&mut certificates, &mut keys, &mut grouped, &mut single])?;
    server.stop()?;
    let work = "certificates, durable, 64 clients";
    Ok(vec![
        rate_over(work, &ours, ("P-256 key and signature", &keys), "0.20"),
        rate_over(work, &ours, ("same rows, 64 a commit", &grouped), "none"),
        rate_over(work, &ours, ("same rows, 1 a commit", &single), "none"),
    ])
}
