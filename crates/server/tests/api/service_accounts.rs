//! Service accounts of an organization.

use serde_json::{Value, json};
use telamon_server::limits::ResourceLimits;
use telamon_testkit::{Engine, TestServer, TestSettings, run_with, telamon_test};

use crate::made::{actor, masked};

fn accounts(t: &TestServer) -> String {
    format!("/api/atlas/v2/orgs/{}/serviceAccounts", t.org_id())
}

fn account(t: &TestServer, made: &Value) -> String {
    format!("{}/{}", accounts(t), made["clientId"].as_str().unwrap())
}

fn body() -> Value {
    json!({ "name": "nightly", "description": "For the nightly job", "roles": ["ORG_MEMBER"], "secretExpiresAfterHours": 24 })
}

fn with(name: &str, value: Value) -> Value {
    let mut body = body();
    body[name] = value;
    body
}

// Each step is a second of its own: what is made in one moment is listed in any order.
async fn create(t: &TestServer, body: Value) -> Value {
    t.advance(1).await;
    t.owner().post(&accounts(t), body).await.is(201).json()
}

async fn types(t: &TestServer) -> Vec<String> {
    let events = t.owner().get(&format!("/api/atlas/v2/orgs/{}/events", t.org_id())).await.is(200).json();
    let names =
        events["results"].as_array().unwrap().iter().map(|event| event["eventTypeName"].as_str().unwrap().to_owned());
    names.collect()
}

#[telamon_test]
async fn an_account_is_made_with_a_secret_that_is_shown_once(t: TestServer) {
    t.advance(1).await;
    let reply = t
        .owner()
        .post(&accounts(&t), with("roles", json!(["ORG_READ_ONLY", "ORG_MEMBER", "ORG_MEMBER"])))
        .await
        .is(201);
    assert_eq!(reply.header("content-type"), Some("application/vnd.atlas.2024-08-05+json;charset=utf-8"));
    let made = reply.json();
    let (client_id, secret) = (made["clientId"].as_str().unwrap(), made["secrets"][0]["secret"].as_str().unwrap());
    assert!(client_id.starts_with("mdb_sa_id_") && client_id.len() == 34, "{client_id}");
    assert!(secret.starts_with("mdb_sa_sk_") && secret.len() == 50, "{secret}");
    let expected = json!({
        "clientId": client_id,
        "createdAt": "2026-08-10T03:05:49Z",
        "description": "For the nightly job",
        "name": "nightly",
        "roles": ["ORG_MEMBER", "ORG_READ_ONLY"],
        "secrets": [{
            "createdAt": "2026-08-10T03:05:49Z",
            "expiresAt": "2026-08-11T03:05:49Z",
            "id": made["secrets"][0]["id"],
            "secret": secret,
        }],
    });
    assert_eq!(made, expected);

    let read = t.owner().get(&account(&t, &made)).await.is(200);
    assert_eq!(read.json(), masked(&made));
    assert!(!read.text().contains(secret));
    let list = t.owner().get(&accounts(&t)).await.is(200);
    assert!(!list.text().contains(secret));
    let list = list.json();
    assert_eq!((list["totalCount"].as_i64(), &list["results"][1]), (Some(2), &masked(&made)));
    let changed = t.owner().patch(&account(&t, &made), json!({ "name": "renamed" })).await.is(200);
    assert!(!changed.text().contains(secret));

    actor(&t, &made).await.get(&accounts(&t)).await.is(200);
}

#[telamon_test]
async fn the_list_is_in_the_order_of_creation_and_paged(t: TestServer) {
    for name in ["zeta", "alpha", "mu"] {
        create(&t, with("name", name.into())).await;
    }
    let names = |list: &Value| -> Vec<String> {
        list["results"].as_array().unwrap().iter().map(|account| account["name"].as_str().unwrap().to_owned()).collect()
    };
    let all = t.owner().get(&format!("{}?includeSystemManaged=true", accounts(&t))).await.is(200).json();
    assert_eq!(names(&all), ["Owner", "zeta", "alpha", "mu"]);
    let page = t.owner().get(&format!("{}?itemsPerPage=2&pageNum=2", accounts(&t))).await.is(200).json();
    assert_eq!((names(&page), page["totalCount"].as_i64()), (vec!["alpha".to_owned(), "mu".to_owned()], Some(4)));
    assert_eq!(page["results"], json!([all["results"][2], all["results"][3]]));
    let past = t.owner().get(&format!("{}?pageNum=9", accounts(&t))).await.is(200).json();
    assert_eq!((past["results"].clone(), past["totalCount"].as_i64()), (json!([]), Some(4)));
    t.owner()
        .get(&format!("{}?includeSystemManaged=perhaps", accounts(&t)))
        .await
        .is_error(400, "INVALID_QUERY_PARAMETER");
}

