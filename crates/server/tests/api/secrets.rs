//! Secrets of service accounts: how many, how long, and what ends with them.

use std::{collections::BTreeMap, time::Duration};

use serde_json::{Value, json};
use telamon_testkit::{Actor, Engine, Reply, TestServer, TestSettings, run_with, telamon_test};

fn accounts(t: &TestServer) -> String {
    format!("/api/atlas/v2/orgs/{}/serviceAccounts", t.org_id())
}

fn account(t: &TestServer, made: &Value) -> String {
    format!("{}/{}", accounts(t), made["clientId"].as_str().unwrap())
}

async fn create(t: &TestServer, hours: i64) -> Value {
    t.advance(1).await;
    let body = json!({ "name": "a", "description": "d", "roles": ["ORG_MEMBER"], "secretExpiresAfterHours": hours });
    t.owner().post(&accounts(t), body).await.is(201).json()
}

async fn add(t: &TestServer, made: &Value, hours: i64) -> Reply {
    let path = format!("{}/secrets", account(t, made));
    t.owner().post(&path, json!({ "secretExpiresAfterHours": hours })).await
}

async fn secrets(t: &TestServer, made: &Value) -> Vec<Value> {
    t.owner().get(&account(t, made)).await.is(200).json()["secrets"].as_array().unwrap().clone()
}

fn secret_path(t: &TestServer, made: &Value, secret: &Value) -> String {
    format!("{}/secrets/{}", account(t, made), secret["id"].as_str().unwrap())
}

async fn token(t: &TestServer, made: &Value, secret: &Value) -> Actor {
    let token = t.token_of(made["clientId"].as_str().unwrap(), secret["secret"].as_str().unwrap()).await;
    Actor::bearer(t.base_url(), &token)
}

/// The answer of the token endpoint.
async fn ask(t: &TestServer, made: &Value, secret: &Value) -> Reply {
    let form = format!(
        "grant_type=client_credentials&client_id={}&client_secret={}",
        made["clientId"].as_str().unwrap(),
        secret["secret"].as_str().unwrap()
    );
    t.anonymous().post_form("/api/oauth/token", form).await
}

/// The events that name this account, the newest first.
async fn events(t: &TestServer, made: &Value) -> Vec<Value> {
    let events = t.owner().get(&format!("/api/atlas/v2/orgs/{}/events", t.org_id())).await.is(200).json();
    let of_account = |event: &&Value| event["clientId"] == made["clientId"];
    events["results"].as_array().unwrap().iter().filter(of_account).cloned().collect()
}

fn counted(replies: &[Reply]) -> BTreeMap<(u16, String), usize> {
    let mut counts = BTreeMap::new();
    for reply in replies {
        let code = reply.json()["errorCode"].as_str().unwrap_or_default().to_owned();
        *counts.entry((reply.status(), code)).or_default() += 1;
    }
    counts
}

#[telamon_test]
async fn a_further_secret_is_shown_once_and_both_are_good(t: TestServer) {
    let made = create(&t, 24).await;
    t.advance(1).await;
    let reply = add(&t, &made, 48).await.is(201);
    assert_eq!(reply.header("content-type"), Some("application/vnd.atlas.2024-08-05+json;charset=utf-8"));
    let second = reply.json();
    let secret = second["secret"].as_str().unwrap().to_owned();
    let expected = json!({
        "createdAt": "2026-08-10T03:05:50Z", "expiresAt": "2026-08-12T03:05:50Z", "id": second["id"], "secret": secret,
    });
    assert_eq!(second, expected);
    let listed = secrets(&t, &made).await;
    assert_eq!(listed.len(), 2);
    let mask = format!("mdb_sa_sk_{}{}", "*".repeat(36), &secret[secret.len() - 4..]);
    let expected = json!({
        "createdAt": "2026-08-10T03:05:50Z", "expiresAt": "2026-08-12T03:05:50Z", "id": second["id"],
        "maskedSecretValue": mask,
    });
    assert_eq!(listed[1], expected);
    assert_eq!(events(&t, &made).await[0]["eventTypeName"], "SERVICE_ACCOUNT_SECRET_ADDED");
    for secret in [&made["secrets"][0], &second] {
        token(&t, &made, secret).await.get("/api/atlas/v2/groups").await.is(200);
    }
}

