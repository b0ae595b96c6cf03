//! Invitations through the server: the deprecated lists of organizations and projects, and accepting.

use std::net::Ipv4Addr;

use serde_json::{Value, json};
use telamon_api::UnitOfWork;
use telamon_server::resources::invitations::{self, Status};
use telamon_store::{Sql, sql};
use telamon_testkit::{Actor, TestServer, telamon_test};
use telamon_wire::{PersonId, Result};

const MONTH: i64 = 30 * 86_400;

fn of_org(t: &TestServer) -> String {
    format!("/api/atlas/v2/orgs/{}/invites", t.org_id())
}

fn of_project(t: &TestServer) -> String {
    format!("/api/atlas/v2/groups/{}/invites", t.group_id())
}

fn one(list: &str, invitation: &Value) -> String {
    format!("{list}/{}", invitation["id"].as_str().unwrap())
}

async fn invite(t: &TestServer, username: &str) -> Value {
    t.key_owner().post(&of_org(t), json!({ "roles": ["ORG_READ_ONLY"], "username": username })).await.is(200).json()
}

async fn events(t: &TestServer, path: &str) -> Vec<(String, Value)> {
    let page = t.owner().get(&format!("{path}/events")).await.is(200).json();
    let events = page["results"].as_array().unwrap().iter();
    events.map(|event| (event["eventTypeName"].as_str().unwrap().to_owned(), event.clone())).collect()
}

async fn org_events(t: &TestServer) -> Vec<(String, Value)> {
    events(t, &format!("/api/atlas/v2/orgs/{}", t.org_id())).await
}

/// The token of the last mail, which went to that address.
async fn token(t: &TestServer, address: &str) -> String {
    let mail = t.mails().await.pop().unwrap();
    assert_eq!(mail.recipient, address);
    let link = mail.body.lines().find(|line| line.starts_with("http")).unwrap();
    link.strip_prefix(&format!("{}/invitations/", t.base_url())).unwrap().to_owned()
}

static ADD_PERSON: Sql = sql!(
    "INSERT INTO person (id, username, password_hash, first_name, last_name, created_at) VALUES ($1, $2, '', '', '', 0)"
);
static OWNER: Sql = sql!("SELECT id FROM person ORDER BY created_at DESC, id LIMIT 1");
static ADD_TEAM: Sql = sql!("INSERT INTO team (id, org_id, name, created_at) VALUES ($1, $2, $3, 0)");
static ORG_ROLES: Sql = sql!("SELECT role FROM org_role WHERE holder_id = $1 ORDER BY role");
static PROJECT_ROLES: Sql = sql!("SELECT role FROM project_role WHERE holder_id = $1 ORDER BY role");
static TEAMS: Sql = sql!("SELECT team_id FROM team_member WHERE person_id = $1");

async fn team(t: &TestServer, id: &str) -> String {
    let mut tx = t.db().begin_write().await.unwrap();
    tx.run(ADD_TEAM, &[id.into(), t.org_id().into(), id.into()]).await.unwrap();
    tx.commit().await.unwrap();
    id.to_owned()
}

/// Accepts what a token opens, as a person who is new; answers the person's id.
async fn accept(t: &TestServer, token: &str) -> PersonId {
    let stranger = telamon_api::Actor::stranger(Ipv4Addr::LOCALHOST.into());
    t.app().work().run(&stranger, (token.to_owned(),), accept_as_new).await.unwrap()
}

async fn accept_as_new(unit: &mut UnitOfWork, (token,): &(String,)) -> Result<PersonId> {
    let invitation = invitations::by_token(&mut unit.tx, token).await?.unwrap();
    let person = invitation.user_id;
    unit.tx.run(ADD_PERSON, &[person.to_string().into(), invitation.username.as_str().into()]).await?;
    invitations::accept(unit, &invitation, person).await?;
    Ok(person)
}

async fn names(t: &TestServer, sql: Sql, person: PersonId) -> Vec<String> {
    let mut tx = t.db().begin_read().await.unwrap();
    tx.all(sql, &[person.to_string().into()]).await.unwrap()
}

