//! The race that matters: whatever is taken from a credential is gone within a second on every node, and at once on the
//! node that took it, while requests of all kinds are on their way. The nodes are processes of their own.

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicUsize, Ordering},
    },
    time::{Duration, Instant},
};

use base64::{Engine as _, engine::general_purpose::STANDARD};
use http::Method;
use serde_json::{Value, json};
use telamon_testkit::{Actor, Cluster};

use crate::support::{Running, Workplace, text};

/// How many requests there are at least, and how many at the same time.
const REQUESTS: usize = 1000;
const WORKERS: usize = 8;
/// How late another node may be.
const LATEST: Duration = Duration::from_secs(1);

/// What is taken from a credential.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Loss {
    Secret,
    Token,
    Account,
    Key,
    AccountRoles,
    KeyRoles,
    AccountAddress,
    KeyAddress,
}

const LOSSES: [Loss; 8] = [
    Loss::Secret,
    Loss::Token,
    Loss::Account,
    Loss::Key,
    Loss::AccountRoles,
    Loss::KeyRoles,
    Loss::AccountAddress,
    Loss::KeyAddress,
];

/// A credential that owns the organization, for now.
struct Victim {
    loss: Loss,
    /// Itself, as the API names it.
    path: String,
    /// Of a service account: its token.
    token: Option<Issued>,
    /// Its caller at each node.
    actors: Vec<Actor>,
    /// The key whose description it keeps changing.
    target: String,
}

/// A token, and what it was issued for.
struct Issued {
    token: String,
    basic: String,
    secret_id: String,
}

/// A request and how it ended.
struct Sent {
    victim: usize,
    node: usize,
    began: Instant,
    status: u16,
}

/// The nodes, and who may do everything at the first.
struct Scene {
    nodes: Vec<String>,
    org: String,
    owner: Actor,
}

async fn victim(scene: &Scene, loss: Loss) -> Victim {
    let Scene { nodes, org, owner } = scene;
    let target = owner.post(&format!("{org}/apiKeys"), json!({ "desc": "t", "roles": ["ORG_MEMBER"] })).await;
    let target = format!("{org}/apiKeys/{}", target.is(200).json()["id"].as_str().unwrap());
    if matches!(loss, Loss::Key | Loss::KeyRoles | Loss::KeyAddress) {
        let made = owner.post(&format!("{org}/apiKeys"), json!({ "desc": "v", "roles": ["ORG_OWNER"] })).await;
        let made = made.is(200).json();
        let text = |name: &str| made[name].as_str().unwrap().to_owned();
        let actors = nodes.iter().map(|node| Actor::digest(node, &text("publicKey"), &text("privateKey"))).collect();
        let path = format!("{org}/apiKeys/{}", text("id"));
        return Victim { loss, path, token: None, actors, target };
    }
    let body = json!({ "name": "v", "description": "d", "roles": ["ORG_OWNER"], "secretExpiresAfterHours": 8 });
    let made = owner.post(&format!("{org}/serviceAccounts"), body).await.is(201).json();
    let (id, secret) = (made["clientId"].as_str().unwrap(), made["secrets"][0]["secret"].as_str().unwrap());
    let basic = STANDARD.encode(format!("{id}:{secret}"));
    let form = oauth(&nodes[0], "token", &basic, "grant_type=client_credentials".to_owned()).await;
    let token = text(&form, "access_token");
    Victim {
        loss,
        path: format!("{org}/serviceAccounts/{id}"),
        actors: nodes.iter().map(|node| Actor::bearer(node, &token)).collect(),
        token: Some(Issued { token, basic, secret_id: made["secrets"][0]["id"].as_str().unwrap().to_owned() }),
        target,
    }
}

/// Sends a form to an OAuth endpoint.
async fn oauth(node: &str, endpoint: &str, basic: &str, form: String) -> Value {
    let call = Actor::anonymous(node).call(Method::POST, &format!("/api/oauth/{endpoint}"));
    let call = call.header("authorization", &format!("Basic {basic}"));
    let answer = call.header("content-type", "application/x-www-form-urlencoded").body(form).await.is(200);
    serde_json::from_str(&answer.text()).unwrap_or_default()
}

/// Takes it, at the first node.
async fn take(Scene { nodes, owner, .. }: &Scene, victim: &Victim) {
    match victim.loss {
        Loss::Secret => {
            let Issued { secret_id, .. } = victim.token.as_ref().unwrap();
            owner.delete(&format!("{}/secrets/{secret_id}", victim.path)).await.is(204);
        }
        Loss::Token => {
            let Issued { token, basic, .. } = victim.token.as_ref().unwrap();
            oauth(&nodes[0], "revoke", basic, format!("token={token}&token_type_hint=access_token")).await;
        }
        Loss::Account | Loss::Key => drop(owner.delete(&victim.path).await.is(204)),
        Loss::AccountRoles | Loss::KeyRoles => {
            owner.patch(&victim.path, json!({ "roles": ["ORG_MEMBER"] })).await.is(200);
        }
        Loss::AccountAddress | Loss::KeyAddress => {
            let list = format!("{}/accessList", victim.path);
            owner.post(&list, json!([{ "cidrBlock": "192.0.2.0/24" }])).await.is(200);
        }
    }
}