#[telamon_test]
async fn a_new_secret_cuts_the_life_of_the_old_one_to_a_week_and_never_lengthens_it(t: TestServer) {
    let long = create(&t, 8760).await;
    t.advance(1).await;
    add(&t, &long, 8760).await.is(201);
    let listed = secrets(&t, &long).await;
    assert_eq!(listed[0]["expiresAt"], "2026-08-17T03:05:50Z");
    assert_eq!(listed[1]["expiresAt"], "2027-08-10T03:05:50Z");
    let short = create(&t, 24).await;
    t.advance(1).await;
    add(&t, &short, 8760).await.is(201);
    assert_eq!(secrets(&t, &short).await[0]["expiresAt"], short["secrets"][0]["expiresAt"]);
}

#[telamon_test]
async fn the_third_secret_is_refused_until_one_goes(t: TestServer) {
    let made = create(&t, 8).await;
    let second = add(&t, &made, 8).await.is(201).json();
    let third = add(&t, &made, 8).await.is_error(400, "VALIDATION_ERROR");
    assert_eq!(third.detail(), "A service account has at most 2 secrets. Delete one of them first.");
    assert_eq!(t.owner().delete(&secret_path(&t, &made, &second)).await.is(204).text(), "");
    let third = add(&t, &made, 8).await.is(201).json();
    assert_eq!(secrets(&t, &made).await.len(), 2);
    // Those whose time is over make room at once, even before a job has removed them.
    t.advance(8 * 3600).await;
    let fourth = add_with_key(&t, &made).await.is(201).json();
    let key_owner = t.key_owner();
    let left = key_owner.get(&account(&t, &made)).await.is(200).json()["secrets"].clone();
    assert_eq!(left.as_array().unwrap().len(), 1);
    assert_eq!(left[0]["id"], fourth["id"]);
    assert_ne!(third["id"], fourth["id"]);
}

/// The same when the token of the owner has expired.
async fn add_with_key(t: &TestServer, made: &Value) -> Reply {
    let path = format!("{}/secrets", account(t, made));
    t.key_owner().post(&path, json!({ "secretExpiresAfterHours": 8 })).await
}

#[telamon_test]
async fn what_is_wrong_with_a_new_secret_is_said(t: TestServer) {
    let made = create(&t, 8).await;
    let path = format!("{}/secrets", account(&t, &made));
    let hours = |hours: Value| t.owner().post(&path, json!({ "secretExpiresAfterHours": hours }));
    for wrong in [0, -1, 7, 8761] {
        let refused = hours(json!(wrong)).await.is_error(400, "VALIDATION_ERROR");
        assert_eq!(refused.detail(), "Invalid attribute secretExpiresAfterHours: It must be from 8 to 8760.");
    }
    hours(json!("8")).await.is_error(400, "INVALID_ATTRIBUTE");
    hours(json!(null)).await.is_error(400, "INVALID_ATTRIBUTE");
    t.owner().post(&path, json!({})).await.is_error(400, "MISSING_ATTRIBUTE");
    t.owner()
        .post(&path, json!({ "secretExpiresAfterHours": 8, "x": 1 }))
        .await
        .is_error(400, "INVALID_JSON_ATTRIBUTE");
    let reader = t.service_account(&["ORG_READ_ONLY"]).await;
    let settings = format!("/api/atlas/v2/orgs/{}/settings", t.org_id());
    t.owner().patch(&settings, json!({ "maxServiceAccountSecretValidityInHours": 12 })).await.is(200);
    hours(json!(13)).await.is_error(400, "VALIDATION_ERROR");
    hours(json!(12)).await.is(201);
    let nobody = format!("{}/mdb_sa_id_5f00000000000000000000ff/secrets", accounts(&t));
    t.owner().post(&nobody, json!({ "secretExpiresAfterHours": 8 })).await.is_error(404, "RESOURCE_NOT_FOUND");
    reader.post(&path, json!({ "secretExpiresAfterHours": 8 })).await.is_error(401, "USER_UNAUTHORIZED");
    reader.delete(&secret_path(&t, &made, &made["secrets"][0])).await.is_error(401, "USER_UNAUTHORIZED");
}

