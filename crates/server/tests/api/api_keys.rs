//! API keys of an organization.

use serde_json::{Value, json};
use telamon_server::limits::ResourceLimits;
use telamon_testkit::{Actor, Engine, TestServer, TestSettings, run_with, telamon_test};

use crate::made::{actor, masked};

fn keys(t: &TestServer) -> String {
    format!("/api/atlas/v2/orgs/{}/apiKeys", t.org_id())
}

fn key(t: &TestServer, made: &Value) -> String {
    format!("{}/{}", keys(t), made["id"].as_str().unwrap())
}

// Each step is a second of its own: what happens in one moment is listed in any order.
async fn create(t: &TestServer, roles: &[&str]) -> Value {
    t.advance(1).await;
    t.owner().post(&keys(t), json!({ "desc": "for ci", "roles": roles })).await.is(200).json()
}

async fn newest_event(t: &TestServer) -> Value {
    let path = format!("/api/atlas/v2/orgs/{}/events?itemsPerPage=1", t.org_id());
    t.owner().get(&path).await.is(200).json()["results"][0].clone()
}

#[telamon_test]
async fn a_key_is_made_with_a_private_half_that_is_shown_once(t: TestServer) {
    let reply = t.owner().post(&keys(&t), json!({ "desc": "for ci", "roles": ["ORG_READ_ONLY"] })).await.is(200);
    assert_eq!(reply.header("content-type"), Some("application/vnd.atlas.2023-01-01+json;charset=utf-8"));
    let made = reply.json();
    let (id, public, private) =
        (made["id"].as_str().unwrap(), made["publicKey"].as_str().unwrap(), made["privateKey"].as_str().unwrap());
    assert!(public.len() == 8 && public.bytes().all(|b| b.is_ascii_lowercase()), "{public}");
    assert_eq!(private.split('-').map(str::len).collect::<Vec<_>>(), [8, 4, 4, 4, 12]);
    let expected = json!({
        "desc": "for ci",
        "id": id,
        "links": [{ "href": format!("{}{}", t.base_url(), key(&t, &made)), "rel": "self" }],
        "privateKey": private,
        "publicKey": public,
        "roles": [{ "orgId": t.org_id(), "roleName": "ORG_READ_ONLY" }],
    });
    assert_eq!(made, expected);

    for read in [t.owner().get(&key(&t, &made)), t.owner().patch(&key(&t, &made), json!({}))] {
        let read = read.await.is(200);
        assert_eq!(read.json(), masked(&made));
        assert!(!read.text().contains(private));
    }
    let list = t.owner().get(&keys(&t)).await.is(200);
    assert!(!list.text().contains(private));
    assert!(list.json()["results"].as_array().unwrap().contains(&masked(&made)));

    actor(&t, &made).await.get(&keys(&t)).await.is(200);
    let wrong = Actor::digest(t.base_url(), public, "00000000-0000-4000-8000-000000000000");
    wrong.get(&keys(&t)).await.is(401);
}

#[telamon_test]
async fn the_list_is_sorted_by_public_key_and_shows_every_role(t: TestServer) {
    let made = create(&t, &["ORG_GROUP_CREATOR", "ORG_MEMBER"]).await;
    for _ in 0..4 {
        create(&t, &["ORG_MEMBER"]).await;
    }
    // Who creates a project owns it.
    let body = json!({ "name": "Mine", "orgId": t.org_id() });
    let project = actor(&t, &made).await.post("/api/atlas/v2/groups", body).await.is(201).json();
    let list = t.owner().get(&keys(&t)).await.is(200).json();
    let results = list["results"].as_array().unwrap();
    let public_keys: Vec<_> = results.iter().map(|key| key["publicKey"].as_str().unwrap()).collect();
    assert!(public_keys.is_sorted(), "{public_keys:?}");
    assert_eq!((list["totalCount"].as_i64(), results.len()), (Some(6), 6));
    let roles = json!([
        { "orgId": t.org_id(), "roleName": "ORG_GROUP_CREATOR" },
        { "orgId": t.org_id(), "roleName": "ORG_MEMBER" },
        { "groupId": project["id"], "roleName": "GROUP_OWNER" },
    ]);
    let listed = results.iter().find(|key| key["id"] == made["id"]).unwrap();
    assert_eq!(listed["roles"], roles);
    assert_eq!(t.owner().get(&key(&t, &made)).await.is(200).json(), *listed);

    let page = t.owner().get(&format!("{}?itemsPerPage=2&pageNum=2&includeCount=false", keys(&t))).await.is(200).json();
    assert_eq!((&page["results"], page["totalCount"].as_i64()), (&json!([results[2], results[3]]), Some(0)));
}

