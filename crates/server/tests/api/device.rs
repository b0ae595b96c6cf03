//! People who sign in with a program: codes, tokens, their refresh and their end.

use serde_json::{Value, json};
use telamon_store::{Sql, args, sql};
use telamon_testkit::{Actor, Person, Reply, TestServer, telamon_test};

const DEVICE: &str = "/api/private/unauth/account/device";

static JOIN_TEAM: Sql = sql!("INSERT INTO team_member (team_id, person_id, added_at) VALUES ($1, $2, $3)");
static NEW_TEAM: Sql = sql!("INSERT INTO team (id, org_id, name, created_at) VALUES ($1, $2, 'Readers', $3)");
static ROLE_IN_PROJECT: Sql =
    sql!("INSERT INTO project_role (holder_id, project_id, role, granted_at) VALUES ($1, $2, $3, $4)");
static LAST_AUTH: Sql = sql!("SELECT last_auth_at FROM person WHERE id = $1");
static DELETE_PERSON: Sql = sql!("DELETE FROM person WHERE id = $1");

pub(crate) async fn post(actor: &Actor, endpoint: &str, form: &str) -> Reply {
    actor.post_form(&format!("{DEVICE}/{endpoint}"), form).await
}

async fn refresh(t: &TestServer, token: &str) -> Reply {
    post(&t.anonymous(), "token", &format!("client_id=test&grant_type=refresh_token&refresh_token={token}")).await
}

fn text(body: &Value, name: &str) -> String {
    body[name].as_str().unwrap_or_else(|| panic!("no {name} in {body}")).to_owned()
}

async fn change_by_hand(t: &TestServer, text: Sql, values: &[telamon_store::Value]) {
    let mut tx = t.db().begin_write().await.unwrap();
    tx.run(text, values).await.unwrap();
    telamon_api::mark_change(&mut tx, t.now(), &telamon_testkit::SeededEntropy::of(text.text())).await.unwrap();
    tx.commit().await.unwrap();
    t.advance(1).await;
}

#[telamon_test]
async fn a_person_may_do_what_their_roles_say(t: TestServer) {
    let Person { id, actor: ada, .. } = t.person("ada@example.com", &["ORG_MEMBER"]).await;
    let orgs = ada.get("/api/atlas/v2/orgs").await.is(200).json();
    assert_eq!((orgs["totalCount"].as_i64(), &orgs["results"][0]["id"]), (Some(1), &json!(t.org_id())));
    assert_eq!(ada.get("/api/atlas/v2/groups").await.is(200).json()["totalCount"], 0);
    let project = format!("/api/atlas/v2/groups/{}", t.group_id());
    ada.get(&project).await.is_error(401, "USER_CANNOT_ACCESS_GROUP");

    let team = "6a79400c5555555555555555";
    change_by_hand(&t, NEW_TEAM, &args![team, t.org_id(), t.now()]).await;
    change_by_hand(&t, ROLE_IN_PROJECT, &args![team, t.group_id(), "GROUP_READ_ONLY", t.now()]).await;
    change_by_hand(&t, JOIN_TEAM, &args![team, id.as_str(), t.now()]).await;
    ada.get(&project).await.is(200);
    let users = format!("{project}/databaseUsers");
    ada.post(&users, json!({})).await.is_error(401, "USER_UNAUTHORIZED");
    change_by_hand(&t, ROLE_IN_PROJECT, &args![id, t.group_id(), "GROUP_OWNER", t.now()]).await;
    let user = json!({ "username": "app", "password": "long and good", "databaseName": "admin",
        "roles": [{ "roleName": "read", "databaseName": "x" }] });
    ada.post(&users, user).await.is(201);
    let events = t.owner().get(&format!("{project}/events?eventType=MONGODB_USER_ADDED")).await.is(200).json();
    assert_eq!(events["results"][0]["username"], "ada@example.com");
    let path = format!("/api/atlas/v2/orgs/{}/apiKeys", t.org_id());
    ada.post(&path, json!({ "desc": "x", "roles": ["ORG_MEMBER"] })).await.is_error(401, "USER_UNAUTHORIZED");
}

#[telamon_test]
async fn no_access_list_of_credentials_binds_people(t: TestServer) {
    let ada = t.person("ada@example.com", &["ORG_OWNER"]).await;
    let settings = format!("/api/atlas/v2/orgs/{}/settings", t.org_id());
    ada.actor.patch(&settings, json!({ "apiAccessListRequired": true })).await.is(200);
    t.owner().get(&settings).await.is_error(403, "ORG_REQUIRES_ACCESS_LIST");
    ada.actor.get(&settings).await.is(200);
}