#[telamon_test]
async fn somebody_is_invited_to_an_organization(t: TestServer) {
    let team = team(&t, "5f0000000000000000000001").await;
    let body = json!({
        "groupRoleAssignments": [{ "groupId": t.group_id(), "roles": ["GROUP_OWNER", "GROUP_READ_ONLY"] }],
        "roles": ["ORG_READ_ONLY", "ORG_MEMBER"], "teamIds": [team], "username": "New@Example.com",
    });
    t.advance(1).await;
    let reply = t.key_owner().post(&of_org(&t), body).await.is(200);
    assert_eq!(reply.header("deprecation"), Some("Wed, 19 Feb 2025 00:00:00 GMT"));
    assert_eq!(reply.header("sunset"), Some("Thu, 1 Jul 2027 00:00:00 GMT"));
    assert_eq!(reply.header("content-type"), Some("application/vnd.atlas.2023-01-01+json;charset=utf-8"));
    let made = reply.json();
    let expected = json!({
        "createdAt": t.now().to_string(),
        "expiresAt": t.now().plus_seconds(MONTH).to_string(),
        "groupRoleAssignments": [
            { "groupId": t.group_id(), "groupRole": "GROUP_OWNER" },
            { "groupId": t.group_id(), "groupRole": "GROUP_READ_ONLY" },
        ],
        "id": made["id"],
        "inviterUsername": t.credentials().public_key,
        "orgId": t.org_id(),
        "orgName": "Acme",
        "roles": ["ORG_READ_ONLY", "ORG_MEMBER"],
        "teamIds": [team],
        "username": "new@example.com",
    });
    assert_eq!(made, expected);
    assert_eq!(t.owner().get(&one(&of_org(&t), &made)).await.is(200).json(), expected);

    let (name, event) = org_events(&t).await.swap_remove(0);
    assert_eq!((name.as_str(), &event["targetUsername"]), ("INVITED_TO_ORG", &json!("new@example.com")));
    assert_eq!((&event["publicKey"], event.get("groupId")), (&json!(t.credentials().public_key), None));

    let mails = t.mails().await;
    assert_eq!(mails.len(), 1);
    assert_eq!((mails[0].recipient.as_str(), mails[0].subject.as_str()), ("new@example.com", "Invitation to Acme"));
    let token = token(&t, "new@example.com").await;
    assert_eq!(token.len(), 43);
    let mut tx = t.db().begin_read().await.unwrap();
    let found = invitations::by_token(&mut tx, &token).await.unwrap().unwrap();
    assert_eq!((json!(found.id), found.status(t.now())), (made["id"].clone(), Status::Pending));
    assert_eq!(invitations::by_token(&mut tx, "another").await.unwrap(), None);
}

#[telamon_test]
async fn the_link_leads_to_this_server_whatever_the_request_calls_it(t: TestServer) {
    let call = t.owner().post(&of_org(&t), json!({ "roles": ["ORG_MEMBER"], "username": "new@example.com" }));
    call.header("host", "evil.example").await.is(200);
    assert_eq!(token(&t, "new@example.com").await.len(), 43);
}

#[telamon_test]
async fn the_list_is_bare_oldest_first_and_of_one_address_if_asked(t: TestServer) {
    let (list, owner) = (of_org(&t), t.owner());
    assert_eq!(owner.get(&list).await.is(200).json(), json!([]));
    let first = invite(&t, "z@example.com").await;
    t.advance(1).await;
    let second = invite(&t, "a+tag@example.com").await;
    t.owner().post(&of_project(&t), json!({ "roles": ["GROUP_OWNER"], "username": "p@example.com" })).await.is(200);
    assert_eq!(owner.get(&list).await.is(200).json(), json!([first, second]));
    assert_eq!(owner.get(&format!("{list}?username=")).await.is(200).json(), json!([first, second]));
    assert_eq!(owner.get(&format!("{list}?username=A%2Btag%40example.com")).await.is(200).json(), json!([second]));
    assert_eq!(owner.get(&format!("{list}?username=nobody@example.com")).await.is(200).json(), json!([]));
}

