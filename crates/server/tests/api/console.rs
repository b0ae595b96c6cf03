//! The pages: signing in and out, and the decision about a program.

use http::Method;
use serde_json::{Value, json};
use telamon_server::app::RateSettings;
use telamon_testkit::{Actor, Engine, TestServer, TestSettings, run_with, telamon_test};

use crate::{browser::Browser, device};

const CONNECT: &str = "/account/connect";
const SIGN_IN: &str = "/account/sign-in";

async fn owner(t: &TestServer) -> Browser {
    let mut browser = Browser::new(t);
    let credentials = t.credentials();
    browser.sign_in(&credentials.username, &credentials.password).await.is(303);
    browser
}

async fn codes(t: &TestServer) -> Value {
    let form = "client_id=0oabtxactgS3gHIR0297&scope=openid+profile+offline_access";
    device::post(&t.anonymous(), "authorize", form).await.is(200).json()
}

async fn poll(t: &TestServer, codes: &Value) -> telamon_testkit::Reply {
    let code = codes["device_code"].as_str().unwrap();
    let form = format!(
        "client_id=0oabtxactgS3gHIR0297&device_code={code}&grant_type=urn%3Aietf%3Aparams%3Aoauth%3Agrant-type%3Adevice_code"
    );
    device::post(&t.anonymous(), "token", &form).await
}

#[telamon_test]
async fn a_person_signs_in_and_out(t: TestServer) {
    let mut browser = Browser::new(&t);
    let reply = browser.get("/").await.is(303);
    assert_eq!(reply.header("location"), Some(SIGN_IN));
    let reply = browser.get(SIGN_IN).await.is(200);
    assert!(reply.header("set-cookie").is_none(), "the cookie of the first page is kept");
    let policy = reply.header("content-security-policy").unwrap();
    assert!(policy.starts_with("default-src 'none'; style-src 'self'"), "{policy}");
    for (name, value) in [
        ("content-type", "text/html; charset=utf-8"),
        ("cache-control", "no-store"),
        ("x-frame-options", "DENY"),
        ("x-content-type-options", "nosniff"),
        ("referrer-policy", "no-referrer"),
    ] {
        assert_eq!(reply.header(name), Some(value), "{name}");
    }
    let style = browser.page.split("rel=\"stylesheet\" href=\"").nth(1).unwrap().split('"').next().unwrap().to_owned();
    let style = t.anonymous().get(&style).await.is(200);
    assert_eq!(style.header("content-type"), Some("text/css; charset=utf-8"));
    assert!(!browser.page.contains("<script") && !browser.page.contains("style="));

    let before = browser.cookie.clone();
    let credentials = t.credentials();
    let fields = [("username", credentials.username.as_str()), ("password", &credentials.password), ("next", CONNECT)];
    let reply = browser.post(SIGN_IN, &fields).await.is(303);
    assert_eq!(reply.header("location"), Some(CONNECT));
    let cookie = reply.header("set-cookie").unwrap();
    assert!(cookie.ends_with("; Path=/; HttpOnly; SameSite=Lax; Max-Age=604800"), "{cookie}");
    assert_ne!(browser.cookie, before, "another token than before the sign-in");
    let page = browser.get("/").await.is(200).text();
    assert!(page.contains("You are signed in as") && page.contains("owner@example.com"), "{page}");

    let session = browser.cookie.clone();
    let reply = browser.post("/account/sign-out", &[]).await.is(303);
    assert!(reply.header("set-cookie").unwrap().contains("Max-Age=0"));
    browser.cookie = session;
    assert_eq!(browser.get("/").await.is(303).header("location"), Some(SIGN_IN));
}

#[telamon_test]
async fn a_session_ends_when_it_is_idle_and_after_a_week(t: TestServer) {
    let mut browser = owner(&t).await;
    for _ in 0..15 {
        t.advance(11 * 3600).await;
        browser.get("/").await.is(200);
    }
    t.advance(3 * 3600).await;
    browser.get("/").await.is(303);
    let mut browser = owner(&t).await;
    t.advance(12 * 3600).await;
    browser.get("/").await.is(303);
}