/// Sends one request after the other until it is told to stop.
async fn work(victims: Arc<Vec<Victim>>, turn: Arc<AtomicUsize>, stop: Arc<AtomicBool>) -> Vec<Sent> {
    let mut sent = Vec::new();
    let list = victims[0].path.rsplit_once('/').unwrap().0.to_owned();
    while !stop.load(Ordering::Relaxed) {
        let turn = turn.fetch_add(1, Ordering::Relaxed);
        let victim = turn % victims.len();
        let Victim { actors, target, .. } = &victims[victim];
        let node = turn / victims.len() % actors.len();
        let began = Instant::now();
        let reply = match turn / victims.len() % 3 {
            0 => actors[node].patch(target, json!({ "desc": format!("turn {turn}") })).await,
            _ => actors[node].get(&list).await,
        };
        sent.push(Sent { victim, node, began, status: reply.status() });
    }
    sent
}

/// What is wrong with the answers, given when each credential lost what it had.
fn complaints(victims: &[Victim], gone: &[Instant], sent: &[Sent]) -> Vec<String> {
    let mut complaints = Vec::new();
    for request in sent {
        let Sent { victim, node, began, status } = request;
        let (loss, after) = (victims[*victim].loss, began.checked_duration_since(gone[*victim]));
        let allowed = if *node == 0 { Duration::ZERO } else { LATEST };
        if *status == 200 && after.is_some_and(|after| after > allowed) {
            complaints.push(format!("{loss:?}: let in at node {node} {after:?} after it was gone"));
        }
        if !matches!(status, 200 | 401 | 403) {
            complaints.push(format!("{loss:?}: answered {status} at node {node}"));
        }
    }
    for (place, victim) in victims.iter().enumerate() {
        let its = || sent.iter().filter(|request| request.victim == place);
        for (node, _) in victim.actors.iter().enumerate() {
            let let_in = its().any(|request| request.node == node && request.status == 200);
            let refused = its().any(|request| request.node == node && request.status != 200);
            if !(let_in && refused) {
                complaints.push(format!("{:?}: let in {let_in}, refused {refused} at node {node}", victim.loss));
            }
        }
    }
    complaints
}

async fn race(nodes: &[&Running]) {
    let first = nodes[0].client();
    let scene = Scene {
        nodes: nodes.iter().map(|node| node.base_url.clone()).collect(),
        org: format!("/api/atlas/v2/orgs/{}", text(&nodes[0].credentials, "orgId")),
        owner: Actor::bearer(&nodes[0].base_url, &first.token(&nodes[0].credentials)),
    };
    let mut victims = Vec::new();
    // An account stands first: its neighbours are what everybody lists.
    for loss in LOSSES {
        victims.push(victim(&scene, loss).await);
    }
    let (victims, turn, stop) = (Arc::new(victims), Arc::new(AtomicUsize::new(0)), Arc::new(AtomicBool::new(false)));
    let workers: Vec<_> =
        (0..WORKERS).map(|_| tokio::spawn(work(Arc::clone(&victims), Arc::clone(&turn), Arc::clone(&stop)))).collect();
    // Everybody has been let in everywhere before something is taken from the first.
    while turn.load(Ordering::Relaxed) < WORKERS + 6 * victims.len() {
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    let mut gone = Vec::new();
    for victim in &*victims {
        take(&scene, victim).await;
        gone.push(Instant::now());
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    tokio::time::sleep(2 * LATEST).await;
    while turn.load(Ordering::Relaxed) < REQUESTS + WORKERS {
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    stop.store(true, Ordering::Relaxed);
    let mut sent = Vec::new();
    for worker in workers {
        sent.extend(worker.await.unwrap());
    }
    assert!(sent.len() >= REQUESTS, "{}", sent.len());
    let complaints = complaints(&victims, &gone, &sent);
    assert!(complaints.is_empty(), "of {} requests:\n{}", sent.len(), complaints.join("\n"));
}

fn race_of(nodes: &[&Running]) {
    tokio::runtime::Runtime::new().unwrap().block_on(race(nodes));
}

const UNLIMITED: &str = "[rates]\nenforced = false\n";

#[test]
fn no_request_succeeds_after_its_credential_was_gone() {
    let place = Workplace::new();
    std::fs::write(place.path("t.toml"), UNLIMITED).unwrap();
    let credentials = place.init(&["--config", "t.toml"]);
    let node = place.serve(&credentials, &["--config", "t.toml"]);
    race_of(&[&node]);
    node.stop();
}

#[test]
fn no_request_succeeds_a_second_after_its_credential_was_gone_on_another_node() {
    let Some(cluster) = Cluster::get() else { return };
    let url = tokio::runtime::Runtime::new().unwrap().block_on(cluster.fresh_database());
    let place = Workplace::new();
    std::fs::write(place.path("t.toml"), format!("{UNLIMITED}[storage]\ndatabase_url = '{url}'\n")).unwrap();
    let credentials = place.init(&["--config", "t.toml"]);
    let (one, other) =
        (place.serve(&credentials, &["--config", "t.toml"]), place.serve(&credentials, &["--config", "t.toml"]));
    race_of(&[&one, &other]);
    one.stop();
    other.stop();
}
