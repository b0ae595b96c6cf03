//! Service accounts in projects.

use serde_json::{Value, json};
use telamon_testkit::{TestServer, telamon_test};

use crate::made::{actor, events, masked_with};

fn accounts(t: &TestServer) -> String {
    format!("/api/atlas/v2/groups/{}/serviceAccounts", t.group_id())
}

fn org_accounts(t: &TestServer) -> String {
    format!("/api/atlas/v2/orgs/{}/serviceAccounts", t.org_id())
}

fn account(t: &TestServer, made: &Value) -> String {
    format!("{}/{}", accounts(t), made["clientId"].as_str().unwrap())
}

fn org_account(t: &TestServer, made: &Value) -> String {
    format!("{}/{}", org_accounts(t), made["clientId"].as_str().unwrap())
}

fn body(roles: &[&str]) -> Value {
    json!({ "name": "nightly", "description": "For the nightly job", "roles": roles, "secretExpiresAfterHours": 24 })
}

// Each step is a second of its own: what is made in one moment is listed in any order.
async fn create(t: &TestServer, roles: &[&str]) -> Value {
    t.advance(1).await;
    t.owner().post(&accounts(t), body(roles)).await.is(201).json()
}

async fn create_in_org(t: &TestServer, roles: &[&str]) -> Value {
    t.advance(1).await;
    t.owner().post(&org_accounts(t), body(roles)).await.is(201).json()
}

#[telamon_test]
async fn an_account_of_a_project_is_a_member_of_the_organization(t: TestServer) {
    let roles = ["GROUP_DATABASE_ACCESS_ADMIN", "GROUP_READ_ONLY"];
    let made = create(&t, &["GROUP_READ_ONLY", "GROUP_DATABASE_ACCESS_ADMIN", "GROUP_READ_ONLY"]).await;
    let expected = json!({
        "clientId": made["clientId"],
        "createdAt": "2026-08-10T03:05:49Z",
        "description": "For the nightly job",
        "name": "nightly",
        "roles": roles,
        "secrets": [{
            "createdAt": "2026-08-10T03:05:49Z",
            "expiresAt": "2026-08-11T03:05:49Z",
            "id": made["secrets"][0]["id"],
            "secret": made["secrets"][0]["secret"],
        }],
    });
    assert_eq!(made, expected);
    let read = t.owner().get(&account(&t, &made)).await.is(200);
    assert_eq!(read.header("content-type"), Some("application/vnd.atlas.2024-08-05+json;charset=utf-8"));
    assert_eq!(read.json(), masked_with(&made, &roles));
    assert_eq!(t.owner().get(&org_account(&t, &made)).await.is(200).json(), masked_with(&made, &["ORG_MEMBER"]));
    let list = t.owner().get(&accounts(&t)).await.is(200).json();
    assert_eq!((&list["results"], list["totalCount"].as_i64()), (&json!([masked_with(&made, &roles)]), Some(1)));
    assert_eq!(events(&t, &made, "org").await, ["SERVICE_ACCOUNT_CREATED"]);
    assert_eq!(events(&t, &made, "group").await, ["SERVICE_ACCOUNT_ADDED_TO_GROUP"]);
    let user = actor(&t, &made).await;
    user.get(&accounts(&t)).await.is(200);
    user.get(&org_accounts(&t)).await.is_error(401, "USER_UNAUTHORIZED");
}

