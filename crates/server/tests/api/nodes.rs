//! Several nodes on one database: what one does, the others know within a second.

use serde_json::json;
use telamon_testkit::{Actor, Engine, TestServer, TestSettings, run_with};

fn on_postgres(name: &str, test: impl FnOnce(TestServer) -> std::pin::Pin<Box<dyn Future<Output = ()>>>) {
    run_with(Engine::Postgres, name, TestSettings::default(), test);
}

#[test]
fn revocations_and_role_changes_reach_the_other_node() {
    on_postgres("reach", |t| {
        Box::pin(async move {
            let other = t.another_node().await;
            let path = format!("/api/atlas/v2/orgs/{}/apiKeys", t.org_id());
            let made = t.owner().post(&path, json!({ "desc": "k", "roles": ["ORG_OWNER"] })).await.is(200).json();
            let (public, private) = (made["publicKey"].as_str().unwrap(), made["privateKey"].as_str().unwrap());
            let there = Actor::digest(other.base_url(), public, private);
            there.get(&path).await.is(200);
            let owner_there = Actor::bearer(other.base_url(), t.token());
            owner_there.get("/api/atlas/v2/groups").await.is(200);

            let key = format!("{path}/{}", made["id"].as_str().unwrap());
            t.owner().patch(&key, json!({ "roles": ["ORG_MEMBER"] })).await.is(200);
            t.advance(1).await;
            there.post(&path, json!({ "desc": "x", "roles": ["ORG_MEMBER"] })).await.is_error(401, "USER_UNAUTHORIZED");
            t.owner().delete(&key).await.is(204);
            t.advance(1).await;
            there.get(&path).await.is(401);
            other.stop().await;
        })
    });
}

#[test]
fn a_nonce_of_one_node_is_good_once_on_all() {
    on_postgres("nonce", |t| {
        Box::pin(async move {
            let other = t.another_node().await;
            let path = "/api/atlas/v2/groups";
            let challenge = t.anonymous().get(path).await.is(401);
            let mut prompt = digest_auth::parse(challenge.header("www-authenticate").unwrap()).unwrap();
            let credentials = t.credentials();
            let context =
                digest_auth::AuthContext::new(credentials.public_key.clone(), credentials.private_key.clone(), path);
            let header = prompt.respond(&context).unwrap().to_header_string();
            let anonymous_there = t.anonymous_at(other.base_url());
            anonymous_there.get(path).header("authorization", &header).await.is(200);
            let replay = t.anonymous().get(path).header("authorization", &header).await.is(401);
            assert!(replay.header("www-authenticate").unwrap().ends_with("stale=true"));
            other.stop().await;
        })
    });
}

#[test]
fn a_token_of_a_new_key_is_good_on_a_node_that_has_not_seen_the_key() {
    on_postgres("rotated", |t| {
        Box::pin(async move {
            let other = t.another_node().await;
            Actor::bearer(other.base_url(), t.token()).get("/api/atlas/v2/groups").await.is(200);
            let sealing = t.sealing_key();
            telamon_server::gate::rotate(t.app().work(), &sealing).await.unwrap();
            let newest = t.another_node().await;
            let token = t.token_at(newest.base_url(), &t.credentials().client_id, &t.credentials().client_secret).await;
            Actor::bearer(other.base_url(), &token).get("/api/atlas/v2/groups").await.is(200);
            Actor::bearer(other.base_url(), t.token()).get("/api/atlas/v2/groups").await.is(200);
            newest.stop().await;
            other.stop().await;
        })
    });
}
