//! Passwords of people: changing one's own, and a new one by a link in a mail.

use std::sync::Arc;

use http::Method;
use telamon_server::mail::{Mail, Mailer};
use telamon_store::{Sql, sql};
use telamon_testkit::{Actor, Engine, Person, TestServer, TestSettings, run_with, telamon_test};

use crate::{browser::Browser, console::behind_a_proxy, device};

const CHANGE: &str = "/account/password";
const FORGOTTEN: &str = "/account/forgotten";
const CONNECT: &str = "/account/connect";
const SIGN_IN: &str = "/account/sign-in";
const NEW: &str = "another good password";
const ORGS: &str = "/api/atlas/v2/orgs";

static RESETS: Sql = sql!("SELECT COUNT(*) FROM password_reset");
static TOKENS: Sql = sql!("SELECT token_hash FROM password_reset");

async fn signed_in(t: &TestServer, person: &Person) -> Browser {
    let mut browser = Browser::new(t);
    browser.sign_in(&person.username, &person.password).await.is(303);
    browser
}

async fn refresh(t: &TestServer, person: &Person) -> telamon_testkit::Reply {
    let form = format!("client_id=test&grant_type=refresh_token&refresh_token={}", person.refresh_token);
    device::post(&t.anonymous(), "token", &form).await
}

/// A program whose code that person has approved and that has not asked since; how it asks.
async fn approved(t: &TestServer, browser: &mut Browser) -> String {
    let codes = device::post(&t.anonymous(), "authorize", "client_id=test").await.is(200).json();
    browser.get(CONNECT).await.is(200);
    let code = codes["user_code"].as_str().unwrap();
    browser.post(CONNECT, &[("code", code), ("decision", "approve")]).await.is(200);
    let grant = "urn%3Aietf%3Aparams%3Aoauth%3Agrant-type%3Adevice_code";
    format!("client_id=test&device_code={}&grant_type={grant}", codes["device_code"].as_str().unwrap())
}

/// The mails, as soon as there are so many.
async fn mails(t: &TestServer, number: usize) -> Vec<Mail> {
    for _ in 0..500 {
        let mails = t.mails().await;
        if mails.len() >= number {
            return mails;
        }
        tokio::time::sleep(std::time::Duration::from_millis(10)).await;
    }
    panic!("no {number} mails");
}

async fn ask(browser: &mut Browser, username: &str) -> telamon_testkit::Reply {
    browser.get(FORGOTTEN).await.is(200);
    browser.post(FORGOTTEN, &[("username", username)]).await
}

fn link(t: &TestServer, mail: &Mail) -> String {
    let link = mail.body.lines().find(|line| line.starts_with("http")).unwrap();
    let path = link.strip_prefix(t.base_url()).unwrap();
    assert!(path.starts_with("/account/reset/"), "{path}");
    path.to_owned()
}

async fn count(t: &TestServer) -> i64 {
    let mut tx = t.db().begin_read().await.unwrap();
    tx.one(RESETS, &[]).await.unwrap()
}

