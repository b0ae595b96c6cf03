//! Teams of an organization, and what they hold in projects.

use serde_json::{Value, json};
use telamon_authz::OrgRole;
use telamon_server::{limits::ResourceLimits, resources::roles};
use telamon_testkit::{Engine, SeededEntropy, TestServer, TestSettings, run_with, telamon_test};

use crate::people_roles::person;

const UNKNOWN: &str = "5f00000000000000000000cc";

fn teams(t: &TestServer) -> String {
    format!("/api/atlas/v2/orgs/{}/teams", t.org_id())
}

fn in_project(t: &TestServer) -> String {
    format!("/api/atlas/v2/groups/{}/teams", t.group_id())
}

fn team(t: &TestServer, id: &str) -> Value {
    json!([{ "href": format!("{}{}/{id}", t.base_url(), teams(t)), "rel": "self" }])
}

/// A team with one member, who is made for it.
async fn made(t: &TestServer, name: &str) -> String {
    t.advance(1).await;
    let username = format!("{}@example.com", name.to_lowercase());
    person(t, &username, OrgRole::Member).await;
    let made = t.owner().post(&teams(t), json!({ "name": name, "usernames": [username] })).await.is(201).json();
    made["id"].as_str().unwrap().to_owned()
}

/// The types of the newest events of the organization, the oldest of them first.
async fn newest(t: &TestServer, count: usize) -> Vec<Value> {
    let path = format!("/api/atlas/v2/orgs/{}/events?itemsPerPage={count}", t.org_id());
    let mut events = t.owner().get(&path).await.is(200).json()["results"].as_array().unwrap().clone();
    events.reverse();
    events
}

fn types(events: &[Value]) -> Vec<&str> {
    events.iter().map(|event| event["eventTypeName"].as_str().unwrap()).collect()
}

#[telamon_test]
async fn a_team_is_made_of_people_who_have_joined(t: TestServer) {
    for name in ["a@example.com", "b@example.com"] {
        person(&t, name, OrgRole::Member).await;
    }
    t.advance(1).await;
    let body = json!({ "name": "Ops", "usernames": ["B@example.com", "a@example.com", "b@example.com"] });
    let reply = t.owner().post(&teams(&t), body).await.is(201);
    let answer = reply.json();
    let id = answer["id"].as_str().unwrap();
    let location = format!("{}/orgs/{}/teams/{id}", t.base_url(), t.org_id());
    assert_eq!(reply.header("location"), Some(location.as_str()));
    let usernames = ["b@example.com", "a@example.com"];
    assert_eq!(answer, json!({ "id": id, "links": team(&t, id), "name": "Ops", "usernames": usernames }));

    let read = json!({ "id": id, "links": team(&t, id), "name": "Ops" });
    assert_eq!(t.owner().get(&format!("{}/{id}", teams(&t))).await.is(200).json(), read);
    assert_eq!(t.owner().get(&format!("{}/byName/Ops", teams(&t))).await.is(200).json(), read);
    let list = t.owner().get(&teams(&t)).await.is(200).json();
    assert_eq!((&list["results"], &list["totalCount"]), (&json!([read]), &json!(1)));

    let events = newest(&t, 3).await;
    assert_eq!(types(&events), ["JOINED_TEAM", "JOINED_TEAM", "TEAM_CREATED"]);
    assert_eq!(events[0]["targetUsername"], "b@example.com");
    assert_eq!((&events[2]["teamId"], &events[2]["orgId"]), (&json!(id), &json!(t.org_id())));
}

#[telamon_test]
async fn what_is_wrong_with_a_new_team_is_said(t: TestServer) {
    made(&t, "Taken").await;
    let member = "taken@example.com";
    let cases = [
        (json!({ "name": "n", "usernames": [] }), 400, "CANNOT_CREATE_EMPTY_TEAM"),
        (json!({ "name": "n" }), 400, "MISSING_ATTRIBUTE"),
        (json!({ "name": "a/b", "usernames": [member] }), 400, "INVALID_TEAM_NAME"),
        (json!({ "name": "n", "usernames": ["nobody@example.com"] }), 400, "BAD_USERNAME_REF"),
        (json!({ "name": "n", "usernames": [member], "wings": 2 }), 400, "INVALID_JSON_ATTRIBUTE"),
        (json!({ "name": "Taken", "usernames": [member] }), 409, "TEAM_NAME_NOT_AVAILABLE"),
    ];
    for (body, status, code) in cases {
        t.owner().post(&teams(&t), body).await.is_error(status, code);
    }
    assert_eq!(t.owner().get(&teams(&t)).await.is(200).json()["totalCount"], 1, "nothing was made");
}