#[telamon_test]
async fn who_cannot_sign_in_learns_nothing(t: TestServer) {
    let mut browser = Browser::new(&t);
    let (known, password) = (t.credentials().username.clone(), t.credentials().password.clone());
    let key = t.credentials().clone();
    let mut pages = Vec::new();
    for (username, password) in [
        (known.as_str(), "wrong"),
        ("nobody@example.com", "wrong"),
        (known.as_str(), ""),
        (&key.client_id, &key.client_secret),
        (&key.public_key, &key.private_key),
        ("\"><script>x</script>", &password),
    ] {
        browser.sign_in(username, password).await.is(403);
        assert!(!browser.page.contains("<script>"));
        let entered = username.replace('"', "&quot;").replace('<', "&lt;").replace('>', "&gt;");
        pages.push(browser.page.replace(&entered, "").replace(&browser.hidden("proof"), ""));
    }
    assert!(pages[0].contains("Incorrect e-mail or password."));
    assert!(pages.iter().all(|page| *page == pages[0]), "all are told the same");
    for other in ["//evil.example", "https://evil.example", "/\\evil.example"] {
        browser.get(SIGN_IN).await.is(200);
        let fields = [("username", known.as_str()), ("password", &password), ("next", other)];
        assert_eq!(browser.post(SIGN_IN, &fields).await.is(303).header("location"), Some("/"));
        browser.get("/").await.is(200);
        browser.post("/account/sign-out", &[]).await.is(303);
    }
}

#[telamon_test]
async fn a_form_from_elsewhere_is_refused(t: TestServer) {
    let mut browser = owner(&t).await;
    browser.get("/").await.is(200);
    for form in ["", "proof=x", "proof=AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"] {
        browser.ask(Method::POST, "/account/sign-out", Some(form)).await.is(403);
        browser.ask(Method::POST, CONNECT, Some(&format!("{form}&code=BCDFGHJK&decision=approve"))).await.is(403);
    }
    let mut other = Browser::new(&t);
    other.get(SIGN_IN).await.is(200);
    let stolen = format!("proof={}", other.hidden("proof"));
    browser.ask(Method::POST, "/account/sign-out", Some(&stolen)).await.is(403);
    other.cookie = None;
    other.ask(Method::POST, SIGN_IN, Some(&stolen)).await.is(403);
    browser.get("/").await.is(200);
    browser.get("/account/nothing").await.is(404);
    browser.ask(Method::PUT, SIGN_IN, None).await.is(405);
}

#[telamon_test]
async fn behind_https_the_cookie_is_bound_to_the_host(t: TestServer) {
    drop(t);
    let settings = TestSettings { trusted_proxies: vec!["127.0.0.0/8".into()], ..TestSettings::default() };
    let Some(t) = TestServer::start(Engine::Sqlite, "cookie", settings).await else { return };
    let call = t.anonymous().get(SIGN_IN).header("x-forwarded-proto", "https").header("x-forwarded-host", "a.example");
    let reply = call.await.is(200);
    let cookie = reply.header("set-cookie").unwrap();
    assert!(cookie.starts_with("__Host-telamon="), "{cookie}");
    assert!(cookie.ends_with("; Path=/; HttpOnly; SameSite=Lax; Secure"), "{cookie}");
}

