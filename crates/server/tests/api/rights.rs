//! A change of rights and the changes behind it: whoever loses a right while a change of theirs waits does not make it.
//!
//! The clock stands still, and nothing is waited for by time: a transaction of the test holds the writer (SQLite) or the
//! row of the organization (PostgreSQL), and the changes queue up behind it in a known order.

use serde_json::{Value, json};
use telamon_store::{Sql, sql};
use telamon_testkit::{Actor, Call, Engine, Reply, TestServer, telamon_test};
use tokio::task::JoinHandle;

use crate::{browser::Browser, device};

static REVOKED: Sql = sql!("SELECT COUNT(*) FROM revoked_token");

fn org(t: &TestServer) -> String {
    format!("/api/atlas/v2/orgs/{}", t.org_id())
}

fn start(call: Call) -> JoinHandle<Reply> {
    tokio::spawn(async move { call.await })
}

/// Both wait for the same turn, and get it in this order.
async fn in_line(t: &TestServer, one: Call, two: Call) -> (Reply, Reply) {
    let held = t.hold_organization().await;
    let one = start(one);
    t.until_waiting(1).await;
    let two = start(two);
    t.until_waiting(2).await;
    held.roll_back().await.unwrap();
    (one.await.unwrap(), two.await.unwrap())
}

/// `loser` stands in line when `change` takes away what it stands on. On SQLite both stand in the one line, `change` before
/// it; on PostgreSQL `loser` has begun and waits for a row, which `change` does not.
async fn overtaken(t: &TestServer, change: Call, loser: Call) -> (Reply, Reply) {
    if t.db().engine() == Engine::Sqlite {
        return in_line(t, change, loser).await;
    }
    let held = t.hold_organization().await;
    let loser = start(loser);
    t.until_waiting(1).await;
    let change = change.await;
    held.roll_back().await.unwrap();
    (change, loser.await.unwrap())
}

/// `change` takes away what the actor's own change stands on, which is refused.
async fn refused_after(t: &TestServer, change: Call, actor: &Actor, status: u16, code: &str) -> Reply {
    let (changed, renamed) = overtaken(t, change, rename(t, actor)).await;
    renamed.is_error(status, code);
    assert_eq!(name(t).await, "Acme");
    changed
}

struct Key {
    actor: Actor,
    path: String,
}

async fn key(t: &TestServer, role: &str) -> Key {
    let keys = format!("{}/apiKeys", org(t));
    let made = t.owner().post(&keys, json!({ "desc": "d", "roles": [role] })).await.is(200).json();
    let text = |name: &str| made[name].as_str().unwrap().to_owned();
    let actor = Actor::digest(t.base_url(), &text("publicKey"), &text("privateKey"));
    Key { actor, path: format!("{keys}/{}", text("id")) }
}

/// The change that stands in line: it needs the role of an owner.
fn rename(t: &TestServer, actor: &Actor) -> Call {
    actor.patch(&org(t), json!({ "name": "Renamed" }))
}

async fn name(t: &TestServer) -> Value {
    t.owner().get(&org(t)).await.is(200).json()["name"].take()
}

#[telamon_test]
async fn a_caller_who_loses_a_role_in_line_is_refused(t: TestServer) {
    let key = key(&t, "ORG_OWNER").await;
    let demote = t.owner().patch(&key.path, json!({ "roles": ["ORG_MEMBER"] }));
    refused_after(&t, demote, &key.actor, 401, "USER_UNAUTHORIZED").await.is(200);
}

#[telamon_test]
async fn whoever_was_first_in_line_changed_it_before_they_lost_the_role(t: TestServer) {
    let key = key(&t, "ORG_OWNER").await;
    let demote = t.owner().patch(&key.path, json!({ "roles": ["ORG_MEMBER"] }));
    let held = t.hold_organization().await;
    let renamed = start(rename(&t, &key.actor));
    t.until_waiting(1).await;
    let demoted = start(demote);
    if t.db().engine() == Engine::Sqlite {
        t.until_waiting(2).await;
        held.roll_back().await.unwrap();
        renamed.await.unwrap().is(200);
        demoted.await.unwrap().is(200);
        assert_eq!(name(&t).await, "Renamed");
    } else {
        // Nothing keeps the second one here: it is the case above.
        demoted.await.unwrap().is(200);
        held.roll_back().await.unwrap();
        renamed.await.unwrap().is_error(401, "USER_UNAUTHORIZED");
    }
}

#[telamon_test]
async fn a_key_whose_access_list_leaves_its_address_out_is_refused(t: TestServer) {
    let key = key(&t, "ORG_OWNER").await;
    let list = t.owner().post(&format!("{}/accessList", key.path), json!([{ "ipAddress": "192.0.2.1" }]));
    refused_after(&t, list, &key.actor, 403, "IP_ADDRESS_NOT_ON_ACCESS_LIST").await.is(200);
    let reasons = t.owner().get(&format!("/api/telamon/orgs/{}/refusals", t.org_id())).await.is(200).json();
    assert_eq!(reasons["results"][0]["rule"], "ADDRESS_NOT_ON_LIST");
}