#[telamon_test]
async fn teams_are_listed_by_name_in_pages(t: TestServer) {
    person(&t, "somebody@example.com", OrgRole::Member).await;
    for name in ["b", "B", "a"] {
        t.owner().post(&teams(&t), json!({ "name": name, "usernames": ["somebody@example.com"] })).await.is(201);
    }
    let page = format!("{}?itemsPerPage=2&pageNum=1", teams(&t));
    let page = t.owner().get(&page).await.is(200).json();
    let names: Vec<_> = page["results"].as_array().unwrap().iter().map(|team| team["name"].as_str().unwrap()).collect();
    assert_eq!((names, &page["totalCount"]), (vec!["B", "a"], &json!(3)));
    assert_eq!(page["links"][1]["rel"], "next");
}

#[telamon_test]
async fn a_team_is_renamed_and_deleted(t: TestServer) {
    let (first, second) = (made(&t, "First").await, made(&t, "Second").await);
    let path = format!("{}/{first}", teams(&t));
    t.advance(1).await;
    let renamed = t.owner().patch(&path, json!({ "name": "Zeroth" })).await.is(200).json();
    assert_eq!(renamed, json!({ "id": first, "links": team(&t, &first), "name": "Zeroth" }));
    let event = &newest(&t, 1).await[0];
    assert_eq!((&event["eventTypeName"], &event["teamId"]), (&json!("TEAM_NAME_CHANGED"), &json!(first)));
    t.owner().patch(&path, json!({ "name": "Second" })).await.is_error(409, "TEAM_NAME_NOT_AVAILABLE");
    t.owner().patch(&path, json!({ "name": "" })).await.is_error(400, "INVALID_TEAM_NAME");
    t.owner().get(&format!("{}/byName/First", teams(&t))).await.is_error(404, "TEAM_NAME_NOT_FOUND");

    let body = json!([{ "teamId": first, "roleNames": ["GROUP_READ_ONLY"] }]);
    t.owner().post(&in_project(&t), body).await.is(200);
    t.owner().delete(&path).await.is_error(404, "CANNOT_DELETE_TEAM_ASSIGNED_TO_PROJECT");
    t.owner().delete(&format!("{}/{first}", in_project(&t))).await.is(204);
    t.advance(1).await;
    t.owner().delete(&path).await.is(204);
    let events = newest(&t, 2).await;
    assert_eq!(types(&events), ["REMOVED_FROM_TEAM", "TEAM_DELETED"]);
    assert_eq!((&events[0]["targetUsername"], &events[1]["teamId"]), (&json!("first@example.com"), &json!(first)));
    t.owner().delete(&path).await.is_error(404, "TEAM_NOT_FOUND");
    t.owner().get(&format!("{}/{UNKNOWN}", teams(&t))).await.is_error(404, "TEAM_NOT_FOUND");
    t.owner().get(&format!("{}/nonsense", teams(&t))).await.is_error(404, "INVALID_TEAM_ID");
    t.owner().get(&format!("{}/{second}", teams(&t))).await.is(200);
}