#[telamon_test]
async fn an_invitation_is_changed_by_its_id_and_by_its_address(t: TestServer) {
    let (list, owner) = (of_org(&t), t.owner());
    let team = team(&t, "5f0000000000000000000001").await;
    let mut expected = invite(&t, "new@example.com").await;
    let path = one(&list, &expected);
    assert_eq!(owner.patch(&path, json!({ "roles": [] })).await.is(200).json(), expected);
    expected["roles"] = json!(["ORG_OWNER"]);
    assert_eq!(owner.patch(&path, json!({ "roles": ["ORG_OWNER", "ORG_OWNER"] })).await.is(200).json(), expected);
    expected["teamIds"] = json!([team]);
    expected["groupRoleAssignments"] = json!([{ "groupId": t.group_id(), "groupRole": "GROUP_READ_ONLY" }]);
    let body = json!({
        "groupRoleAssignments": [{ "groupId": t.group_id(), "roles": ["GROUP_READ_ONLY"] }],
        "teamIds": [team], "username": "NEW@example.com",
    });
    assert_eq!(owner.patch(&list, body).await.is(200).json(), expected);
    expected["teamIds"] = json!([]);
    expected["groupRoleAssignments"] = json!([]);
    let emptied = json!({ "groupRoleAssignments": [], "teamIds": [], "username": "new@example.com" });
    assert_eq!(owner.patch(&path, emptied).await.is(200).json(), expected);
    assert_eq!(owner.get(&path).await.is(200).json(), expected);
    let nobody = json!({ "roles": ["ORG_OWNER"], "username": "nobody@example.com" });
    owner.patch(&list, nobody).await.is_error(404, "RESOURCE_NOT_FOUND");
    owner.patch(&list, json!({ "roles": ["ORG_OWNER"] })).await.is_error(400, "MISSING_ATTRIBUTE");
}

#[telamon_test]
async fn an_invitation_is_withdrawn_with_the_operation_of_its_list(t: TestServer) {
    let owner = t.owner();
    let of_the_org = invite(&t, "a@example.com").await;
    let body = json!({ "roles": ["GROUP_READ_ONLY"], "username": "a@example.com" });
    let of_the_project = owner.post(&of_project(&t), body).await.is(200).json();
    let wrong = [
        (of_org(&t), &of_the_project, "CANNOT_DELETE_GROUP_INVITATION"),
        (of_project(&t), &of_the_org, "CANNOT_DELETE_ORG_INVITATION"),
    ];
    for (list, invitation, code) in wrong {
        owner.delete(&one(&list, invitation)).await.is_error(400, code);
        owner.get(&one(&list, invitation)).await.is_error(404, "RESOURCE_NOT_FOUND");
        owner.patch(&one(&list, invitation), json!({ "roles": [] })).await.is_error(404, "RESOURCE_NOT_FOUND");
    }
    for (list, invitation) in [(of_org(&t), &of_the_org), (of_project(&t), &of_the_project)] {
        assert_eq!(owner.delete(&one(&list, invitation)).await.is(204).text(), "");
        owner.get(&one(&list, invitation)).await.is_error(404, "RESOURCE_NOT_FOUND");
        owner.delete(&one(&list, invitation)).await.is_error(404, "RESOURCE_NOT_FOUND");
        owner.get(&format!("{list}/nothing")).await.is_error(400, "INVALID_INVITATION_ID");
        owner.delete(&format!("{list}/5F0000000000000000000001")).await.is_error(400, "INVALID_INVITATION_ID");
    }
    let other = owner.post(
        "/api/atlas/v2/orgs",
        json!({
            "name": "Other", "apiKey": { "desc": "k", "roles": ["ORG_OWNER"] },
        }),
    );
    let other = other.await.is(201).json();
    let key = &other["apiKey"];
    let stranger = Actor::digest(t.base_url(), key["publicKey"].as_str().unwrap(), key["privateKey"].as_str().unwrap());
    let list = format!("/api/atlas/v2/orgs/{}/invites", other["organization"]["id"].as_str().unwrap());
    let ours = invite(&t, "a@example.com").await;
    stranger.get(&one(&list, &ours)).await.is_error(404, "RESOURCE_NOT_FOUND");
    stranger.delete(&one(&list, &ours)).await.is_error(404, "RESOURCE_NOT_FOUND");
}

