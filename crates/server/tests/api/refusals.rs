//! Why was I refused: what an owner, and nobody else, is told.

use serde_json::{Value, json};
use telamon_testkit::{Actor, Reply, TestServer, telamon_test};

/// The one refusal of that request, without what every refusal of the test has in common.
async fn why(t: &TestServer, refused: &Reply) -> Value {
    let id = refused.header("x-request-id").unwrap();
    let found = t.owner().get(&format!("/api/telamon/orgs/{}/refusals?requestId={id}", t.org_id())).await.is(200);
    assert_eq!(found.header("content-type"), Some("application/json"));
    let mut page = found.json();
    assert_eq!(page["totalCount"], 1, "{page}");
    let refusal = page["results"][0].take();
    assert_eq!(refusal["requestId"], id);
    assert_eq!(refusal["refusedAt"], t.now().to_string());
    assert_eq!(refusal["remoteAddress"], "127.0.0.1");
    refusal
}

/// A new API key of the organization: its id, its halves.
async fn api_key(t: &TestServer, roles: &[&str]) -> (String, String, String) {
    let path = format!("/api/atlas/v2/orgs/{}/apiKeys", t.org_id());
    let made = t.owner().post(&path, json!({ "desc": "d", "roles": roles })).await.is(200).json();
    let text = |name: &str| made[name].as_str().unwrap().to_owned();
    (text("id"), text("publicKey"), text("privateKey"))
}

#[telamon_test]
async fn a_missing_role_is_named_with_what_would_grant_it(t: TestServer) {
    let (id, public, private) = api_key(&t, &["ORG_READ_ONLY"]).await;
    let key = Actor::digest(t.base_url(), &public, &private);
    let path = format!("/api/atlas/v2/groups/{}/databaseUsers", t.group_id());
    let refused = key.post(&format!("{path}?pretty=true"), json!({})).await.is_error(401, "USER_UNAUTHORIZED");
    let mut refusal = why(&t, &refused).await;
    for common in ["requestId", "refusedAt", "remoteAddress"] {
        refusal.as_object_mut().unwrap().remove(common);
    }
    assert_eq!(
        refusal,
        json!({
            "credential": { "id": id, "name": public, "type": "API_KEY" },
            "errorCode": "USER_UNAUTHORIZED",
            "heldRoles": ["ORG_READ_ONLY"],
            "method": "POST",
            "operationId": "createGroupDatabaseUser",
            "path": path,
            "reason": "The operation needs one of the roles GROUP_DATABASE_ACCESS_ADMIN, GROUP_STREAM_PROCESSING_OWNER, \
                       or one that implies it; the credential has ORG_READ_ONLY.",
            "remedy": format!(
                "Grant one of the roles GROUP_DATABASE_ACCESS_ADMIN, GROUP_STREAM_PROCESSING_OWNER, or one that implies \
                 it in the project: PATCH /api/atlas/v2/groups/{}/apiKeys/{id} with its roles there and the new one.",
                t.group_id()
            ),
            "requiredRoles": ["GROUP_DATABASE_ACCESS_ADMIN", "GROUP_STREAM_PROCESSING_OWNER"],
            "rule": "ROLE_MISSING",
            "status": 401,
        })
    );
}

#[telamon_test]
async fn who_grants_beyond_their_own_roles_is_told_which(t: TestServer) {
    let ada = t.person("ada@example.com", &["ORG_MEMBER"]).await;
    let users = format!("/api/atlas/v2/groups/{}/users", t.group_id());
    let manager = json!({ "roles": ["GROUP_ACCESS_MANAGER"], "username": ada.username });
    t.owner().post(&users, manager).await.is(201);
    let body = json!({ "roles": ["GROUP_OWNER"], "username": "eve@example.com" });
    let refused = ada.actor.post(&users, body).await.is_error(401, "USER_UNAUTHORIZED");
    let detail =
        "Current user is not authorized to perform this action: granting GROUP_OWNER needs a role that implies it.";
    assert_eq!(refused.detail(), detail);
    let refusal = why(&t, &refused).await;
    assert_eq!((&refusal["rule"], &refusal["errorCode"]), (&json!("OPERATION_RULE"), &json!("USER_UNAUTHORIZED")));
    assert_eq!((&refusal["reason"], &refusal["status"]), (&json!(detail), &json!(401)));
}