#[telamon_test]
async fn teams_are_given_roles_in_a_project(t: TestServer) {
    let (first, second) = (made(&t, "First").await, made(&t, "Second").await);
    let entry = |id: &str, roles: &[&str]| {
        let href = format!("{}{}/{id}", t.base_url(), in_project(&t));
        json!({ "links": [{ "href": href, "rel": "self" }], "roleNames": roles, "teamId": id })
    };
    let add = |id: &str, roles: &[&str]| json!([{ "roleNames": roles, "teamId": id }]);

    let empty = t.owner().post(&in_project(&t), json!([])).await.is(200).json();
    assert_eq!((&empty["results"], &empty["totalCount"]), (&json!([]), &json!(0)));
    t.advance(1).await;
    t.owner().post(&in_project(&t), add(&second, &["GROUP_READ_ONLY"])).await.is(200);
    let event = newest(&t, 1).await.remove(0);
    let ids = (&event["eventTypeName"], &event["teamId"], &event["groupId"], &event["orgId"]);
    let expected = (&json!("TEAM_ADDED_TO_GROUP"), &json!(second), &json!(t.group_id()), &json!(t.org_id()));
    assert_eq!(ids, expected);
    let roles = ["GROUP_OWNER", "GROUP_DATA_ACCESS_ADMIN"];
    let all = t.owner().post(&in_project(&t), add(&first, &roles)).await.is(200).json();
    let first_entry = entry(&first, &["GROUP_DATA_ACCESS_ADMIN", "GROUP_OWNER"]);
    assert_eq!(all["results"], json!([first_entry, entry(&second, &["GROUP_READ_ONLY"])]));
    let page = format!("{}{}?pageNum=1&itemsPerPage=100", t.base_url(), in_project(&t));
    assert_eq!(all["links"], json!([{ "href": page, "rel": "self" }]));
    assert_eq!(t.owner().get(&in_project(&t)).await.is(200).json(), all);
    assert_eq!(t.owner().post(&in_project(&t), json!([])).await.is(200).json(), all);
    let one = format!("{}/{first}", in_project(&t));
    assert_eq!(t.owner().get(&one).await.is(200).json(), first_entry);

    t.advance(1).await;
    let body = json!({ "roleNames": ["GROUP_CLUSTER_MANAGER"], "teamId": first });
    let changed = t.owner().patch(&one, body.clone()).await.is(200).json();
    let page = format!("{}{one}?pageNum=1&itemsPerPage=100", t.base_url());
    let expected = json!({
        "links": [{ "href": page, "rel": "self" }],
        "results": [entry(&first, &["GROUP_CLUSTER_MANAGER"])],
        "totalCount": 1,
    });
    assert_eq!(changed, expected);
    t.owner().patch(&one, body).await.is(200);
    assert_eq!(types(&newest(&t, 2).await), ["TEAM_ADDED_TO_GROUP", "TEAM_ROLES_MODIFIED"], "one event for one change");

    t.advance(1).await;
    t.owner().delete(&one).await.is(204);
    assert_eq!(types(&newest(&t, 1).await), ["TEAM_REMOVED_FROM_GROUP"]);
    for call in [t.owner().get(&one), t.owner().delete(&one), t.owner().patch(&one, json!({ "roleNames": [] }))] {
        call.await.is_error(404, "TEAM_NOT_IN_GROUP");
    }
}

#[telamon_test]
async fn what_is_wrong_with_a_team_in_a_project_is_said(t: TestServer) {
    let id = made(&t, "First").await;
    let of = |id: &str, roles: Value| json!([{ "roleNames": roles, "teamId": id }]);
    let cases = [
        (of(UNKNOWN, json!(["GROUP_OWNER"])), 404, "TEAM_NOT_FOUND"),
        (of(&id, json!(["ORG_OWNER"])), 400, "INVALID_ROLE_FOR_GROUP"),
        (of(&id, json!([])), 403, "NO_ROLES_IN_ASSIGNMENT"),
        (json!([{ "teamId": id }]), 400, "MISSING_ATTRIBUTE"),
        (json!({ "teamId": id, "roleNames": ["GROUP_OWNER"] }), 400, "INVALID_JSON"),
        (json!([of(&id, json!(["GROUP_OWNER"]))[0], of(&id, json!(["GROUP_OWNER"]))[0]]), 409, "TEAM_EXISTS_IN_GROUP"),
    ];
    for (body, status, code) in cases {
        t.owner().post(&in_project(&t), body).await.is_error(status, code);
    }
    assert_eq!(t.owner().get(&in_project(&t)).await.is(200).json()["totalCount"], 0, "nothing was added");
    t.owner().post(&in_project(&t), of(&id, json!(["GROUP_OWNER"]))).await.is(200);
    let path = format!("{}/{id}", in_project(&t));
    let other = json!({ "roleNames": ["GROUP_OWNER"], "teamId": UNKNOWN });
    t.owner().patch(&path, other).await.is_error(400, "INVALID_ATTRIBUTE");
    t.owner().patch(&path, json!({ "roleNames": [] })).await.is_error(403, "NO_ROLES_IN_ASSIGNMENT");
    t.owner().get(&format!("{}/{UNKNOWN}", in_project(&t))).await.is_error(404, "TEAM_NOT_FOUND");
}