#[telamon_test]
async fn what_is_wrong_with_an_invitation_is_said(t: TestServer) {
    let (project, nothing) = (t.group_id(), "5f00000000000000000000ff");
    let cases = [
        (json!({ "username": "nobody" }), 400, "INVALID_EMAIL_ADDRESS"),
        (json!({ "username": "" }), 400, "INVALID_EMAIL_ADDRESS"),
        (json!({ "username": "a@example.com\r\nBcc: b@example.com" }), 400, "INVALID_EMAIL_ADDRESS"),
        (json!({ "roles": ["ORG_MEMBER"] }), 400, "MISSING_ATTRIBUTE"),
        (json!({ "roles": ["GROUP_OWNER"], "username": "a@example.com" }), 400, "INVALID_ENUM_VALUE"),
        (json!({ "username": "a@example.com", "wings": 2 }), 400, "INVALID_JSON_ATTRIBUTE"),
        (json!({ "teamIds": [nothing], "username": "a@example.com" }), 404, "TEAM_NOT_FOUND"),
        (
            json!({ "groupRoleAssignments": [{ "groupId": nothing, "roles": ["GROUP_OWNER"] }], "username": "a@example.com" }),
            404,
            "GROUP_NOT_FOUND",
        ),
        (
            json!({ "groupRoleAssignments": [{ "groupId": project, "roles": ["ORG_OWNER"] }], "username": "a@example.com" }),
            400,
            "INVALID_ENUM_VALUE",
        ),
        (
            json!({ "groupRoleAssignments": [{ "groupId": project, "roles": [] }], "username": "a@example.com" }),
            403,
            "NO_ROLES_IN_ASSIGNMENT",
        ),
    ];
    for (body, status, code) in cases {
        t.owner().post(&of_org(&t), body).await.is_error(status, code);
    }
    let cases = [
        (json!({ "roles": ["GROUP_OWNER"], "username": "nobody" }), 400, "INVALID_EMAIL_ADDRESS"),
        (json!({ "roles": ["ORG_OWNER"], "username": "a@example.com" }), 400, "INVALID_ROLE_FOR_GROUP"),
        (json!({ "roles": ["GROUP_WINGS"], "username": "a@example.com" }), 400, "INVALID_ROLE_FOR_GROUP"),
        (json!({ "roles": [], "username": "a@example.com" }), 403, "NO_ROLES_IN_ASSIGNMENT"),
        (json!({ "roles": ["GROUP_OWNER"] }), 400, "MISSING_ATTRIBUTE"),
    ];
    let access = format!("/api/atlas/v2/groups/{project}/access");
    for (body, status, code) in cases {
        t.owner().post(&of_project(&t), body.clone()).await.is_error(status, code);
        t.owner().post(&access, body).await.is_error(status, code);
    }
    assert_eq!(t.owner().get(&of_org(&t)).await.is(200).json(), json!([]));
    assert_eq!(t.owner().get(&of_project(&t)).await.is(200).json(), json!([]));
    assert_eq!(t.mails().await, [], "nobody was told of what was refused");
}

#[telamon_test]
async fn an_address_is_invited_once_until_it_can_no_longer_accept(t: TestServer) {
    let owner = t.owner();
    let first = invite(&t, "new@example.com").await;
    let again = json!({ "roles": ["ORG_OWNER"], "username": "New@example.com" });
    owner.post(&of_org(&t), again.clone()).await.is_error(409, "USER_ALREADY_EXISTS");
    let member = json!({ "roles": ["ORG_OWNER"], "username": "owner@example.com" });
    owner.post(&of_org(&t), member).await.is_error(409, "USER_ALREADY_EXISTS");

    t.advance(MONTH - 1).await;
    let owner = t.key_owner();
    owner.get(&one(&of_org(&t), &first)).await.is(200);
    t.advance(1).await;
    owner.get(&one(&of_org(&t), &first)).await.is_error(404, "RESOURCE_NOT_FOUND");
    assert_eq!(owner.get(&of_org(&t)).await.is(200).json(), json!([]));
    let second = owner.post(&of_org(&t), again).await.is(200).json();
    assert_ne!(second["id"], first["id"]);
    assert_eq!(owner.get(&of_org(&t)).await.is(200).json(), json!([second]));
}

#[telamon_test]
async fn of_two_who_invite_at_once_one_does(t: TestServer) {
    let body = json!({ "roles": ["ORG_MEMBER"], "username": "new@example.com" });
    let calls = (0..6).map(|_| {
        let call = t.owner().post(&of_org(&t), body.clone());
        tokio::spawn(async move { call.await.status() })
    });
    let mut statuses = Vec::new();
    for call in calls.collect::<Vec<_>>() {
        statuses.push(call.await.unwrap());
    }
    assert_eq!(statuses.iter().filter(|status| **status == 200).count(), 1, "{statuses:?}");
    assert!(statuses.iter().all(|status| [200, 409].contains(status)), "{statuses:?}");
    assert_eq!(t.mails().await.len(), 1);
}

