//! Authenticated `GET /groups` a second, over a bare axum handler that answers the same bytes.

use std::net::SocketAddr;
use std::path::Path;

use anyhow::{Context, ensure};
use md5::{Digest as _, Md5};

use super::{directory, rate_over};
use crate::api::{call, request};
use crate::bearing::Bearing;
use crate::load::{Load, Requests};
use crate::report::Line;
use crate::server::{Credentials, Server};
use crate::side::take_turns;
use crate::worker::BareServer;

const PATH: &str = "/api/atlas/v2/groups";
const ACCEPT: &str = "Accept: application/vnd.atlas.2023-01-01+json\r\n";

pub fn measure(bearing: &Bearing) -> anyhow::Result<Vec<Line>> {
    let dir = directory(bearing)?;
    let server = Server::start(bearing, &dir.path().join("data"))?;
    let read = request("GET", PATH, &server.bearer()?, "");
    let bare_server = bare_server(bearing, &server, dir.path())?;

    let mut bearer = Load::same(server.target(), bearing.connections, 200, &read)?;
    let mut digest = Load::new(server.target(), bearing.connections, 200, |number| {
        signed_requests(server.address, &server.credentials, number)
    })?;
    let mut bare = Load::same(bare_server.target(), bearing.connections, 200, &read)?;
    let [by_bearer, by_digest, bare] = take_turns(bearing, [&mut bearer, &mut digest, &mut bare])?;
    server.stop()?;
    let rival = ("axum, same bytes", &bare);
    Ok(vec![
        rate_over("GET /groups, bearer", &by_bearer, rival, "0.50"),
        rate_over("GET /groups, digest", &by_digest, rival, "none"),
        Line {
            work: "(the bare handler)".to_owned(),
            unit: "/s",
            server: bare.rates(),
            rival: None,
            budget: "",
            busy: Some(bare.busy()),
        },
    ])
}

/// A bare server that answers what our server answers.
fn bare_server(bearing: &Bearing, server: &Server, dir: &Path) -> anyhow::Result<BareServer> {
    let reply = call(server.address, "GET", PATH, &server.bearer()?, "")?;
    ensure!(reply.status == 200, "GET {PATH}: {}", reply.head);
    let file = dir.join("body");
    std::fs::write(&file, &reply.body)?;
    BareServer::start(bearing, &file)
}

/// Requests signed by HTTP digest (RFC 7616), all with the nonce of one challenge and a rising count.
fn signed_requests(address: SocketAddr, credentials: &Credentials, number: usize) -> anyhow::Result<Requests> {
    let challenge = call(address, "GET", PATH, ACCEPT, "")?;
    let parameter = |name: &str| {
        let (_, rest) = challenge.head.split_once(&format!("{name}=\""))?;
        rest.split_once('"').map(|(value, _)| value.to_owned())
    };
    let realm = parameter("realm").with_context(|| format!("no challenge: {}", challenge.head))?;
    let nonce = parameter("nonce").context("the challenge has no nonce")?;
    let user = credentials.public_key.clone();
    let ha1 = md5_hex(&format!("{user}:{realm}:{}", credentials.private_key));
    let ha2 = md5_hex(&format!("GET:{PATH}"));
    let cnonce = format!("{number:08x}");
    let mut count = 0_u32;
    Ok(Box::new(move |buffer| {
        count += 1;
        let response = md5_hex(&format!("{ha1}:{nonce}:{count:08x}:{cnonce}:auth:{ha2}"));
        let header = format!(
            "{ACCEPT}Authorization: Digest username=\"{user}\", realm=\"{realm}\", nonce=\"{nonce}\", uri=\"{PATH}\", \
             cnonce=\"{cnonce}\", nc={count:08x}, qop=auth, response=\"{response}\", algorithm=MD5\r\n"
        );
        buffer.extend_from_slice(&request("GET", PATH, &header, ""));
    }))
}

fn md5_hex(text: &str) -> String {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    let nibbles = Md5::digest(text).into_iter().flat_map(|byte| [byte >> 4, byte & 15]);
    nibbles.map(|nibble| char::from(DIGITS[usize::from(nibble)])).collect()
}
