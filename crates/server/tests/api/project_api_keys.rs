//! API keys in projects.

use serde_json::{Value, json};
use telamon_server::resources::roles;
use telamon_testkit::{Actor, TestServer, telamon_test};

use crate::made::{actor, events, masked};

fn keys(t: &TestServer) -> String {
    format!("/api/atlas/v2/groups/{}/apiKeys", t.group_id())
}

fn key(t: &TestServer, made: &Value) -> String {
    format!("{}/{}", keys(t), made["id"].as_str().unwrap())
}

fn org_keys(t: &TestServer) -> String {
    format!("/api/atlas/v2/orgs/{}/apiKeys", t.org_id())
}

// Each step is a second of its own: what happens in one moment is listed in any order.
async fn create(t: &TestServer, roles: &[&str]) -> Value {
    t.advance(1).await;
    t.owner().post(&keys(t), json!({ "desc": "for ci", "roles": roles })).await.is(200).json()
}

async fn create_in_org(t: &TestServer) -> Value {
    t.advance(1).await;
    t.owner().post(&org_keys(t), json!({ "desc": "for ci", "roles": ["ORG_MEMBER"] })).await.is(200).json()
}

/// A member of the organization with that role in the first project.
async fn with_role(t: &TestServer, role: &str) -> Actor {
    t.advance(1).await;
    let body = json!({ "name": "a", "description": "d", "roles": [role], "secretExpiresAfterHours": 24 });
    let path = format!("/api/atlas/v2/groups/{}/serviceAccounts", t.group_id());
    let made = t.owner().post(&path, body).await.is(201).json();
    let secret = made["secrets"][0]["secret"].as_str().unwrap();
    Actor::bearer(t.base_url(), &t.token_of(made["clientId"].as_str().unwrap(), secret).await)
}

#[telamon_test]
async fn a_key_of_a_project_is_a_member_of_the_organization(t: TestServer) {
    let made = create(&t, &["GROUP_READ_ONLY", "GROUP_DATA_ACCESS_ADMIN", "GROUP_READ_ONLY"]).await;
    let id = made["id"].as_str().unwrap();
    let expected = json!({
        "desc": "for ci",
        "id": id,
        "links": [{ "href": format!("{}{}/{id}", t.base_url(), org_keys(&t)), "rel": "self" }],
        "privateKey": made["privateKey"],
        "publicKey": made["publicKey"],
        "roles": [
            { "orgId": t.org_id(), "roleName": "ORG_MEMBER" },
            { "groupId": t.group_id(), "roleName": "GROUP_DATA_ACCESS_ADMIN" },
            { "groupId": t.group_id(), "roleName": "GROUP_READ_ONLY" },
        ],
    });
    assert_eq!(made, expected);
    let of_org = t.owner().get(&format!("{}/{id}", org_keys(&t))).await.is(200).json();
    assert_eq!(of_org, masked(&made));
    let list = t.owner().get(&keys(&t)).await.is(200);
    assert!(!list.text().contains(made["privateKey"].as_str().unwrap()));
    let list = list.json();
    assert_eq!((list["results"].clone(), list["totalCount"].as_i64()), (json!([masked(&made)]), Some(1)));
    assert_eq!(events(&t, &made, "org").await, ["API_KEY_CREATED"]);
    assert_eq!(events(&t, &made, "group").await, ["API_KEY_ADDED_TO_GROUP"]);
    actor(&t, &made).await.get(&format!("/api/atlas/v2/groups/{}", t.group_id())).await.is(200);
}