#[telamon_test]
async fn a_refresh_token_is_replaced_each_time(t: TestServer) {
    let ada = t.person("ada@example.com", &["ORG_MEMBER"]).await;
    t.advance(3600).await;
    ada.actor.get("/api/atlas/v2/orgs").await.is(401);
    let reply = refresh(&t, &ada.refresh_token).await.is(200);
    assert_eq!(reply.header("cache-control"), Some("no-store"));
    let next = reply.json();
    let mut names: Vec<_> = next.as_object().unwrap().keys().map(String::as_str).collect();
    names.sort_unstable();
    assert_eq!(names, ["access_token", "expires_in", "id_token", "refresh_token", "scope", "token_type"]);
    assert_eq!((&next["expires_in"], &next["token_type"]), (&json!(3600), &json!("Bearer")));
    let caller = Actor::bearer(t.base_url(), &text(&next, "access_token"));
    caller.get("/api/atlas/v2/orgs").await.is(200);
    Actor::bearer(t.base_url(), &text(&next, "id_token")).get("/api/atlas/v2/orgs").await.is(401);
    Actor::bearer(t.base_url(), &text(&next, "refresh_token")).get("/api/atlas/v2/orgs").await.is(401);

    // Two processes at once, or an answer that was lost: the same successor.
    t.advance(60).await;
    let again = refresh(&t, &ada.refresh_token).await.is(200).json();
    assert_eq!(again["refresh_token"], next["refresh_token"]);
    let mut tx = t.db().begin_read().await.unwrap();
    let last_auth: Option<telamon_wire::Timestamp> = tx.one(LAST_AUTH, &args![ada.id.as_str()]).await.unwrap();
    tx.end();
    assert_eq!(last_auth, Some(t.now()));

    // Later, one of the two who have it stole it: nobody goes on.
    t.advance(1).await;
    refresh(&t, &ada.refresh_token).await.is_error(400, "INVALID_REFRESH_TOKEN");
    refresh(&t, &text(&next, "refresh_token")).await.is_error(400, "INVALID_REFRESH_TOKEN");
    caller.get("/api/atlas/v2/orgs").await.is(401);
}

#[telamon_test]
async fn any_old_refresh_token_ends_the_sign_in_and_no_made_up_one_does(t: TestServer) {
    let ada = t.person("ada@example.com", &["ORG_MEMBER"]).await;
    let stolen = ada.refresh_token.clone();
    let mut newest = stolen.clone();
    for _ in 0..3 {
        t.advance(3600).await;
        newest = text(&refresh(&t, &newest).await.is(200).json(), "refresh_token");
    }
    let parts = |token: &str| token.split('.').map(str::to_owned).collect::<Vec<_>>();
    let (old, new) = (parts(&stolen), parts(&newest));
    assert_eq!(old[0], new[0], "the tokens of one sign-in");
    for made_up in [
        format!("{}.{}.{}", old[0], old[1], "A".repeat(43)),
        format!("{}.{}.{}", old[0], old[1], new[2]),
        format!("{}.{}.{}", old[0], new[1], old[2]),
        format!("{}.0.{}", old[0], old[2]),
        format!("{}.-1.{}", old[0], old[2]),
        format!("{}.9223372036854775807.{}", new[0], new[2]),
        format!("6a79400c5555555555555555.{}.{}", old[1], old[2]),
        format!("{}.{}.", old[0], old[1]),
    ] {
        refresh(&t, &made_up).await.is_error(400, "INVALID_REFRESH_TOKEN");
        post(&t.anonymous(), "revoke", &format!("client_id=test&token={made_up}")).await.is(200);
    }
    let other = format!("client_id=other&grant_type=refresh_token&refresh_token={stolen}");
    post(&t.anonymous(), "token", &other).await.is_error(400, "INVALID_REFRESH_TOKEN");
    let tokens = refresh(&t, &newest).await.is(200).json();
    let caller = Actor::bearer(t.base_url(), &text(&tokens, "access_token"));
    caller.get("/api/atlas/v2/orgs").await.is(200);

    refresh(&t, &stolen).await.is_error(400, "INVALID_REFRESH_TOKEN");
    refresh(&t, &text(&tokens, "refresh_token")).await.is_error(400, "INVALID_REFRESH_TOKEN");
    caller.get("/api/atlas/v2/orgs").await.is(401);
}