#[telamon_test]
async fn accepting_grants_what_is_still_there(t: TestServer) {
    let gone = t.project("Gone").await;
    let team = team(&t, "5f0000000000000000000001").await;
    let body = json!({
        "groupRoleAssignments": [
            { "groupId": t.group_id(), "roles": ["GROUP_READ_ONLY"] }, { "groupId": gone, "roles": ["GROUP_OWNER"] },
        ],
        "roles": ["ORG_READ_ONLY"], "teamIds": [team], "username": "new@example.com",
    });
    let made = t.owner().post(&of_org(&t), body).await.is(200).json();
    let link = token(&t, "new@example.com").await;
    t.owner().delete(&format!("/api/atlas/v2/groups/{gone}")).await.is(202);
    t.advance(1).await;
    let person = accept(&t, &link).await;
    assert_ne!(made["id"], json!(person), "the invitation has an id of its own");
    assert_eq!(names(&t, ORG_ROLES, person).await, ["ORG_READ_ONLY"]);
    assert_eq!(names(&t, PROJECT_ROLES, person).await, ["GROUP_READ_ONLY"]);
    assert_eq!(names(&t, TEAMS, person).await, [team.as_str()]);
    t.owner().get(&one(&of_org(&t), &made)).await.is_error(404, "RESOURCE_NOT_FOUND");
    let again = json!({ "roles": ["ORG_OWNER"], "username": "new@example.com" });
    t.owner().post(&of_org(&t), again).await.is_error(409, "USER_ALREADY_EXISTS");

    let events = org_events(&t).await;
    let mut newest: Vec<_> = events.iter().take(2).map(|(name, _)| name.as_str()).collect();
    newest.sort_unstable();
    assert_eq!(newest, ["JOINED_ORG", "JOINED_TEAM"]);
    for (_, event) in &events[..2] {
        assert_eq!((&event["targetUsername"], &event["userId"]), (&json!("new@example.com"), &json!(person)));
        assert_eq!((&event["username"], &event["remoteAddress"]), (&json!("new@example.com"), &json!("127.0.0.1")));
    }
    let in_project = self::events(&t, &format!("/api/atlas/v2/groups/{}", t.group_id())).await;
    assert_eq!(in_project[0].0, "JOINED_GROUP");
}

#[telamon_test]
async fn who_is_invited_twice_has_one_id_and_keeps_it(t: TestServer) {
    let list = of_project(&t);
    t.advance(1).await;
    let body = json!({ "roles": ["GROUP_READ_ONLY"], "username": "new@example.com" });
    let made = t.owner().post(&list, body.clone()).await.is(200);
    assert_eq!(made.header("deprecation"), Some("Wed, 4 Oct 2023 00:00:00 GMT"));
    assert_eq!(made.header("sunset"), Some("Thu, 1 Jul 2027 00:00:00 GMT"));
    let made = made.json();
    let expected = json!({
        "createdAt": t.now().to_string(),
        "expiresAt": t.now().plus_seconds(MONTH).to_string(),
        "groupId": t.group_id(),
        "groupName": "First",
        "id": made["id"],
        "inviterUsername": t.credentials().client_id,
        "roles": ["GROUP_READ_ONLY"],
        "username": "new@example.com",
    });
    assert_eq!(made, expected);
    let (name, event) = org_events(&t).await.swap_remove(0);
    assert_eq!((name.as_str(), event.get("groupId")), ("INVITED_TO_ORG", None));
    t.owner().post(&list, body).await.is_error(409, "USER_ALREADY_EXISTS");
    assert_eq!(t.owner().get(&of_org(&t)).await.is(200).json(), json!([]), "a project has a list of its own");
    let link = token(&t, "new@example.com").await;

    let of_the_org = invite(&t, "new@example.com").await;
    let mut tx = t.db().begin_read().await.unwrap();
    let ids = [&made, &of_the_org].map(|invitation| invitation["id"].as_str().unwrap().parse().unwrap());
    let of_the_project = invitations::find(&mut tx, ids[0]).await.unwrap().unwrap();
    let of_the_org = invitations::find(&mut tx, ids[1]).await.unwrap().unwrap();
    assert_eq!(of_the_project.user_id, of_the_org.user_id);
    drop(tx);

    let person = accept(&t, &link).await;
    assert_eq!(person, of_the_org.user_id);
    assert_eq!(names(&t, ORG_ROLES, person).await, ["ORG_MEMBER"], "whoever joins becomes a member");
    assert_eq!(names(&t, PROJECT_ROLES, person).await, ["GROUP_READ_ONLY"]);
    assert_eq!(t.owner().get(&list).await.is(200).json(), json!([]));
    assert_eq!(t.owner().get(&of_org(&t)).await.is(200).json().as_array().unwrap().len(), 1);
}

