//! What awaits people who were asked to join: it stands in one place, every change of it is recorded, and they are
//! counted.

use http::Method;
use serde_json::{Value, json};
use telamon_server::limits::ResourceLimits;
use telamon_testkit::{Engine, Person, TestServer, TestSettings, run_with, telamon_test};

use crate::browser::Browser;

const EVE: &str = "eve@example.com";
const DAY: i64 = 86_400;

fn org(t: &TestServer, rest: &str) -> String {
    format!("/api/atlas/v2/orgs/{}{rest}", t.org_id())
}

fn project(t: &TestServer, rest: &str) -> String {
    format!("/api/atlas/v2/groups/{}{rest}", t.group_id())
}

async fn invite_to_org(t: &TestServer, role: &str) -> String {
    let made = t.key_owner().post(&org(t, "/invites"), json!({ "roles": [role], "username": EVE })).await.is(200);
    format!("{}/{}", org(t, "/invites"), made.json()["id"].as_str().unwrap())
}

async fn invite_to_project(t: &TestServer, role: &str) -> String {
    let body = json!({ "roles": [role], "username": EVE });
    let made = t.key_owner().post(&project(t, "/invites"), body).await.is(200);
    format!("{}/{}", project(t, "/invites"), made.json()["id"].as_str().unwrap())
}

/// Eve as the lists of people show her now, and the path of her there.
async fn eve(t: &TestServer) -> (Value, String) {
    let list = t.key_owner().get(&org(t, "/users?username=eve@example.com")).await.is(200).json();
    let eve = list["results"][0].clone();
    let path = format!("{}/{}", org(t, "/users"), eve["id"].as_str().unwrap_or_default());
    (eve, path)
}

/// The path of the link in the newest mail to an address.
async fn link(t: &TestServer, address: &str) -> String {
    let mails = t.mails().await;
    let mail = mails.iter().rev().find(|mail| mail.recipient == address).unwrap();
    let link = mail.body.split_whitespace().find(|word| word.contains("/invitations/")).unwrap();
    link.strip_prefix(t.base_url()).unwrap().to_owned()
}

/// Eve opens a link, makes an account and joins.
async fn join(t: &TestServer, link: &str) {
    let mut browser = Browser::new(t);
    browser.get(link).await.is(200);
    let password = "correct horse battery";
    let fields = [("first_name", "Eve"), ("last_name", "E"), ("password", password), ("again", password)];
    browser.post(link, &fields).await.is(303);
}

/// Somebody who has an account opens a link and wants to join.
async fn answer(t: &TestServer, person: &Person, link: &str, answer: &str) -> u16 {
    let mut browser = Browser::new(t);
    browser.sign_in(&person.username, &person.password).await.is(303);
    browser.get(link).await.is(200);
    browser.post(link, &[("answer", answer)]).await.status()
}

/// A team with one member.
async fn team(t: &TestServer, name: &str) -> String {
    let first = format!("{}@example.com", name.to_lowercase());
    t.person(&first, &["ORG_MEMBER"]).await;
    let body = json!({ "name": name, "usernames": [first] });
    t.key_owner().post(&org(t, "/teams"), body).await.is(201).json()["id"].as_str().unwrap().to_owned()
}

/// The events of both lists since the last look.
struct Log<'a> {
    t: &'a TestServer,
    seen: [usize; 2],
}

impl<'a> Log<'a> {
    async fn begin(t: &'a TestServer) -> Self {
        let mut log = Self { t, seen: [0; 2] };
        log.recorded().await;
        log
    }

    /// The types and places of what was recorded, oldest first of each list, without whatever is about others.
    async fn recorded(&mut self) -> Vec<String> {
        let mut new = Vec::new();
        let lists = [("org", org(self.t, "/events")), ("project", project(self.t, "/events"))];
        for ((name, path), seen) in lists.into_iter().zip(&mut self.seen) {
            let path = format!("{path}?itemsPerPage=500");
            let events = self.t.key_owner().get(&path).await.is(200).json()["results"].take();
            let events = events.as_array().unwrap();
            for event in events.iter().rev().skip(std::mem::replace(seen, events.len())) {
                if event["targetUsername"] != EVE {
                    continue;
                }
                assert_eq!(event.get("teamId"), None, "{event}");
                assert_eq!(event.get("groupId").is_some(), name == "project", "{event}");
                new.push(format!("{name} {}", event["eventTypeName"].as_str().unwrap()));
            }
        }
        // What comes next is newer.
        self.t.advance(1).await;
        new
    }
}