#[telamon_test]
async fn a_deleted_secret_and_its_tokens_are_dead_at_once(t: TestServer) {
    let made = create(&t, 24).await;
    let second = add(&t, &made, 24).await.is(201).json();
    let (old, new) = (token(&t, &made, &made["secrets"][0]).await, token(&t, &made, &second).await);
    let groups = "/api/atlas/v2/groups";
    old.get(groups).await.is(200);
    t.advance(1).await;
    let path = secret_path(&t, &made, &made["secrets"][0]);
    t.owner().delete(&path).await.is(204);
    old.get(groups).await.is(401);
    new.get(groups).await.is(200);
    assert!(ask(&t, &made, &made["secrets"][0]).await.is(401).text().contains("invalid_client"));
    let missing = t.owner().delete(&path).await.is_error(404, "RESOURCE_NOT_FOUND");
    let id = made["secrets"][0]["id"].as_str().unwrap();
    assert_eq!(missing.detail(), format!("Cannot find resource secret with ID {id}."));
    t.owner().delete(&format!("{}/secrets/nothing", account(&t, &made))).await.is_error(404, "RESOURCE_NOT_FOUND");
    // Another account's secret is not found here.
    let other = create(&t, 24).await;
    t.owner().delete(&secret_path(&t, &other, &second)).await.is_error(404, "RESOURCE_NOT_FOUND");
    let newest = events(&t, &made).await[0].clone();
    assert_eq!(newest["eventTypeName"], "SERVICE_ACCOUNT_SECRET_DELETED");
    assert_eq!(newest["actorClientId"], t.credentials().client_id);
}

#[telamon_test]
async fn an_expired_secret_is_refused_at_the_second_and_removed_by_the_jobs(t: TestServer) {
    let made = create(&t, 8).await;
    t.advance(8 * 3600 - 1).await;
    let user = token(&t, &made, &made["secrets"][0]).await;
    user.get("/api/atlas/v2/groups").await.is(200);
    t.advance(1).await;
    user.get("/api/atlas/v2/groups").await.is(401);
    assert!(ask(&t, &made, &made["secrets"][0]).await.is(401).text().contains("invalid_client"));
    t.app().jobs().run("expired secrets").await.unwrap();
    t.app().jobs().run("expired secrets").await.unwrap();
    let read = t.key_owner().get(&account(&t, &made)).await.is(200).json();
    assert_eq!(read["secrets"], json!([]));
    let path = format!("/api/atlas/v2/orgs/{}/events?itemsPerPage=2", t.org_id());
    let events = t.key_owner().get(&path).await.is(200).json();
    let newest = &events["results"][0];
    let expected = json!({
        "clientId": made["clientId"],
        "created": "2026-08-10T11:05:49Z",
        "eventTypeName": "SERVICE_ACCOUNT_SECRET_DELETED",
        "id": newest["id"],
        "isGlobalAdmin": false,
        "links": newest["links"],
        "orgId": t.org_id(),
    });
    assert_eq!(newest, &expected, "nobody called for it");
    assert_ne!(events["results"][1]["eventTypeName"], "SERVICE_ACCOUNT_SECRET_DELETED", "it is recorded once");
    add_with_key(&t, &made).await.is(201);
}

#[test]
fn the_jobs_of_several_nodes_remove_an_expired_secret_once() {
    run_with(Engine::Postgres, "expired twice", TestSettings::default(), |t| {
        Box::pin(async move {
            let made = create(&t, 8).await;
            let other = t.another_node().await;
            // Without a lease: both do it at the same time.
            t.clock().advance(8 * 3600);
            let job = "expired secrets";
            let (here, there) = tokio::join!(t.app().jobs().run(job), other.app().jobs().run(job));
            here.unwrap();
            there.unwrap();
            let path = format!("/api/atlas/v2/orgs/{}/events", t.org_id());
            let events = t.key_owner().get(&path).await.is(200).json();
            let of_account = |event: &&Value| {
                event["clientId"] == made["clientId"] && event["eventTypeName"] == "SERVICE_ACCOUNT_SECRET_DELETED"
            };
            assert_eq!(events["results"].as_array().unwrap().iter().filter(of_account).count(), 1);
            other.stop().await;
        })
    });
}