#[telamon_test]
async fn each_rule_of_the_gate_is_told_from_the_others(t: TestServer) {
    let (id, public, private) = api_key(&t, &["ORG_MEMBER"]).await;
    let groups = "/api/atlas/v2/groups";
    let mistyped = Actor::digest(t.base_url(), &public, "00000000-0000-0000-0000-000000000000");
    let refusal = why(&t, &mistyped.get(groups).await.is(401)).await;
    assert_eq!((&refusal["rule"], &refusal["credential"]["id"]), (&json!("WRONG_SIGNATURE"), &json!(id)));

    // From here on the key may call from one address, which is not the test's.
    let mut tx = t.db().begin_write().await.unwrap();
    let insert = telamon_store::sql!(
        "INSERT INTO credential_access_entry (holder_id, cidr_block, created_at, request_count) VALUES ($1, '192.0.2.1/32', 0, 0)"
    );
    tx.run(insert, &telamon_store::args![id.as_str()]).await.unwrap();
    telamon_api::mark_change(&mut tx, t.now(), &telamon_testkit::SeededEntropy::of("refusals")).await.unwrap();
    tx.commit().await.unwrap();
    t.advance(1).await;
    let refused = Actor::digest(t.base_url(), &public, &private).get(groups).await;
    let refusal = why(&t, &refused.is_error(403, "IP_ADDRESS_NOT_ON_ACCESS_LIST")).await;
    assert_eq!((&refusal["rule"], &refusal["status"]), (&json!("ADDRESS_NOT_ON_LIST"), &json!(403)));
    let remedy = format!(
        "Add the address: POST /api/atlas/v2/orgs/{}/apiKeys/{id}/accessList with [{{\"ipAddress\": \"127.0.0.1\"}}].",
        t.org_id()
    );
    assert_eq!(refusal["remedy"], remedy);

    t.owner().delete(&format!("/api/atlas/v2/orgs/{}/apiKeys/{id}", t.org_id())).await.is(204);
    let refusal = why(&t, &Actor::digest(t.base_url(), &public, &private).get(groups).await.is(401)).await;
    assert_eq!(refusal["rule"], "CREDENTIAL_GONE");
}

#[telamon_test]
async fn each_end_of_a_token_is_told_from_the_others(t: TestServer) {
    let body = json!({ "name": "a", "description": "d", "roles": ["ORG_MEMBER"], "secretExpiresAfterHours": 8 });
    let accounts = format!("/api/atlas/v2/orgs/{}/serviceAccounts", t.org_id());
    let made = t.owner().post(&accounts, body).await.is(201).json();
    let (id, secret) = (made["clientId"].as_str().unwrap(), made["secrets"][0]["secret"].as_str().unwrap());
    let form = |path, secret: &str, form: String| {
        let basic = format!("Basic {}", base64(&format!("{id}:{secret}")));
        t.anonymous().post_form(path, form).header("authorization", &basic)
    };
    let groups = "/api/atlas/v2/groups";
    let refused = form("/api/oauth/token", "mdb_sa_sk_wrong", "grant_type=client_credentials".into()).await.is(401);
    let refusal = why(&t, &refused).await;
    assert_eq!((&refusal["rule"], &refusal["path"]), (&json!("WRONG_SECRET"), &json!("/api/oauth/token")));
    assert_eq!((&refusal["status"], &refusal["errorCode"]), (&json!(401), &json!("invalid_client")));
    assert_eq!(refusal["credential"], json!({ "id": id, "type": "SERVICE_ACCOUNT" }));
    assert!(!refusal.to_string().contains("mdb_sa_sk_"));

    let token = t.token_of(id, secret).await;
    form("/api/oauth/revoke", secret, format!("token={token}")).await.is(200);
    let revoked = Actor::bearer(t.base_url(), &token).get(groups).await.is(401);
    assert_eq!(why(&t, &revoked).await["rule"], "TOKEN_REVOKED");

    let token = t.token_of(id, secret).await;
    t.advance(3_600).await;
    let expired = Actor::bearer(t.base_url(), &token).get(groups).await.is(401);
    let owner = Actor::digest(t.base_url(), &t.credentials().public_key, &t.credentials().private_key);
    let request = expired.header("x-request-id").unwrap();
    let found = owner.get(&format!("/api/telamon/orgs/{}/refusals?requestId={request}", t.org_id())).await.is(200);
    assert_eq!(found.json()["results"][0]["rule"], "TOKEN_EXPIRED");
}

fn base64(text: &str) -> String {
    use base64::Engine as _;
    base64::engine::general_purpose::STANDARD.encode(text)
}