#[telamon_test]
async fn each_change_of_an_invitation_is_recorded(t: TestServer) {
    let (team, owner) = (team(&t, "Team").await, t.owner());
    let mut log = Log::begin(&t).await;
    let path = invite_to_org(&t, "ORG_MEMBER").await;
    assert_eq!(log.recorded().await, ["org INVITED_TO_ORG"]);
    owner.patch(&path, json!({ "roles": ["ORG_READ_ONLY"] })).await.is(200);
    assert_eq!(log.recorded().await, ["org USER_ROLES_CHANGED_AUDIT"]);
    let assigned = |role: &str| json!([{ "groupId": t.group_id(), "roles": [role] }]);
    let more = json!({ "groupRoleAssignments": assigned("GROUP_READ_ONLY"), "teamIds": [team], "username": EVE });
    owner.patch(&org(&t, "/invites"), more.clone()).await.is(200);
    assert_eq!(log.recorded().await, ["org INVITED_TO_TEAM", "project INVITED_TO_GROUP"]);
    owner.patch(&org(&t, "/invites"), more).await.is(200);
    assert_eq!(log.recorded().await, [""; 0]);
    owner.patch(&path, json!({ "groupRoleAssignments": assigned("GROUP_OWNER") })).await.is(200);
    assert_eq!(log.recorded().await, ["org USER_ROLES_CHANGED_AUDIT"]);
    owner.patch(&path, json!({ "groupRoleAssignments": [], "teamIds": [] })).await.is(200);
    assert_eq!(log.recorded().await, ["org REMOVED_FROM_TEAM", "project GROUP_INVITATION_DELETED"]);

    let access = json!({ "roles": ["GROUP_READ_ONLY"], "username": EVE });
    owner.post(&project(&t, "/access"), access).await.is(200);
    assert_eq!(log.recorded().await, ["project INVITED_TO_GROUP"]);
    owner.delete(&path).await.is(204);
    assert_eq!(log.recorded().await, ["org ORG_INVITATION_DELETED"]);

    let path = invite_to_project(&t, "GROUP_READ_ONLY").await;
    assert_eq!(log.recorded().await, ["org INVITED_TO_ORG"]);
    owner.patch(&path, json!({ "roles": ["GROUP_OWNER"] })).await.is(200);
    let same = json!({ "roles": ["GROUP_OWNER"], "username": EVE });
    owner.patch(&project(&t, "/invites"), same).await.is(200);
    assert_eq!(log.recorded().await, ["org USER_ROLES_CHANGED_AUDIT"]);
    owner.delete(&path).await.is(204);
    assert_eq!(log.recorded().await, ["project GROUP_INVITATION_DELETED"]);
}

#[telamon_test]
async fn each_change_of_what_awaits_somebody_is_recorded(t: TestServer) {
    let (team, owner) = (team(&t, "Team").await, t.owner());
    invite_to_org(&t, "ORG_MEMBER").await;
    let (_, path) = eve(&t).await;
    let in_project = path.replace(&org(&t, ""), &project(&t, ""));
    let mut log = Log::begin(&t).await;
    owner.post(&format!("{path}:addRole"), json!({ "orgRole": "ORG_READ_ONLY" })).await.is(200);
    assert_eq!(log.recorded().await, ["org USER_ROLES_CHANGED_AUDIT"]);
    owner.patch(&path, json!({ "teamIds": [team] })).await.is(200);
    assert_eq!(log.recorded().await, ["org INVITED_TO_TEAM"]);
    owner.patch(&path, json!({ "teamIds": [] })).await.is(200);
    assert_eq!(log.recorded().await, ["org REMOVED_FROM_TEAM"]);
    let body = json!({ "roles": ["GROUP_READ_ONLY"], "username": EVE });
    owner.post(&project(&t, "/users"), body).await.is(201);
    assert_eq!(log.recorded().await, ["project INVITED_TO_GROUP"]);
    owner.post(&format!("{in_project}:addRole"), json!({ "groupRole": "GROUP_OWNER" })).await.is(200);
    assert_eq!(log.recorded().await, ["org USER_ROLES_CHANGED_AUDIT"]);
    owner.delete(&in_project).await.is(204);
    assert_eq!(log.recorded().await, ["project GROUP_INVITATION_DELETED"]);
    invite_to_project(&t, "GROUP_READ_ONLY").await;
    log.recorded().await;
    owner.delete(&path).await.is(204);
    assert_eq!(log.recorded().await, ["org ORG_INVITATION_DELETED", "project GROUP_INVITATION_DELETED"]);
}