#[telamon_test]
async fn a_program_signs_a_person_in(t: TestServer) {
    let codes = codes(&t).await;
    assert_eq!((codes["expires_in"].as_i64(), codes["interval"].as_i64()), (Some(600), Some(10)));
    assert_eq!(codes["verification_uri"], format!("{}{CONNECT}", t.base_url()));
    poll(&t, &codes).await.is_error(400, "DEVICE_AUTHORIZATION_PENDING");

    let mut browser = Browser::new(&t);
    let reply = browser.get(CONNECT).await.is(303);
    assert_eq!(reply.header("location"), Some("/account/sign-in?next=/account/connect"));
    let mut browser = owner(&t).await;
    browser.get(CONNECT).await.is(200);
    browser.post(CONNECT, &[("code", "BBBB-BBBB")]).await.is(400);
    assert!(browser.page.contains("Invalid or expired code."));
    let code = codes["user_code"].as_str().unwrap().to_lowercase();
    let (first, second) = code.split_at(4);
    browser.post(CONNECT, &[("code", &format!("{first} {second}"))]).await.is(200);
    for shown in ["Atlas CLI", "0oabtxactgS3gHIR0297", "openid profile offline_access", "127.0.0.1"] {
        assert!(browser.page.contains(shown), "{shown}");
    }
    poll(&t, &codes).await.is_error(400, "DEVICE_AUTHORIZATION_PENDING");
    browser.post(CONNECT, &[("code", &code), ("decision", "approve")]).await.is(200);
    assert!(browser.page.contains("Program signed in"));

    let other = format!("client_id=other&device_code={}", codes["device_code"].as_str().unwrap());
    let other = format!("{other}&grant_type=urn%3Aietf%3Aparams%3Aoauth%3Agrant-type%3Adevice_code");
    device::post(&t.anonymous(), "token", &other).await.is_error(400, "DEVICE_AUTHORIZATION_EXPIRED");
    let tokens = poll(&t, &codes).await.is(200).json();
    assert_eq!(tokens["scope"], "openid profile offline_access");
    let caller = Actor::bearer(t.base_url(), tokens["access_token"].as_str().unwrap());
    assert_eq!(caller.get("/api/atlas/v2/orgs").await.is(200).json()["totalCount"], 1);
    assert_eq!(caller.get("/api/atlas/v2/groups").await.is(200).json()["totalCount"], 1);

    poll(&t, &codes).await.is_error(400, "DEVICE_AUTHORIZATION_EXPIRED");
    browser.get(CONNECT).await.is(200);
    browser.post(CONNECT, &[("code", &code), ("decision", "approve")]).await.is(400);
}

#[telamon_test]
async fn a_program_may_be_turned_away_or_come_too_late(t: TestServer) {
    let mut browser = owner(&t).await;
    let denied = codes(&t).await;
    browser.get(CONNECT).await.is(200);
    let code = denied["user_code"].as_str().unwrap();
    browser.post(CONNECT, &[("code", code), ("decision", "deny")]).await.is(200);
    poll(&t, &denied).await.is_error(403, "DEVICE_AUTHORIZATION_DENIED");
    browser.get(CONNECT).await.is(200);
    browser.post(CONNECT, &[("code", code), ("decision", "approve")]).await.is(400);

    let late = codes(&t).await;
    t.advance(600).await;
    poll(&t, &late).await.is_error(400, "DEVICE_AUTHORIZATION_EXPIRED");
    browser.get(CONNECT).await.is(200);
    browser.post(CONNECT, &[("code", late["user_code"].as_str().unwrap()), ("decision", "approve")]).await.is(400);
}

#[telamon_test]
async fn wrong_requests_of_programs_are_told_what_is_wrong(t: TestServer) {
    for (endpoint, form, code) in [
        ("authorize", "", "MISSING_ATTRIBUTE"),
        ("authorize", "client_id=%3Cb%3E", "INVALID_ATTRIBUTE"),
        ("authorize", "client_id=a&client_id=a", "VALIDATION_ERROR"),
        ("token", "client_id=a", "MISSING_ATTRIBUTE"),
        ("token", "client_id=a&grant_type=password", "INVALID_GRANT_TYPE"),
        ("token", "client_id=a&grant_type=refresh_token", "MISSING_ATTRIBUTE"),
        ("token", "client_id=a&grant_type=refresh_token&refresh_token=x", "INVALID_REFRESH_TOKEN"),
    ] {
        device::post(&t.anonymous(), endpoint, form).await.is_error(400, code);
    }
    device::post(&t.anonymous(), "nothing", "").await.is_error(404, "RESOURCE_NOT_FOUND");
    let path = "/api/private/unauth/account/device";
    t.anonymous().get(&format!("{path}/token")).await.is_error(405, "METHOD_NOT_ALLOWED");
    let registration = t.anonymous().get(&format!("{path}/registration")).await.is(200).json();
    assert_eq!(registration["registrationUrl"], format!("{}{SIGN_IN}", t.base_url()));
}

