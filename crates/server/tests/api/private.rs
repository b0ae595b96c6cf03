//! What official clients ask beside the API.

use serde_json::json;
use telamon_testkit::{TestServer, telamon_test};

#[telamon_test]
async fn a_caller_is_told_its_address(t: TestServer) {
    for caller in [t.owner(), t.key_owner(), t.service_account(&["ORG_MEMBER"]).await] {
        let reply = caller.get("/api/private/ipinfo").header("accept", "application/json").await.is(200);
        assert_eq!(reply.text(), r#"{"currentIpv4Address":"127.0.0.1"}"#);
        assert_eq!(reply.header("content-type"), Some("application/json"));
        assert_eq!(reply.header("ratelimit-limit"), None);
    }
    let challenge = t.anonymous().get("/api/private/ipinfo").await.is(401);
    assert!(challenge.header("www-authenticate").unwrap().starts_with("Digest "));
}

#[telamon_test]
async fn the_default_version_of_mongodb_is_a_plain_text(t: TestServer) {
    let path = "/api/private/unauth/nds/defaultMongoDBMajorVersion";
    let reply = t.anonymous().get(path).header("accept", "").await.is(200);
    assert_eq!(reply.text(), "8.0");
    assert_eq!(reply.header("content-type"), Some("text/plain;charset=iso-8859-1"));
}

#[telamon_test]
async fn telemetry_is_thrown_away(t: TestServer) {
    let events = json!([{ "timestamp": "2026-08-10T03:05:48Z", "source": "cli", "properties": { "command": "x" } }]);
    let reply = t.anonymous().post("/api/private/unauth/telemetry/events", events.clone()).await.is(204);
    assert_eq!(reply.text(), "");
    t.key_owner().post("/api/private/v1.0/telemetry/events", events.clone()).await.is(204);
    t.anonymous().post("/api/private/v1.0/telemetry/events", events).await.is(401);
    let malformed = t.anonymous().call(http::Method::POST, "/api/private/unauth/telemetry/events").body("{");
    malformed.await.is(204);
    let before = t.owner().get(&format!("/api/atlas/v2/orgs/{}/events", t.org_id())).await.is(200).json();
    assert!(!before.to_string().contains("cli"), "{before}");
    for caller in [t.anonymous(), t.owner()] {
        caller.get("/api/private/unauth/telemetry/events").await.is_error(405, "METHOD_NOT_ALLOWED");
    }
    t.anonymous().get("/api/private/nothing").await.is(401);
    t.owner().get("/api/private/nothing").await.is_error(404, "RESOURCE_NOT_FOUND");
}