#[telamon_test]
async fn a_sign_in_ends_when_it_is_idle_and_after_a_week(t: TestServer) {
    let ada = t.person("ada@example.com", &["ORG_MEMBER"]).await;
    let mut token = ada.refresh_token;
    for hours in (11..168).step_by(11) {
        t.advance(11 * 3600).await;
        let reply = refresh(&t, &token).await;
        assert_eq!(reply.status(), 200, "after {hours} hours");
        token = text(&reply.json(), "refresh_token");
    }
    t.advance(3 * 3600).await;
    refresh(&t, &token).await.is_error(400, "INVALID_REFRESH_TOKEN");
    let idle = t.person("bob@example.com", &["ORG_MEMBER"]).await;
    t.advance(12 * 3600).await;
    refresh(&t, &idle.refresh_token).await.is_error(400, "INVALID_REFRESH_TOKEN");
    refresh(&t, &idle.refresh_token).await.is_error(400, "INVALID_REFRESH_TOKEN");
}

#[telamon_test]
async fn a_token_ends_with_its_sign_in(t: TestServer) {
    let ada = t.person("ada@example.com", &["ORG_MEMBER"]).await;
    ada.actor.get("/api/atlas/v2/orgs").await.is(200);
    let token = &ada.refresh_token;
    for harmless in ["token=x", "token=a.b.c", &format!("token={}", t.token())] {
        post(&t.anonymous(), "revoke", &format!("client_id=test&{harmless}")).await.is(200);
    }
    post(&t.anonymous(), "revoke", &format!("client_id=other&token={token}")).await.is(200);
    post(&t.anonymous(), "revoke", "client_id=test").await.is_error(400, "MISSING_ATTRIBUTE");
    ada.actor.get("/api/atlas/v2/orgs").await.is(200);
    t.owner().get("/api/atlas/v2/orgs").await.is(200);

    let form = format!("client_id=test&token={token}&token_type_hint=refresh_token");
    let reply = post(&t.anonymous(), "revoke", &form).await.is(200);
    assert_eq!(reply.text(), "");
    ada.actor.get("/api/atlas/v2/orgs").await.is(401);
    refresh(&t, token).await.is_error(400, "INVALID_REFRESH_TOKEN");

    let bob = t.person("bob@example.com", &["ORG_MEMBER"]).await;
    let tokens = refresh(&t, &bob.refresh_token).await.is(200).json();
    let form = format!("client_id=test&token={}&token_type_hint=access_token", text(&tokens, "access_token"));
    post(&t.anonymous(), "revoke", &form).await.is(200);
    bob.actor.get("/api/atlas/v2/orgs").await.is(401);
    refresh(&t, &text(&tokens, "refresh_token")).await.is_error(400, "INVALID_REFRESH_TOKEN");
}

#[telamon_test]
async fn a_token_ends_with_its_person(t: TestServer) {
    let ada = t.person("ada@example.com", &[]).await;
    let orgs = ada.actor.get("/api/atlas/v2/orgs").await.is(200).json();
    assert_eq!(orgs["totalCount"], 0, "in no organization, but a person all the same");
    change_by_hand(&t, DELETE_PERSON, &args![ada.id.as_str()]).await;
    ada.actor.get("/api/atlas/v2/orgs").await.is(401);
    refresh(&t, &ada.refresh_token).await.is_error(400, "INVALID_REFRESH_TOKEN");
}

#[telamon_test]
async fn a_sign_in_counts_on_every_node_at_once_and_ends_within_a_second(t: TestServer) {
    let other = t.another_node().await;
    let ada = t.person("ada@example.com", &["ORG_MEMBER"]).await;
    let tokens = refresh(&t, &ada.refresh_token).await.is(200).json();
    let there = Actor::bearer(other.base_url(), &text(&tokens, "access_token"));
    there.get("/api/atlas/v2/orgs").await.is(200);
    let again = refresh(&t, &text(&tokens, "refresh_token")).await.is(200).json();
    Actor::bearer(other.base_url(), &text(&again, "access_token")).get("/api/atlas/v2/orgs").await.is(200);
    let form = format!("client_id=test&token={}", text(&again, "refresh_token"));
    post(&t.anonymous(), "revoke", &form).await.is(200);
    t.advance(1).await;
    there.get("/api/atlas/v2/orgs").await.is(401);
    other.stop().await;
}