#[telamon_test]
async fn roles_of_a_member_change_in_one_list_whichever_way(t: TestServer) {
    let (team, owner) = (team(&t, "Team").await, t.owner());
    let person = t.person(EVE, &["ORG_MEMBER"]).await;
    let path = format!("{}/{}", org(&t, "/users"), person.id);
    let in_project = format!("{}/{}", project(&t, "/users"), person.id);
    let mut log = Log::begin(&t).await;
    let access = |role: &str| json!({ "roles": [role], "username": EVE });
    let access_path = project(&t, "/access");
    owner.post(&access_path, access("GROUP_READ_ONLY")).await.is(204);
    assert_eq!(log.recorded().await, ["project JOINED_GROUP"]);
    owner.post(&access_path, access("GROUP_CLUSTER_MANAGER")).await.is(204);
    assert_eq!(log.recorded().await, ["org USER_ROLES_CHANGED_AUDIT"]);
    owner.post(&format!("{in_project}:addRole"), json!({ "groupRole": "GROUP_OWNER" })).await.is(200);
    assert_eq!(log.recorded().await, ["org USER_ROLES_CHANGED_AUDIT"]);
    owner.patch(&path, json!({ "teamIds": [team, team] })).await.is(200);
    assert_eq!(log.recorded().await, ["org JOINED_TEAM"]);
    owner.delete(&org(&t, &format!("/teams/{team}/users/{}", person.id))).await.is(204);
    assert_eq!(log.recorded().await, ["org REMOVED_FROM_TEAM"]);
    owner.delete(&in_project).await.is(204);
    assert_eq!(log.recorded().await, ["project REMOVED_FROM_GROUP"]);
}

#[telamon_test]
async fn an_answer_is_recorded_also_of_who_has_joined_already(t: TestServer) {
    invite_to_org(&t, "ORG_READ_ONLY").await;
    let of_the_org = link(&t, EVE).await;
    let person = t.person(EVE, &["ORG_MEMBER"]).await;
    let mut log = Log::begin(&t).await;
    assert_eq!(answer(&t, &person, &of_the_org, "join").await, 303);
    assert_eq!(log.recorded().await, ["org USER_ROLES_CHANGED_AUDIT"]);

    invite_to_project(&t, "GROUP_OWNER").await;
    let of_the_project = link(&t, EVE).await;
    log.recorded().await;
    assert_eq!(answer(&t, &person, &of_the_project, "decline").await, 200);
    assert_eq!(log.recorded().await, ["project GROUP_INVITATION_DELETED"]);
    let newest = t.key_owner().get(&project(&t, "/events?itemsPerPage=1")).await.is(200).json()["results"][0].take();
    assert_eq!((&newest["remoteAddress"], newest.get("userId")), (&json!("127.0.0.1"), None));

    invite_to_project(&t, "GROUP_OWNER").await;
    let of_the_project = link(&t, EVE).await;
    let access = json!({ "roles": ["GROUP_READ_ONLY"], "username": EVE });
    t.owner().post(&project(&t, "/access"), access).await.is(204);
    log.recorded().await;
    assert_eq!(answer(&t, &person, &of_the_project, "join").await, 303);
    assert_eq!(log.recorded().await, ["org USER_ROLES_CHANGED_AUDIT"]);
}

