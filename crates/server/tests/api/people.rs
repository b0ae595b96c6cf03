//! People of organizations and of projects, and those who were asked to join.

use http::Method;
use serde_json::{Value, json};
use telamon_server::{limits::ResourceLimits, slow_hash};
use telamon_store::{Sql, args, sql};
use telamon_testkit::{Actor, Engine, Reply, TestServer, TestSettings, run_with, telamon_test};
use telamon_wire::{OrgId, ProjectId};

use crate::made::actor;

const LEGACY: &str = "application/vnd.atlas.2023-01-01+json";
const ADA: &str = "5f00000000000000000000a1";
const BOB: &str = "5f00000000000000000000b1";
const EVE: &str = "5f00000000000000000000e1";
const TEAM: &str = "5f00000000000000000000f1";
const OTHER_TEAM: &str = "5f00000000000000000000f2";
const NOBODY: &str = "5f00000000000000000000cc";

static ADD_PERSON: Sql = sql!(
    "INSERT INTO person (id, username, password_hash, first_name, last_name, created_at, country, mobile_number, last_auth_at)
     VALUES ($1, $2, '', 'First', 'Last', 1000000, 'IE', $3, $4)"
);
static ADD_INVITATION: Sql = sql!(
    "INSERT INTO invitation (id, user_id, org_id, project_id, username, org_roles, project_roles, team_ids,
     inviter_username, status, token_hash, created_at, expires_at)
     VALUES ($1, $1, $2, NULL, $3, '[\"ORG_READ_ONLY\"]', $4, $5, 'nmtxqlkl', $6, $7, 0, $8)"
);
static ADD_TEAM: Sql = sql!("INSERT INTO team (id, org_id, name, created_at) VALUES ($1, $2, $1, 0)");
static ADD_MEMBER: Sql = sql!("INSERT INTO team_member (team_id, person_id, added_at) VALUES ($1, $2, 0)");
static GRANT: Sql = sql!("INSERT INTO org_role (holder_id, org_id, role, granted_at) VALUES ($1, $2, $3, 0)");
static GRANT_IN_PROJECT: Sql =
    sql!("INSERT INTO project_role (holder_id, project_id, role, granted_at) VALUES ($1, $2, $3, 0)");
static OWNER: Sql = sql!("SELECT id FROM person WHERE username = 'owner@example.com'");
static OTHERS_LOSE_THEIR_ROLES: Sql = sql!("DELETE FROM org_role WHERE org_id = $1 AND holder_id <> $2");
static PASSWORD_HASH: Sql = sql!("SELECT password_hash FROM person WHERE id = $1");
static TEAMS_OF: Sql = sql!("SELECT team_id FROM team_member WHERE person_id = $1 ORDER BY team_id");

fn org_users(t: &TestServer) -> String {
    format!("/api/atlas/v2/orgs/{}/users", t.org_id())
}

fn project_users(t: &TestServer) -> String {
    format!("/api/atlas/v2/groups/{}/users", t.group_id())
}

async fn run(t: &TestServer, statements: Vec<(Sql, Vec<telamon_store::Value>)>) {
    let mut tx = t.db().begin_write().await.unwrap();
    for (sql, args) in statements {
        tx.run(sql, &args).await.unwrap();
    }
    tx.commit().await.unwrap();
}

fn org(t: &TestServer) -> OrgId {
    t.org_id().parse().unwrap()
}

fn project(t: &TestServer) -> ProjectId {
    t.group_id().parse().unwrap()
}

/// A person of the organization, with roles in it and in its first project.
async fn person(t: &TestServer, id: &str, name: &str, org_roles: &[&str], project_roles: &[&str]) {
    let username = format!("{name}@example.com");
    let mut all = vec![(ADD_PERSON, args![id, username, None::<String>, None::<i64>].to_vec())];
    all.extend(org_roles.iter().map(|role| (GRANT, args![id, org(t), *role].to_vec())));
    all.extend(project_roles.iter().map(|role| (GRANT_IN_PROJECT, args![id, project(t), *role].to_vec())));
    run(t, all).await;
}

/// Somebody who was asked to join, with a role in the first project awaiting them. It lasts until the tenth second from
/// now.
async fn asked(t: &TestServer, id: &str, name: &str, status: &str) {
    let project_roles = format!("[{{\"groupId\":\"{}\",\"groupRoles\":[\"GROUP_READ_ONLY\"]}}]", t.group_id());
    let teams = format!("[\"{TEAM}\"]");
    let (username, hash) = (format!("{name}@example.com"), id.as_bytes().to_vec());
    let expires_at = t.now().plus_seconds(10);
    run(
        t,
        vec![(ADD_INVITATION, args![id, org(t), username, project_roles, teams, status, hash, expires_at].to_vec())],
    )
    .await;
}

async fn team(t: &TestServer, id: &str, members: &[&str], project_roles: &[&str]) {
    let mut all = vec![(ADD_TEAM, args![id, org(t)].to_vec())];
    all.extend(members.iter().map(|person| (ADD_MEMBER, args![id, *person].to_vec())));
    all.extend(project_roles.iter().map(|role| (GRANT_IN_PROJECT, args![id, project(t), *role].to_vec())));
    run(t, all).await;
}

async fn owner_id(t: &TestServer) -> String {
    t.db().begin_read().await.unwrap().one(OWNER, &[]).await.unwrap()
}

async fn teams_of(t: &TestServer, person: &str) -> Vec<String> {
    t.db().begin_read().await.unwrap().all(TEAMS_OF, &args![person]).await.unwrap()
}

async fn legacy(actor: &Actor, method: Method, path: &str) -> Reply {
    actor.call(method, path).header("accept", LEGACY).await
}

fn usernames(list: &Value) -> Vec<&str> {
    let results = list["results"].as_array().unwrap();
    results.iter().map(|user| user["username"].as_str().unwrap().split('@').next().unwrap()).collect()
}

async fn listed(t: &TestServer, path: &str) -> Vec<String> {
    let list = t.owner().get(path).await.is(200).json();
    let names = usernames(&list);
    assert_eq!(list["totalCount"], names.len(), "{path}");
    names.into_iter().map(str::to_owned).collect()
}

async fn newest_events(t: &TestServer, list: &str) -> Vec<(String, Value)> {
    let path = format!("/api/atlas/v2/{list}/events?itemsPerPage=4");
    let events = t.owner().get(&path).await.is(200).json();
    let of = |event: &Value| (event["eventTypeName"].as_str().unwrap().to_owned(), event["targetUsername"].clone());
    events["results"].as_array().unwrap().iter().map(of).collect()
}

