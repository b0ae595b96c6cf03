//! How long a deleted service account's token still works on another node of the same PostgreSQL database.

use std::io::{self, Write};
use std::net::{SocketAddr, TcpListener};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::thread::sleep;
use std::time::{Duration, Instant};

use anyhow::{Context, ensure};
use base64::{Engine as _, engine::general_purpose::STANDARD};
use serde_json::{Value, json};
use telamon_testkit::Cluster;

use super::directory;
use crate::api::{Reply, call};
use crate::bearing::Bearing;
use crate::report::Line;
use crate::side::Spread;

/// How long a start or a revocation may take before the run is given up.
const PATIENCE: Duration = Duration::from_secs(30);
const ACCEPT: &str = "Accept: application/vnd.atlas.2025-03-12+json\r\nContent-Type: application/json\r\n";

pub fn measure(bearing: &Bearing) -> anyhow::Result<Vec<Line>> {
    let Some(cluster) = Cluster::get() else {
        writeln!(io::stderr(), "note: without PostgreSQL (`initdb`) there are no two nodes, and no figure of them")?;
        return Ok(Vec::new());
    };
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let database = runtime.block_on(cluster.fresh_database());
    let dir = directory(bearing)?;
    let owner = Owner::init(&bearing.program, dir.path(), &database)?;
    let nodes = [Node::start(bearing, dir.path(), &database)?, Node::start(bearing, dir.path(), &database)?];
    let times = if bearing.quick { 5 } else { 25 };
    let millis = (0..times).map(|_| owner.revoke_once(&nodes)).collect::<anyhow::Result<Vec<_>>>()?;
    Ok(vec![Line {
        work: "a deleted account's token on another node".to_owned(),
        unit: "ms",
        server: Spread::of(millis.into_iter()),
        rival: None,
        budget: "1,000 ms",
        busy: None,
    }])
}

/// The owner of the organization.
struct Owner {
    org: String,
    basic: String,
}

impl Owner {
    fn init(program: &Path, dir: &Path, database: &str) -> anyhow::Result<Self> {
        let mut init = telamon(Command::new(program), dir, database);
        init.args(["init", "--org", "Bench", "--owner", "bench@example.com", "--credentials", "first.json"]);
        ensure!(init.args(KEY_FILE).status()?.success(), "telamon init failed");
        let first: Value = serde_json::from_slice(&std::fs::read(dir.join("first.json"))?)?;
        let text = |name: &str| first[name].as_str().map(str::to_owned).context("the credentials lack a member");
        Ok(Self { org: text("orgId")?, basic: basic(&text("clientId")?, &text("clientSecret")?) })
    }

    /// Milliseconds from the answer of one node that an account is deleted to the other's first refusal.
    fn revoke_once(&self, [here, there]: &[Node; 2]) -> anyhow::Result<f64> {
        let bearer = token(here, &self.basic)?;
        let accounts = format!("/api/atlas/v2/orgs/{}/serviceAccounts", self.org);
        let account = json!({ "name": "b", "description": "b", "roles": ["ORG_MEMBER"], "secretExpiresAfterHours": 8 });
        let made = here.call("POST", &accounts, &bearer, &account.to_string())?;
        ensure!(made.status == 201, "the account was not made: {}", made.head);
        let made: Value = serde_json::from_slice(&made.body)?;
        let client = made["clientId"].as_str().context("no client id")?;
        let theirs = token(there, &basic(client, made["secrets"][0]["secret"].as_str().context("no secret")?))?;
        let used = there.call("GET", "/api/atlas/v2/orgs", &theirs, "")?;
        ensure!(used.status == 200, "the token does not work: {}", used.head);

        let gone = here.call("DELETE", &format!("{accounts}/{client}"), &bearer, "")?;
        let began = Instant::now();
        ensure!(gone.status == 204, "the account was not deleted: {}", gone.head);
        while there.call("GET", "/api/atlas/v2/orgs", &theirs, "")?.status != 401 {
            ensure!(began.elapsed() < PATIENCE, "the token of a deleted account still works");
        }
        Ok(began.elapsed().as_secs_f64() * 1e3)
    }
}

const KEY_FILE: [&str; 2] = ["--key-file", "telamon.key"];

fn telamon(mut command: Command, dir: &Path, database: &str) -> Command {
    command.env("TELAMON_STORAGE__DATABASE_URL", database).current_dir(dir).stdout(Stdio::null());
    // The owner asks for a token each time.
    command.env("TELAMON_TOKENS__REQUESTS_PER_MINUTE", "0").env("TELAMON_RATES__ENFORCED", "false");
    command
}

fn basic(id: &str, secret: &str) -> String {
    format!("Authorization: Basic {}\r\n", STANDARD.encode(format!("{id}:{secret}")))
}

/// A server; it is killed when this is dropped.
struct Node {
    child: Child,
    address: SocketAddr,
}

impl Node {
    fn start(bearing: &Bearing, dir: &Path, database: &str) -> anyhow::Result<Self> {
        // The port is free again when the listener is dropped.
        let address = TcpListener::bind("127.0.0.1:0")?.local_addr()?;
        let mut serve = telamon(bearing.processors.measured(&bearing.program), dir, database);
        serve.args(["serve", "--log-filter", "error", "--listen", &address.to_string()]).args(KEY_FILE);
        let node = Self { child: serve.spawn()?, address };
        let began = Instant::now();
        while !matches!(call(address, "GET", "/healthz", "", ""), Ok(answer) if answer.status == 200) {
            ensure!(began.elapsed() < PATIENCE, "a node did not answer /healthz");
            sleep(Duration::from_millis(5));
        }
        Ok(node)
    }

    fn call(&self, method: &str, path: &str, authorization: &str, body: &str) -> anyhow::Result<Reply> {
        call(self.address, method, path, &format!("{authorization}{ACCEPT}"), body)
    }
}

impl Drop for Node {
    fn drop(&mut self) {
        // It is a measurement that ends here, not a server that holds anything.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn token(node: &Node, basic: &str) -> anyhow::Result<String> {
    let headers = format!("{basic}Content-Type: application/x-www-form-urlencoded\r\n");
    let answer = call(node.address, "POST", "/api/oauth/token", &headers, "grant_type=client_credentials")?;
    let body: Value = serde_json::from_slice(&answer.body)?;
    let token = body["access_token"].as_str().with_context(|| format!("no token: {}", answer.head))?;
    Ok(format!("Authorization: Bearer {token}\r\n"))
}