#[telamon_test]
async fn nobody_gives_a_team_more_than_they_may_grant(t: TestServer) {
    let id = made(&t, "First").await;
    let manager = t.service_account(&["ORG_MEMBER"]).await;
    let root = manager.get("/api/atlas/v2").await.is(200).json();
    let mut tx = t.db().begin_write().await.unwrap();
    let (holder, project) = (root["apiKey"]["id"].as_str().unwrap(), t.group_id().parse().unwrap());
    let role = telamon_authz::ProjectRole::AccessManager;
    roles::add_in_project(&mut tx, holder, project, role, t.now()).await.unwrap();
    telamon_api::mark_change(&mut tx, t.now(), &SeededEntropy::of("a role")).await.unwrap();
    tx.commit().await.unwrap();
    t.advance(1).await;

    let owner = json!([{ "roleNames": ["GROUP_OWNER"], "teamId": id }]);
    manager.post(&in_project(&t), owner).await.is_error(401, "USER_UNAUTHORIZED");
    let reader = json!([{ "roleNames": ["GROUP_CLUSTER_MANAGER"], "teamId": id }]);
    manager.post(&in_project(&t), reader).await.is(200);
    let path = format!("{}/{id}", in_project(&t));
    manager.patch(&path, json!({ "roleNames": ["GROUP_OWNER"] })).await.is_error(401, "USER_UNAUTHORIZED");
    manager.delete(&path).await.is(204);
    manager.post(&teams(&t), json!({ "name": "n", "usernames": [] })).await.is_error(401, "USER_UNAUTHORIZED");
}

#[telamon_test]
async fn a_deleted_project_takes_the_roles_of_its_teams_with_it(t: TestServer) {
    let id = made(&t, "First").await;
    let project = t.project("Second").await;
    let body = json!([{ "roleNames": ["GROUP_OWNER"], "teamId": id }]);
    t.owner().post(&format!("/api/atlas/v2/groups/{project}/teams"), body).await.is(200);
    t.owner().delete(&format!("{}/{id}", teams(&t))).await.is_error(404, "CANNOT_DELETE_TEAM_ASSIGNED_TO_PROJECT");
    t.owner().delete(&format!("/api/atlas/v2/groups/{project}")).await.is(202);
    t.owner().delete(&format!("{}/{id}", teams(&t))).await.is(204);
}

#[test]
fn limits_hold() {
    let limits = ResourceLimits {
        teams_per_org: Some(2),
        teams_per_project: Some(1),
        users_per_team: Some(1),
        ..ResourceLimits::NONE
    };
    let settings = TestSettings { limits, ..TestSettings::default() };
    run_with(Engine::Sqlite, "teams_limits_hold", settings, |t| {
        Box::pin(async move {
            let (first, second) = (made(&t, "First").await, made(&t, "Second").await);
            let full = json!({ "name": "Third", "usernames": ["first@example.com"] });
            t.owner().post(&teams(&t), full).await.is_error(400, "MAX_TEAMS_PER_ORG_EXCEEDED");
            let large = json!({ "name": "Third", "usernames": ["first@example.com", "second@example.com"] });
            t.owner().post(&teams(&t), large).await.is_error(400, "MAX_USERS_PER_TEAM_EXCEEDED");
            // More names than a team has members are not looked at one by one.
            let repeated = json!({ "name": "Third", "usernames": ["first@example.com", "First@example.com"] });
            t.owner().post(&teams(&t), repeated).await.is_error(400, "MAX_USERS_PER_TEAM_EXCEEDED");
            let of = |id: &str| json!([{ "roleNames": ["GROUP_OWNER"], "teamId": id }]);
            t.owner().post(&in_project(&t), of(&first)).await.is(200);
            t.owner().post(&in_project(&t), of(&second)).await.is_error(400, "MAX_TEAMS_PER_GROUP_EXCEEDED");
            assert_eq!(t.owner().get(&in_project(&t)).await.is(200).json()["totalCount"], 1);
        })
    });
}