/// What an owner withdraws is not promised by an older link.
#[telamon_test]
async fn roles_in_the_organization_and_teams_are_promised_in_one_place(t: TestServer) {
    let (team, owner) = (team(&t, "Team").await, t.owner());
    invite_to_project(&t, "GROUP_READ_ONLY").await;
    let older = link(&t, EVE).await;
    // Without an invitation of the organization's own, the project's promises them.
    let (_, path) = eve(&t).await;
    let might = json!({ "roles": { "orgRoles": ["ORG_OWNER"] }, "teamIds": [team] });
    owner.patch(&path, might.clone()).await.is(200);
    let (pending, _) = eve(&t).await;
    assert_eq!((&pending["roles"]["orgRoles"], &pending["teamIds"]), (&json!(["ORG_OWNER"]), &json!([team])));

    t.advance(1).await;
    let of_the_org = invite_to_org(&t, "ORG_MEMBER").await;
    let (pending, _) = eve(&t).await;
    assert_eq!((&pending["roles"]["orgRoles"], &pending["teamIds"]), (&json!(["ORG_MEMBER"]), &json!([])));
    owner.patch(&path, might).await.is(200);
    let shown = owner.get(&of_the_org).await.is(200).json();
    assert_eq!((&shown["roles"], &shown["teamIds"]), (&json!(["ORG_OWNER"]), &json!([team])));
    owner.delete(&of_the_org).await.is(204);
    join(&t, &older).await;
    let (joined, _) = eve(&t).await;
    let roles = json!({
        "groupRoleAssignments": [{ "groupId": t.group_id(), "groupRoles": ["GROUP_READ_ONLY"] }],
        "orgRoles": ["ORG_MEMBER"],
    });
    assert_eq!((&joined["roles"], &joined["teamIds"]), (&roles, &json!([])));
}

#[telamon_test]
async fn what_a_project_s_invitation_promised_besides_outlives_it(t: TestServer) {
    let (owner, second) = (t.owner(), t.project("Second").await);
    invite_to_project(&t, "GROUP_READ_ONLY").await;
    t.advance(1).await;
    let body = json!({ "roles": ["GROUP_OWNER"], "username": EVE });
    owner.post(&format!("/api/atlas/v2/groups/{second}/invites"), body).await.is(200);
    let (_, path) = eve(&t).await;
    owner.patch(&path, json!({ "roles": { "orgRoles": ["ORG_READ_ONLY"] } })).await.is(200);
    owner.delete(&path.replace(&org(&t, ""), &project(&t, ""))).await.is(204);
    let roles = json!({
        "groupRoleAssignments": [{ "groupId": second, "groupRoles": ["GROUP_OWNER"] }],
        "orgRoles": ["ORG_READ_ONLY"],
    });
    assert_eq!(eve(&t).await.0["roles"], roles);
}

/// An invitation that cannot be accepted any more promises nothing, and is given no promise.
#[telamon_test]
async fn only_what_can_be_accepted_promises_anything(t: TestServer) {
    invite_to_project(&t, "GROUP_READ_ONLY").await;
    t.advance(29 * DAY).await;
    invite_to_org(&t, "ORG_MEMBER").await;
    let newer = link(&t, EVE).await;
    t.advance(2 * DAY).await;
    let (pending, path) = eve(&t).await;
    assert_eq!(pending["roles"], json!({ "groupRoleAssignments": [], "orgRoles": ["ORG_MEMBER"] }));
    let in_project = t.key_owner().get(&project(&t, "/users?username=eve@example.com")).await.is(200).json();
    assert_eq!(in_project["totalCount"], 0);
    let roles = json!({
        "groupRoleAssignments": [{ "groupId": t.group_id(), "groupRoles": ["GROUP_OWNER"] }],
        "orgRoles": ["ORG_READ_ONLY"],
    });
    assert_eq!(t.key_owner().patch(&path, json!({ "roles": roles })).await.is(200).json()["roles"], roles);
    join(&t, &newer).await;
    assert_eq!(eve(&t).await.0["roles"], roles);
}

#[telamon_test]
async fn who_declined_one_invitation_is_pending_by_the_other(t: TestServer) {
    invite_to_project(&t, "GROUP_READ_ONLY").await;
    t.advance(1).await;
    invite_to_org(&t, "ORG_OWNER").await;
    let newer = link(&t, EVE).await;
    let mut browser = Browser::new(&t);
    browser.get(&newer).await.is(200);
    browser.post(&newer, &[("answer", "decline")]).await.is(200);
    let (pending, _) = eve(&t).await;
    assert_eq!(pending["orgMembershipStatus"], "PENDING");
    assert_eq!(pending["roles"]["orgRoles"], json!([]));
}

