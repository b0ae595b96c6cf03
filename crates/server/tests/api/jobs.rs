//! Jobs: what they do when the clock moves, on which node, and what becomes of one that fails.

use std::collections::BTreeSet;

use serde_json::{Value, json};
use telamon_server::{jobs::reported, retention::DAY};
use telamon_store::{Sql, args, sql};
use telamon_testkit::{Engine, TestServer, TestSettings, run_with, telamon_test};

use crate::device;

static INSERT_REVOKED: Sql = sql!("INSERT INTO revoked_token (jti, expires_at) VALUES ($1, $2)");
static REVOKED: Sql = sql!("SELECT COUNT(*) FROM revoked_token");
static CERTIFICATES: Sql = sql!("SELECT COUNT(*) FROM certificate");
static MAILS: Sql = sql!("SELECT LENGTH(body) FROM outbox");
static SESSIONS: Sql = sql!("SELECT COUNT(*) FROM refresh_token");
static MARKS: Sql = sql!("SELECT COUNT(*) FROM change_marker");
static EVENTS: Sql = sql!("SELECT COUNT(*) FROM event");
static HOLDERS: Sql = sql!("SELECT holder FROM lease");

async fn one(t: &TestServer, text: Sql) -> i64 {
    let mut tx = t.db().begin_read().await.unwrap();
    tx.one(text, &[]).await.unwrap()
}

fn org(t: &TestServer, rest: &str) -> String {
    format!("/api/atlas/v2/orgs/{}{rest}", t.org_id())
}

async fn account(t: &TestServer, hours: i64) -> Value {
    let body = json!({
        "name": "account", "description": "of a test", "roles": ["ORG_MEMBER"], "secretExpiresAfterHours": hours,
    });
    t.key_owner().post(&org(t, "/serviceAccounts"), body).await.is(201).json()
}

async fn secrets_deleted(t: &TestServer) -> Vec<Value> {
    let path = org(t, "/events?eventType=SERVICE_ACCOUNT_SECRET_DELETED");
    t.key_owner().get(&path).await.is(200).json()["results"].as_array().unwrap().clone()
}

#[telamon_test]
async fn what_ends_within_a_month_ends_at_its_time(t: TestServer) {
    account(&t, 100).await;
    account(&t, 500).await;
    t.advance(30 * DAY).await;
    let ended: Vec<Value> = secrets_deleted(&t).await.into_iter().map(|event| event["created"].clone()).collect();
    // The clock of the test moves by an hour at a time, and began at 03:05:48.
    assert_eq!(ended, ["2026-08-30T23:05:48Z", "2026-08-14T07:05:48Z"]);
}

#[telamon_test]
async fn a_job_that_panics_ends_one_run_of_itself(t: TestServer) {
    account(&t, 8).await;
    t.advance(8 * 3600 - 60).await;
    t.entropy().break_down(true);
    for _ in 0..5 {
        t.advance(60).await;
        assert_eq!(t.anonymous().get("/readyz").header("x-request-id", "r").await.is(200).text(), "ready\n");
    }
    t.advance(60).await;
    t.advance(60).await;
    let ready = t.anonymous().get("/readyz").header("x-request-id", "r").await.is(200).text();
    assert_eq!(ready, "ready\nthe job \"expired secrets\" fails since 2026-08-10T11:05:48Z\n");
    let reports = reported(t.db()).await.unwrap();
    let report = |job: &str| reports.iter().find(|told| told.report.job == job).unwrap().report.clone();
    let failed = report("expired secrets");
    assert_eq!(failed.failures, 7);
    assert!(failed.last_error.unwrap().contains("the randomness of the test is broken"));
    assert_eq!(failed.last_success_at.unwrap().to_string(), "2026-08-10T11:04:48Z");
    assert_eq!(report("expired invitations").failures, 0, "the others go on");

    t.entropy().break_down(false);
    t.advance(60).await;
    assert_eq!(t.anonymous().get("/readyz").await.is(200).text(), "ready\n");
    assert_eq!(secrets_deleted(&t).await.len(), 1);
}