#[telamon_test]
async fn a_key_that_is_deleted_is_refused(t: TestServer) {
    let key = key(&t, "ORG_OWNER").await;
    refused_after(&t, t.owner().delete(&key.path), &key.actor, 401, "UNEXPECTED_ERROR").await.is(204);
}

struct Account {
    actor: Actor,
    token: String,
    client_id: String,
    secret: String,
}

async fn account(t: &TestServer) -> Account {
    let body = json!({
        "name": "account", "description": "of a test", "roles": ["ORG_OWNER"], "secretExpiresAfterHours": 8,
    });
    let made = t.owner().post(&format!("{}/serviceAccounts", org(t)), body).await.is(201).json();
    let client_id = made["clientId"].as_str().unwrap().to_owned();
    let secret = made["secrets"][0]["secret"].as_str().unwrap().to_owned();
    let token = t.token_of(&client_id, &secret).await;
    Account { actor: Actor::bearer(t.base_url(), &token), token, client_id, secret }
}

fn revoke(t: &TestServer, account: &Account) -> Call {
    let Account { client_id, secret, token, .. } = account;
    let form = format!("client_id={client_id}&client_secret={secret}&token={token}");
    t.anonymous().post_form("/api/oauth/revoke", form)
}

#[telamon_test]
async fn an_account_that_is_deleted_is_refused(t: TestServer) {
    let account = account(&t).await;
    let delete = t.owner().delete(&format!("{}/serviceAccounts/{}", org(&t), account.client_id));
    refused_after(&t, delete, &account.actor, 401, "UNEXPECTED_ERROR").await.is(204);
}

#[telamon_test]
async fn a_token_that_is_revoked_is_refused(t: TestServer) {
    let account = account(&t).await;
    refused_after(&t, revoke(&t, &account), &account.actor, 401, "UNEXPECTED_ERROR").await.is(200);
}

#[telamon_test]
async fn a_person_whose_program_signs_out_is_refused(t: TestServer) {
    let person = t.person("ada@example.com", &["ORG_OWNER"]).await;
    let form = format!("client_id=test&token={}", person.refresh_token);
    let sign_out = t.anonymous().post_form("/api/private/unauth/account/device/revoke", form);
    refused_after(&t, sign_out, &person.actor, 401, "UNEXPECTED_ERROR").await.is(200);
}

#[telamon_test]
async fn a_setting_of_the_organization_counts_from_its_place_in_line(t: TestServer) {
    let key = key(&t, "ORG_OWNER").await;
    let own_list = format!("{}/serviceAccounts/{}/accessList", org(&t), t.credentials().client_id);
    t.owner().post(&own_list, json!([{ "ipAddress": "127.0.0.1" }])).await.is(200);
    let set = |demanded: bool| {
        t.owner().patch(&format!("{}/settings", org(&t)), json!({ "apiAccessListRequired": demanded }))
    };

    let (renamed, demanded) = in_line(&t, rename(&t, &key.actor), set(true)).await;
    renamed.is(200);
    demanded.is(200);
    set(false).await.is(200);

    let back = key.actor.patch(&org(&t), json!({ "name": "Acme" }));
    let (demanded, renamed) = in_line(&t, set(true), back).await;
    demanded.is(200);
    renamed.is_error(403, "ORG_REQUIRES_ACCESS_LIST");
    assert_eq!(name(&t).await, "Renamed");
}

/// Whoever looks while the change waits remembers the old rights. Nobody uses them once it is made.
#[telamon_test]
async fn what_is_remembered_meanwhile_does_not_count(t: TestServer) {
    let key = key(&t, "ORG_OWNER").await;
    let keys = format!("{}/apiKeys", org(&t));
    let held = t.hold_organization().await;
    // Another change of credentials begins a new generation, in which the key is looked at anew before it is demoted.
    let other = start(t.owner().post(&keys, json!({ "desc": "other", "roles": ["ORG_MEMBER"] })));
    let demote = t.owner().patch(&key.path, json!({ "roles": ["ORG_MEMBER"] }));
    let (demoted, renamed) = if t.db().engine() == Engine::Sqlite {
        t.until_waiting(1).await;
        let demoted = start(demote);
        t.until_waiting(2).await;
        let renamed = start(rename(&t, &key.actor));
        t.until_waiting(3).await;
        held.roll_back().await.unwrap();
        (demoted, renamed)
    } else {
        let renamed = start(rename(&t, &key.actor));
        t.until_waiting(1).await;
        key.actor.get(&org(&t)).await.is(200);
        let demoted = start(demote);
        while !demoted.is_finished() {
            key.actor.get(&org(&t)).await.is(200);
        }
        held.roll_back().await.unwrap();
        (demoted, renamed)
    };
    while !renamed.is_finished() {
        key.actor.get(&org(&t)).await.is(200);
    }
    other.await.unwrap().is(200);
    demoted.await.unwrap().is(200);
    renamed.await.unwrap().is_error(401, "USER_UNAUTHORIZED");
    key.actor.post(&keys, json!({ "desc": "x", "roles": ["ORG_MEMBER"] })).await.is_error(401, "USER_UNAUTHORIZED");
    assert_eq!(name(&t).await, "Acme");
}