#[telamon_test]
async fn the_people_of_an_organization_are_listed_with_those_who_were_asked_to_join(t: TestServer) {
    person(&t, BOB, "bob", &["ORG_MEMBER", "ORG_GROUP_CREATOR"], &["GROUP_OWNER"]).await;
    team(&t, TEAM, &[BOB], &["GROUP_CLUSTER_MANAGER"]).await;
    asked(&t, EVE, "anna", "PENDING").await;
    let owner = json!({
        "country": "US",
        "createdAt": t.now(),
        "firstName": "",
        "id": owner_id(&t).await,
        "lastName": "",
        "mobileNumber": null,
        "orgMembershipStatus": "ACTIVE",
        "roles": {
            "groupRoleAssignments": [{ "groupId": t.group_id(), "groupRoles": ["GROUP_OWNER"] }],
            "orgRoles": ["ORG_OWNER"],
        },
        "teamIds": [],
        "username": "owner@example.com",
    });
    let bob = json!({
        "country": "IE",
        "createdAt": "1970-01-01T00:00:01Z",
        "firstName": "First",
        "id": BOB,
        "lastName": "Last",
        "mobileNumber": null,
        "orgMembershipStatus": "ACTIVE",
        "roles": {
            "groupRoleAssignments": [{ "groupId": t.group_id(), "groupRoles": ["GROUP_OWNER"] }],
            "orgRoles": ["ORG_GROUP_CREATOR", "ORG_MEMBER"],
        },
        "teamIds": [TEAM],
        "username": "bob@example.com",
    });
    let anna = json!({
        "id": EVE,
        "invitationCreatedAt": "1970-01-01T00:00:00Z",
        "invitationExpiresAt": t.now().plus_seconds(10),
        "inviterUsername": "nmtxqlkl",
        "orgMembershipStatus": "PENDING",
        "roles": {
            "groupRoleAssignments": [{ "groupId": t.group_id(), "groupRoles": ["GROUP_READ_ONLY"] }],
            "orgRoles": ["ORG_READ_ONLY"],
        },
        "teamIds": [TEAM],
        "username": "anna@example.com",
    });
    let self_link = format!("{}{}?pageNum=1&itemsPerPage=100", t.base_url(), org_users(&t));
    let expected = json!({
        "links": [{ "href": self_link, "rel": "self" }],
        "results": [anna, bob, owner],
        "totalCount": 3,
    });
    let list = t.owner().get(&org_users(&t)).await.is(200);
    assert_eq!(list.header("content-type"), Some("application/vnd.atlas.2025-02-19+json;charset=utf-8"));
    assert_eq!(list.header("deprecation"), None);
    assert_eq!(list.json(), expected);
    for one in [&anna, &bob, &owner] {
        let path = format!("{}/{}", org_users(&t), one["id"].as_str().unwrap());
        assert_eq!(t.owner().get(&path).await.is(200).json(), *one);
    }
}

#[telamon_test]
async fn the_older_shape_shows_those_who_have_joined(t: TestServer) {
    person(&t, BOB, "bob", &["ORG_MEMBER", "ORG_GROUP_CREATOR"], &["GROUP_OWNER"]).await;
    team(&t, TEAM, &[BOB], &["GROUP_CLUSTER_MANAGER"]).await;
    asked(&t, EVE, "anna", "PENDING").await;
    let list = legacy(&t.owner(), Method::GET, &org_users(&t)).await.is(200);
    assert_eq!(list.header("deprecation"), Some("Wed, 19 Feb 2025 00:00:00 GMT"));
    assert_eq!(list.header("sunset"), Some("Thu, 1 Jul 2027 00:00:00 GMT"));
    let bob = json!({
        "country": "IE",
        "createdAt": "1970-01-01T00:00:01Z",
        "emailAddress": "bob@example.com",
        "firstName": "First",
        "id": BOB,
        "lastName": "Last",
        "links": [{ "href": format!("{}/api/atlas/v2/users/{BOB}", t.base_url()), "rel": "self" }],
        "roles": [
            { "orgId": t.org_id(), "roleName": "ORG_GROUP_CREATOR" },
            { "orgId": t.org_id(), "roleName": "ORG_MEMBER" },
            { "groupId": t.group_id(), "roleName": "GROUP_OWNER" },
        ],
        "teamIds": [TEAM],
        "username": "bob@example.com",
    });
    let list = list.json();
    assert_eq!((usernames(&list), &list["totalCount"]), (vec!["bob", "owner"], &json!(2)));
    assert_eq!(list["results"][0], bob);
}

#[telamon_test]
async fn a_list_is_filtered_and_comes_in_pages(t: TestServer) {
    person(&t, ADA, "ada", &["ORG_MEMBER"], &[]).await;
    asked(&t, BOB, "bob", "PENDING").await;
    asked(&t, EVE, "eve", "INVITATION_REJECTED").await;
    let path = |query: &str| format!("{}?{query}", org_users(&t));
    assert_eq!(listed(&t, &path("")).await, ["ada", "bob", "owner"]);
    assert_eq!(listed(&t, &path("username=ADA%40example.com")).await, ["ada"]);
    assert_eq!(listed(&t, &path("username=nobody%40example.com")).await, [""; 0]);
    assert_eq!(listed(&t, &path("orgMembershipStatus=PENDING")).await, ["bob"]);
    assert_eq!(listed(&t, &path("orgMembershipStatus=INVITATION_REJECTED")).await, ["eve"]);
    let both = "orgMembershipStatuses=ACTIVE&orgMembershipStatuses=INVITATION_REJECTED";
    assert_eq!(listed(&t, &path(both)).await, ["ada", "eve", "owner"]);
    t.owner().get(&path("orgMembershipStatus=GONE")).await.is_error(400, "INVALID_QUERY_PARAMETER");

    let page = t.owner().get(&path("itemsPerPage=1&pageNum=2&includeCount=false")).await.is(200).json();
    assert_eq!((usernames(&page), &page["totalCount"]), (vec!["bob"], &json!(0)));
    let rels: Vec<_> = page["links"].as_array().unwrap().iter().map(|link| link["rel"].as_str().unwrap()).collect();
    assert_eq!(rels, ["self", "previous", "next"]);

    t.advance(10).await;
    assert_eq!(listed(&t, &path("")).await, ["ada", "owner"]);
    assert_eq!(listed(&t, &path("orgMembershipStatuses=INVITATION_EXPIRED")).await, ["bob"]);
    let one = format!("{}/{BOB}", org_users(&t));
    t.owner().get(&one).await.is_error(404, "USER_NOT_IN_ORG");
    let expired = t.owner().get(&format!("{one}?orgMembershipStatuses=INVITATION_EXPIRED")).await.is(200).json();
    assert_eq!(expired["orgMembershipStatus"], "INVITATION_EXPIRED");
    t.owner().get(&format!("{}/{NOBODY}", org_users(&t))).await.is_error(404, "USER_NOT_IN_ORG");
    t.owner().get(&format!("{}/me", org_users(&t))).await.is_error(404, "INVALID_USER_ID");
}