#[telamon_test]
async fn a_mail_is_sent_when_it_is_posted(t: TestServer) {
    t.advance(1).await;
    t.key_owner()
        .post(&org(&t, "/invites"), json!({ "roles": ["ORG_MEMBER"], "username": "a@example.com" }))
        .await
        .is(200);
    // The time of the job has not come: it was woken.
    t.advance(0).await;
    assert_eq!(t.node().mails().len(), 1);
}

#[test]
fn what_is_deleted_is_deleted_in_bounded_batches() {
    run_with(Engine::Sqlite, "batches", TestSettings::default(), |t| {
        Box::pin(async move {
            let mut tx = t.db().begin_write().await.unwrap();
            for number in 0..2_500 {
                tx.run(INSERT_REVOKED, &args![format!("{number}"), t.now()]).await.unwrap();
            }
            tx.commit().await.unwrap();
            let before = t.db().commits();
            t.app().jobs().run("expired revocations").await.unwrap();
            assert_eq!((one(&t, REVOKED).await, t.db().commits() - before), (0, 3));
            t.app().jobs().run("expired revocations").await.unwrap();
            assert_eq!(t.db().commits() - before, 3, "who finds nothing does not write");
        })
    });
}

/// The nodes that have reported a job.
async fn nodes_of(t: &TestServer, job: &str) -> usize {
    reported(t.db()).await.unwrap().iter().filter(|told| told.report.job == job).count()
}

#[test]
fn one_node_at_a_time_has_the_lease() {
    run_with(Engine::Postgres, "lease", TestSettings::default(), |t| {
        Box::pin(async move {
            let holder = async |t: &TestServer| {
                let mut tx = t.db().begin_read().await.unwrap();
                tx.all::<String>(HOLDERS, &[]).await.unwrap()
            };
            let other = t.another_node().await;
            t.advance(60).await;
            let first = holder(&t).await;
            assert_eq!((first.len(), nodes_of(&t, "marker").await, nodes_of(&t, "expired secrets").await), (1, 2, 1));

            // The other one stops and leaves the lease alone, which is not its own; a third one finds it taken.
            other.stop().await;
            let third = t.another_node().await;
            t.advance(60).await;
            assert_eq!(holder(&t).await, first);

            // The first one goes without a word: its lease ends by itself.
            t.leave_out(t.app());
            t.advance(60).await;
            assert_eq!(holder(&t).await, first, "it is not over yet");
            t.advance(60).await;
            let next = holder(&t).await;
            assert_ne!(next, first);
            t.advance(60).await;
            assert_eq!(nodes_of(&t, "expired secrets").await, 2);

            // Given back, the next one need not wait.
            third.stop().await;
            assert!(holder(&t).await.is_empty());
        })
    });
}

#[telamon_test]
async fn every_job_reports(t: TestServer) {
    t.advance(10 * 60).await;
    t.advance(60).await;
    let reports = reported(t.db()).await.unwrap();
    let jobs: BTreeSet<&str> = reports.iter().map(|told| told.report.job.as_str()).collect();
    let expected = [
        "crowded refusals",
        "ended sessions",
        "ended sign-ins",
        "expired database users",
        "expired device codes",
        "expired invitations",
        "expired network entries",
        "expired nonces",
        "expired password links",
        "expired reports",
        "expired revocations",
        "expired secrets",
        "lease",
        "mail",
        "marker",
        "old marks",
        "old refusals",
        "refusals",
        "sent mail",
        "usage",
    ];
    assert_eq!(jobs.iter().copied().filter(|job| *job != "reports").collect::<Vec<_>>(), expected);
    for told in &reports {
        assert_eq!((told.report.failures, told.report.lag_seconds(told.at)), (0, 0), "{:?}", told.report);
        assert!(told.report.last_success_at.is_some());
    }
}

fn keeping(change: impl Fn(&mut TestSettings), name: &str, test: impl AsyncFn(TestServer) + Copy + 'static) {
    for engine in [Engine::Sqlite, Engine::Postgres] {
        let mut settings = TestSettings::default();
        change(&mut settings);
        run_with(engine, name, settings, |t| Box::pin(async move { test(t).await }));
    }
}