#[telamon_test]
async fn the_list_holds_the_project_s_keys_by_their_public_halves_with_every_role(t: TestServer) {
    let other = t.project("Other").await;
    let mut made = Vec::new();
    for _ in 0..3 {
        made.push(create(&t, &["GROUP_READ_ONLY"]).await);
    }
    create_in_org(&t).await;
    let elsewhere = format!("/api/atlas/v2/groups/{other}/apiKeys/{}", made[0]["id"].as_str().unwrap());
    t.owner().post(&elsewhere, json!([{ "roles": ["GROUP_OWNER"] }])).await.is(204);
    made[0]["roles"].as_array_mut().unwrap().push(json!({ "groupId": other, "roleName": "GROUP_OWNER" }));
    made.sort_by_key(|key| key["publicKey"].as_str().unwrap().to_owned());
    let expected: Vec<Value> = made.iter().map(masked).collect();

    let all = t.owner().get(&keys(&t)).await.is(200).json();
    assert_eq!((&all["results"], all["totalCount"].as_i64()), (&json!(expected), Some(3)));
    let page = t.owner().get(&format!("{}?itemsPerPage=2&pageNum=2&includeCount=false", keys(&t))).await.is(200).json();
    assert_eq!((&page["results"], page["totalCount"].as_i64()), (&json!([expected[2]]), Some(0)));
    let zero = t.owner().get(&format!("{}?includeCount=true&itemsPerPage=0&pageNum=0", keys(&t))).await.is(200).json();
    assert_eq!(zero["results"], json!(expected));
}

#[telamon_test]
async fn what_is_wrong_with_a_key_of_a_project_is_said(t: TestServer) {
    let body = |desc: &str, roles: Value| json!({ "desc": desc, "roles": roles });
    let post = |body: Value| t.owner().post(&keys(&t), body);
    for role in ["ORG_OWNER", "GROUP_EVERYTHING", ""] {
        let refused = post(body("d", json!([role]))).await.is_error(400, "INVALID_ROLE_FOR_GROUP");
        assert_eq!(refused.detail(), format!("Invalid role {role} for group {}.", t.group_id()));
    }
    post(body("d", json!([]))).await.is_error(400, "MISSING_API_KEY_ROLES");
    post(body("", json!(["GROUP_OWNER"]))).await.is_error(400, "API_KEY_REQUIRES_DESCRIPTION");
    post(body(&"d".repeat(251), json!(["GROUP_OWNER"]))).await.is_error(400, "INVALID_API_KEY_DESC");
    post(json!({ "desc": "d" })).await.is_error(400, "MISSING_API_KEY_ROLES");
    post(json!({ "roles": ["GROUP_OWNER"] })).await.is_error(400, "API_KEY_REQUIRES_DESCRIPTION");
    post(json!({ "desc": "d", "roles": ["GROUP_OWNER"], "wings": 2 })).await.is_error(400, "INVALID_JSON_ATTRIBUTE");
    let made = create(&t, &["GROUP_READ_ONLY"]).await;
    let path = key(&t, &made);
    t.owner().post(&path, json!([])).await.is_error(400, "MISSING_API_KEY_ROLES");
    t.owner().post(&path, json!([{}])).await.is_error(400, "MISSING_API_KEY_ROLES");
    t.owner().post(&path, json!("GROUP_OWNER")).await.is_error(400, "INVALID_JSON");
    t.owner().post(&path, json!([{ "role": "x" }])).await.is_error(400, "INVALID_JSON_ATTRIBUTE");
    t.owner().post(&path, json!([{ "roles": ["x"] }])).await.is_error(400, "INVALID_ROLE_FOR_GROUP");
    t.owner().patch(&path, json!({ "roles": ["x"] })).await.is_error(400, "INVALID_ROLE_FOR_GROUP");
    t.owner().patch(&path, json!({ "desc": "d".repeat(251) })).await.is_error(400, "INVALID_API_KEY_DESC");
    let list = t.owner().get(&keys(&t)).await.is(200).json();
    assert_eq!(list["results"], json!([masked(&made)]), "nothing else was made, and nothing changed");
}