#[test]
fn guesses_are_limited() {
    let settings = TestSettings { rates: RateSettings::default(), ..TestSettings::default() };
    run_with(Engine::Sqlite, "guesses", settings, |t| {
        Box::pin(async move {
            let waiting = codes(&t).await;
            poll(&t, &waiting).await.is_error(400, "DEVICE_AUTHORIZATION_PENDING");
            poll(&t, &waiting).await.is_error(429, "DEVICE_AUTHORIZATION_PENDING");
            t.advance(10).await;
            poll(&t, &waiting).await.is_error(400, "DEVICE_AUTHORIZATION_PENDING");
            for _ in 1..10 {
                codes(&t).await;
            }
            device::post(&t.anonymous(), "authorize", "client_id=a").await.is_error(429, "RATE_LIMITED");

            let mut browser = owner(&t).await;
            browser.get(CONNECT).await.is(200);
            for _ in 0..10 {
                browser.post(CONNECT, &[("code", "BBBB-BBBB")]).await.is(400);
            }
            let code = waiting["user_code"].as_str().unwrap().to_owned();
            browser.post(CONNECT, &[("code", &code)]).await.is(429);

            let mut stranger = Browser::new(&t);
            for _ in 0..10 {
                stranger.sign_in("owner@example.com", "wrong").await.is(403);
            }
            let password = t.credentials().password.clone();
            stranger.sign_in("owner@example.com", &password).await.is(429);
            assert!(stranger.page.contains("Too many attempts."));
            t.advance(900).await;
            stranger.sign_in("owner@example.com", &password).await.is(303);
        })
    });
}

#[test]
fn wrong_codes_count_whatever_else_is_right() {
    let settings = TestSettings { rates: RateSettings::default(), ..TestSettings::default() };
    run_with(Engine::Sqlite, "guessed codes", settings, |t| {
        Box::pin(async move {
            let waiting = codes(&t).await;
            let own = waiting["user_code"].as_str().unwrap();
            let mut browser = owner(&t).await;
            browser.get(CONNECT).await.is(200);
            for _ in 0..10 {
                browser.post(CONNECT, &[("code", own)]).await.is(200);
                browser.post(CONNECT, &[("code", "BBBB-BBBB")]).await.is(400);
            }
            browser.post(CONNECT, &[("code", "BBBB-BBBB")]).await.is(429);
            browser.post(CONNECT, &[("code", own)]).await.is(429);
            t.advance(900).await;
            browser.post(CONNECT, &[("code", "BBBB-BBBB")]).await.is(400);
        })
    });
}

/// Settings with limits, and a proxy that says where visitors are.
pub(crate) fn behind_a_proxy() -> TestSettings {
    let rates = RateSettings::default();
    TestSettings { rates, trusted_proxies: vec!["127.0.0.0/8".into()], ..TestSettings::default() }
}

#[test]
fn an_address_that_tried_too_often_locks_nobody_out() {
    run_with(Engine::Sqlite, "locked out", behind_a_proxy(), |t| {
        Box::pin(async move {
            let (username, password) = (t.credentials().username.clone(), t.credentials().password.clone());
            let mut stranger = Browser::new(&t).at("198.51.100.1");
            for number in 0..50 {
                stranger.sign_in(&format!("nobody{number}@example.com"), "wrong").await.is(403);
            }
            for _ in 0..10 {
                stranger.sign_in(&username, "wrong").await.is(429);
            }
            Browser::new(&t).at("198.51.100.2").sign_in(&username, &password).await.is(303);
        })
    });
}

#[test]
fn a_name_that_nobody_can_have_is_wrong_however_often_it_is_tried() {
    run_with(Engine::Sqlite, "long names", behind_a_proxy(), |t| {
        Box::pin(async move {
            let (longest, longer) =
                (format!("{}@example.com", "a".repeat(242)), format!("{}@example.com", "a".repeat(243)));
            let mut stranger = Browser::new(&t).at("198.51.100.1");
            for _ in 0..11 {
                stranger.sign_in(&longer, "wrong").await.is(403);
            }
            for _ in 0..10 {
                stranger.sign_in(&longest, "wrong").await.is(403);
            }
            stranger.sign_in(&longest, "wrong").await.is(429);
        })
    });
}