#[telamon_test]
async fn a_person_changes_their_password_and_stays_signed_in_here_alone(t: TestServer) {
    let ada = t.person("ada@example.com", &["ORG_MEMBER"]).await;
    let bob = t.person("bob@example.com", &["ORG_MEMBER"]).await;
    let other_node = t.another_node().await;
    let token = ada.actor.clone();
    token.get(ORGS).await.is(200);
    let mut elsewhere = signed_in(&t, &ada).await;
    let waiting = approved(&t, &mut elsewhere).await;
    let mut browser = signed_in(&t, &ada).await;
    let mut bobs = signed_in(&t, &bob).await;
    assert!(browser.get("/").await.is(200).text().contains(r#"<a href="/account/password">"#));
    browser.get(CHANGE).await.is(200);
    for (current, password, again, status, says) in [
        ("wrong", NEW, NEW, 403, "Incorrect current password."),
        ("", NEW, NEW, 403, "Incorrect current password."),
        (ada.password.as_str(), "short", "short", 400, "at least"),
        (&ada.password, NEW, "another", 400, "The passwords do not match."),
        (&ada.password, "", "", 400, "at least"),
    ] {
        let refused = browser.post(CHANGE, &[("current", current), ("password", password), ("again", again)]).await;
        assert!(refused.is(status).text().contains(says), "{}", browser.page);
    }
    let before = browser.cookie.clone();
    let fields = [("current", ada.password.as_str()), ("password", NEW), ("again", NEW)];
    browser.ask(Method::POST, CHANGE, Some("current=x&password=y&again=y")).await.is(403);
    browser.get(CHANGE).await.is(200);
    let changed = browser.post(CHANGE, &fields).await.is(200);
    assert!(changed.text().contains("Password changed"), "{}", browser.page);
    assert_ne!(browser.cookie, before);
    browser.get("/").await.is(200);
    elsewhere.get("/").await.is(303);
    browser.cookie = before;
    browser.get("/").await.is(303);

    token.get(ORGS).await.is(401);
    refresh(&t, &ada).await.is_error(400, "INVALID_REFRESH_TOKEN");
    device::post(&t.anonymous(), "token", &waiting).await.is_error(400, "DEVICE_AUTHORIZATION_EXPIRED");
    Browser::new(&t).sign_in(&ada.username, &ada.password).await.is(403);
    Browser::new(&t).sign_in(&ada.username, NEW).await.is(303);
    bobs.get("/").await.is(200);
    bob.actor.get(ORGS).await.is(200);
    refresh(&t, &bob).await.is(200);
    other_node.stop().await;
}

#[telamon_test]
async fn the_change_of_a_password_reaches_the_other_node(t: TestServer) {
    let other = t.another_node().await;
    let ada = t.person("ada@example.com", &["ORG_MEMBER"]).await;
    let tokens = refresh(&t, &ada).await.is(200).json();
    let there = Actor::bearer(other.base_url(), tokens["access_token"].as_str().unwrap());
    there.get(ORGS).await.is(200);
    let mut browser = signed_in(&t, &ada).await;
    browser.get(CHANGE).await.is(200);
    browser.post(CHANGE, &[("current", &ada.password), ("password", NEW), ("again", NEW)]).await.is(200);
    t.advance(1).await;
    there.get(ORGS).await.is(401);
    other.stop().await;
}

#[telamon_test]
async fn only_who_is_signed_in_changes_a_password(t: TestServer) {
    let mut browser = Browser::new(&t);
    browser.get(SIGN_IN).await.is(200);
    let fields = [("current", "x"), ("password", NEW), ("again", NEW)];
    for reply in [browser.get(CHANGE).await, browser.ask(Method::GET, CHANGE, None).await] {
        assert_eq!(reply.is(303).header("location"), Some("/account/sign-in?next=/account/password"));
    }
    browser.get(SIGN_IN).await.is(200);
    browser.post(CHANGE, &fields).await.is(303);
}

#[telamon_test]
async fn who_forgot_their_password_sets_a_new_one_by_a_link(t: TestServer) {
    let ada = t.person("ada@example.com", &["ORG_MEMBER"]).await;
    let mut elsewhere = signed_in(&t, &ada).await;
    let waiting = approved(&t, &mut elsewhere).await;
    ada.actor.get(ORGS).await.is(200);
    let mut browser = Browser::new(&t);
    assert!(browser.get(SIGN_IN).await.is(200).text().contains(r#"<a href="/account/forgotten">"#));

    // The answer is one for all.
    let mut answers = Vec::new();
    for username in ["nobody@example.com", "Ada@Example.com", &format!("{}@example.com", "a".repeat(300)), "\0x"] {
        let reply = ask(&mut browser, username).await;
        if username.starts_with('\0') {
            reply.is(400);
        } else {
            answers.push(reply.is(200).text().replace(username, ""));
        }
    }
    assert!(answers[0].contains("Check your e-mail"), "{}", answers[0]);
    assert!(answers.iter().all(|answer| *answer == answers[0]));
    let sent = mails(&t, 1).await;
    assert_eq!((sent.len(), sent[0].recipient.as_str()), (1, "ada@example.com"));
    assert_eq!(sent[0].subject, "Reset your password");
    let path = link(&t, &sent[0]);
    let mut tx = t.db().begin_read().await.unwrap();
    let kept: Vec<Vec<u8>> = tx.all(TOKENS, &[]).await.unwrap();
    tx.end();
    let token = path.rsplit('/').next().unwrap();
    assert_eq!(kept, [telamon_authn::SecretHash::of(token).as_bytes().to_vec()], "the hash alone is kept");

    let page = browser.get(&path).await.is(200);
    assert_eq!(page.header("referrer-policy"), Some("no-referrer"));
    assert!(page.text().contains("ada@example.com"));
    for (password, again, says) in [("short", "short", "at least"), (NEW, "another", "The passwords do not match.")] {
        let refused = browser.post(&path, &[("password", password), ("again", again)]).await.is(400);
        assert!(refused.text().contains(says), "{}", browser.page);
    }
    browser.ask(Method::POST, &path, Some(&format!("password={NEW}&again={NEW}"))).await.is(403);
    elsewhere.get("/").await.is(200);
    browser.get(&path).await.is(200);
    let done = browser.post(&path, &[("password", NEW), ("again", NEW)]).await.is(200);
    assert!(done.text().contains("Password changed"), "{}", browser.page);
    browser.get(&path).await.is(404);
    browser.get("/").await.is(303);
    elsewhere.get("/").await.is(303);
    ada.actor.get(ORGS).await.is(401);
    refresh(&t, &ada).await.is_error(400, "INVALID_REFRESH_TOKEN");
    device::post(&t.anonymous(), "token", &waiting).await.is_error(400, "DEVICE_AUTHORIZATION_EXPIRED");
    Browser::new(&t).sign_in(&ada.username, &ada.password).await.is(403);
    Browser::new(&t).sign_in(&ada.username, NEW).await.is(303);
}

#[telamon_test]
async fn a_link_is_good_for_an_hour_and_only_the_newest(t: TestServer) {
    let ada = t.person("ada@example.com", &["ORG_MEMBER"]).await;
    let mut browser = Browser::new(&t);
    ask(&mut browser, &ada.username).await.is(200);
    let first = link(&t, &mails(&t, 1).await[0]);
    ask(&mut browser, &ada.username).await.is(200);
    let second = link(&t, &mails(&t, 2).await[1]);
    assert_ne!(first, second);
    browser.get(&first).await.is(404);
    t.advance(3599).await;
    browser.get(&second).await.is(200);
    t.app().jobs().run("expired password links").await.unwrap();
    assert_eq!(count(&t).await, 1);
    t.advance(1).await;
    browser.post(&second, &[("password", NEW), ("again", NEW)]).await.is(404);
    t.app().jobs().run("expired password links").await.unwrap();
    assert_eq!(count(&t).await, 0);
    Browser::new(&t).sign_in(&ada.username, &ada.password).await.is(303);

    // A password that was changed meanwhile is not set by an older link.
    ask(&mut browser, &ada.username).await.is(200);
    let third = link(&t, &mails(&t, 3).await[2]);
    let mut own = signed_in(&t, &ada).await;
    own.get(CHANGE).await.is(200);
    own.post(CHANGE, &[("current", &ada.password), ("password", NEW), ("again", NEW)]).await.is(200);
    browser.get(&third).await.is(404);
    browser.get("/account/reset/").await.is(404);
}

#[telamon_test]
async fn the_link_follows_no_request(t: TestServer) {
    let mut browser = Browser::new(&t);
    browser.get(FORGOTTEN).await.is(200);
    let form = format!("proof={}&username=owner%40example.com", browser.hidden("proof"));
    let call = t.anonymous().post_form(FORGOTTEN, form).header("cookie", browser.cookie.as_deref().unwrap());
    call.header("host", "evil.example").await.is(200);
    link(&t, &mails(&t, 1).await[0]);
}

#[test]
fn nobodys_mailbox_is_flooded() {
    run_with(Engine::Sqlite, "mailbox", behind_a_proxy(), |t| {
        Box::pin(async move {
            // Whether there is an account or not.
            for username in ["owner@example.com", "nobody@example.com"] {
                for number in 1..=3 {
                    ask(&mut Browser::new(&t).at(&format!("198.51.100.{number}")), username).await.is(200);
                    // One after another, so that the newest is the last.
                    mails(&t, number).await;
                }
                let mut browser = Browser::new(&t).at("198.51.100.9");
                ask(&mut browser, &username.to_uppercase()).await.is(429);
                assert!(browser.page.contains("Too many requests."));
            }
            assert_eq!(mails(&t, 3).await.len(), 3);
            let mut browser = Browser::new(&t).at("2001:db8::1");
            for number in 0..20 {
                ask(&mut browser, &format!("nobody{number}@example.com")).await.is(200);
            }
            ask(&mut Browser::new(&t).at("2001:db8::2"), "ada@example.com").await.is(429);
            // Who cannot sign in because of somebody's guesses can when the new password is set.
            let mut stranger = Browser::new(&t).at("198.51.100.77");
            for _ in 0..10 {
                stranger.sign_in("owner@example.com", "wrong").await.is(403);
            }
            let path = link(&t, mails(&t, 3).await.last().unwrap());
            let mut owner = Browser::new(&t).at("203.0.113.1");
            owner.get(&path).await.is(200);
            owner.post(&path, &[("password", NEW), ("again", NEW)]).await.is(200);
            owner.sign_in("owner@example.com", NEW).await.is(303);
        })
    });
}

#[test]
fn guesses_at_the_current_password_are_limited() {
    run_with(Engine::Sqlite, "current password", behind_a_proxy(), |t| {
        Box::pin(async move {
            let ada = t.person("ada@example.com", &["ORG_MEMBER"]).await;
            let mut browser = signed_in(&t, &ada).await;
            browser.get(CHANGE).await.is(200);
            for _ in 0..10 {
                browser.post(CHANGE, &[("current", "wrong"), ("password", NEW), ("again", NEW)]).await.is(403);
            }
            browser.post(CHANGE, &[("current", &ada.password), ("password", NEW), ("again", NEW)]).await.is(429);
        })
    });
}

#[test]
fn a_server_without_mail_says_so() {
    let settings = TestSettings { mail: Some(Arc::new(Mailer::off())), ..TestSettings::default() };
    run_with(Engine::Sqlite, "no recovery", settings, |t| {
        Box::pin(async move {
            let mut browser = Browser::new(&t);
            assert!(browser.get(FORGOTTEN).await.is(404).text().contains("This server does not send e-mail"));
            browser.post(FORGOTTEN, &[("username", "owner@example.com")]).await.is(403);
            assert_eq!(count(&t).await, 0);
        })
    });
}
