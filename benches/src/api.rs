//! The few calls that set a measurement up, one connection each, and the requests that the load repeats.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};

use anyhow::{Context, ensure};
use base64::{Engine as _, engine::general_purpose::STANDARD};
use serde_json::{Value, json};

use crate::server::Server;

const ACCEPT: &str = "Accept: application/vnd.atlas.2025-03-12+json\r\n";

/// An answer.
pub struct Reply {
    /// The status.
    pub status: u16,
    /// Status line and headers.
    pub head: String,
    /// The body.
    pub body: Vec<u8>,
}

/// Asks once, on a connection of its own. `headers` ends each of its lines.
pub fn call(address: SocketAddr, method: &str, path: &str, headers: &str, body: &str) -> anyhow::Result<Reply> {
    let mut stream = TcpStream::connect(address)?;
    stream.write_all(&request(method, path, &format!("{headers}Connection: close\r\n"), body))?;
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer)?;
    let end = answer.windows(4).position(|four| four == b"\r\n\r\n").context("the answer is cut off")? + 4;
    let head = String::from_utf8(answer[..end].to_vec())?;
    let status = head.get(9..12).context("not an HTTP answer")?.parse()?;
    Ok(Reply { status, head, body: answer.split_off(end) })
}

/// A whole request, to be kept alive.
pub fn request(method: &str, path: &str, headers: &str, body: &str) -> Vec<u8> {
    let length =
        if body.is_empty() && method == "GET" { String::new() } else { format!("Content-Length: {}\r\n", body.len()) };
    format!("{method} {path} HTTP/1.1\r\nHost: localhost\r\n{headers}{length}\r\n{body}").into_bytes()
}

impl Server {
    /// The request for an access token.
    pub fn token_request(&self) -> Vec<u8> {
        let basic = STANDARD.encode(format!("{}:{}", self.credentials.client_id, self.credentials.client_secret));
        let headers = format!("Authorization: Basic {basic}\r\nContent-Type: application/x-www-form-urlencoded\r\n");
        request("POST", "/api/oauth/token", &headers, "grant_type=client_credentials")
    }

    /// The headers of a request that is authenticated with a fresh access token.
    pub fn bearer(&self) -> anyhow::Result<String> {
        let text = String::from_utf8(self.token_request())?.replacen("\r\n", "\r\nConnection: close\r\n", 1);
        let mut stream = TcpStream::connect(self.address)?;
        stream.write_all(text.as_bytes())?;
        let mut answer = String::new();
        stream.read_to_string(&mut answer)?;
        let body = answer.split_once("\r\n\r\n").map_or("", |(_, body)| body);
        let token: Value = serde_json::from_str(body).with_context(|| format!("no token:\n{answer}"))?;
        let token = token["access_token"].as_str().with_context(|| format!("no token:\n{answer}"))?;
        Ok(format!("Authorization: Bearer {token}\r\n{ACCEPT}"))
    }

    /// What is below the project.
    pub fn project_path(&self, rest: &str) -> String {
        format!("/api/atlas/v2/groups/{}{rest}", self.credentials.group_id)
    }

    /// Makes a database user whose certificates are issued here.
    pub fn create_managed_user(&self, headers: &str, username: &str) -> anyhow::Result<()> {
        let user = json!({
            "databaseName": "$external", "groupId": self.credentials.group_id, "username": username,
            "x509Type": "MANAGED", "roles": [{ "roleName": "read", "databaseName": "test" }],
        });
        let headers = format!("{headers}Content-Type: application/json\r\n");
        let reply = call(self.address, "POST", &self.project_path("/databaseUsers"), &headers, &user.to_string())?;
        let text = String::from_utf8_lossy(&reply.body).into_owned();
        ensure!(reply.status == 201, "the user {username} was not made: {}{text}", reply.head);
        Ok(())
    }

    /// The request for a certificate.
    pub fn certificate_request(&self, headers: &str, username: &str) -> Vec<u8> {
        let path = self.project_path(&format!("/databaseUsers/{username}/certs"));
        let headers = format!("{headers}Content-Type: application/json\r\n");
        request("POST", &path, &headers, r#"{"monthsUntilExpiration":3}"#)
    }
}