#[telamon_test]
async fn the_lists_are_paged_in_the_order_of_creation_and_show_this_project_s_roles_alone(t: TestServer) {
    let other = t.project("Other").await;
    let mut made = Vec::new();
    for role in ["GROUP_READ_ONLY", "GROUP_OWNER", "GROUP_ALERTS_MANAGER"] {
        made.push((create(&t, &[role]).await, role));
    }
    create_in_org(&t, &["ORG_READ_ONLY"]).await;
    let elsewhere =
        format!("/api/atlas/v2/groups/{other}/serviceAccounts/{}:invite", made[0].0["clientId"].as_str().unwrap());
    t.owner().post(&elsewhere, json!({ "roles": ["GROUP_OWNER"] })).await.is(200);
    let expected: Vec<Value> = made.iter().map(|(made, role)| masked_with(made, &[role])).collect();
    let all = t.owner().get(&format!("{}?includeSystemManaged=true", accounts(&t))).await.is(200).json();
    assert_eq!((&all["results"], all["totalCount"].as_i64()), (&json!(expected), Some(3)));
    let page = t.owner().get(&format!("{}?itemsPerPage=2&pageNum=2", accounts(&t))).await.is(200).json();
    assert_eq!((&page["results"], page["totalCount"].as_i64()), (&json!([expected[2]]), Some(3)));
    assert_eq!(page["links"].as_array().unwrap().len(), 2);

    let groups = format!("{}/groups", org_account(&t, &made[0].0));
    let mut both = vec![
        json!({ "groupId": t.group_id(), "roles": ["GROUP_READ_ONLY"] }),
        json!({ "groupId": other, "roles": ["GROUP_OWNER"] }),
    ];
    both.sort_by_key(|group| group["groupId"].as_str().unwrap().to_owned());
    let list = t.owner().get(&groups).await.is(200).json();
    assert_eq!((&list["results"], list["totalCount"].as_i64()), (&json!(both), Some(2)));
    let page = t.owner().get(&format!("{groups}?itemsPerPage=1&pageNum=2")).await.is(200).json();
    assert_eq!((&page["results"], page["totalCount"].as_i64()), (&json!([both[1]]), Some(2)));
    t.owner().delete(&format!("/api/atlas/v2/groups/{other}")).await.is(202);
    let list = t.owner().get(&groups).await.is(200).json();
    assert_eq!(list["results"], json!([{ "groupId": t.group_id(), "roles": ["GROUP_READ_ONLY"] }]));
    t.owner().get(&format!("{}/mdb_sa_id_5f00000000000000000000ff/groups", org_accounts(&t))).await.is(404);
}

#[telamon_test]
async fn what_is_wrong_with_an_account_of_a_project_is_said(t: TestServer) {
    let cases = [
        ("name", json!("a/b"), "VALIDATION_ERROR"),
        ("description", json!(""), "VALIDATION_ERROR"),
        ("roles", json!([]), "VALIDATION_ERROR"),
        ("roles", json!(["ORG_OWNER"]), "INVALID_ROLE_FOR_GROUP"),
        ("roles", json!(["GROUP_EVERYTHING"]), "INVALID_ROLE_FOR_GROUP"),
        ("roles", json!("GROUP_OWNER"), "INVALID_ATTRIBUTE"),
        ("secretExpiresAfterHours", json!(7), "VALIDATION_ERROR"),
        ("secretExpiresAfterHours", json!(8761), "VALIDATION_ERROR"),
        ("wings", json!(2), "INVALID_JSON_ATTRIBUTE"),
    ];
    for (name, value, code) in cases {
        let mut wrong = body(&["GROUP_READ_ONLY"]);
        wrong[name] = value;
        t.owner().post(&accounts(&t), wrong).await.is_error(400, code);
    }
    let list = t.owner().get(&org_accounts(&t)).await.is(200).json();
    assert_eq!(list["totalCount"], 1, "nothing was made");
    let made = create(&t, &["GROUP_READ_ONLY"]).await;
    let path = account(&t, &made);
    for (wrong, code) in [
        (json!({ "roles": [] }), "VALIDATION_ERROR"),
        (json!({ "roles": ["x"] }), "INVALID_ROLE_FOR_GROUP"),
        (json!({ "name": "" }), "VALIDATION_ERROR"),
        (json!({ "name": "renamed", "roles": ["x"] }), "INVALID_ROLE_FOR_GROUP"),
    ] {
        t.owner().patch(&path, wrong).await.is_error(400, code);
    }
    let invite = format!("{path}:invite");
    t.owner().post(&invite, json!({ "roles": [] })).await.is_error(400, "VALIDATION_ERROR");
    t.owner().post(&invite, json!({})).await.is_error(400, "MISSING_ATTRIBUTE");
    t.owner().post(&invite, json!({ "roles": ["x"] })).await.is_error(400, "INVALID_ROLE_FOR_GROUP");
    assert_eq!(t.owner().get(&path).await.is(200).json(), masked_with(&made, &["GROUP_READ_ONLY"]));
}