#[telamon_test]
async fn an_invitation_that_was_declined_goes_without_another_event(t: TestServer) {
    invite_to_org(&t, "ORG_MEMBER").await;
    let mut browser = Browser::new(&t);
    let link = link(&t, EVE).await;
    browser.get(&link).await.is(200);
    let mut log = Log::begin(&t).await;
    browser.post(&link, &[("answer", "decline")]).await.is(200);
    assert_eq!(log.recorded().await, ["org ORG_INVITATION_DELETED"]);
    t.advance(60 * DAY).await;
    assert_eq!(log.recorded().await, [""; 0]);
    browser.get(&link).await.is(404);
}

#[telamon_test]
async fn who_joins_several_times_at_once_joins_once(t: TestServer) {
    invite_to_org(&t, "ORG_MEMBER").await;
    let link = link(&t, EVE).await;
    let mut joining = tokio::task::JoinSet::new();
    for _ in 0..6 {
        let (mut browser, link) = (Browser::new(&t), link.clone());
        browser.get(&link).await.is(200);
        joining.spawn(async move {
            let (name, password) = ("Eve", "correct horse battery");
            let account = [("first_name", name), ("last_name", name), ("password", password), ("again", password)];
            browser.post(&link, &[&account[..], &[("answer", "join")]].concat()).await.status()
        });
    }
    let answers = joining.join_all().await;
    let (joined, late): (Vec<u16>, Vec<u16>) = answers.into_iter().partition(|status| *status == 303);
    assert_eq!(joined.len(), 1);
    assert!(late.iter().all(|status| [404, 409].contains(status)), "{late:?}");
}

fn with_limits(name: &str, limits: &ResourceLimits, test: impl AsyncFn(TestServer) + Copy + 'static) {
    for engine in [Engine::Sqlite, Engine::Postgres] {
        let settings = TestSettings { limits: limits.clone(), ..TestSettings::default() };
        run_with(engine, name, settings, |t| Box::pin(async move { test(t).await }));
    }
}

async fn refused(t: &TestServer, method: Method, path: &str, body: &Value, code: &str) {
    t.owner().call(method, path).json(body).await.is_error(400, code);
}

#[test]
fn a_full_organization_takes_nobody_by_any_way() {
    let limits = ResourceLimits { users_per_org: Some(2), ..ResourceLimits::NONE };
    with_limits("full organization", &limits, async |t| {
        invite_to_org(&t, "ORG_MEMBER").await;
        let of_the_org = link(&t, EVE).await;
        let full = "MAX_USERS_PER_ORG_EXCEEDED";
        let body = json!({ "roles": ["ORG_MEMBER"], "username": "bob@example.com" });
        refused(&t, Method::POST, &org(&t, "/invites"), &body, full).await;
        let body = json!({ "roles": ["GROUP_READ_ONLY"], "username": "bob@example.com" });
        for path in ["/invites", "/access", "/users"] {
            refused(&t, Method::POST, &project(&t, path), &body, full).await;
        }
        // Who is counted already is asked to more, and comes in.
        invite_to_project(&t, "GROUP_READ_ONLY").await;
        join(&t, &of_the_org).await;
    });
}