#[telamon_test]
async fn the_people_of_a_project_are_those_with_roles_of_their_own_there(t: TestServer) {
    person(&t, ADA, "ada", &["ORG_MEMBER"], &["GROUP_READ_ONLY", "GROUP_CLUSTER_MANAGER"]).await;
    person(&t, BOB, "bob", &["ORG_MEMBER"], &[]).await;
    person(&t, NOBODY, "nobody", &["ORG_READ_ONLY"], &[]).await;
    asked(&t, EVE, "eve", "PENDING").await;
    team(&t, TEAM, &[ADA, BOB], &["GROUP_DATA_ACCESS_ADMIN"]).await;
    let path = |query: &str| format!("{}?{query}", project_users(&t));
    assert_eq!(listed(&t, &path("")).await, ["ada", "eve", "owner"]);
    assert_eq!(listed(&t, &path("flattenTeams=true")).await, ["ada", "bob", "eve", "owner"]);
    assert_eq!(listed(&t, &path("includeOrgUsers=true")).await, ["ada", "eve", "nobody", "owner"]);
    assert_eq!(listed(&t, &path("orgMembershipStatus=PENDING")).await, ["eve"]);

    let ada = json!({
        "country": "IE",
        "createdAt": "1970-01-01T00:00:01Z",
        "firstName": "First",
        "id": ADA,
        "lastName": "Last",
        "mobileNumber": null,
        "orgMembershipStatus": "ACTIVE",
        "roles": ["GROUP_CLUSTER_MANAGER", "GROUP_READ_ONLY"],
        "username": "ada@example.com",
    });
    assert_eq!(t.owner().get(&path("username=ada%40example.com")).await.is(200).json()["results"], json!([ada]));
    assert_eq!(t.owner().get(&format!("{}/{ADA}", project_users(&t))).await.is(200).json(), ada);
    let eve = t.owner().get(&format!("{}/{EVE}", project_users(&t))).await.is(200).json();
    assert_eq!((&eve["roles"], eve.get("teamIds")), (&json!(["GROUP_READ_ONLY"]), None));
    t.owner().get(&format!("{}/{BOB}", project_users(&t))).await.is_error(404, "USER_NOT_IN_GROUP");
    let flat = t.owner().get(&path("flattenTeams=true")).await.is(200).json();
    let roles: Vec<_> = flat["results"].as_array().unwrap().iter().map(|user| user["roles"].clone()).collect();
    assert_eq!(roles[0], json!(["GROUP_CLUSTER_MANAGER", "GROUP_READ_ONLY", "GROUP_DATA_ACCESS_ADMIN"]));
    assert_eq!(roles[1], json!(["GROUP_DATA_ACCESS_ADMIN"]));

    let old = legacy(&t.owner(), Method::GET, &path("flattenTeams=true&includeOrgUsers=false")).await.is(200).json();
    assert_eq!((usernames(&old), &old["totalCount"]), (vec!["ada", "bob", "owner"], &json!(3)));
    let bob = json!([
        { "orgId": t.org_id(), "roleName": "ORG_MEMBER" },
        { "groupId": t.group_id(), "roleName": "GROUP_DATA_ACCESS_ADMIN" },
    ]);
    assert_eq!(old["results"][1]["roles"], bob);
}

#[telamon_test]
async fn what_is_sent_is_changed_and_the_rest_stays(t: TestServer) {
    let second = t.project("Second").await;
    person(&t, ADA, "ada", &["ORG_MEMBER"], &["GROUP_READ_ONLY"]).await;
    team(&t, TEAM, &[ADA], &[]).await;
    team(&t, OTHER_TEAM, &[], &[]).await;
    let path = format!("{}/{ADA}", org_users(&t));
    let before = t.owner().get(&path).await.is(200).json();
    assert_eq!(t.owner().patch(&path, before_without_roles(&before)).await.is(200).json(), before);

    t.advance(1).await;
    let change = json!({ "roles": { "orgRoles": ["ORG_READ_ONLY"] }, "teamIds": [OTHER_TEAM] });
    let after = t.owner().patch(&path, change).await.is(200).json();
    let roles = json!({
        "groupRoleAssignments": [{ "groupId": t.group_id(), "groupRoles": ["GROUP_READ_ONLY"] }],
        "orgRoles": ["ORG_READ_ONLY"],
    });
    assert_eq!((&after["roles"], &after["teamIds"]), (&roles, &json!([OTHER_TEAM])));
    assert_eq!(teams_of(&t, ADA).await, [OTHER_TEAM]);
    let ada = json!("ada@example.com");
    let expected = ["JOINED_TEAM", "REMOVED_FROM_TEAM", "USER_ROLES_CHANGED_AUDIT"];
    let events = newest_events(&t, &format!("orgs/{}", t.org_id())).await;
    assert_eq!(events[..3], expected.map(|name| (name.to_owned(), ada.clone())));

    t.advance(1).await;
    let assignments = json!([{ "groupId": second, "groupRoles": ["GROUP_OWNER", "GROUP_OWNER"] }]);
    let change = json!({ "roles": { "orgRoles": ["ORG_MEMBER"], "groupRoleAssignments": assignments }, "teamIds": [] });
    let after = t.owner().patch(&path, change).await.is(200).json();
    let roles = json!({
        "groupRoleAssignments": [{ "groupId": second, "groupRoles": ["GROUP_OWNER"] }],
        "orgRoles": ["ORG_MEMBER"],
    });
    assert_eq!((&after["roles"], &after["teamIds"]), (&roles, &json!([])));
    assert_eq!(t.owner().get(&path).await.is(200).json(), after);
    let left = newest_events(&t, &format!("groups/{}", t.group_id())).await;
    assert_eq!(left[0], ("REMOVED_FROM_GROUP".to_owned(), ada.clone()));
    let joined = newest_events(&t, &format!("groups/{second}")).await;
    assert_eq!(joined[0], ("JOINED_GROUP".to_owned(), ada));

    let member = |more: Value| json!({ "roles": { "orgRoles": ["ORG_MEMBER"], "groupRoleAssignments": [more] } });
    let cases = [
        (json!({ "roles": { "orgRoles": [] } }), 403, "CANNOT_REMOVE_ALL_USER_ROLES"),
        (json!({ "roles": { "groupRoleAssignments": [] } }), 400, "MISSING_ATTRIBUTE"),
        (json!({ "roles": { "orgRoles": ["GROUP_OWNER"] } }), 400, "INVALID_ENUM_VALUE"),
        (member(json!({ "groupId": NOBODY, "groupRoles": ["GROUP_OWNER"] })), 404, "GROUP_NOT_FOUND"),
        (member(json!({ "groupId": second, "groupRoles": [] })), 403, "NO_ROLES_IN_ASSIGNMENT"),
        (member(json!({ "groupId": second, "groupRoles": ["ORG_OWNER"] })), 400, "INVALID_ENUM_VALUE"),
        (json!({ "teamIds": [NOBODY] }), 404, "TEAM_NOT_FOUND"),
        (json!({ "wings": 2 }), 400, "INVALID_JSON_ATTRIBUTE"),
    ];
    for (body, status, code) in cases {
        t.owner().patch(&path, body).await.is_error(status, code);
    }
    assert_eq!(t.owner().get(&path).await.is(200).json(), after);
    let stranger = format!("{}/{NOBODY}", org_users(&t));
    t.owner().patch(&stranger, json!({})).await.is_error(404, "USER_NOT_IN_ORG");
}

