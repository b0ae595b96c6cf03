//! OAuth 2.0: tokens, their refusal, their end.

use base64::{
    Engine as _,
    engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD},
};
use serde_json::{Value, json};
use telamon_server::app::RateSettings;
use telamon_testkit::{Actor, Engine, Reply, TestServer, TestSettings, run_with, telamon_test};

async fn post(t: &TestServer, path: &str, basic: Option<(&str, &str)>, form: &str) -> Reply {
    let mut call = t.anonymous().post_form(path, form);
    if let Some((id, secret)) = basic {
        call = call.header("authorization", &format!("Basic {}", STANDARD.encode(format!("{id}:{secret}"))));
    }
    call.await
}

fn claims(token: &str) -> (Value, Value) {
    let parts: Vec<&str> = token.split('.').collect();
    let part = |i: usize| serde_json::from_slice(&URL_SAFE_NO_PAD.decode(parts[i]).unwrap()).unwrap();
    (part(0), part(1))
}

#[telamon_test]
async fn a_token_is_a_signed_jwt_for_an_hour(t: TestServer) {
    let (id, secret) = (t.credentials().client_id.clone(), t.credentials().client_secret.clone());
    let reply = post(&t, "/api/oauth/token", Some((&id, &secret)), "grant_type=client_credentials").await.is(200);
    assert_eq!(reply.header("content-type"), Some("application/json"));
    assert_eq!(reply.header("cache-control"), Some("no-store"));
    let body = reply.json();
    let token = body["access_token"].as_str().unwrap().to_owned();
    assert_eq!(body, json!({ "access_token": token, "expires_in": 3600, "token_type": "Bearer" }));

    let (header, claims) = claims(&token);
    let keys = t.anonymous().get("/api/oauth/jwks").await.is(200).json();
    assert_eq!(header, json!({ "alg": "ES512", "kid": keys["keys"][0]["kid"], "typ": "JWT" }));
    assert_eq!(keys["keys"][0]["crv"], "P-521");
    let now = t.now().as_seconds();
    assert_eq!((claims["iat"].clone(), claims["exp"].clone()), (json!(now), json!(now + 3600)));
    for (name, value) in
        [("iss", "https://telamon.test"), ("aud", "api://admin"), ("sub", &id), ("cid", &id), ("actorId", &id)]
    {
        assert_eq!(claims[name], value, "{name}");
    }
    Actor::bearer(t.base_url(), &token).get("/api/atlas/v2/groups").await.is(200);

    let metadata = t.anonymous().get("/.well-known/oauth-authorization-server").await.is(200).json();
    assert_eq!(metadata["issuer"], "https://telamon.test");
    assert_eq!(metadata["token_endpoint"], format!("{}/api/oauth/token", t.base_url()));
    assert_eq!(metadata["jwks_uri"], format!("{}/api/oauth/jwks", t.base_url()));
}