#[test]
fn a_network_of_ipv6_is_one_visitor() {
    run_with(Engine::Sqlite, "ipv6", behind_a_proxy(), |t| {
        Box::pin(async move {
            let (username, password) = (t.credentials().username.clone(), t.credentials().password.clone());
            for number in 0..50 {
                let mut stranger = Browser::new(&t).at(&format!("2001:db8:1:2:{number:x}::1"));
                stranger.sign_in(&format!("nobody{number}@example.com"), "wrong").await.is(403);
            }
            Browser::new(&t).at("2001:db8:1:2:ffff::1").sign_in(&username, &password).await.is(429);
            Browser::new(&t).at("2001:db8:1:3::1").sign_in(&username, &password).await.is(303);

            let ask = async |address: &str| {
                let call = t.anonymous().post_form("/api/private/unauth/account/device/authorize", "client_id=a");
                call.header("x-forwarded-for", address).await
            };
            for number in 0..10 {
                ask(&format!("2001:db8:1:2:{number:x}::1")).await.is(200);
            }
            ask("2001:db8:1:2:ffff::1").await.is_error(429, "RATE_LIMITED");
            ask("2001:db8:1:3::1").await.is(200);
        })
    });
}

#[telamon_test]
async fn a_form_with_a_character_that_cannot_be_kept_is_refused(t: TestServer) {
    let mut browser = Browser::new(&t);
    browser.get(SIGN_IN).await.is(200);
    let proof = browser.hidden("proof");
    for form in ["username=a%00%40example.com&password=x", "username=a%40example.com&pass%00word=x"] {
        browser.ask(Method::POST, SIGN_IN, Some(&format!("proof={proof}&{form}"))).await.is(400);
    }
    browser.get(&format!("{SIGN_IN}?next=%00")).await.is(400);
    for (endpoint, form) in [("authorize", "client_id=a&scope=%00"), ("token", "client_id=a&grant_type=%00")] {
        device::post(&t.anonymous(), endpoint, form).await.is_error(400, "VALIDATION_ERROR");
    }
}

/// Invites that address; the path of the page in the mail.
async fn invited(t: &TestServer, username: &str) -> String {
    let body = json!({ "username": username, "roles": { "orgRoles": ["ORG_MEMBER"], "groupRoleAssignments": [
        { "groupId": t.group_id(), "groupRoles": ["GROUP_READ_ONLY"] },
    ] } });
    t.owner().post(&format!("/api/atlas/v2/orgs/{}/users", t.org_id()), body).await.is(201);
    let mails = t.mails().await;
    let mail = mails.iter().rev().find(|mail| mail.recipient == username).unwrap();
    let link = mail.body.split_whitespace().find(|word| word.contains("/invitations/")).unwrap();
    link.strip_prefix(t.base_url()).unwrap().to_owned()
}