#[test]
fn a_full_project_takes_nobody_by_any_way() {
    let limits = ResourceLimits { users_per_project: Some(2), ..ResourceLimits::NONE };
    with_limits("full project", &limits, async |t| {
        invite_to_project(&t, "GROUP_READ_ONLY").await;
        let of_the_project = link(&t, EVE).await;
        let member = t.person("ada@example.com", &["ORG_MEMBER"]).await;
        let full = "MAX_USERS_PER_GROUP_EXCEEDED";
        for name in ["bob@example.com", "ada@example.com"] {
            let body = json!({ "roles": ["GROUP_READ_ONLY"], "username": name });
            for path in ["/invites", "/access", "/users"] {
                refused(&t, Method::POST, &project(&t, path), &body, full).await;
            }
        }
        let assigned = json!([{ "groupId": t.group_id(), "groupRoles": ["GROUP_READ_ONLY"] }]);
        let roles = json!({ "groupRoleAssignments": assigned, "orgRoles": ["ORG_MEMBER"] });
        let path = format!("{}/{}", org(&t, "/users"), member.id);
        refused(&t, Method::PATCH, &path, &json!({ "roles": roles }), full).await;
        let body = json!({ "roles": roles, "username": "bob@example.com" });
        refused(&t, Method::POST, &org(&t, "/users"), &body, full).await;
        let old = json!([{ "groupId": t.group_id(), "roles": ["GROUP_READ_ONLY"] }]);
        let body = json!({ "groupRoleAssignments": old, "username": "bob@example.com" });
        refused(&t, Method::POST, &org(&t, "/invites"), &body, full).await;
        t.owner().post(&org(&t, "/invites"), json!({ "username": "bob@example.com" })).await.is(200);
        refused(&t, Method::PATCH, &org(&t, "/invites"), &body, full).await;
        join(&t, &of_the_project).await;
    });
}

#[test]
fn a_full_team_takes_nobody_by_any_way() {
    let limits = ResourceLimits { users_per_team: Some(2), ..ResourceLimits::NONE };
    with_limits("full team", &limits, async |t| {
        let team = team(&t, "Team").await;
        let asked = json!({ "teamIds": [team], "username": EVE });
        let made = t.owner().post(&org(&t, "/invites"), asked).await.is(200).json();
        let of_the_org = link(&t, EVE).await;
        let member = t.person("ada@example.com", &["ORG_MEMBER"]).await;
        let full = "MAX_USERS_PER_TEAM_EXCEEDED";
        let body = json!({ "teamIds": [team], "username": "bob@example.com" });
        refused(&t, Method::POST, &org(&t, "/invites"), &body, full).await;
        let new = json!({ "roles": { "orgRoles": ["ORG_MEMBER"] }, "teamIds": [team], "username": "bob@example.com" });
        refused(&t, Method::POST, &org(&t, "/users"), &new, full).await;
        t.owner().post(&org(&t, "/invites"), json!({ "username": "bob@example.com" })).await.is(200);
        refused(&t, Method::PATCH, &org(&t, "/invites"), &body, full).await;
        let path = format!("{}/{}", org(&t, "/users"), member.id);
        refused(&t, Method::PATCH, &path, &json!({ "teamIds": [team] }), full).await;
        refused(&t, Method::POST, &org(&t, &format!("/teams/{team}:addUser")), &json!({ "id": member.id }), full).await;
        // Who was counted comes in, and stays counted.
        let path_of_eve = format!("{}/{}", org(&t, "/invites"), made["id"].as_str().unwrap());
        t.owner().patch(&path_of_eve, json!({ "teamIds": [team] })).await.is(200);
        join(&t, &of_the_org).await;
        assert_eq!(eve(&t).await.0["teamIds"], json!([team]));
        refused(&t, Method::PATCH, &path, &json!({ "teamIds": [team] }), full).await;
    });
}

/// Who joined in another way meanwhile is no longer counted as invited.
#[test]
fn a_member_accepts_where_there_is_room() {
    let limits = ResourceLimits { users_per_project: Some(2), users_per_team: Some(2), ..ResourceLimits::NONE };
    with_limits("no room for a member", &limits, async |t| {
        let person = t.person(EVE, &["ORG_MEMBER"]).await;
        invite_to_project(&t, "GROUP_READ_ONLY").await;
        let of_the_project = link(&t, EVE).await;
        let other = json!({ "roles": ["GROUP_READ_ONLY"], "username": "bob@example.com" });
        let bob = t.owner().post(&project(&t, "/users"), other).await.is(201).json();
        assert_eq!(answer(&t, &person, &of_the_project, "join").await, 409);
        let list = t.owner().get(&project(&t, "/users")).await.is(200).json();
        assert_eq!(list["totalCount"], 2);
        t.owner().delete(&format!("{}/{}", project(&t, "/users"), bob["id"].as_str().unwrap())).await.is(204);
        assert_eq!(answer(&t, &person, &of_the_project, "join").await, 303);
    });
}
