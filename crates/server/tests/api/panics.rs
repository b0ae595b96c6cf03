//! A defect in the midst of a request: 500, logged and counted, and the server goes on. And what else is counted.

use metrics_exporter_prometheus::{PrometheusBuilder, PrometheusHandle};
use serde_json::json;
use telamon_testkit::{Call, Engine, Reply, TestServer, TestSettings, run_with};

use crate::browser::Browser;

/// What the whole process counts: one recorder can be installed.
fn metrics() -> PrometheusHandle {
    static METRICS: std::sync::OnceLock<PrometheusHandle> = std::sync::OnceLock::new();
    METRICS.get_or_init(|| PrometheusBuilder::new().install_recorder().unwrap()).clone()
}

async fn unexpected(t: &TestServer) -> u64 {
    counted(t, "telamon_unexpected_errors_total").await
}

async fn counted(t: &TestServer, name: &str) -> u64 {
    let text = t.anonymous().get("/metrics").await.is(200).text();
    let line = text.lines().find(|line| line.starts_with(&format!("{name} ")));
    line.map_or(0, |line| line.split(' ').next_back().unwrap().parse().unwrap())
}

async fn broken(t: &TestServer, call: Call) -> Reply {
    t.entropy().break_down(true);
    let reply = call.header("x-request-id", "given").await.is(500);
    t.entropy().break_down(false);
    assert_eq!(reply.header("x-request-id"), Some("given"));
    reply
}

/// On PostgreSQL, where changes run side by side.
#[test]
fn a_conflict_is_run_again_and_counted() {
    let settings = TestSettings { metrics: Some(metrics()), ..TestSettings::default() };
    run_with(Engine::Postgres, "conflicts", settings, |t| {
        Box::pin(async move {
            let before = counted(&t, "telamon_conflicts_total").await;
            let held = t.hold_organization().await;
            let path = format!("/api/atlas/v2/orgs/{}", t.org_id());
            let rename = |name: &str| {
                let call = t.owner().patch(&path, json!({ "name": name }));
                tokio::spawn(async move { call.await.status() })
            };
            let both = [rename("One"), rename("Two")];
            t.until_waiting(2).await;
            held.roll_back().await.unwrap();
            for renamed in both {
                assert_eq!(renamed.await.unwrap(), 200);
            }
            assert!(counted(&t, "telamon_conflicts_total").await > before);
        })
    });
}

#[test]
fn a_panic_anywhere_is_answered_and_counted() {
    for engine in [Engine::Sqlite, Engine::Postgres] {
        let settings = TestSettings { metrics: Some(metrics()), ..TestSettings::default() };
        run_with(engine, "panics", settings, |t| {
            Box::pin(async move {
                let before = unexpected(&t).await;
                let form = |path: &str, body: &str| t.anonymous().post_form(path, body);
                // A challenge has a random nonce.
                broken(&t, t.anonymous().get("/api/atlas/v2/groups")).await.is_error(500, "UNEXPECTED_ERROR");
                // A change makes ids.
                let keys = format!("/api/atlas/v2/orgs/{}/apiKeys", t.org_id());
                let new = json!({ "desc": "d", "roles": ["ORG_MEMBER"] });
                broken(&t, t.owner().post(&keys, new)).await.is_error(500, "UNEXPECTED_ERROR");
                let program = form("/api/private/unauth/account/device/authorize", "client_id=test");
                broken(&t, program).await.is_error(500, "UNEXPECTED_ERROR");
                let credentials = t.credentials();
                let secret = format!(
                    "grant_type=client_credentials&client_id={}&client_secret={}",
                    credentials.client_id, credentials.client_secret
                );
                broken(&t, form("/api/oauth/token", &secret)).await.is_error(500, "UNEXPECTED_ERROR");
                // A visitor without a cookie gets one.
                let page = broken(&t, t.anonymous().get("/account/sign-in").header("accept", "text/html")).await;
                assert!(page.header("content-type").unwrap().starts_with("text/html"), "{}", page.text());
                assert!(unexpected(&t).await >= before + 5);

                // Nothing is held up, and nothing was half done.
                let listed = t.owner().get(&keys).await.is(200).json();
                assert_eq!(listed["totalCount"], 1);
                t.owner().post(&keys, json!({ "desc": "d", "roles": ["ORG_MEMBER"] })).await.is(200);
                Browser::new(&t).get("/account/sign-in").await.is(200);
            })
        });
    }
}