#[telamon_test]
async fn who_is_invited_makes_an_account_and_is_a_member(t: TestServer) {
    let path = invited(&t, "grace@example.com").await;
    let mut browser = Browser::new(&t);
    browser.get(&path).await.is(200);
    for shown in ["Join Acme?", "grace@example.com", "ORG_MEMBER", "First", "GROUP_READ_ONLY"] {
        assert!(browser.page.contains(shown), "{shown}: {}", browser.page);
    }
    let fields = |password, again| {
        [("first_name", "Grace"), ("last_name", "Hopper"), ("password", password), ("again", again), ("answer", "join")]
    };
    for control in ["G\u{7}race", "Gra\u{1b}[2Jce"] {
        let mut named = fields("correct horse battery", "correct horse battery");
        named[0].1 = control;
        let refused = browser.post(&path, &named).await.is(400);
        assert!(refused.text().contains("no control characters"), "{}", refused.text());
    }
    for (password, again, says) in
        [("short", "short", "at least"), ("correct horse battery", "another horse", "The passwords do not match")]
    {
        let refused = browser.post(&path, &fields(password, again)).await.is(400);
        assert!(refused.text().contains(says), "{}", refused.text());
    }
    let good = fields("correct horse battery", "correct horse battery");
    t.advance(1).await;
    let joined = browser.post(&path, &good).await.is(303);
    assert_eq!(joined.header("location"), Some("/"));
    assert!(browser.get("/").await.is(200).text().contains("Grace Hopper"));
    browser.get(&path).await.is(404);
    Browser::new(&t).sign_in("grace@example.com", "correct horse battery").await.is(303);

    let users = t.owner().get(&format!("/api/atlas/v2/orgs/{}/users", t.org_id())).await.is(200).json();
    let grace =
        users["results"].as_array().unwrap().iter().find(|user| user["username"] == "grace@example.com").unwrap();
    assert_eq!(grace["orgMembershipStatus"], "ACTIVE");
    let roles = json!({
        "groupRoleAssignments": [{ "groupId": t.group_id(), "groupRoles": ["GROUP_READ_ONLY"] }],
        "orgRoles": ["ORG_MEMBER"],
    });
    assert_eq!(grace["roles"], roles);
    let events = t.owner().get(&format!("/api/atlas/v2/orgs/{}/events", t.org_id())).await.is(200).json();
    assert_eq!(events["results"][0]["eventTypeName"], "JOINED_ORG");
    assert_eq!(events["results"][0]["username"], "grace@example.com");
}

#[telamon_test]
async fn an_invitation_is_declined_or_lapses(t: TestServer) {
    let path = invited(&t, "declining@example.com").await;
    let mut browser = Browser::new(&t);
    browser.get(&path).await.is(200);
    // A form that did not come from the page changes nothing.
    let foreign = browser.ask(Method::POST, &path, Some("answer=decline")).await;
    foreign.is(403);
    browser.get(&path).await.is(200);
    assert!(browser.post(&path, &[("answer", "decline")]).await.is(200).text().contains("You did not join"));
    browser.get(&path).await.is(404);

    let path = invited(&t, "late@example.com").await;
    t.advance(30 * 86_400).await;
    browser.get(&path).await.is(404);
    browser.get("/invitations/nothing").await.is(404);
}

#[telamon_test]
async fn an_account_that_is_there_joins_after_signing_in_and_no_other_one(t: TestServer) {
    let path = invited(&t, "ada@example.com").await;
    let made = t.owner().post(
        "/api/atlas/v2/orgs",
        json!({
            "name": "Elsewhere",
            "serviceAccount": { "name": "s", "description": "s", "roles": ["ORG_OWNER"], "secretExpiresAfterHours": 24 },
        }),
    );
    let made = made.await.is(201).json();
    let account = &made["serviceAccount"];
    let secret = account["secrets"][0]["secret"].as_str().unwrap();
    let theirs = Actor::bearer(t.base_url(), &t.token_of(account["clientId"].as_str().unwrap(), secret).await);
    let person = json!({
        "username": "ada@example.com", "password": "correct horse battery", "firstName": "Ada", "lastName": "L",
        "country": "GB", "mobileNumber": "+441234567890",
        "roles": [{ "orgId": made["organization"]["id"], "roleName": "ORG_MEMBER" }],
    });
    let old = "application/vnd.atlas.2023-01-01+json";
    theirs.post("/api/atlas/v2/users", person).header("accept", old).await.is(201);

    let mut stranger = owner(&t).await;
    stranger.get(&path).await.is(200);
    stranger.post(&path, &[("answer", "join")]).await.is(403);
    let mut browser = Browser::new(&t);
    assert!(browser.get(&path).await.is(200).text().contains("Sign in to join"));
    browser.sign_in("ada@example.com", "correct horse battery").await.is(303);
    browser.get(&path).await.is(200);
    browser.post(&path, &[("answer", "join")]).await.is(303);
    let users =
        t.owner().get(&format!("/api/atlas/v2/orgs/{}/users?username=ada@example.com", t.org_id())).await.is(200);
    assert_eq!(users.json()["results"][0]["orgMembershipStatus"], "ACTIVE");
}