#[telamon_test]
async fn many_at_the_same_moment_never_make_more_than_two(t: TestServer) {
    for _ in 0..3 {
        let made = create(&t, 8).await;
        let mut calls = tokio::task::JoinSet::new();
        for _ in 0..24 {
            let (owner, path) = (t.owner(), format!("{}/secrets", account(&t, &made)));
            calls.spawn(async move { owner.post(&path, json!({ "secretExpiresAfterHours": 8 })).await });
        }
        let counts = counted(&calls.join_all().await);
        assert_eq!(counts.get(&(201, String::new())), Some(&1), "{counts:?}");
        let refused = [(409, "DATA_CONCURRENCY_ERROR"), (400, "VALIDATION_ERROR")];
        let known = |(status, code): &(u16, String)| *status == 201 || refused.contains(&(*status, code.as_str()));
        assert!(counts.keys().all(known), "{counts:?}");
        assert_eq!(secrets(&t, &made).await.len(), 2);
    }
}

/// Both see room, and one of them takes it: the other one lost a race, and is told so.
#[telamon_test]
async fn the_loser_of_a_race_is_told_that_it_was_one(t: TestServer) {
    let made = create(&t, 8).await;
    let mut held = t.db().begin_write().await.unwrap();
    if t.db().engine() == Engine::Postgres {
        // SQLite has one writer; here only those who write secrets wait.
        held.batch("LOCK TABLE service_account_secret IN EXCLUSIVE MODE").await.unwrap();
    }
    let release = async {
        tokio::time::sleep(Duration::from_millis(700)).await;
        held.roll_back().await.unwrap();
    };
    let (first, second, ()) = tokio::join!(add(&t, &made, 8), add(&t, &made, 8), release);
    let counts = counted(&[first, second]);
    let expected = [((201, String::new()), 1), ((409, "DATA_CONCURRENCY_ERROR".to_owned()), 1)];
    assert_eq!(counts, expected.into());
    add(&t, &made, 8).await.is_error(400, "VALIDATION_ERROR");
}

#[telamon_test]
async fn the_last_use_of_a_secret_is_shown(t: TestServer) {
    let made = create(&t, 24).await;
    t.advance(60).await;
    token(&t, &made, &made["secrets"][0]).await;
    assert_eq!(secrets(&t, &made).await[0].get("lastUsedAt"), None, "it is written behind");
    t.advance(3).await;
    assert_eq!(secrets(&t, &made).await[0]["lastUsedAt"], "2026-08-10T03:06:49Z");
}

#[test]
fn a_secret_of_one_node_is_good_on_another_at_once() {
    run_with(Engine::Postgres, "secret there", TestSettings::default(), |t| {
        Box::pin(async move {
            let other = t.another_node().await;
            let made = create(&t, 24).await;
            let client_id = made["clientId"].as_str().unwrap();
            let first = made["secrets"][0]["secret"].as_str().unwrap();
            // The other node knows the account, as it was.
            let token = t.token_at(other.base_url(), client_id, first).await;
            Actor::bearer(other.base_url(), &token).get("/api/atlas/v2/groups").await.is(200);
            let second = add(&t, &made, 24).await.is(201).json();
            let here = t.token_of(client_id, second["secret"].as_str().unwrap()).await;
            Actor::bearer(other.base_url(), &here).get("/api/atlas/v2/groups").await.is(200);
            let third = {
                t.owner().delete(&secret_path(&t, &made, &made["secrets"][0])).await.is(204);
                add(&t, &made, 24).await.is(201).json()
            };
            let there = t.token_at(other.base_url(), client_id, third["secret"].as_str().unwrap()).await;
            Actor::bearer(t.base_url(), &there).get("/api/atlas/v2/groups").await.is(200);
            other.stop().await;
        })
    });
}
