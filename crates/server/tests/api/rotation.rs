//! The guide of `docs/rotation.md` under load: secrets are replaced while programs work, and no request of theirs fails.

use std::{
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
    time::Duration,
};

use serde_json::{Value, json};
use telamon_testkit::{Actor, Engine, TestServer, TestSettings, run_with, telamon_test};
use tokio::task::JoinSet;

const PROGRAMS: usize = 4;
const ROUNDS: u64 = 5;

/// What the programs share: the secret that they are to use, and how far each has come.
struct Load {
    client_id: String,
    secret: Mutex<(u64, String)>,
    uses: [AtomicU64; PROGRAMS],
    requests: AtomicU64,
    stop: AtomicBool,
}

impl Load {
    fn publish(&self, round: u64, secret: &str) {
        *self.secret.lock().unwrap() = (round, secret.to_owned());
    }

    /// Waits until every program uses the secret of that round.
    async fn adopted(&self, round: u64) {
        while self.uses.iter().any(|used| used.load(Ordering::Acquire) < round) {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    }
}

/// A program: it takes a new token when its secret is another one, and calls without a pause, one node after the other.
async fn work(number: usize, load: Arc<Load>, nodes: Vec<String>, groups: String) {
    let (mut round, mut token) = (0, String::new());
    for turn in number.. {
        if load.stop.load(Ordering::Acquire) {
            return;
        }
        let (newest, secret) = load.secret.lock().unwrap().clone();
        let node = &nodes[turn % nodes.len()];
        if newest > round {
            token = take_token(node, &load.client_id, &secret).await;
            round = newest;
        }
        Actor::bearer(node, &token).get(&groups).await.is(200);
        load.requests.fetch_add(1, Ordering::AcqRel);
        load.uses[number].store(round, Ordering::Release);
    }
}

async fn take_token(node: &str, client_id: &str, secret: &str) -> String {
    let form = format!("grant_type=client_credentials&client_id={client_id}&client_secret={secret}");
    let reply = Actor::anonymous(node).post_form("/api/oauth/token", form).await;
    reply.is(200).json()["access_token"].as_str().unwrap().to_owned()
}

/// Rotates the secret of an account of the project some times, by the account itself, while it works.
async fn rotate_under_load(t: &TestServer, nodes: Vec<String>) {
    let accounts = format!("/api/atlas/v2/groups/{}/serviceAccounts", t.group_id());
    let body = json!({
        "name": "worker", "description": "works", "roles": ["GROUP_OWNER"], "secretExpiresAfterHours": 8,
    });
    let made = t.owner().post(&accounts, body).await.is(201).json();
    let client_id = made["clientId"].as_str().unwrap().to_owned();
    let load = Arc::new(Load {
        client_id: client_id.clone(),
        secret: Mutex::new((1, made["secrets"][0]["secret"].as_str().unwrap().to_owned())),
        uses: Default::default(),
        requests: AtomicU64::new(0),
        stop: AtomicBool::new(false),
    });
    let mut programs = JoinSet::new();
    for number in 0..PROGRAMS {
        let group = format!("/api/atlas/v2/groups/{}", t.group_id());
        programs.spawn(work(number, Arc::clone(&load), nodes.clone(), group));
    }
    load.adopted(1).await;
    let path = format!("{accounts}/{client_id}");
    let mut old = made["secrets"][0].clone();
    for round in 2..2 + ROUNDS {
        let current = load.secret.lock().unwrap().1.clone();
        let itself = Actor::bearer(&nodes[0], &take_token(&nodes[0], &client_id, &current).await);
        let new: Value =
            itself.post(&format!("{path}/secrets"), json!({ "secretExpiresAfterHours": 8 })).await.is(201).json();
        load.publish(round, new["secret"].as_str().unwrap());
        load.adopted(round).await;
        itself.delete(&format!("{path}/secrets/{}", old["id"].as_str().unwrap())).await.is(204);
        old = new;
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    load.stop.store(true, Ordering::Release);
    programs.join_all().await;
    let secrets = t.owner().get(&path).await.is(200).json()["secrets"].clone();
    assert_eq!(secrets.as_array().unwrap().len(), 1);
    assert_eq!(secrets[0]["id"], old["id"]);
    let least = (PROGRAMS as u64) * (ROUNDS + 1);
    assert!(load.requests.load(Ordering::Acquire) >= least);
}

#[telamon_test]
async fn programs_never_fail_while_their_secret_is_rotated(t: TestServer) {
    rotate_under_load(&t, vec![t.base_url().to_owned()]).await;
}

#[test]
fn nor_when_they_call_several_nodes() {
    run_with(Engine::Postgres, "rotated on two", TestSettings::default(), |t| {
        Box::pin(async move {
            let other = t.another_node().await;
            rotate_under_load(&t, vec![t.base_url().to_owned(), other.base_url().to_owned()]).await;
            other.stop().await;
        })
    });
}