static LOCK_SESSIONS: Sql = sql!("UPDATE web_session SET person_id = person_id");
static LOCK_CODES: Sql = sql!("UPDATE device_authorization SET scope = scope");

/// Somebody who is signed in on the pages, in two windows of one browser.
async fn two_windows(t: &TestServer) -> [Browser; 2] {
    let person = t.person("ada@example.com", &["ORG_MEMBER"]).await;
    let mut one = Browser::new(t);
    one.sign_in(&person.username, &person.password).await.is(303);
    one.get("/").await.is(200);
    let mut two = Browser::new(t);
    two.cookie.clone_from(&one.cookie);
    [one, two]
}

#[telamon_test]
async fn a_session_that_ends_is_not_prolonged_by_a_page_that_waits(t: TestServer) {
    let [mut one, mut two] = two_windows(&t).await;
    let session = one.cookie.clone();
    // From now on a page prolongs the session.
    t.advance(3600).await;
    let mut held = t.db().begin_write().await.unwrap();
    held.run(LOCK_SESSIONS, &[]).await.unwrap();
    let signing_out = tokio::spawn(async move { one.post("/account/sign-out", &[]).await });
    t.until_waiting(1).await;
    let reading = tokio::spawn(async move { two.get("/").await });
    t.until_waiting(2).await;
    held.roll_back().await.unwrap();
    signing_out.await.unwrap().is(303);
    reading.await.unwrap();
    let mut thief = Browser::new(&t);
    thief.cookie = session;
    thief.get("/").await.is(303);
}

#[telamon_test]
async fn who_signs_out_approves_nothing_any_more(t: TestServer) {
    let [mut one, mut two] = two_windows(&t).await;
    let codes = device::post(&t.anonymous(), "authorize", "client_id=test").await.is(200).json();
    let code = codes["user_code"].as_str().unwrap().to_owned();
    two.get("/account/connect").await.is(200);
    let mut held = t.db().begin_write().await.unwrap();
    held.run(LOCK_CODES, &[]).await.unwrap();
    let sign_out = async move { one.post("/account/sign-out", &[]).await.is(303) };
    let approve = async move { two.post("/account/connect", &[("code", &code), ("decision", "approve")]).await };
    let approved = if t.db().engine() == Engine::Sqlite {
        let signing_out = tokio::spawn(sign_out);
        t.until_waiting(1).await;
        let approving = tokio::spawn(approve);
        t.until_waiting(2).await;
        held.roll_back().await.unwrap();
        signing_out.await.unwrap();
        approving.await.unwrap()
    } else {
        let approving = tokio::spawn(approve);
        t.until_waiting(1).await;
        sign_out.await;
        held.roll_back().await.unwrap();
        approving.await.unwrap()
    };
    assert_eq!(approved.is(303).header("location"), Some("/account/sign-in"));
    let device_code = codes["device_code"].as_str().unwrap();
    let grant = "urn%3Aietf%3Aparams%3Aoauth%3Agrant-type%3Adevice_code";
    let form = format!("client_id=test&grant_type={grant}&device_code={device_code}");
    device::post(&t.anonymous(), "token", &form).await.is_error(400, "DEVICE_AUTHORIZATION_PENDING");
}

#[telamon_test]
async fn a_revocation_goes_on_when_its_client_hangs_up(t: TestServer) {
    let account = account(&t).await;
    let list = "/api/atlas/v2/groups";
    account.actor.get(list).await.is(200);
    let mut held = t.hold_organization().await;
    // On PostgreSQL, where no writer is held by that, the table of revocations is.
    if t.db().engine() == Engine::Postgres {
        held.batch("LOCK TABLE revoked_token IN EXCLUSIVE MODE").await.unwrap();
    }
    let revoking = start(revoke(&t, &account));
    t.until_waiting(1).await;
    revoking.abort();
    assert!(revoking.await.unwrap_err().is_cancelled());
    held.roll_back().await.unwrap();
    loop {
        let mut tx = t.db().begin_read().await.unwrap();
        if tx.one::<i64>(REVOKED, &[]).await.unwrap() == 1 {
            break;
        }
        tokio::task::yield_now().await;
    }
    // It is committed: from the next change on at the latest, everybody knows.
    t.project("after").await;
    account.actor.get(list).await.is(401);
}