#[telamon_test]
async fn what_is_wrong_with_a_new_key_is_said(t: TestServer) {
    let cases = [
        (json!({ "desc": "", "roles": ["ORG_MEMBER"] }), "API_KEY_REQUIRES_DESCRIPTION"),
        (json!({ "roles": ["ORG_MEMBER"] }), "API_KEY_REQUIRES_DESCRIPTION"),
        (json!({ "desc": "d" }), "MISSING_API_KEY_ROLES"),
        (json!({ "desc": "d".repeat(251), "roles": ["ORG_MEMBER"] }), "INVALID_API_KEY_DESC"),
        (json!({ "desc": "d", "roles": [] }), "MISSING_API_KEY_ROLES"),
        (json!({ "desc": "d", "roles": ["GROUP_OWNER"] }), "INVALID_ENUM_VALUE"),
        (json!({ "desc": "d", "roles": ["ORG_MEMBER"], "wings": 2 }), "INVALID_JSON_ATTRIBUTE"),
    ];
    for (body, code) in cases {
        t.owner().post(&keys(&t), body).await.is_error(400, code);
    }
    let list = t.owner().get(&keys(&t)).await.is(200).json();
    assert_eq!(list["totalCount"], 1, "nothing was made");
}

#[telamon_test]
async fn an_empty_description_and_no_roles_leave_what_is_there(t: TestServer) {
    let made = create(&t, &["ORG_READ_ONLY"]).await;
    let path = key(&t, &made);
    let unchanged = t.owner().patch(&path, json!({ "desc": "", "roles": [] })).await.is(200).json();
    assert_eq!(unchanged, masked(&made));
    assert_eq!(newest_event(&t).await["eventTypeName"], "API_KEY_CREATED");

    t.advance(1).await;
    let described = t.owner().patch(&path, json!({ "desc": "only desc", "roles": [] })).await.is(200).json();
    let mut expected = masked(&made);
    expected["desc"] = json!("only desc");
    assert_eq!(described, expected);
    assert_eq!(newest_event(&t).await["eventTypeName"], "API_KEY_DESCRIPTION_CHANGED");

    t.advance(1).await;
    let changed = t.owner().patch(&path, json!({ "desc": "", "roles": ["ORG_MEMBER"] })).await.is(200).json();
    expected["roles"] = json!([{ "orgId": t.org_id(), "roleName": "ORG_MEMBER" }]);
    assert_eq!(changed, expected);
    assert_eq!(t.owner().get(&path).await.is(200).json(), expected);
    let event = newest_event(&t).await;
    assert_eq!(
        (&event["eventTypeName"], &event["targetPublicKey"]),
        (&json!("API_KEY_ROLES_CHANGED"), &made["publicKey"])
    );
    t.owner().patch(&path, json!({ "desc": "d".repeat(251) })).await.is_error(400, "INVALID_API_KEY_DESC");
}