/// What a client sends that reads somebody and sends them back.
fn before_without_roles(read: &Value) -> Value {
    let mut sent = read.clone();
    sent.as_object_mut().unwrap().remove("roles");
    sent
}

#[telamon_test]
async fn single_roles_are_added_and_taken_but_the_last_one_stays(t: TestServer) {
    person(&t, ADA, "ada", &["ORG_MEMBER"], &["GROUP_READ_ONLY"]).await;
    let verb = |verb: &str| format!("{}/{ADA}:{verb}", org_users(&t));
    let role = |role: &str| json!({ "orgRole": role });
    for _ in 0..2 {
        let after = t.owner().post(&verb("addRole"), role("ORG_GROUP_CREATOR")).await.is(200).json();
        assert_eq!(after["roles"]["orgRoles"], json!(["ORG_GROUP_CREATOR", "ORG_MEMBER"]));
    }
    let after = t.owner().post(&verb("removeRole"), role("ORG_MEMBER")).await.is(200).json();
    assert_eq!(after["roles"]["orgRoles"], json!(["ORG_GROUP_CREATOR"]));
    t.owner().post(&verb("removeRole"), role("ORG_MEMBER")).await.is(200);
    t.owner().post(&verb("removeRole"), role("ORG_GROUP_CREATOR")).await.is_error(403, "CANNOT_REMOVE_ALL_USER_ROLES");
    t.owner().post(&verb("addRole"), role("GROUP_OWNER")).await.is_error(400, "INVALID_ENUM_VALUE");
    t.owner().post(&verb("addRole"), json!({})).await.is_error(400, "MISSING_ATTRIBUTE");

    let verb = |verb: &str| format!("{}/{ADA}:{verb}", project_users(&t));
    let role = |role: &str| json!({ "groupRole": role });
    let after = t.owner().post(&verb("addRole"), role("GROUP_OWNER")).await.is(200).json();
    assert_eq!(after["roles"], json!(["GROUP_OWNER", "GROUP_READ_ONLY"]));
    let after = t.owner().post(&verb("removeRole"), role("GROUP_READ_ONLY")).await.is(200).json();
    assert_eq!(after["roles"], json!(["GROUP_OWNER"]));
    t.owner().post(&verb("removeRole"), role("GROUP_OWNER")).await.is_error(403, "CANNOT_REMOVE_ALL_USER_ROLES");
    t.owner().post(&verb("addRole"), role("GROUP_KING")).await.is_error(400, "INVALID_ROLE_FOR_GROUP");
    let stranger = format!("{}/{NOBODY}:addRole", project_users(&t));
    t.owner().post(&stranger, role("GROUP_OWNER")).await.is_error(404, "USER_NOT_IN_GROUP");
}

#[telamon_test]
async fn the_older_operations_replace_all_roles(t: TestServer) {
    person(&t, ADA, "ada", &["ORG_MEMBER"], &["GROUP_READ_ONLY"]).await;
    asked(&t, EVE, "eve", "PENDING").await;
    let put = |path: &str, body: Value| t.owner().call(Method::PUT, path).json(&body);
    let path = format!("{}/{ADA}/roles", org_users(&t));
    let reply = put(&path, json!({ "orgRoles": ["ORG_READ_ONLY", "ORG_BILLING_ADMIN"] })).await.is(200);
    assert_eq!(reply.header("content-type"), Some("application/vnd.atlas.2023-01-01+json;charset=utf-8"));
    assert_eq!(reply.header("deprecation"), Some("Wed, 19 Feb 2025 00:00:00 GMT"));
    let links = json!([{ "href": format!("{}{path}", t.base_url()), "rel": "self" }]);
    assert_eq!(reply.json(), json!({ "links": links, "orgRoles": ["ORG_BILLING_ADMIN", "ORG_READ_ONLY"] }));
    put(&path, json!({ "orgRoles": [] })).await.is_error(403, "CANNOT_REMOVE_ALL_USER_ROLES");
    let pending = format!("{}/{EVE}/roles", org_users(&t));
    put(&pending, json!({ "orgRoles": ["ORG_MEMBER"] })).await.is_error(404, "USER_NOT_IN_ORG");

    let path = format!("{}/{ADA}/roles", project_users(&t));
    let reply = put(&path, json!({ "groupRoles": ["GROUP_OWNER"] })).await.is(200).json();
    let links = json!([{ "href": format!("{}{path}", t.base_url()), "rel": "self" }]);
    assert_eq!(reply, json!({ "groupRoles": ["GROUP_OWNER"], "links": links }));
    put(&path, json!({ "groupRoles": [] })).await.is_error(403, "CANNOT_REMOVE_ALL_USER_ROLES");
    put(&path, json!({ "groupRoles": ["ORG_OWNER"] })).await.is_error(400, "INVALID_ROLE_FOR_GROUP");
    let pending = format!("{}/{EVE}/roles", project_users(&t));
    put(&pending, json!({ "groupRoles": ["GROUP_OWNER"] })).await.is_error(404, "USER_NOT_IN_GROUP");
}