#[telamon_test]
async fn what_is_wrong_with_a_new_account_is_said(t: TestServer) {
    let cases = [
        ("name", json!(""), "VALIDATION_ERROR"),
        ("name", json!("n".repeat(65)), "VALIDATION_ERROR"),
        ("name", json!("a/b"), "VALIDATION_ERROR"),
        ("name", json!(null), "INVALID_ATTRIBUTE"),
        ("description", json!("d".repeat(251)), "VALIDATION_ERROR"),
        ("description", json!("<script>"), "VALIDATION_ERROR"),
        ("roles", json!([]), "VALIDATION_ERROR"),
        ("roles", json!(["GROUP_OWNER"]), "INVALID_ENUM_VALUE"),
        ("secretExpiresAfterHours", json!(7), "VALIDATION_ERROR"),
        ("secretExpiresAfterHours", json!(8761), "VALIDATION_ERROR"),
        ("secretExpiresAfterHours", json!("24"), "INVALID_ATTRIBUTE"),
        ("wings", json!(2), "INVALID_JSON_ATTRIBUTE"),
    ];
    for (name, value, code) in cases {
        let reply = t.owner().post(&accounts(&t), with(name, value.clone())).await.is_error(400, code);
        if code == "VALIDATION_ERROR" {
            assert_eq!(reply.json()["badRequestDetail"]["fields"][0]["field"], name, "{name}: {value}");
        }
    }
    for name in ["name", "description", "roles", "secretExpiresAfterHours"] {
        let mut missing = body();
        missing.as_object_mut().unwrap().remove(name);
        let reply = t.owner().post(&accounts(&t), missing).await.is_error(400, "MISSING_ATTRIBUTE");
        assert_eq!(reply.json()["parameters"], json!([name]));
    }
    let list = t.owner().get(&accounts(&t)).await.is(200).json();
    assert_eq!(list["totalCount"], 1, "nothing was made");
    // What clients send back of what they were given is passed over.
    create(&t, with("clientId", "mine".into())).await;
}

#[telamon_test]
async fn a_secret_lives_no_longer_than_the_organization_allows(t: TestServer) {
    let settings = format!("/api/atlas/v2/orgs/{}/settings", t.org_id());
    t.owner().patch(&settings, json!({ "maxServiceAccountSecretValidityInHours": 12 })).await.is(200);
    let refused = t.owner().post(&accounts(&t), body()).await.is_error(400, "VALIDATION_ERROR");
    assert_eq!(refused.detail(), "Invalid attribute secretExpiresAfterHours: It must be from 8 to 12.");
    create(&t, with("secretExpiresAfterHours", 12.into())).await;
}

#[telamon_test]
async fn a_change_leaves_what_it_does_not_name(t: TestServer) {
    let made = create(&t, body()).await;
    let path = account(&t, &made);
    t.owner().patch(&path, json!({})).await.is(200);
    let unchanged =
        t.owner().patch(&path, json!({ "name": null, "description": null, "roles": null })).await.is(200).json();
    assert_eq!(unchanged, masked(&made));
    assert_eq!(types(&t).await[0], "SERVICE_ACCOUNT_CREATED", "what changes nothing is no event");

    t.advance(1).await;
    let change = json!({ "name": "renamed", "roles": ["ORG_GROUP_CREATOR", "ORG_MEMBER"] });
    let changed = t.owner().patch(&path, change).await.is(200).json();
    let mut expected = masked(&made);
    expected["name"] = json!("renamed");
    expected["roles"] = json!(["ORG_GROUP_CREATOR", "ORG_MEMBER"]);
    assert_eq!(changed, expected);
    assert_eq!(t.owner().get(&path).await.is(200).json(), expected);
    assert_eq!(types(&t).await[..2], ["SERVICE_ACCOUNT_ROLES_CHANGED", "SERVICE_ACCOUNT_DETAILS_CHANGED"]);

    t.owner().patch(&path, json!({ "roles": [] })).await.is_error(400, "VALIDATION_ERROR");
    t.owner().patch(&path, json!({ "name": "a;b" })).await.is_error(400, "VALIDATION_ERROR");
    t.owner().patch(&path, json!({ "secretExpiresAfterHours": 9 })).await.is_error(400, "INVALID_JSON_ATTRIBUTE");
    assert_eq!(t.owner().get(&path).await.is(200).json(), expected);
}

#[telamon_test]
async fn new_roles_hold_at_once(t: TestServer) {
    let made = create(&t, body()).await;
    let member = actor(&t, &made).await;
    member.get(&accounts(&t)).await.is_error(401, "USER_UNAUTHORIZED");
    t.owner().patch(&account(&t, &made), json!({ "roles": ["ORG_READ_ONLY"] })).await.is(200);
    member.get(&accounts(&t)).await.is(200);
}