#[telamon_test]
async fn a_change_leaves_what_it_does_not_name(t: TestServer) {
    let made = create(&t, &["GROUP_READ_ONLY"]).await;
    let path = account(&t, &made);
    for nothing in [json!({}), json!({ "name": null, "description": null, "roles": null, "clientId": "mine" })] {
        let unchanged = t.owner().patch(&path, nothing).await.is(200).json();
        assert_eq!(unchanged, masked_with(&made, &["GROUP_READ_ONLY"]));
    }
    assert_eq!(
        events(&t, &made, "group").await,
        ["SERVICE_ACCOUNT_ADDED_TO_GROUP"],
        "what changes nothing is no event"
    );
    t.advance(1).await;
    let change = json!({ "name": "renamed", "roles": ["GROUP_OWNER", "GROUP_READ_ONLY"] });
    let changed = t.owner().patch(&path, change).await.is(200).json();
    let mut expected = masked_with(&made, &["GROUP_OWNER", "GROUP_READ_ONLY"]);
    expected["name"] = json!("renamed");
    assert_eq!(changed, expected);
    assert_eq!(t.owner().get(&path).await.is(200).json(), expected);
    let of_project = ["SERVICE_ACCOUNT_ROLES_CHANGED", "SERVICE_ACCOUNT_ADDED_TO_GROUP"];
    assert_eq!(events(&t, &made, "group").await, of_project);
    assert_eq!(events(&t, &made, "org").await, ["SERVICE_ACCOUNT_DETAILS_CHANGED", "SERVICE_ACCOUNT_CREATED"]);
}

#[telamon_test]
async fn an_account_of_the_organization_is_invited_and_taken_out(t: TestServer) {
    let made = create_in_org(&t, &["ORG_MEMBER"]).await;
    let (path, user) = (account(&t, &made), actor(&t, &made).await);
    user.get(&accounts(&t)).await.is_error(401, "USER_CANNOT_ACCESS_GROUP");
    t.owner().get(&path).await.is_error(404, "RESOURCE_NOT_FOUND");
    t.clock().advance(1);
    let invite = format!("{path}:invite");
    let invited = t.owner().post(&invite, json!({ "roles": ["GROUP_READ_ONLY"] })).await.is(200).json();
    assert_eq!(invited, masked_with(&made, &["GROUP_READ_ONLY"]));
    user.get(&accounts(&t)).await.is(200);
    t.clock().advance(1);
    // Clients that were made while the operation was a preview send a list.
    let list = json!([{ "roles": ["GROUP_CLUSTER_MANAGER"] }, { "roles": ["GROUP_READ_ONLY"] }]);
    let both = t.owner().post(&invite, list).await.is(200).json();
    assert_eq!(both, masked_with(&made, &["GROUP_CLUSTER_MANAGER", "GROUP_READ_ONLY"]));
    t.owner().post(&invite, json!([])).await.is_error(400, "VALIDATION_ERROR");
    t.owner().post(&invite, json!([{ "wings": 2 }])).await.is_error(400, "INVALID_JSON_ATTRIBUTE");
    t.clock().advance(1);
    let again = t.owner().post(&invite, json!({ "roles": ["GROUP_OWNER"] })).await.is(200).json();
    assert_eq!(again, masked_with(&made, &["GROUP_OWNER"]));

    t.clock().advance(1);
    assert_eq!(t.owner().delete(&path).await.is(204).text(), "");
    t.owner().delete(&path).await.is_error(404, "RESOURCE_NOT_FOUND");
    user.get(&accounts(&t)).await.is_error(401, "USER_CANNOT_ACCESS_GROUP");
    user.get("/api/atlas/v2/groups").await.is(200);
    actor(&t, &made).await.get("/api/atlas/v2/groups").await.is(200);
    assert_eq!(t.owner().get(&org_account(&t, &made)).await.is(200).json()["roles"], json!(["ORG_MEMBER"]));
    let expected = [
        "SERVICE_ACCOUNT_REMOVED_FROM_GROUP",
        "SERVICE_ACCOUNT_ROLES_CHANGED",
        "SERVICE_ACCOUNT_ROLES_CHANGED",
        "SERVICE_ACCOUNT_ADDED_TO_GROUP",
    ];
    assert_eq!(events(&t, &made, "group").await, expected);
}