#[telamon_test]
async fn who_is_removed_loses_everything_in_the_organization(t: TestServer) {
    person(&t, ADA, "ada", &["ORG_MEMBER"], &["GROUP_READ_ONLY"]).await;
    person(&t, BOB, "bob", &["ORG_MEMBER"], &["GROUP_READ_ONLY"]).await;
    team(&t, TEAM, &[ADA], &[]).await;
    asked(&t, EVE, "eve", "INVITATION_REJECTED").await;
    let path = format!("{}/{ADA}", org_users(&t));
    t.advance(1).await;
    t.owner().delete(&path).await.is(204);
    t.owner().get(&path).await.is_error(404, "USER_NOT_IN_ORG");
    t.owner().get(&format!("{}/{ADA}", project_users(&t))).await.is_error(404, "USER_NOT_IN_GROUP");
    assert_eq!(teams_of(&t, ADA).await, [""; 0]);
    let events = newest_events(&t, &format!("orgs/{}", t.org_id())).await;
    assert_eq!(events[0], ("REMOVED_FROM_ORG".to_owned(), json!("ada@example.com")));
    t.owner().delete(&path).await.is_error(404, "USER_NOT_IN_ORG");

    let path = format!("{}/{BOB}", org_users(&t));
    legacy(&t.owner(), Method::DELETE, &path).await.is(204);
    t.owner().get(&path).await.is_error(404, "USER_NOT_IN_ORG");

    let path = format!("{}/{EVE}", org_users(&t));
    legacy(&t.owner(), Method::DELETE, &path).await.is_error(404, "USER_NOT_IN_ORG");
    t.owner().delete(&path).await.is(204);
    t.owner().delete(&path).await.is_error(404, "USER_NOT_IN_ORG");
}

#[telamon_test]
async fn the_last_owner_stays(t: TestServer) {
    let owner = owner_id(&t).await;
    let path = format!("{}/{owner}", org_users(&t));
    t.owner().get(&path).await.is(200);
    // As if the other owners left while the request of one of them is on its way.
    let others = (OTHERS_LOSE_THEIR_ROLES, args![org(&t), owner.as_str()].to_vec());
    run(&t, vec![others, (GRANT, args![owner.as_str(), org(&t), "ORG_MEMBER"].to_vec())]).await;
    let last = "CANNOT_DEMOTE_LAST_ORG_OWNER";
    t.owner().delete(&path).await.is_error(403, last);
    t.owner().patch(&path, json!({ "roles": { "orgRoles": ["ORG_MEMBER"] } })).await.is_error(403, last);
    t.owner().post(&format!("{path}:removeRole"), json!({ "orgRole": "ORG_OWNER" })).await.is_error(403, last);
}

#[telamon_test]
async fn who_leaves_a_project_stays_in_the_organization(t: TestServer) {
    person(&t, ADA, "ada", &["ORG_MEMBER"], &["GROUP_READ_ONLY"]).await;
    person(&t, BOB, "bob", &["ORG_MEMBER"], &["GROUP_READ_ONLY"]).await;
    asked(&t, EVE, "eve", "PENDING").await;
    for id in [ADA, EVE] {
        t.advance(1).await;
        t.owner().delete(&format!("{}/{id}", project_users(&t))).await.is(204);
        t.owner().get(&format!("{}/{id}", project_users(&t))).await.is_error(404, "USER_NOT_IN_GROUP");
        let left = t.owner().get(&format!("{}/{id}", org_users(&t))).await.is(200).json();
        assert_eq!(left["roles"]["groupRoleAssignments"], json!([]));
        t.owner().delete(&format!("{}/{id}", project_users(&t))).await.is_error(404, "USER_NOT_IN_GROUP");
    }
    let events = newest_events(&t, &format!("groups/{}", t.group_id())).await;
    assert_eq!(events[0], ("GROUP_INVITATION_DELETED".to_owned(), json!("eve@example.com")));
    assert_eq!(events[1], ("REMOVED_FROM_GROUP".to_owned(), json!("ada@example.com")));
    legacy(&t.owner(), Method::DELETE, &format!("{}/{BOB}", project_users(&t))).await.is(204);
    assert_eq!(listed(&t, &project_users(&t)).await, ["owner"]);
}

#[telamon_test]
async fn what_awaits_somebody_is_changed_in_their_invitation(t: TestServer) {
    let second = t.project("Second").await;
    asked(&t, EVE, "eve", "PENDING").await;
    let path = format!("{}/{EVE}", org_users(&t));
    let change = json!({
        "roles": {
            "orgRoles": ["ORG_MEMBER"],
            "groupRoleAssignments": [{ "groupId": second, "groupRoles": ["GROUP_OWNER"] }],
        },
        "teamIds": [],
    });
    let after = t.owner().patch(&path, change.clone()).await.is(200).json();
    assert_eq!((&after["roles"], &after["teamIds"]), (&change["roles"], &change["teamIds"]));
    assert_eq!(after["orgMembershipStatus"], "PENDING");
    let after = t.owner().post(&format!("{path}:addRole"), json!({ "orgRole": "ORG_OWNER" })).await.is(200).json();
    assert_eq!(after["roles"]["orgRoles"], json!(["ORG_MEMBER", "ORG_OWNER"]));
    let in_second = format!("/api/atlas/v2/groups/{second}/users/{EVE}");
    let role = json!({ "groupRole": "GROUP_READ_ONLY" });
    let after = t.owner().post(&format!("{in_second}:addRole"), role.clone()).await.is(200).json();
    assert_eq!(after["roles"], json!(["GROUP_OWNER", "GROUP_READ_ONLY"]));
    t.owner().delete(&in_second).await.is(204);
    let after = t.owner().get(&path).await.is(200).json();
    assert_eq!(after["roles"]["groupRoleAssignments"], json!([]));
}

#[telamon_test]
async fn an_access_manager_grants_all_but_ownership(t: TestServer) {
    person(&t, ADA, "ada", &["ORG_MEMBER"], &["GROUP_READ_ONLY"]).await;
    let manager = t.service_account(&["ORG_MEMBER"]).await;
    let accounts = format!("/api/atlas/v2/orgs/{}/serviceAccounts", t.org_id());
    let list = t.owner().get(&accounts).await.is(200).json();
    let account = list["results"].as_array().unwrap().iter().find(|account| account["name"] == "account").unwrap();
    let id = account["clientId"].as_str().unwrap().strip_prefix("mdb_sa_id_").unwrap();
    run(&t, vec![(GRANT_IN_PROJECT, args![id, project(&t), "GROUP_ACCESS_MANAGER"].to_vec())]).await;
    // What is remembered of credentials is forgotten with every change of them.
    t.project("Second").await;
    let verb = |verb: &str| format!("{}/{ADA}:{verb}", project_users(&t));
    let role = |role: &str| json!({ "groupRole": role });
    manager.post(&verb("addRole"), role("GROUP_CLUSTER_MANAGER")).await.is(200);
    manager.post(&verb("addRole"), role("GROUP_OWNER")).await.is_error(401, "USER_UNAUTHORIZED");
    t.owner().post(&verb("addRole"), role("GROUP_OWNER")).await.is(200);
    // What somebody has already need not be granted.
    manager.post(&verb("removeRole"), role("GROUP_CLUSTER_MANAGER")).await.is(200);
}

