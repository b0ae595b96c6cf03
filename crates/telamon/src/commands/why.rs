//! `telamon why`: asks a server why it refused a request.

use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context, anyhow, bail};
use base64::{Engine as _, engine::general_purpose::STANDARD};
use serde::Deserialize;
use serde_json::Value;
use ureq::tls::{Certificate, PemItem, RootCerts, TlsConfig, parse_pem};
use ureq::{Agent, Body, http::Response};

use crate::cli::Why;
use crate::printing::{COMMAND, HEADING};

/// The server and the credential to ask with: of a credentials file, what this command needs.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Server {
    base_url: String,
    org_id: String,
    client_id: String,
    client_secret: String,
    ca_file: Option<PathBuf>,
}

/// How long any answer may take.
const PATIENCE: Duration = Duration::from_secs(10);
/// How often, and how long apart, it is asked: another node than the one that refused learns of it a little later.
const ATTEMPTS: u32 = 4;
const PAUSE: Duration = Duration::from_secs(1);

pub(super) fn run(args: &Why) -> anyhow::Result<()> {
    let server = read(&args.credentials)?;
    let agent = agent(&server)?;
    let token = token(&agent, &server)?;
    let found = ask(&agent, &server, &token, &args.id);
    // The token was for this question. Whether it could be taken back changes nothing of the answer.
    let _ = form(&agent, &server, "revoke", &[("token", token.as_str())]);
    let refusals = found?;
    if refusals.is_empty() {
        bail!(
            "no refused request {} found in organization {}: reasons are kept for one day, and only for requests with a \
             known credential",
            args.id,
            server.org_id
        );
    }
    let mut out = anstream::stdout().lock();
    for refusal in &refusals {
        if args.json { writeln!(out, "{refusal:#}")? } else { print(&mut out, refusal)? }
    }
    Ok(())
}

fn read(path: &Path) -> anyhow::Result<Server> {
    let text = std::fs::read_to_string(path)
        .with_context(|| format!("cannot read the credentials file {}", path.display()))?;
    serde_json::from_str(&text).map_err(|error| {
        anyhow!(
            "{} is not a credentials file, JSON with baseUrl, orgId, clientId and clientSecret: {error}",
            path.display()
        )
    })
}

/// A client that trusts the file's authority, or those that this machine trusts.
fn agent(server: &Server) -> anyhow::Result<Agent> {
    let certificates: Vec<Certificate<'static>> = match &server.ca_file {
        Some(path) => {
            let pem = std::fs::read(path).with_context(|| format!("cannot read the authority {}", path.display()))?;
            let items = parse_pem(&pem).filter_map(|item| match item {
                Ok(PemItem::Certificate(certificate)) => Some(certificate),
                _ => None,
            });
            items.collect()
        }
        None => rustls_native_certs::load_native_certs()
            .certs
            .iter()
            .map(|certificate| Certificate::from_der(certificate).to_owned())
            .collect(),
    };
    let tls = TlsConfig::builder()
        .root_certs(RootCerts::new_with_certs(&certificates))
        .unversioned_rustls_crypto_provider(Arc::new(rustls::crypto::aws_lc_rs::default_provider()))
        .build();
    let config = Agent::config_builder().tls_config(tls).http_status_as_error(false).timeout_global(Some(PATIENCE));
    Ok(config.build().new_agent())
}

fn form(agent: &Agent, server: &Server, endpoint: &str, fields: &[(&str, &str)]) -> anyhow::Result<Response<Body>> {
    let basic = STANDARD.encode(format!("{}:{}", server.client_id, server.client_secret));
    agent
        .post(format!("{}/api/oauth/{endpoint}", server.base_url))
        .header("authorization", format!("Basic {basic}"))
        .send_form(fields.iter().copied())
        .with_context(|| format!("the server at {} does not answer", server.base_url))
}

fn token(agent: &Agent, server: &Server) -> anyhow::Result<String> {
    let mut answer = form(agent, server, "token", &[("grant_type", "client_credentials")])?;
    let status = answer.status().as_u16();
    let body: Value = answer.body_mut().read_json().with_context(|| strange(server))?;
    match body["access_token"].as_str() {
        Some(token) => Ok(token.to_owned()),
        None if status == 401 => {
            bail!("the server does not accept the client id and secret of the credentials file")
        }
        None => bail!("the server did not issue an access token ({status}): {body}"),
    }
}

fn strange(server: &Server) -> String {
    format!("what answers at {} is no telamon", server.base_url)
}

fn ask(agent: &Agent, server: &Server, token: &str, id: &str) -> anyhow::Result<Vec<Value>> {
    let url = format!("{}/api/telamon/orgs/{}/refusals", server.base_url, server.org_id);
    for attempt in 1..=ATTEMPTS {
        let request = agent.get(&url).query("requestId", id).header("authorization", format!("Bearer {token}"));
        let mut answer =
            request.call().with_context(|| format!("the server at {} does not answer", server.base_url))?;
        let status = answer.status().as_u16();
        let mut body: Value = answer.body_mut().read_json().with_context(|| strange(server))?;
        match (status, body["results"].take()) {
            (200, Value::Array(results)) if !results.is_empty() || attempt == ATTEMPTS => return Ok(results),
            (200, Value::Array(_)) => std::thread::sleep(PAUSE),
            (401, _) => bail!(
                "only an owner of organization {} can see why a request was refused: {}",
                server.org_id,
                detail(&body)
            ),
            _ => bail!("unexpected answer ({status}): {}", detail(&body)),
        }
    }
    Ok(Vec::new())
}

fn detail(body: &Value) -> &str {
    body["detail"].as_str().unwrap_or("no detail")
}

fn print(out: &mut impl Write, refusal: &Value) -> io::Result<()> {
    let text = |name: &str| refusal[name].as_str().unwrap_or_default().to_owned();
    let credential = &refusal["credential"];
    let part = |name: &str| credential[name].as_str().map(|value| format!(" {value}")).unwrap_or_default();
    let kind = part("type").to_lowercase().replace('_', " ");
    let operation = refusal["operationId"].as_str().map(|id| format!(" ({id})")).unwrap_or_default();
    writeln!(out, "{HEADING}{} {}{HEADING:#} at {}\n", refusal["status"], text("errorCode"), text("refusedAt"))?;
    writeln!(out, "  request   {} {}{operation}", text("method"), text("path"))?;
    writeln!(out, "  from      {}", text("remoteAddress"))?;
    writeln!(out, "  by       {kind}{}{}", part("id"), part("name"))?;
    writeln!(out, "  rule      {}", text("rule"))?;
    writeln!(out, "  reason    {}", text("reason"))?;
    writeln!(out, "  remedy    {COMMAND}{}{COMMAND:#}\n", text("remedy"))
}