#[telamon_test]
async fn an_account_that_is_not_in_the_project_is_not_found(t: TestServer) {
    let outside = create_in_org(&t, &["ORG_MEMBER"]).await;
    let nobody = json!({ "clientId": "mdb_sa_id_5f00000000000000000000ff" });
    for made in [&outside, &nobody, &json!({ "clientId": "nobody" })] {
        let path = account(&t, made);
        t.owner().get(&path).await.is_error(404, "RESOURCE_NOT_FOUND");
        t.owner().patch(&path, json!({ "name": "n" })).await.is_error(404, "RESOURCE_NOT_FOUND");
        t.owner().delete(&path).await.is_error(404, "RESOURCE_NOT_FOUND");
        let secrets = format!("{path}/secrets");
        t.owner().post(&secrets, json!({ "secretExpiresAfterHours": 8 })).await.is_error(404, "RESOURCE_NOT_FOUND");
        let secret = outside["secrets"][0]["id"].as_str().unwrap();
        t.owner().delete(&format!("{secrets}/{secret}")).await.is_error(404, "RESOURCE_NOT_FOUND");
    }
    let invite = format!("{}:invite", account(&t, &nobody));
    t.owner().post(&invite, json!({ "roles": ["GROUP_OWNER"] })).await.is_error(404, "RESOURCE_NOT_FOUND");
}

#[telamon_test]
async fn nobody_grants_more_than_their_roles_allow(t: TestServer) {
    let owner = actor(&t, &create(&t, &["GROUP_OWNER"]).await).await;
    let manager = actor(&t, &create(&t, &["GROUP_ACCESS_MANAGER"]).await).await;
    manager.post(&accounts(&t), body(&["GROUP_READ_ONLY"])).await.is_error(401, "USER_UNAUTHORIZED");
    t.advance(1).await;
    let made = owner.post(&accounts(&t), body(&["GROUP_OWNER"])).await.is(201).json();
    let outside = create_in_org(&t, &["ORG_MEMBER"]).await;
    let invite = format!("{}:invite", account(&t, &outside));
    owner.post(&invite, json!({ "roles": ["GROUP_READ_ONLY"] })).await.is_error(401, "USER_UNAUTHORIZED");
    owner.patch(&account(&t, &made), json!({ "roles": ["GROUP_ACCESS_MANAGER"] })).await.is(200);
    owner.delete(&account(&t, &made)).await.is(204);
}

/// A secret is all that its account may do: a project's owner does not get hold of the organization by one.
#[telamon_test]
async fn the_owner_of_a_project_makes_no_secret_of_a_mightier_account(t: TestServer) {
    let owner = actor(&t, &create(&t, &["GROUP_OWNER"]).await).await;
    let other = t.project("Other").await;
    let might = [("ORG_OWNER", None), ("ORG_GROUP_CREATOR", None), ("ORG_MEMBER", Some(&other))];
    for (role, elsewhere) in might {
        let made = create_in_org(&t, &[role]).await;
        let (path, name) = (account(&t, &made), made["clientId"].as_str().unwrap());
        t.owner().post(&format!("{path}:invite"), json!({ "roles": ["GROUP_READ_ONLY"] })).await.is(200);
        let secrets = format!("{path}/secrets");
        if let Some(other) = elsewhere {
            let invite = format!("/api/atlas/v2/groups/{other}/serviceAccounts/{name}:invite");
            t.owner().post(&invite, json!({ "roles": ["GROUP_READ_ONLY"] })).await.is(200);
        }
        let new = json!({ "secretExpiresAfterHours": 8 });
        owner.post(&secrets, new.clone()).await.is_error(401, "USER_UNAUTHORIZED");
        let secret = format!("{secrets}/{}", made["secrets"][0]["id"].as_str().unwrap());
        owner.delete(&secret).await.is_error(401, "USER_UNAUTHORIZED");
        t.owner().post(&secrets, new).await.is(201);
        t.owner().delete(&secret).await.is(204);
    }
    // An account of the project alone is theirs.
    let made = create(&t, &["GROUP_OWNER"]).await;
    let secrets = format!("{}/secrets", account(&t, &made));
    owner.post(&secrets, json!({ "secretExpiresAfterHours": 8 })).await.is(201);
    owner.delete(&format!("{secrets}/{}", made["secrets"][0]["id"].as_str().unwrap())).await.is(204);
}