#[telamon_test]
async fn a_person_is_read_by_those_who_share_an_organization(t: TestServer) {
    person(&t, ADA, "ada", &["ORG_MEMBER"], &["GROUP_READ_ONLY"]).await;
    let self_path = format!("/api/atlas/v2/users/{ADA}");
    let url = format!("{}{self_path}", t.base_url());
    let ada = json!({
        "country": "IE",
        "createdAt": "1970-01-01T00:00:01Z",
        "emailAddress": "ada@example.com",
        "firstName": "First",
        "id": ADA,
        "lastName": "Last",
        "links": [
            { "href": url, "rel": "self" },
            { "href": format!("{url}/whitelist"), "rel": "https://cloud.mongodb.com/whitelist" },
            { "href": format!("{url}/accessList"), "rel": "https://cloud.mongodb.com/accessList" },
        ],
        "roles": [
            { "orgId": t.org_id(), "roleName": "ORG_MEMBER" },
            { "groupId": t.group_id(), "roleName": "GROUP_READ_ONLY" },
        ],
        "teamIds": [],
        "username": "ada@example.com",
    });
    let member = t.service_account(&["ORG_MEMBER"]).await;
    for path in [self_path.as_str(), "/api/atlas/v2/users/byName/Ada@example.com"] {
        let reply = member.get(path).await.is(200);
        assert_eq!(reply.header("content-type"), Some("application/vnd.atlas.2023-01-01+json;charset=utf-8"));
        assert_eq!(reply.header("sunset"), Some("Thu, 1 Jul 2027 00:00:00 GMT"));
        assert_eq!(reply.json(), ada);
    }
    run(&t, vec![(ADD_PERSON, args![EVE, "eve@example.com", None::<String>, None::<i64>].to_vec())]).await;
    for id in [EVE, NOBODY] {
        t.owner().get(&format!("/api/atlas/v2/users/{id}")).await.is_error(404, "USER_NOT_FOUND");
    }
    for name in ["eve@example.com", "nobody+x@example.com"] {
        let reply = t.owner().get(&format!("/api/atlas/v2/users/byName/{name}")).await;
        assert_eq!(reply.is_error(404, "USERNAME_NOT_FOUND").detail(), format!("No user with username {name} exists."));
    }
    t.owner().get("/api/atlas/v2/users/me").await.is_error(404, "INVALID_USER_ID");
}

#[telamon_test]
async fn of_a_person_only_the_organizations_that_one_shares_are_told(t: TestServer) {
    person(&t, ADA, "ada", &["ORG_MEMBER"], &["GROUP_READ_ONLY"]).await;
    team(&t, TEAM, &[ADA], &[]).await;
    let (other, stranger) = another_org(&t).await;
    let body = json!({ "name": "Theirs", "orgId": other });
    let theirs = stranger.post("/api/atlas/v2/groups", body).await.is(201).json();
    let theirs: ProjectId = theirs["id"].as_str().unwrap().parse().unwrap();
    let other: OrgId = other.parse().unwrap();
    run(
        &t,
        vec![
            (GRANT, args![ADA, other, "ORG_OWNER"].to_vec()),
            (GRANT_IN_PROJECT, args![ADA, theirs, "GROUP_OWNER"].to_vec()),
            (ADD_TEAM, args![OTHER_TEAM, other].to_vec()),
            (ADD_MEMBER, args![OTHER_TEAM, ADA].to_vec()),
        ],
    )
    .await;
    let ours = json!([
        { "orgId": t.org_id(), "roleName": "ORG_MEMBER" },
        { "groupId": t.group_id(), "roleName": "GROUP_READ_ONLY" },
    ]);
    let of_the_other =
        json!([{ "orgId": other, "roleName": "ORG_OWNER" }, { "groupId": theirs, "roleName": "GROUP_OWNER" }]);
    for path in [format!("/api/atlas/v2/users/{ADA}"), "/api/atlas/v2/users/byName/ada@example.com".to_owned()] {
        let seen = t.owner().get(&path).await.is(200).json();
        assert_eq!((&seen["roles"], &seen["teamIds"]), (&ours, &json!([TEAM])));
        let seen = stranger.get(&path).await.is(200).json();
        assert_eq!((&seen["roles"], &seen["teamIds"]), (&of_the_other, &json!([OTHER_TEAM])));
    }
}

#[telamon_test]
async fn who_is_not_there_is_asked_to_join(t: TestServer) {
    team(&t, TEAM, &[], &[]).await;
    let body = json!({
        "roles": {
            "groupRoleAssignments": [{ "groupId": t.group_id(), "groupRoles": ["GROUP_READ_ONLY"] }],
            "orgRoles": ["ORG_MEMBER"],
        },
        "teamIds": [TEAM],
        "username": "Eve@example.com",
    });
    let reply = t.key_owner().post(&org_users(&t), body.clone()).await.is(201);
    let made = reply.json();
    let expected = json!({
        "id": made["id"],
        "invitationCreatedAt": t.now(),
        "invitationExpiresAt": t.now().plus_seconds(30 * 86_400),
        "inviterUsername": t.credentials().public_key,
        "orgMembershipStatus": "PENDING",
        "roles": body["roles"],
        "teamIds": [TEAM],
        "username": "eve@example.com",
    });
    assert_eq!(made, expected);
    assert_eq!(
        t.owner().get(&format!("{}/{}", org_users(&t), made["id"].as_str().unwrap())).await.is(200).json(),
        made
    );
    assert_eq!(listed(&t, &project_users(&t)).await, ["eve", "owner"]);
    t.owner().post(&org_users(&t), body).await.is_error(409, "USER_ALREADY_EXISTS");

    t.advance(30 * 86_400).await;
    let new = json!({ "roles": { "orgRoles": ["ORG_READ_ONLY"] }, "username": "eve@example.com" });
    let again = t.key_owner().post(&org_users(&t), new).await.is(201).json();
    assert_eq!((&again["id"], &again["roles"]["orgRoles"]), (&made["id"], &json!(["ORG_READ_ONLY"])));
}