#[telamon_test]
async fn an_invitation_to_a_project_is_read_and_changed(t: TestServer) {
    let (list, owner) = (of_project(&t), t.owner());
    let body = json!({ "roles": ["GROUP_OWNER", "GROUP_DATA_ACCESS_ADMIN"], "username": "p2@example.com" });
    let mut expected = owner.post(&list, body).await.is(200).json();
    let path = one(&list, &expected);
    assert_eq!(owner.get(&list).await.is(200).json(), json!([expected]));
    assert_eq!(owner.get(&format!("{list}?username=P2%40example.com")).await.is(200).json(), json!([expected]));
    assert_eq!(owner.get(&format!("{list}?username=p1@example.com")).await.is(200).json(), json!([]));
    assert_eq!(owner.patch(&path, json!({ "roles": [] })).await.is(200).json(), expected);
    expected["roles"] = json!(["GROUP_READ_ONLY"]);
    assert_eq!(owner.patch(&path, json!({ "roles": ["GROUP_READ_ONLY"] })).await.is(200).json(), expected);
    expected["roles"] = json!(["GROUP_OWNER"]);
    let by_address = json!({ "roles": ["GROUP_OWNER"], "username": "p2@example.com" });
    assert_eq!(owner.patch(&list, by_address).await.is(200).json(), expected);
    assert_eq!(owner.get(&path).await.is(200).json(), expected);
    owner.patch(&path, json!({ "roles": ["ORG_OWNER"] })).await.is_error(400, "INVALID_ROLE_FOR_GROUP");
    let nobody = json!({ "roles": ["GROUP_OWNER"], "username": "p1@example.com" });
    owner.patch(&list, nobody).await.is_error(404, "RESOURCE_NOT_FOUND");
}

#[telamon_test]
async fn access_is_given_at_once_or_by_an_invitation_to_the_organization(t: TestServer) {
    let path = format!("/api/atlas/v2/groups/{}/access", t.group_id());
    let body = json!({ "roles": ["GROUP_READ_ONLY"], "username": "new@example.com" });
    let reply = t.owner().post(&path, body).header("accept", "application/vnd.atlas.2023-02-01+json").await.is(200);
    assert_eq!(reply.header("deprecation"), Some("Wed, 4 Oct 2023 00:00:00 GMT"));
    let made = reply.json();
    let assignments = |roles: &[&str]| {
        let each = roles.iter().map(|role| json!({ "groupId": t.group_id(), "groupRole": role }));
        Value::Array(each.collect())
    };
    assert_eq!((&made["orgName"], &made["roles"]), (&json!("Acme"), &json!(["ORG_MEMBER"])));
    assert_eq!(made["groupRoleAssignments"], assignments(&["GROUP_READ_ONLY"]));
    assert_eq!(t.owner().get(&of_org(&t)).await.is(200).json(), json!([made]));

    t.advance(60).await;
    let more = json!({ "roles": ["GROUP_CLUSTER_MANAGER", "GROUP_READ_ONLY"], "username": "new@example.com" });
    let extended = t.owner().post(&path, more).await.is(200).json();
    assert_eq!(extended["id"], made["id"]);
    assert_eq!(extended["groupRoleAssignments"], assignments(&["GROUP_READ_ONLY", "GROUP_CLUSTER_MANAGER"]));
    assert_eq!(extended["expiresAt"], json!(t.now().plus_seconds(MONTH).to_string()));

    let person = accept(&t, &token(&t, "new@example.com").await).await;
    t.advance(1).await;
    let more = json!({ "roles": ["GROUP_DATA_ACCESS_ADMIN"], "username": "NEW@example.com" });
    assert_eq!(t.owner().post(&path, more).await.is(204).text(), "");
    let roles = ["GROUP_CLUSTER_MANAGER", "GROUP_DATA_ACCESS_ADMIN", "GROUP_READ_ONLY"];
    assert_eq!(names(&t, PROJECT_ROLES, person).await, roles);
    let (name, event) = org_events(&t).await.swap_remove(0);
    assert_eq!((name.as_str(), &event["targetUsername"]), ("USER_ROLES_CHANGED_AUDIT", &json!("new@example.com")));

    let other = t.project("Other").await;
    t.advance(1).await;
    let there = format!("/api/atlas/v2/groups/{other}");
    let body = json!({ "roles": ["GROUP_OWNER"], "username": "new@example.com" });
    t.owner().post(&format!("{there}/access"), body).await.is(204);
    let (name, event) = events(&t, &there).await.swap_remove(0);
    assert_eq!((name.as_str(), &event["targetUsername"]), ("JOINED_GROUP", &json!("new@example.com")));
}

