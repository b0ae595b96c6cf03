//! What must hold when things go wrong: silence between nodes, many requests at once, requests that are repeated.

use base64::{Engine as _, engine::general_purpose::STANDARD};
use serde_json::json;
use telamon_server::app::RateSettings;
use telamon_testkit::{Actor, Engine, Reply, TestServer, TestSettings, run_with, telamon_test};
use tokio::task::JoinSet;

#[test]
fn a_node_that_could_not_look_for_long_learns_what_it_missed() {
    run_with(Engine::Postgres, "missed", TestSettings::default(), |t| {
        Box::pin(async move {
            let other = t.another_node().await;
            let path = format!("/api/atlas/v2/orgs/{}/apiKeys", t.org_id());
            let made = t.owner().post(&path, json!({ "desc": "k", "roles": ["ORG_OWNER"] })).await.is(200).json();
            let (public, private) = (made["publicKey"].as_str().unwrap(), made["privateKey"].as_str().unwrap());
            let there = Actor::digest(other.base_url(), public, private);
            let key = format!("{path}/{}", made["id"].as_str().unwrap());
            there.get(&path).await.is(200);

            // Longer than the other node looks back.
            t.owner().patch(&key, json!({ "roles": ["ORG_READ_ONLY"] })).await.is(200);
            t.clock().advance(120);
            there.post(&path, json!({ "desc": "x", "roles": ["ORG_MEMBER"] })).await.is_error(401, "USER_UNAUTHORIZED");

            // Longer than the change is kept.
            t.owner().delete(&key).await.is(204);
            t.clock().advance(3_000);
            t.app().jobs().run("old marks").await.unwrap();
            there.get(&path).await.is(401);
            other.stop().await;
        })
    });
}

#[telamon_test]
async fn many_signed_requests_at_once_are_all_answered(t: TestServer) {
    let mut calls = JoinSet::new();
    for _ in 0..64 {
        let key = t.key_owner();
        calls.spawn(async move { key.get("/api/atlas/v2/groups").await.status() });
    }
    let answers = calls.join_all().await;
    assert_eq!(answers, [200; 64]);
}

async fn oauth(t: &TestServer, path: &str, form: &str) -> Reply {
    let credentials = t.credentials();
    let basic = STANDARD.encode(format!("{}:{}", credentials.client_id, credentials.client_secret));
    t.anonymous().post_form(path, form).header("authorization", &format!("Basic {basic}")).await
}

#[test]
fn revoking_a_token_again_changes_nothing() {
    for engine in [Engine::Sqlite, Engine::Postgres] {
        let rates = RateSettings { live_tokens: 2, ..RateSettings::default() };
        run_with(engine, "revoked twice", TestSettings { rates, ..TestSettings::default() }, |t| {
            Box::pin(async move {
                let issue = || oauth(&t, "/api/oauth/token", "grant_type=client_credentials");
                let token = issue().await.is(200).json()["access_token"].as_str().unwrap().to_owned();
                issue().await.is_error(429, "RATE_LIMITED");
                for _ in 0..2 {
                    oauth(&t, "/api/oauth/revoke", &format!("token={token}")).await.is(200);
                }
                issue().await.is(200);
                issue().await.is_error(429, "RATE_LIMITED");
                let events = format!("/api/atlas/v2/orgs/{}/events?eventType=OAUTH_TOKEN_REVOKED", t.org_id());
                assert_eq!(t.owner().get(&events).await.is(200).json()["totalCount"], 1);
            })
        });
    }
}

#[telamon_test]
async fn a_document_is_that_of_the_newest_shapes_of_its_day(t: TestServer) {
    let get = |date: &str| t.anonymous().get(&format!("/api/openapi/v2/{date}.json"));
    let first = get("2023-01-01").await.is(200).json();
    assert_eq!(first["info"]["version"], "2023-01-01");
    assert_eq!(get("2023-01-31").await.is(200).json(), first);
    let newest = get("2043-01-01").await.is(200).json();
    assert_eq!(get("2043-01-02").await.is(200).json(), newest);
    assert!(newest["info"]["version"].as_str().unwrap() < "2043");
    assert_eq!(newest["servers"], json!([{ "url": t.base_url() }]));
    get("2022-12-31").await.is_error(404, "RESOURCE_NOT_FOUND");
}