#[telamon_test]
async fn what_is_wrong_with_somebody_to_be_asked_is_said(t: TestServer) {
    person(&t, ADA, "ada", &["ORG_MEMBER"], &["GROUP_READ_ONLY"]).await;
    let body = |username: &str, roles: Value| json!({ "roles": roles, "username": username });
    let member = json!({ "orgRoles": ["ORG_MEMBER"] });
    let with = |assignment: Value| json!({ "orgRoles": ["ORG_MEMBER"], "groupRoleAssignments": [assignment] });
    let cases = [
        (body("eve", member.clone()), 400, "INVALID_EMAIL_ADDRESS"),
        (body("eve@example.com", json!({ "orgRoles": [] })), 400, "VALIDATION_ERROR"),
        (body("eve@example.com", json!({})), 400, "MISSING_ATTRIBUTE"),
        (body("eve@example.com", json!({ "orgRoles": ["ORG_KING"] })), 400, "INVALID_ENUM_VALUE"),
        (
            body("eve@example.com", with(json!({ "groupId": NOBODY, "groupRoles": ["GROUP_OWNER"] }))),
            404,
            "GROUP_NOT_FOUND",
        ),
        (body("ada@example.com", member.clone()), 409, "USER_ALREADY_EXISTS"),
        (json!({ "roles": member, "teamIds": [NOBODY], "username": "eve@example.com" }), 404, "TEAM_NOT_FOUND"),
    ];
    for (body, status, code) in cases {
        t.owner().post(&org_users(&t), body).await.is_error(status, code);
    }
    let cases = [
        (json!({ "roles": ["GROUP_OWNER"], "username": "eve" }), 400, "INVALID_EMAIL_ADDRESS"),
        (json!({ "roles": [], "username": "eve@example.com" }), 400, "VALIDATION_ERROR"),
        (json!({ "roles": ["ORG_OWNER"], "username": "eve@example.com" }), 400, "INVALID_ROLE_FOR_GROUP"),
        (json!({ "roles": ["GROUP_OWNER"], "username": "Ada@example.com" }), 409, "USER_ALREADY_EXISTS"),
    ];
    for (body, status, code) in cases {
        t.owner().post(&project_users(&t), body).await.is_error(status, code);
    }
    assert_eq!(listed(&t, &org_users(&t)).await, ["ada", "owner"]);
}

#[telamon_test]
async fn a_member_is_in_the_project_at_once_and_others_are_asked(t: TestServer) {
    person(&t, ADA, "ada", &["ORG_MEMBER"], &[]).await;
    t.advance(1).await;
    let body = |name: &str| json!({ "roles": ["GROUP_CLUSTER_MANAGER"], "username": format!("{name}@example.com") });
    let ada = t.owner().post(&project_users(&t), body("ada")).await.is(201).json();
    assert_eq!((&ada["id"], &ada["orgMembershipStatus"]), (&json!(ADA), &json!("ACTIVE")));
    assert_eq!(ada["roles"], json!(["GROUP_CLUSTER_MANAGER"]));
    let events = newest_events(&t, &format!("groups/{}", t.group_id())).await;
    assert_eq!(events[0], ("JOINED_GROUP".to_owned(), json!("ada@example.com")));

    let eve = t.owner().post(&project_users(&t), body("eve")).await.is(201).json();
    assert_eq!((&eve["roles"], &eve["orgMembershipStatus"]), (&ada["roles"], &json!("PENDING")));
    let in_org = t.owner().get(&format!("{}/{}", org_users(&t), eve["id"].as_str().unwrap())).await.is(200).json();
    assert_eq!(in_org["roles"]["orgRoles"], json!(["ORG_MEMBER"]));
    t.owner().post(&project_users(&t), body("eve")).await.is_error(409, "USER_ALREADY_EXISTS");

    let second = format!("/api/atlas/v2/groups/{}/users", t.project("Second").await);
    let also = t.owner().post(&second, body("eve")).await.is(201).json();
    assert_eq!((&also["id"], &also["roles"]), (&eve["id"], &eve["roles"]));
    assert_eq!(listed(&t, &org_users(&t)).await, ["ada", "eve", "owner"]);
}

fn account(t: &TestServer, name: &str) -> Value {
    json!({
        "country": "IE",
        "emailAddress": format!("{name}@example.com"),
        "firstName": "Ada",
        "lastName": "Byron",
        "mobileNumber": "",
        "password": "correct horse",
        "roles": [{ "groupId": t.group_id(), "roleName": "GROUP_CLUSTER_MANAGER" }],
        "username": format!("{name}@example.com"),
    })
}

#[telamon_test]
async fn an_account_is_made_with_a_password_and_roles(t: TestServer) {
    t.advance(1).await;
    let reply = t.owner().post("/api/atlas/v2/users", account(&t, "ada")).await.is(201);
    let made = reply.json();
    let id = made["id"].as_str().unwrap();
    let location = format!("{}/api/atlas/v1.0/users/{id}", t.base_url());
    assert_eq!(reply.header("location"), Some(location.as_str()));
    assert_eq!(reply.header("deprecation"), Some("Wed, 19 Feb 2025 00:00:00 GMT"));
    let url = format!("{}/api/atlas/v2/users/{id}", t.base_url());
    let expected = json!({
        "country": "IE",
        "createdAt": t.now(),
        "emailAddress": "ada@example.com",
        "firstName": "Ada",
        "id": id,
        "lastName": "Byron",
        "links": [
            { "href": url, "rel": "self" },
            { "href": format!("{url}/whitelist"), "rel": "https://cloud.mongodb.com/whitelist" },
            { "href": format!("{url}/accessList"), "rel": "https://cloud.mongodb.com/accessList" },
        ],
        "roles": [],
        "teamIds": [],
        "username": "ada@example.com",
    });
    assert_eq!(made, expected);
    let read = t.owner().get(&format!("/api/atlas/v2/users/{id}")).await.is(200).json();
    let roles = json!([
        { "orgId": t.org_id(), "roleName": "ORG_MEMBER" },
        { "groupId": t.group_id(), "roleName": "GROUP_CLUSTER_MANAGER" },
    ]);
    assert_eq!(read["roles"], roles);
    let stored: String = t.db().begin_read().await.unwrap().one(PASSWORD_HASH, &args![id]).await.unwrap();
    assert!(telamon_authn::verify_password("correct horse", &stored).unwrap());
    let events = newest_events(&t, &format!("orgs/{}", t.org_id())).await;
    assert_eq!(events[0], ("JOINED_ORG".to_owned(), json!("ada@example.com")));
    let events = newest_events(&t, &format!("groups/{}", t.group_id())).await;
    assert_eq!(events[0], ("JOINED_GROUP".to_owned(), json!("ada@example.com")));

    let again = t.owner().post("/api/atlas/v2/users", account(&t, "Ada")).await.is_error(409, "USER_ALREADY_EXISTS");
    assert_eq!(again.detail(), "A user with username ada@example.com already exists.");
}

/// An organization beside the first one: its id, and a caller who owns it.
async fn another_org(t: &TestServer) -> (String, Actor) {
    let body = json!({ "name": "Other", "apiKey": { "desc": "k", "roles": ["ORG_OWNER"] } });
    let made = t.owner().post("/api/atlas/v2/orgs", body).await.is(201).json();
    (made["organization"]["id"].as_str().unwrap().to_owned(), actor(t, &made["apiKey"]).await)
}