#[telamon_test]
async fn a_key_of_the_organization_is_assigned_and_taken_out(t: TestServer) {
    let made = create_in_org(&t).await;
    let (path, project) = (key(&t, &made), format!("/api/atlas/v2/groups/{}", t.group_id()));
    let user = actor(&t, &made).await;
    user.get(&project).await.is_error(401, "USER_CANNOT_ACCESS_GROUP");
    t.advance(1).await;
    assert_eq!(t.owner().post(&path, json!([{ "roles": ["GROUP_READ_ONLY"] }])).await.is(204).text(), "");
    user.get(&project).await.is(200);
    t.advance(1).await;
    // Assigned again, it has the new roles instead; one object does as well as an array, and `userId` is passed over.
    let again = json!({ "roles": ["GROUP_ALERTS_MANAGER"], "userId": made["id"] });
    t.owner().post(&path, again.clone()).await.is(204);
    t.owner().post(&path, json!([again])).await.is(204);
    let mut expected = masked(&made);
    expected["roles"] = json!([
        { "orgId": t.org_id(), "roleName": "ORG_MEMBER" },
        { "groupId": t.group_id(), "roleName": "GROUP_ALERTS_MANAGER" },
    ]);
    assert_eq!(t.owner().get(&keys(&t)).await.is(200).json()["results"], json!([expected]));

    t.advance(1).await;
    assert_eq!(t.owner().delete(&path).await.is(204).text(), "");
    user.get(&project).await.is_error(401, "USER_CANNOT_ACCESS_GROUP");
    user.get("/api/atlas/v2/groups").await.is(200);
    t.owner().delete(&path).await.is_error(404, "API_KEY_NOT_FOUND");
    assert_eq!(t.owner().get(&keys(&t)).await.is(200).json()["totalCount"], 0);
    let id = made["id"].as_str().unwrap();
    assert_eq!(t.owner().get(&format!("{}/{id}", org_keys(&t))).await.is(200).json(), masked(&made));
    let expected = ["API_KEY_REMOVED_FROM_GROUP", "API_KEY_ROLES_CHANGED", "API_KEY_ADDED_TO_GROUP"];
    assert_eq!(events(&t, &made, "group").await, expected);
    let events = t.owner().get(&format!("{project}/events?itemsPerPage=1")).await.is(200).json();
    assert_eq!(events["results"][0]["groupId"], t.group_id());
    assert_eq!(events["results"][0]["actorClientId"], t.credentials().client_id);
}

#[telamon_test]
async fn a_change_leaves_what_is_empty_and_assigns_what_was_not(t: TestServer) {
    let made = create_in_org(&t).await;
    let path = format!("{}?includeCount=true&itemsPerPage=100&pageNum=1", key(&t, &made));
    // The description alone does not assign, and the key of another project is not there.
    t.owner().patch(&path, json!({ "desc": "other" })).await.is_error(404, "API_KEY_NOT_FOUND");
    t.owner().patch(&path, json!({})).await.is_error(404, "API_KEY_NOT_FOUND");
    t.advance(1).await;
    let mut expected = masked(&made);
    expected["roles"] = json!([
        { "orgId": t.org_id(), "roleName": "ORG_MEMBER" },
        { "groupId": t.group_id(), "roleName": "GROUP_OWNER" },
    ]);
    let assigned = t.owner().patch(&path, json!({ "roles": ["GROUP_OWNER"] })).await.is(200).json();
    assert_eq!(assigned, expected);
    for nothing in [json!({}), json!({ "desc": "", "roles": [] }), json!({ "desc": null, "roles": null })] {
        assert_eq!(t.owner().patch(&path, nothing).await.is(200).json(), expected);
    }
    t.advance(1).await;
    expected["desc"] = json!("renamed");
    assert_eq!(t.owner().patch(&path, json!({ "desc": "renamed" })).await.is(200).json(), expected);
    t.advance(1).await;
    expected["roles"][1]["roleName"] = json!("GROUP_READ_ONLY");
    let body = json!({ "desc": "renamed", "roles": ["GROUP_READ_ONLY"] });
    assert_eq!(t.owner().patch(&path, body).await.is(200).json(), expected);
    assert_eq!(events(&t, &made, "group").await, ["API_KEY_ROLES_CHANGED", "API_KEY_ADDED_TO_GROUP"]);
    assert_eq!(events(&t, &made, "org").await, ["API_KEY_DESCRIPTION_CHANGED", "API_KEY_CREATED"]);
}