/// The total of a list of events, and how many it shows.
async fn listed(t: &TestServer, query: &str) -> (i64, usize) {
    let page = t.key_owner().get(&org(t, &format!("/events?itemsPerPage=500{query}"))).await.is(200).json();
    (page["totalCount"].as_i64().unwrap(), page["results"].as_array().unwrap().len())
}

#[test]
fn events_are_kept_as_long_as_configured_and_the_totals_follow() {
    keeping(
        |settings| settings.retention.events = Some(2 * DAY),
        "kept events",
        async |t| {
            for _ in 0..3 {
                t.project_with_key().await;
            }
            t.advance(DAY).await;
            t.project_with_key().await;
            let made = "&eventType=GROUP_CREATED";
            let (all, projects) = (listed(&t, "").await, listed(&t, made).await);
            assert_eq!((all.1, projects), (usize::try_from(all.0).unwrap(), (5, 5)));
            t.advance(DAY + 600).await;
            assert_eq!((listed(&t, "").await, listed(&t, made).await), ((1, 1), (1, 1)));
            t.advance(DAY).await;
            assert_eq!((listed(&t, "").await, listed(&t, made).await), ((0, 0), (0, 0)));
            assert_eq!(one(&t, EVENTS).await, 0);
        },
    );
}

#[test]
fn without_a_word_events_are_kept_for_ever() {
    keeping(
        |_| {},
        "all events",
        async |t| {
            t.project_with_key().await;
            t.advance(3 * 365 * DAY).await;
            assert_eq!(listed(&t, "&eventType=GROUP_CREATED").await, (2, 2));
        },
    );
}

#[test]
fn a_certificate_is_kept_until_it_has_expired_and_then_as_long_as_configured() {
    keeping(
        |settings| settings.retention.certificates = Some(DAY),
        "kept certificates",
        async |t| {
            let users = format!("/api/atlas/v2/groups/{}/databaseUsers", t.group_id());
            let user = json!({
                "username": "ada", "databaseName": "$external", "x509Type": "MANAGED",
                "roles": [{ "roleName": "read", "databaseName": "a" }],
            });
            t.key_owner().post(&users, user).await.is(201);
            let issue = json!({ "monthsUntilExpiration": 1 });
            t.key_owner().post(&format!("{users}/ada/certs"), issue).await.is(201);
            // From 10 August on: it ends on 10 September.
            t.advance(31 * DAY).await;
            assert_eq!(one(&t, CERTIFICATES).await, 1, "it has just expired");
            t.advance(DAY - 3600).await;
            assert_eq!(one(&t, CERTIFICATES).await, 1);
            t.advance(2 * 3600).await;
            assert_eq!(one(&t, CERTIFICATES).await, 0);
        },
    );
}

#[telamon_test]
async fn a_mail_that_was_sent_is_kept_without_what_it_said(t: TestServer) {
    let invitation = json!({ "roles": ["ORG_MEMBER"], "username": "a@example.com" });
    t.key_owner().post(&org(&t, "/invites"), invitation).await.is(200);
    assert_eq!(t.mails().await.len(), 1);
    assert_eq!(one(&t, MAILS).await, 0);
    t.advance(30 * DAY).await;
    let mut tx = t.db().begin_read().await.unwrap();
    assert_eq!(tx.all::<i64>(MAILS, &[]).await.unwrap(), [0; 0]);
}

#[telamon_test]
async fn sessions_that_ended_and_marks_are_kept_for_a_while(t: TestServer) {
    let ada = t.person("ada@example.com", &["ORG_MEMBER"]).await;
    let form = format!("client_id=test&token={}", ada.refresh_token);
    device::post(&t.anonymous(), "revoke", &form).await.is(200);
    ada.actor.get("/api/atlas/v2/orgs").await.is(401);
    assert!(one(&t, MARKS).await > 0);
    t.advance(660).await;
    assert_eq!((one(&t, SESSIONS).await, one(&t, MARKS).await), (1, 0));
    // It would have ended by itself within twelve hours.
    t.advance(31 * DAY).await;
    assert_eq!(one(&t, SESSIONS).await, 0);
}