/// While no password can be hashed, only those wait who may have one hashed, and they hold up nobody.
#[telamon_test]
async fn a_password_is_hashed_for_those_who_may_choose_it_and_beside_the_changes(t: TestServer) {
    let member = t.service_account(&["ORG_MEMBER"]).await;
    let all_places = slow_hash::PLACES.acquire_many(slow_hash::AT_ONCE).await.unwrap();
    let in_org = json!([{ "roleName": "ORG_MEMBER", "orgId": t.org_id() }]);
    let mut body = account(&t, "ada");
    body["roles"] = in_org;
    member.post("/api/atlas/v2/users", body.clone()).await.is_error(401, "USER_UNAUTHORIZED");
    let owner = t.owner();
    let making = tokio::spawn(async move { owner.post("/api/atlas/v2/users", body).await });
    t.project("Second").await;
    assert!(!making.is_finished());
    drop(all_places);
    making.await.unwrap().is(201);
}

/// Whoever chooses somebody's password can sign in as them, so a project's access manager invites instead.
#[telamon_test]
async fn only_owners_of_the_organization_choose_a_password(t: TestServer) {
    let ada = t.person("manager@example.com", &["ORG_MEMBER"]).await;
    for role in ["GROUP_ACCESS_MANAGER", "GROUP_OWNER"] {
        let path = format!("{}/{}/roles", project_users(&t), ada.id);
        run(&t, vec![(GRANT_IN_PROJECT, args![ada.id.as_str(), project(&t), role].to_vec())]).await;
        t.owner()
            .call(Method::PUT, &path)
            .header("accept", LEGACY)
            .json(&json!({ "groupRoles": [role] }))
            .await
            .is(200);
        ada.actor.post("/api/atlas/v2/users", account(&t, "eve")).await.is_error(401, "USER_UNAUTHORIZED");
        let invited = json!({ "roles": ["GROUP_CLUSTER_MANAGER"], "username": format!("{role}@example.com") });
        ada.actor.post(&project_users(&t), invited).await.is(201);
    }
    let (_, stranger) = another_org(&t).await;
    stranger.post("/api/atlas/v2/users", account(&t, "eve")).await.is_error(401, "USER_CANNOT_ACCESS_GROUP");
    t.owner().post("/api/atlas/v2/users", account(&t, "eve")).await.is(201);
}

#[telamon_test]
async fn an_account_takes_the_place_of_what_its_owner_was_asked(t: TestServer) {
    asked(&t, EVE, "eve", "PENDING").await;
    let made = t.owner().post("/api/atlas/v2/users", account(&t, "eve")).await.is(201).json();
    assert_eq!(made["id"], EVE);
    let eve = t.owner().get(&format!("{}/{EVE}", org_users(&t))).await.is(200).json();
    assert_eq!((&eve["orgMembershipStatus"], &eve["roles"]["orgRoles"]), (&json!("ACTIVE"), &json!(["ORG_MEMBER"])));
    assert_eq!(listed(&t, &org_users(&t)).await, ["eve", "owner"]);
}

#[telamon_test]
async fn what_is_wrong_with_a_new_account_is_said(t: TestServer) {
    let with = |name: &str, value: Value| {
        let mut body = account(&t, "ada");
        body[name] = value;
        body
    };
    let role = |role: Value| with("roles", json!([role]));
    let cases = [
        (with("username", json!("ada")), 400, "INVALID_EMAIL_ADDRESS"),
        (with("password", json!("1234567")), 400, "WEAK_PASSWORD"),
        (with("password", json!("Password123")), 400, "COMMON_PASSWORD"),
        (with("country", json!("Ireland")), 400, "VALIDATION_ERROR"),
        (with("firstName", json!("a".repeat(257))), 400, "VALIDATION_ERROR"),
        (with("roles", json!([])), 400, "VALIDATION_ERROR"),
        (with("wings", json!(2)), 400, "INVALID_JSON_ATTRIBUTE"),
        (role(json!({ "roleName": "ORG_MEMBER" })), 400, "ROLE_NEEDS_ORG_ID"),
        (
            role(json!({ "roleName": "ORG_MEMBER", "orgId": t.org_id(), "groupId": t.group_id() })),
            400,
            "ROLE_NEEDS_NO_GROUP_ID",
        ),
        (role(json!({ "roleName": "GROUP_OWNER", "orgId": t.org_id() })), 400, "ROLE_NEEDS_GROUP_ID"),
        (role(json!({ "roleName": "KING", "orgId": t.org_id() })), 400, "UNSUPPORTED_ROLE"),
        (role(json!({ "roleName": "ORG_MEMBER", "orgId": NOBODY })), 401, "USER_CANNOT_ACCESS_ORG"),
        (role(json!({ "roleName": "GROUP_OWNER", "groupId": NOBODY })), 404, "GROUP_NOT_FOUND"),
    ];
    for (body, status, code) in cases {
        t.owner().post("/api/atlas/v2/users", body).await.is_error(status, code);
    }
    let member = t.service_account(&["ORG_MEMBER"]).await;
    let in_org = role(json!({ "roleName": "ORG_MEMBER", "orgId": t.org_id() }));
    member.post("/api/atlas/v2/users", in_org).await.is_error(401, "USER_UNAUTHORIZED");
    member.post("/api/atlas/v2/users", account(&t, "ada")).await.is_error(401, "USER_CANNOT_ACCESS_GROUP");
    let reader = t.service_account(&["ORG_READ_ONLY"]).await;
    reader.post("/api/atlas/v2/users", account(&t, "ada")).await.is_error(401, "USER_UNAUTHORIZED");
    assert_eq!(listed(&t, &org_users(&t)).await, ["owner"]);
}

#[test]
fn an_organization_and_a_project_hold_so_many_people() {
    for engine in [Engine::Sqlite, Engine::Postgres] {
        let limits = ResourceLimits { users_per_org: Some(3), users_per_project: Some(2), ..ResourceLimits::NONE };
        let settings = TestSettings { limits, ..TestSettings::default() };
        run_with(engine, "full of people", settings, |t| Box::pin(full_of_people(t)));
    }
}

async fn full_of_people(t: TestServer) {
    let body = |name: &str| json!({ "roles": ["GROUP_READ_ONLY"], "username": format!("{name}@example.com") });
    t.owner().post(&project_users(&t), body("ada")).await.is(201);
    t.owner().post(&project_users(&t), body("bob")).await.is_error(400, "MAX_USERS_PER_GROUP_EXCEEDED");
    let in_org =
        |name: &str| json!({ "roles": { "orgRoles": ["ORG_MEMBER"] }, "username": format!("{name}@example.com") });
    t.owner().post(&org_users(&t), in_org("bob")).await.is(201);
    let full = t.owner().post(&org_users(&t), in_org("eve")).await.is_error(400, "MAX_USERS_PER_ORG_EXCEEDED");
    assert_eq!(full.detail(), "The organization already has 3 users, the most that it may have.");
    t.owner().post("/api/atlas/v2/users", account(&t, "eve")).await.is_error(400, "MAX_USERS_PER_ORG_EXCEEDED");
}