#[telamon_test]
async fn what_names_no_key_of_the_organization_is_not_found(t: TestServer) {
    let elsewhere = {
        let body = json!({ "name": "Elsewhere", "apiKey": { "desc": "k", "roles": ["ORG_OWNER"] } });
        t.owner().post("/api/atlas/v2/orgs", body).await.is(201).json()["apiKey"].clone()
    };
    let missing = json!({ "id": "5f00000000000000000000ff" });
    for made in [&elsewhere, &missing] {
        let path = key(&t, made);
        let refused = t.owner().post(&path, json!([{ "roles": ["GROUP_READ_ONLY"] }])).await;
        let id = made["id"].as_str().unwrap();
        assert_eq!(refused.is_error(404, "API_KEY_NOT_FOUND").detail(), format!("No API Key with ID {id} exists."));
        t.owner().patch(&path, json!({ "roles": ["GROUP_READ_ONLY"] })).await.is_error(404, "API_KEY_NOT_FOUND");
        t.owner().delete(&path).await.is_error(404, "API_KEY_NOT_FOUND");
    }
    t.owner().delete(&format!("{}/nothing", keys(&t))).await.is_error(404, "INVALID_KEY_ID");
}

#[telamon_test]
async fn nobody_grants_more_than_their_roles_allow(t: TestServer) {
    let manager = with_role(&t, "GROUP_ACCESS_MANAGER").await;
    let body = |role: &str| json!({ "desc": "k", "roles": [role] });
    manager.post(&keys(&t), body("GROUP_OWNER")).await.is_error(401, "USER_UNAUTHORIZED");
    t.advance(1).await;
    let made = manager.post(&keys(&t), body("GROUP_CLUSTER_MANAGER")).await.is(200).json();
    let path = key(&t, &made);
    manager.patch(&path, json!({ "roles": ["GROUP_OWNER"] })).await.is_error(401, "USER_UNAUTHORIZED");
    manager.patch(&path, json!({ "roles": ["GROUP_DATA_ACCESS_ADMIN"] })).await.is(200);
    manager.post(&path, json!([{ "roles": ["GROUP_READ_ONLY"] }])).await.is_error(401, "USER_UNAUTHORIZED");
    // What the key had before, it may keep.
    t.owner().patch(&path, json!({ "roles": ["GROUP_OWNER"] })).await.is(200);
    manager.patch(&path, json!({ "roles": ["GROUP_OWNER", "GROUP_READ_ONLY"] })).await.is(200);
    manager.delete(&path).await.is(204);
    for role in ["GROUP_READ_ONLY", "GROUP_DATABASE_ACCESS_ADMIN"] {
        let reader = with_role(&t, role).await;
        reader.get(&keys(&t)).await.is(200);
        reader.post(&keys(&t), body("GROUP_READ_ONLY")).await.is_error(401, "USER_UNAUTHORIZED");
        reader.delete(&path).await.is_error(401, "USER_UNAUTHORIZED");
    }
}

#[telamon_test]
async fn a_deleted_project_takes_the_roles_with_it_and_leaves_the_keys(t: TestServer) {
    let made = create(&t, &["GROUP_OWNER"]).await;
    t.owner().delete(&format!("/api/atlas/v2/groups/{}", t.group_id())).await.is(202);
    let path = format!("{}/{}", org_keys(&t), made["id"].as_str().unwrap());
    let left = t.owner().get(&path).await.is(200).json();
    assert_eq!(left["roles"], json!([{ "orgId": t.org_id(), "roleName": "ORG_MEMBER" }]));
    let mut tx = t.db().begin_read().await.unwrap();
    let held = roles::in_projects(&mut tx, made["id"].as_str().unwrap()).await.unwrap();
    assert!(held.is_empty());
}