#[telamon_test]
async fn a_token_ends_after_an_hour_and_is_not_refreshed(t: TestServer) {
    t.advance(3599).await;
    t.owner().get("/api/atlas/v2/groups").await.is(200);
    t.advance(1).await;
    let reply = t.owner().get("/api/atlas/v2/groups").await.is(401);
    assert_eq!(reply.header("www-authenticate"), Some(r#"Bearer error="invalid_token""#));
    assert_eq!(
        reply.text(),
        "{\n  \"error\" : 401,\n  \"reason\" : \"Unauthorized\",\n  \"detail\" : \"You are not authorized for this resource.\",\n  \"errorCode\" : \"UNEXPECTED_ERROR\"\n}"
    );
    let (id, secret) = (&t.credentials().client_id, &t.credentials().client_secret);
    post(&t, "/api/oauth/token", Some((id, secret)), "grant_type=refresh_token&refresh_token=x").await.is(400);
}

#[telamon_test]
async fn wrong_requests_get_the_errors_of_the_rfc(t: TestServer) {
    let (id, secret) = (t.credentials().client_id.clone(), t.credentials().client_secret.clone());
    let good = Some((id.as_str(), secret.as_str()));
    let cases = [
        (None, "grant_type=client_credentials", 401, "invalid_client"),
        (Some((id.as_str(), "mdb_sa_sk_wrong")), "grant_type=client_credentials", 401, "invalid_client"),
        (
            Some(("mdb_sa_id_5f00000000000000000000cc", secret.as_str())),
            "grant_type=client_credentials",
            401,
            "invalid_client",
        ),
        (Some(("nobody", "")), "grant_type=client_credentials", 401, "invalid_client"),
        (good, "", 400, "invalid_request"),
        (good, "grant_type=client_credentials&grant_type=client_credentials", 400, "invalid_request"),
        (good, "grant_type=password", 400, "unsupported_grant_type"),
    ];
    for (basic, form, status, code) in cases {
        let reply = post(&t, "/api/oauth/token", basic, form).await.is(status);
        assert_eq!(reply.json()["error"], code, "{form}");
        assert_eq!(reply.header("content-type"), Some("application/json"));
    }
    let refused = post(&t, "/api/oauth/token", Some((&id, "wrong")), "grant_type=client_credentials").await;
    assert_eq!(refused.text(), r#"{"error_description":"Invalid credentials provided.","error":"invalid_client"}"#);
    t.anonymous().get("/api/oauth/token").await.is_error(405, "METHOD_NOT_ALLOWED");
    let encoded =
        post(&t, "/api/oauth/token", Some((&id.replace('_', "%5F"), &secret)), "grant_type=client_credentials").await;
    encoded.is(200);
    post(&t, "/api/oauth/token", good, &"x".repeat(100_000)).await.is_error(413, "PAYLOAD_TOO_LARGE");
}

#[telamon_test]
async fn a_revoked_token_stops_working_at_once(t: TestServer) {
    let (id, secret) = (t.credentials().client_id.clone(), t.credentials().client_secret.clone());
    let token = t.token_of(&id, &secret).await;
    let caller = Actor::bearer(t.base_url(), &token);
    caller.get("/api/atlas/v2/groups").await.is(200);
    let form = format!("token={token}&token_type_hint=access_token");
    let other = t.service_account(&["ORG_MEMBER"]).await;
    drop(other);

    post(&t, "/api/oauth/revoke", Some((&id, "wrong")), &form).await.is(401);
    post(&t, "/api/oauth/revoke", Some((&id, &secret)), "token_type_hint=access_token").await.is(400);
    caller.get("/api/atlas/v2/groups").await.is(200);
    let reply = post(&t, "/api/oauth/revoke", Some((&id, &secret)), &form).await.is(200);
    assert_eq!(reply.text(), "");
    caller.get("/api/atlas/v2/groups").await.is(401);
    t.owner().get("/api/atlas/v2/groups").await.is(200);
    for unknown in ["token=x", "token=a.b.c", form.as_str()] {
        post(&t, "/api/oauth/revoke", Some((&id, &secret)), unknown).await.is(200);
    }
}

#[telamon_test]
async fn another_client_cannot_revoke_a_token(t: TestServer) {
    let body =
        json!({ "name": "other", "description": "other", "roles": ["ORG_MEMBER"], "secretExpiresAfterHours": 8 });
    let made = t.owner().post(&format!("/api/atlas/v2/orgs/{}/serviceAccounts", t.org_id()), body).await.is(201).json();
    let (id, secret) = (made["clientId"].as_str().unwrap(), made["secrets"][0]["secret"].as_str().unwrap());
    post(&t, "/api/oauth/revoke", Some((id, secret)), &format!("token={}", t.token())).await.is(200);
    t.owner().get("/api/atlas/v2/groups").await.is(200);
}

#[telamon_test]
async fn forged_tokens_are_refused(t: TestServer) {
    let good = t.token().to_owned();
    let parts: Vec<&str> = good.split('.').collect();
    let none = URL_SAFE_NO_PAD.encode(r#"{"alg":"none","typ":"JWT"}"#);
    let hs256 = URL_SAFE_NO_PAD.encode(r#"{"alg":"HS256","typ":"JWT"}"#);
    let mut tampered = URL_SAFE_NO_PAD.decode(parts[1]).unwrap();
    let at = tampered.len() - 10;
    tampered[at] ^= 1;
    let tampered = URL_SAFE_NO_PAD.encode(tampered);
    let forged = [
        String::new(),
        "x".to_owned(),
        "a.b.c".to_owned(),
        format!("{none}.{}.", parts[1]),
        format!("{none}.{}.{}", parts[1], parts[2]),
        format!("{hs256}.{}.{}", parts[1], parts[2]),
        format!("{}.{tampered}.{}", parts[0], parts[2]),
        format!("{}.{}.{}", parts[0], parts[1], URL_SAFE_NO_PAD.encode([0; 132])),
        format!("{good}x"),
        "x".repeat(100_000),
    ];
    for token in &forged {
        let reply = Actor::bearer(t.base_url(), token).get("/api/atlas/v2/groups").await;
        let status = reply.status();
        assert!(status == 401 || (token.len() > 10_000 && status == 431), "{status} for {token:.80}");
    }
    t.owner().get("/api/atlas/v2/groups").await.is(200);
}

#[telamon_test]
async fn tokens_end_with_their_account_and_their_secret(t: TestServer) {
    let path = format!("/api/atlas/v2/orgs/{}/serviceAccounts", t.org_id());
    let body =
        json!({ "name": "brief", "description": "brief", "roles": ["ORG_MEMBER"], "secretExpiresAfterHours": 8 });
    let made = t.owner().post(&path, body).await.is(201).json();
    let (id, secret) =
        (made["clientId"].as_str().unwrap().to_owned(), made["secrets"][0]["secret"].as_str().unwrap().to_owned());
    t.advance(8 * 3600 - 10).await;
    let caller = Actor::bearer(t.base_url(), &t.token_of(&id, &secret).await);
    caller.get("/api/atlas/v2/orgs").await.is(200);
    t.advance(10).await;
    caller.get("/api/atlas/v2/orgs").await.is(401);
    post(&t, "/api/oauth/token", Some((&id, &secret)), "grant_type=client_credentials").await.is(401);
}

#[test]
fn requests_for_tokens_are_limited() {
    for engine in [Engine::Sqlite, Engine::Postgres] {
        let rates =
            RateSettings { enforced: true, live_tokens: 12, token_requests_per_minute: 10, ..RateSettings::default() };
        run_with(engine, "tokens", TestSettings { rates, ..TestSettings::default() }, |t| {
            Box::pin(async move {
                let (id, secret) = (t.credentials().client_id.clone(), t.credentials().client_secret.clone());
                let ask = || post(&t, "/api/oauth/token", Some((&id, &secret)), "grant_type=client_credentials");
                for _ in 1..10 {
                    ask().await.is(200);
                }
                let reply = ask().await.is_error(429, "RATE_LIMITED");
                assert_eq!(reply.detail(), "Resource /api/oauth/token is limited to 10 requests every 1 minutes.");
                assert_eq!(reply.json()["parameters"], json!(["/api/oauth/token", 10, 1]));
                t.advance(60).await;
                ask().await.is(200);
                ask().await.is(200);
                let reply = ask().await.is_error(429, "RATE_LIMITED");
                assert_eq!(reply.detail(), "Resource /api/oauth/token is limited to 12 requests every 60 minutes.");
                t.advance(3600).await;
                ask().await.is(200);
            })
        });
    }
}