#[telamon_test]
async fn nobody_but_an_owner_reads_it_and_a_stranger_stays_unnamed(t: TestServer) {
    let body = json!({
        "name": "Elsewhere",
        "serviceAccount": { "name": "s", "description": "s", "roles": ["ORG_OWNER"], "secretExpiresAfterHours": 24 },
    });
    let elsewhere = t.owner().post("/api/atlas/v2/orgs", body).await.is(201).json();
    let account = &elsewhere["serviceAccount"];
    let (id, secret) = (account["clientId"].as_str().unwrap(), account["secrets"][0]["secret"].as_str().unwrap());
    let stranger = Actor::bearer(t.base_url(), &t.token_of(id, secret).await);
    let refused = stranger.get(&format!("/api/atlas/v2/groups/{}", t.group_id())).await;
    let refused = refused.is_error(401, "USER_CANNOT_ACCESS_GROUP");
    let refusal = why(&t, &refused).await;
    assert_eq!(refusal["credential"], json!({ "type": "OF_ANOTHER_ORGANIZATION" }));
    assert_eq!((&refusal["rule"], &refusal["heldRoles"]), (&json!("NOT_IN_PROJECT"), &json!([])));
    assert!(!refusal.to_string().contains(id));

    let request = refused.header("x-request-id").unwrap();
    let theirs =
        format!("/api/telamon/orgs/{}/refusals?requestId={request}", elsewhere["organization"]["id"].as_str().unwrap());
    let theirs = stranger.get(&theirs).await.is(200).json();
    assert_eq!(theirs["results"][0]["credential"], json!({ "id": id, "type": "SERVICE_ACCOUNT" }));

    let ours = format!("/api/telamon/orgs/{}/refusals?requestId={request}", t.org_id());
    stranger.get(&ours).await.is_error(401, "USER_CANNOT_ACCESS_ORG");
    let reader = t.service_account(&["ORG_READ_ONLY"]).await;
    reader.get(&ours).await.is_error(401, "USER_UNAUTHORIZED");
    t.anonymous().get(&ours).await.is(401);
}

#[telamon_test]
async fn a_credential_that_is_refused_on_and_on_leaves_a_hundred_reasons_a_minute(t: TestServer) {
    let reader = t.service_account(&["ORG_MEMBER"]).await;
    let long = format!("/api/atlas/v2/groups/{}/databaseUsers/admin/{}", t.group_id(), "é".repeat(2_000));
    let refused = reader.get(&long).await.is(401);
    let cut = why(&t, &refused).await["path"].as_str().unwrap().to_owned();
    assert_eq!((cut.chars().count(), cut.chars().last()), (1_001, Some('…')));
    let org = format!("/api/atlas/v2/orgs/{}", t.org_id());
    for _ in 0..150 {
        reader.patch(&org, json!({})).await.is(401);
    }
    let all = format!("/api/telamon/orgs/{}/refusals?itemsPerPage=1", t.org_id());
    assert_eq!(t.owner().get(&all).await.is(200).json()["totalCount"], 100);
    t.advance(60).await;
    reader.patch(&org, json!({})).await.is(401);
    assert_eq!(t.owner().get(&all).await.is(200).json()["totalCount"], 101);
}

#[telamon_test]
async fn many_who_ask_at_once_are_all_answered(t: TestServer) {
    let all = format!("/api/telamon/orgs/{}/refusals", t.org_id());
    let reader = t.service_account(&["ORG_MEMBER"]).await;
    // More than there are connections.
    let asking = (0..20).map(|_| {
        let (owner, reader, all) = (t.owner(), reader.clone(), all.clone());
        tokio::spawn(async move {
            reader.get(&all).await.is(401);
            owner.get(&all).await.status()
        })
    });
    for asked in asking.collect::<Vec<_>>() {
        assert_eq!(asked.await.unwrap(), 200);
    }
}

#[telamon_test]
async fn a_reason_is_kept_for_a_day_and_of_the_newest_only(t: TestServer) {
    let reader = t.service_account(&["ORG_MEMBER"]).await;
    let org = format!("/api/atlas/v2/orgs/{}", t.org_id());
    for _ in 0..1_005 {
        reader.patch(&org, json!({})).await.is(401);
        t.advance(1).await;
    }
    let all = format!("/api/telamon/orgs/{}/refusals?itemsPerPage=1", t.org_id());
    t.app().jobs().run("crowded refusals").await.unwrap();
    let count = t.owner().get(&all).await.is(200).json()["totalCount"].as_i64().unwrap();
    assert!((1_000..=1_005).contains(&count), "{count}");
    t.app().jobs().run("crowded refusals").await.unwrap();
    assert_eq!(t.owner().get(&all).await.is(200).json()["totalCount"], 1_000);
    t.advance(86_400).await;
    assert_eq!(t.key_owner().get(&all).await.is(200).json()["totalCount"], 0);
    let mut tx = t.db().begin_read().await.unwrap();
    assert_eq!(tx.one::<i64>(telamon_store::sql!("SELECT COUNT(*) FROM refusal"), &[]).await.unwrap(), 0);
}