#[telamon_test]
async fn a_deleted_account_is_gone_and_its_tokens_are_dead(t: TestServer) {
    let made = create(&t, with("roles", json!(["ORG_OWNER"]))).await;
    let (path, gone) = (account(&t, &made), actor(&t, &made).await);
    gone.get(&accounts(&t)).await.is(200);
    t.advance(1).await;
    let reply = t.owner().delete(&path).await.is(204);
    assert_eq!(reply.text(), "");
    gone.get(&accounts(&t)).await.is(401);
    let missing = t.owner().get(&path).await.is_error(404, "RESOURCE_NOT_FOUND");
    let client_id = made["clientId"].as_str().unwrap();
    assert_eq!(missing.detail(), format!("Cannot find resource service account with client ID {client_id}."));
    t.owner().delete(&path).await.is_error(404, "RESOURCE_NOT_FOUND");
    t.owner().patch(&path, json!({ "name": "late" })).await.is_error(404, "RESOURCE_NOT_FOUND");
    let list = t.owner().get(&accounts(&t)).await.is(200).json();
    assert_eq!(list["totalCount"], 1);
    assert_eq!(types(&t).await[..2], ["SERVICE_ACCOUNT_DELETED", "SERVICE_ACCOUNT_SECRET_DELETED"]);
}

#[telamon_test]
async fn what_names_no_account_is_not_found(t: TestServer) {
    for client_id in ["mdb_sa_id_5f00000000000000000000ff", "5f00000000000000000000ff", "nobody", "%24"] {
        let path = format!("{}/{client_id}", accounts(&t));
        t.owner().get(&path).await.is_error(404, "RESOURCE_NOT_FOUND");
        t.owner().delete(&path).await.is_error(404, "RESOURCE_NOT_FOUND");
    }
}

#[telamon_test]
async fn an_organization_keeps_an_owner(t: TestServer) {
    let owner = format!("{}/{}", accounts(&t), t.credentials().client_id);
    // The first organization has three owners: a person, a service account and an API key.
    let keys = format!("/api/atlas/v2/orgs/{}/apiKeys", t.org_id());
    let key = t.owner().get(&keys).await.is(200).json()["results"][0]["id"].as_str().unwrap().to_owned();
    t.owner().delete(&format!("{keys}/{key}")).await.is(204);
    let mut tx = t.db().begin_write().await.unwrap();
    tx.batch(&format!(
        "DELETE FROM org_role WHERE role = 'ORG_OWNER' AND holder_id <> '{}'",
        &t.credentials().client_id[10..]
    ))
    .await
    .unwrap();
    tx.commit().await.unwrap();
    t.owner().delete(&owner).await.is_error(403, "CANNOT_DEMOTE_LAST_ORG_OWNER");
    t.owner().patch(&owner, json!({ "roles": ["ORG_MEMBER"] })).await.is_error(403, "CANNOT_DEMOTE_LAST_ORG_OWNER");
    t.owner().patch(&owner, json!({ "roles": ["ORG_OWNER", "ORG_MEMBER"] })).await.is(200);
    create(&t, with("roles", json!(["ORG_OWNER"]))).await;
    t.owner().patch(&owner, json!({ "roles": ["ORG_MEMBER"] })).await.is(200);
}

#[telamon_test]
async fn only_owners_write_and_only_readers_read(t: TestServer) {
    let made = create(&t, body()).await;
    let path = account(&t, &made);
    let (member, reader) = (t.service_account(&["ORG_MEMBER"]).await, t.service_account(&["ORG_READ_ONLY"]).await);
    for denied in [member.get(&accounts(&t)), member.get(&path), member.delete(&path), reader.delete(&path)] {
        denied.await.is_error(401, "USER_UNAUTHORIZED");
    }
    for actor in [&member, &reader] {
        actor.post(&accounts(&t), with("roles", json!(["ORG_OWNER"]))).await.is_error(401, "USER_UNAUTHORIZED");
        actor.patch(&path, json!({ "roles": ["ORG_OWNER"] })).await.is_error(401, "USER_UNAUTHORIZED");
    }
    reader.get(&path).await.is(200);
    t.anonymous().get(&path).await.is(401);
}

#[test]
fn an_organization_has_as_many_accounts_as_it_may() {
    for engine in [Engine::Sqlite, Engine::Postgres] {
        let limits = ResourceLimits { service_accounts_per_org: Some(2), ..ResourceLimits::NONE };
        let settings = TestSettings { limits, ..TestSettings::default() };
        run_with(engine, "account limit", settings, |t| {
            Box::pin(async move {
                create(&t, body()).await;
                let full = t.owner().post(&accounts(&t), body()).await;
                let full = full.is_error(400, "MAX_SERVICE_ACCOUNTS_PER_ORG_EXCEEDED");
                assert_eq!(full.json()["parameters"], json!([2]));
            })
        });
    }
}