#[telamon_test]
async fn people_join_a_team_and_leave_it(t: TestServer) {
    let id = made(&t, "First").await;
    let path = format!("{}/{id}/users", teams(&t));
    let added = person(&t, "zoe@example.com", OrgRole::Member).await.to_string();
    t.advance(1).await;
    let reply = t.owner().post(&path, json!([{ "id": added }])).await.is(200);
    assert_eq!(reply.header("deprecation"), Some("Wed, 19 Feb 2025 00:00:00 GMT"));
    assert_eq!(usernames(&reply.json()), ["zoe@example.com", "first@example.com"], "who was added stands first");
    let event = newest(&t, 1).await.remove(0);
    let expected = (&json!("JOINED_TEAM"), &json!("zoe@example.com"));
    assert_eq!((&event["eventTypeName"], &event["targetUsername"]), expected);

    let old = "application/vnd.atlas.2023-01-01+json";
    let list = t.owner().get(&path).header("accept", old).await.is(200).json();
    assert_eq!((usernames(&list), &list["totalCount"]), (vec!["first@example.com", "zoe@example.com"], &json!(2)));
    assert_eq!(list["results"][1]["emailAddress"], "zoe@example.com");
    let list = t.owner().get(&path).await.is(200).json();
    assert_eq!(usernames(&list), ["first@example.com", "zoe@example.com"]);
    assert_eq!(list["results"][1]["orgMembershipStatus"], "ACTIVE");
    for query in ["username=Zoe@example.com", &format!("userId={added}")] {
        let list = t.owner().get(&format!("{path}?{query}")).await.is(200).json();
        assert_eq!((usernames(&list), &list["totalCount"]), (vec!["zoe@example.com"], &json!(1)));
    }
    t.owner().get(&format!("{path}?userId=nonsense")).await.is_error(404, "INVALID_USER_ID");
    assert_eq!(t.owner().post(&path, json!([])).await.is(200).json()["totalCount"], 2);

    let one = format!("{path}/{added}");
    t.advance(1).await;
    t.owner().delete(&one).await.is(204);
    assert_eq!(types(&newest(&t, 1).await), ["REMOVED_FROM_TEAM"]);
    t.owner().delete(&one).await.is_error(404, "USER_NOT_IN_TEAM");
    t.owner().delete(&format!("{path}/{UNKNOWN}")).await.is_error(404, "USER_NOT_IN_ORG");
    t.owner().post(&path, json!([{ "id": UNKNOWN }])).await.is_error(404, "USER_NOT_IN_ORG");
    let twice = json!([{ "id": added }, { "id": added }]);
    t.owner().post(&path, twice).await.is_error(409, "USER_ALREADY_IN_TEAM");
    assert_eq!(t.owner().get(&path).await.is(200).json()["totalCount"], 1, "nobody was added");
}

fn usernames(list: &Value) -> Vec<&str> {
    list["results"].as_array().unwrap().iter().map(|person| person["username"].as_str().unwrap()).collect()
}

#[telamon_test]
async fn one_person_is_added_and_removed(t: TestServer) {
    let id = made(&t, "First").await;
    let added = person(&t, "zoe@example.com", OrgRole::Member).await.to_string();
    let call = |verb: &str| t.owner().post(&format!("{}/{id}:{verb}", teams(&t)), json!({ "id": added }));
    let answer = call("addUser").await.is(200).json();
    assert_eq!((&answer["id"], &answer["teamIds"]), (&json!(added), &json!([id])));
    assert_eq!(answer["roles"]["orgRoles"], json!(["ORG_MEMBER"]));
    call("addUser").await.is_error(409, "USER_ALREADY_IN_TEAM");
    let answer = call("removeUser").await.is(200).json();
    assert_eq!((&answer["id"], &answer["teamIds"]), (&json!(added), &json!([])));
    call("removeUser").await.is_error(404, "USER_NOT_IN_TEAM");
    let nobody = json!({ "id": UNKNOWN });
    t.owner().post(&format!("{}/{id}:addUser", teams(&t)), nobody).await.is_error(404, "USER_NOT_IN_ORG");
}

#[telamon_test]
async fn who_leaves_the_organization_leaves_its_teams(t: TestServer) {
    let id = made(&t, "First").await;
    let list = t.owner().get(&format!("{}/{id}/users", teams(&t))).await.is(200).json();
    let member = list["results"][0]["id"].as_str().unwrap();
    t.owner().delete(&format!("/api/atlas/v2/orgs/{}/users/{member}", t.org_id())).await.is(204);
    let list = t.owner().get(&format!("{}/{id}/users", teams(&t))).await.is(200).json();
    assert_eq!((&list["results"], &list["totalCount"]), (&json!([]), &json!(0)));
    t.owner().delete(&format!("{}/{id}", teams(&t))).await.is(204);
}