#[telamon_test]
async fn new_roles_hold_at_once(t: TestServer) {
    let made = create(&t, &["ORG_MEMBER"]).await;
    let accounts = format!("/api/atlas/v2/orgs/{}/serviceAccounts", t.org_id());
    actor(&t, &made).await.get(&accounts).await.is_error(401, "USER_UNAUTHORIZED");
    t.owner().patch(&key(&t, &made), json!({ "roles": ["ORG_READ_ONLY"] })).await.is(200);
    actor(&t, &made).await.get(&accounts).await.is(200);
}

#[telamon_test]
async fn a_deleted_key_is_gone_and_signs_nothing(t: TestServer) {
    let made = create(&t, &["ORG_OWNER"]).await;
    let (path, gone) = (key(&t, &made), actor(&t, &made).await);
    gone.get(&keys(&t)).await.is(200);
    t.advance(1).await;
    assert_eq!(t.owner().delete(&path).await.is(204).text(), "");
    gone.get(&keys(&t)).await.is(401);
    let event = newest_event(&t).await;
    assert_eq!((&event["eventTypeName"], &event["targetPublicKey"]), (&json!("API_KEY_DELETED"), &made["publicKey"]));
    let missing = t.owner().get(&path).await.is_error(404, "API_KEY_NOT_FOUND");
    assert_eq!(missing.json()["parameters"], json!([made["id"]]));
    t.owner().delete(&path).await.is_error(404, "API_KEY_NOT_FOUND");
    t.owner().patch(&path, json!({ "desc": "late" })).await.is_error(404, "API_KEY_NOT_FOUND");
    t.owner().get(&format!("{}/nobody", keys(&t))).await.is_error(404, "INVALID_KEY_ID");
}

#[telamon_test]
async fn an_organization_keeps_an_owner(t: TestServer) {
    let made = create(&t, &["ORG_OWNER"]).await;
    let (path, last) = (key(&t, &made), actor(&t, &made).await);
    let mut tx = t.db().begin_write().await.unwrap();
    let others =
        format!("DELETE FROM org_role WHERE role = 'ORG_OWNER' AND holder_id <> '{}'", made["id"].as_str().unwrap());
    tx.batch(&others).await.unwrap();
    tx.commit().await.unwrap();
    last.delete(&path).await.is_error(403, "CANNOT_DEMOTE_LAST_ORG_OWNER");
    last.patch(&path, json!({ "roles": ["ORG_READ_ONLY"] })).await.is_error(403, "CANNOT_DEMOTE_LAST_ORG_OWNER");
    last.patch(&path, json!({ "desc": "the last one" })).await.is(200);
}

#[telamon_test]
async fn only_owners_write(t: TestServer) {
    let made = create(&t, &["ORG_MEMBER"]).await;
    let (path, member) = (key(&t, &made), actor(&t, &made).await);
    member.get(&path).await.is(200);
    member.get(&keys(&t)).await.is(200);
    member.post(&keys(&t), json!({ "desc": "d", "roles": ["ORG_OWNER"] })).await.is_error(401, "USER_UNAUTHORIZED");
    member.patch(&path, json!({ "roles": ["ORG_OWNER"] })).await.is_error(401, "USER_UNAUTHORIZED");
    member.delete(&path).await.is_error(401, "USER_UNAUTHORIZED");
}

#[test]
fn an_organization_has_as_many_keys_as_it_may() {
    for engine in [Engine::Sqlite, Engine::Postgres] {
        let limits = ResourceLimits { api_keys_per_org: Some(2), ..ResourceLimits::NONE };
        let settings = TestSettings { limits, ..TestSettings::default() };
        run_with(engine, "key limit", settings, |t| {
            Box::pin(async move {
                create(&t, &["ORG_MEMBER"]).await;
                let full = t.owner().post(&keys(&t), json!({ "desc": "d", "roles": ["ORG_MEMBER"] })).await;
                let full = full.is_error(400, "MAX_API_KEYS_PER_ORG_EXCEEDED");
                assert_eq!(full.json()["parameters"], json!([2]));
            })
        });
    }
}