#[telamon_test]
async fn only_owners_invite(t: TestServer) {
    let made = invite(&t, "new@example.com").await;
    let body = json!({ "roles": ["ORG_MEMBER"], "username": "b@example.com" });
    for role in ["ORG_MEMBER", "ORG_READ_ONLY", "ORG_GROUP_CREATOR"] {
        let caller = t.service_account(&[role]).await;
        caller.get(&of_org(&t)).await.is_error(401, "USER_UNAUTHORIZED");
        caller.post(&of_org(&t), body.clone()).await.is_error(401, "USER_UNAUTHORIZED");
        caller.patch(&of_org(&t), body.clone()).await.is_error(401, "USER_UNAUTHORIZED");
        caller.delete(&one(&of_org(&t), &made)).await.is_error(401, "USER_UNAUTHORIZED");
    }
}

#[telamon_test]
async fn an_account_that_exists_is_invited_under_its_own_id(t: TestServer) {
    let mut tx = t.db().begin_write().await.unwrap();
    let person: PersonId = "5f00000000000000000000a1".parse().unwrap();
    tx.run(ADD_PERSON, &[person.to_string().into(), "ada@example.com".into()]).await.unwrap();
    tx.commit().await.unwrap();
    invite(&t, "ada@example.com").await;
    let mut tx = t.db().begin_read().await.unwrap();
    assert_eq!(invitations::pending_id(&mut tx, "ada@example.com").await.unwrap(), Some(person));
    assert_ne!(tx.one::<PersonId>(OWNER, &[]).await.unwrap(), person);
}

#[telamon_test]
async fn an_invitation_that_nobody_answered_is_removed_a_month_after_its_end(t: TestServer) {
    let made = invite(&t, "new@example.com").await;
    let id = made["id"].as_str().unwrap().parse().unwrap();
    let there = async |t: &TestServer| {
        let mut tx = t.db().begin_read().await.unwrap();
        invitations::find(&mut tx, id).await.unwrap().map(|found| found.status(t.now()))
    };
    assert_eq!(there(&t).await, Some(Status::Pending));
    t.advance(2 * MONTH - 1).await;
    assert_eq!(there(&t).await, Some(Status::Expired));
    t.advance(60).await;
    assert_eq!(there(&t).await, None);
    let page = t.key_owner().get(&format!("/api/atlas/v2/orgs/{}/events", t.org_id())).await.is(200).json();
    let event = &page["results"][0];
    assert_eq!(event["eventTypeName"], "ORG_INVITATION_DELETED");
    assert_eq!((&event["targetUsername"], event.get("publicKey")), (&json!("new@example.com"), None));
}

#[telamon_test]
async fn a_project_that_goes_takes_its_invitations_along(t: TestServer) {
    let project = t.project("Going").await;
    let list = format!("/api/atlas/v2/groups/{project}/invites");
    let body = json!({ "roles": ["GROUP_OWNER"], "username": "new@example.com" });
    let made = t.owner().post(&list, body).await.is(200).json();
    t.owner().delete(&format!("/api/atlas/v2/groups/{project}")).await.is(202);
    let mut tx = t.db().begin_read().await.unwrap();
    let id = made["id"].as_str().unwrap().parse().unwrap();
    assert_eq!(invitations::find(&mut tx, id).await.unwrap(), None);
}
