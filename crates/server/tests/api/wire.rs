//! Media types, envelope, pretty printing, pages, paths, methods, bodies, headers.

use std::time::Duration;

use http::Method;
use serde_json::json;
use telamon_api::Overrides;
use telamon_server::app::RateSettings;
use telamon_testkit::{Actor, Engine, TestServer, TestSettings, run_with, telamon_test};
use telamon_wire::Version;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
};

#[telamon_test]
async fn the_newest_version_not_after_the_date_answers(t: TestServer) {
    let accounts = format!("/api/atlas/v2/orgs/{}/serviceAccounts", t.org_id());
    let cases = [
        ("/api/atlas/v2/groups", "2023-01-01", Some("2023-01-01")),
        ("/api/atlas/v2/groups", "2024-02-29", Some("2023-01-01")),
        ("/api/atlas/v2/groups", "2043-01-01", Some("2023-01-01")),
        ("/api/atlas/v2/groups", "2022-12-31", None),
        ("/api/atlas/v2/groups", "2023-02-29", None),
        ("/api/atlas/v2/groups", "preview", None),
        (accounts.as_str(), "2024-08-05", Some("2024-08-05")),
        (accounts.as_str(), "2025-03-12", Some("2024-08-05")),
        (accounts.as_str(), "2024-08-04", None),
    ];
    for (path, date, resolved) in cases {
        let reply = t.owner().get(path).header("accept", &format!("application/vnd.atlas.{date}+json")).await;
        match resolved {
            Some(version) => {
                let reply = reply.is(200);
                let expected = format!("application/vnd.atlas.{version}+json;charset=utf-8");
                assert_eq!(reply.header("content-type"), Some(expected.as_str()), "{path} {date}");
            }
            None => drop(reply.is_error(406, "INVALID_VERSION_DATE")),
        }
    }
    for accept in ["", "application/json", "*/*", "application/vnd.atlas.2023-01-01+csv"] {
        let reply =
            t.owner().get("/api/atlas/v2/groups").header("accept", accept).await.is_error(406, "INVALID_VERSION_DATE");
        assert_eq!(reply.header("x-error-code"), Some("INVALID_VERSION_DATE"));
        assert_eq!(
            reply.text(),
            r#"{"detail":"Invalid accept header or version date.","error":406,"errorCode":"INVALID_VERSION_DATE","parameters":[],"reason":"Not Acceptable"}"#
        );
    }
}

#[test]
fn a_version_that_is_gone_is_410() {
    for engine in [Engine::Sqlite, Engine::Postgres] {
        let settings = TestSettings { gone_versions: [Version::V2023_01_01].into(), ..TestSettings::default() };
        run_with(engine, "gone", settings, |t| {
            Box::pin(async move {
                let reply = t.owner().get("/api/atlas/v2/groups").await.is_error(410, "VERSION_GONE");
                assert_eq!(reply.detail(), "Version 2023-01-01 of api/atlas/v2/groups is no longer available.");
                assert_eq!(reply.json()["parameters"], json!(["2023-01-01", "api/atlas/v2/groups"]));
                t.owner().get(&format!("/api/atlas/v2/orgs/{}/serviceAccounts", t.org_id())).await.is(200);
            })
        });
    }
}

#[telamon_test]
async fn an_envelope_holds_status_and_content(t: TestServer) {
    let path = format!("/api/atlas/v2/groups/{}", t.group_id());
    let plain = t.owner().get(&path).await.is(200).json();
    let wrapped = t.owner().get(&format!("{path}?envelope=true")).await.is(200).json();
    assert_eq!(wrapped, json!({ "content": plain, "status": 200 }));

    let list = t.owner().get("/api/atlas/v2/groups?envelope=true").await.is(200).json();
    assert_eq!(list["status"], 200);
    assert_eq!(list["totalCount"], 1);

    let missing = t.owner().get("/api/atlas/v2/groups/5f00000000000000000000cc?envelope=true").await.is(200).json();
    assert_eq!(missing["status"], 404);
    assert_eq!(missing["content"]["errorCode"], "GROUP_NOT_FOUND");

    let removed = t.owner().delete(&format!("{path}/managedSlowMs/disable?envelope=true")).await.is(200).json();
    assert_eq!(removed, json!({ "content": {}, "status": 204 }));

    let challenge = t.anonymous().get("/api/atlas/v2/groups?envelope=true").await.is(401);
    assert!(challenge.header("www-authenticate").is_some());
}

#[telamon_test]
async fn pretty_indents(t: TestServer) {
    let path = format!("/api/atlas/v2/groups/{}/settings", t.group_id());
    let plain = t.owner().get(&path).await.is(200);
    let pretty = t.owner().get(&format!("{path}?pretty=true")).await.is(200);
    assert_eq!(plain.json(), pretty.json());
    assert!(!plain.text().contains('\n'));
    assert!(pretty.text().starts_with("{\n  \""), "{}", pretty.text());
    let error = t.owner().get("/api/atlas/v2/nothing?pretty=true").await.is_error(404, "RESOURCE_NOT_FOUND");
    assert!(error.text().starts_with("{\n  \"detail\""), "{}", error.text());
}

#[telamon_test]
async fn pages_have_links_and_a_count(t: TestServer) {
    for name in ["Alpha", "Beta"] {
        t.project(name).await;
    }
    let url = format!("{}/api/atlas/v2/groups", t.base_url());
    let first = t.owner().get("/api/atlas/v2/groups?itemsPerPage=2").await.is(200).json();
    assert_eq!(first["totalCount"], 3);
    assert_eq!(first["results"].as_array().map(Vec::len), Some(2));
    let next = json!({ "href": format!("{url}?itemsPerPage=2&pageNum=2"), "rel": "next" });
    assert_eq!(first["links"], json!([{ "href": format!("{url}?pageNum=1&itemsPerPage=2"), "rel": "self" }, next]));

    let second = t.owner().get("/api/atlas/v2/groups?includeCount=false&itemsPerPage=2&pageNum=2").await.is(200).json();
    assert_eq!(second["totalCount"], 0);
    assert_eq!(second["results"][0]["name"], "First");
    assert_eq!(
        second["links"],
        json!([
            { "href": format!("{url}?includeCount=false&pageNum=2&itemsPerPage=2"), "rel": "self" },
            { "href": format!("{url}?includeCount=false&itemsPerPage=2&pageNum=1"), "rel": "previous" },
        ])
    );

    let beyond = t.owner().get("/api/atlas/v2/groups?pageNum=4000000000&itemsPerPage=500").await.is(200).json();
    assert_eq!((beyond["results"].clone(), beyond["totalCount"].clone()), (json!([]), json!(3)));
    t.owner().get("/api/atlas/v2/groups?itemsPerPage=0&pageNum=0").await.is(200);
    t.owner().get("/api/atlas/v2/groups?unknown=1&itemsPerPage=500").await.is(200);
    for wrong in ["itemsPerPage=501", "itemsPerPage=-1", "pageNum=x", "includeCount=perhaps"] {
        t.owner().get(&format!("/api/atlas/v2/groups?{wrong}")).await.is_error(400, "INVALID_QUERY_PARAMETER");
    }
}

#[telamon_test]
async fn paths_are_decoded_and_matched(t: TestServer) {
    let owner = t.owner();
    owner.get("//api/atlas/v2/groups").await.is(200);
    owner.get("/api/atlas/v2/groups/byName/Fir%73t").await.is(200);
    owner.get("/api/atlas/v2/groups/byName/%FF").await.is_error(400, "INVALID_PATH_PARAMETER");
    owner.get("/api/atlas/v2/groups/byName/a%00b").await.is_error(400, "INVALID_PATH_PARAMETER");
    owner.get("/api/atlas/v2/groups?name=a%00b").await.is_error(400, "INVALID_QUERY_PARAMETER");
    let reply = owner.get("/api/atlas/v2/unheard/of").await.is_error(404, "RESOURCE_NOT_FOUND");
    assert_eq!(reply.detail(), "Cannot find resource /api/atlas/v2/unheard/of.");
    owner.get("/unheard").await.is_error(404, "RESOURCE_NOT_FOUND");
    owner.get(&format!("/api/atlas/v2/groups/{}:paint", t.group_id())).await.is_error(404, "INVALID_GROUP_ID");
    t.anonymous().get("/api/atlas/v2/unheard/of").await.is(401);
}

#[telamon_test]
async fn other_methods_are_405_and_head_is_get_without_a_body(t: TestServer) {
    let reply = t.owner().call(Method::PUT, "/api/atlas/v2/groups").await.is_error(405, "METHOD_NOT_ALLOWED");
    assert_eq!(reply.header("allow"), Some("GET, POST"));
    assert_eq!(reply.detail(), "The method PUT is not allowed for the resource /api/atlas/v2/groups.");
    t.owner().call(Method::OPTIONS, "/api/atlas/v2/groups").await.is_error(405, "METHOD_NOT_ALLOWED");

    let head = t.owner().call(Method::HEAD, "/api/atlas/v2/groups?envelope=true").await.is(200);
    let get = t.owner().get("/api/atlas/v2/groups").await.is(200);
    assert_eq!(head.text(), "");
    assert_eq!(head.header("content-type"), get.header("content-type"));
    t.owner().call(Method::HEAD, "/api/atlas/v2/nothing").await.is(404);
}

#[telamon_test]
async fn bodies_are_checked(t: TestServer) {
    let (owner, path) = (t.owner(), "/api/atlas/v2/groups");
    let good = json!({ "name": "x", "orgId": t.org_id() }).to_string();
    let send =
        |body: &str| owner.call(Method::POST, path).body(body.to_owned()).header("content-type", "application/json");
    send("").await.is_error(400, "MALFORMED_JSON");
    send("{").await.is_error(400, "MALFORMED_JSON");
    send("[]").await.is_error(400, "INVALID_JSON");
    send("{}").await.is_error(400, "MISSING_ATTRIBUTE");
    let unknown = send(r#"{"name":"x","orgId":"x","colour":"red"}"#).await.is_error(400, "INVALID_JSON_ATTRIBUTE");
    assert_eq!(unknown.json()["parameters"][0], "colour");
    let mistyped = send(r#"{"name":7,"orgId":"x"}"#).await.is_error(400, "INVALID_ATTRIBUTE");
    assert_eq!(mistyped.json()["parameters"][0], "name");
    send(r#"{"name":"a\u0000b","orgId":"x"}"#).await.is_error(400, "INVALID_ATTRIBUTE");
    let call = || owner.call(Method::POST, path).body(good.clone());
    call().header("content-type", "text/plain").await.is_error(415, "UNSUPPORTED_MEDIA_TYPE");
    call().await.is_error(415, "UNSUPPORTED_MEDIA_TYPE");
    let compressed = call().header("content-type", "application/json").header("content-encoding", "gzip");
    compressed.await.is_error(415, "UNSUPPORTED_MEDIA_TYPE");
    let huge = format!("{{\"name\":\"{}\"}}", "a".repeat(2 << 20));
    let reply = send(&huge).await.is_error(413, "PAYLOAD_TOO_LARGE");
    assert_eq!(reply.detail(), "The request body is larger than 1048576 bytes.");
    assert_eq!(owner.get(path).await.is(200).json()["totalCount"], 1, "nothing was made on the way");
    call().header("content-type", "application/vnd.atlas.2043-01-01+json").await.is(201);
}

#[telamon_test]
async fn every_answer_carries_its_headers(t: TestServer) {
    let reply = t.owner().get("/api/atlas/v2/groups").header("x-request-id", "mine-1").await.is(200);
    let expected = [
        ("referrer-policy", "strict-origin-when-cross-origin"),
        ("x-content-type-options", "nosniff"),
        ("x-frame-options", "DENY"),
        ("x-permitted-cross-domain-policies", "none"),
        ("strict-transport-security", "max-age=31536000; includeSubdomains;"),
        ("ratelimit-limit", "1200"),
        ("x-request-id", "mine-1"),
    ];
    for (name, value) in expected {
        assert_eq!(reply.header(name), Some(value), "{name}");
    }
    let other = t.owner().get("/api/atlas/v2/groups").header("x-request-id", "not plain").await.is(200);
    assert_eq!(other.header("x-request-id").map(str::len), Some(36));

    // Only the challenge of HTTP digest has few.
    let bearer = Actor::bearer(t.base_url(), "x").get("/api/atlas/v2/groups").await.is(401);
    let oauth = t.anonymous().call(Method::POST, "/api/oauth/token").await.is(401);
    for reply in [bearer, oauth] {
        let secure = reply.header("strict-transport-security");
        assert_eq!(secure, Some("max-age=31536000; includeSubdomains;"), "{}", reply.text());
    }
    let challenge = t.anonymous().get("/api/atlas/v2/groups").await.is(401);
    assert_eq!(challenge.header("strict-transport-security"), None);
    assert_eq!(challenge.header("ratelimit-limit"), None);
    let missing = t.owner().get("/api/atlas/v2/groups/5f00000000000000000000cc").await.is_error(404, "GROUP_NOT_FOUND");
    assert_eq!(missing.header("ratelimit-limit"), None, "a project that never was has no bucket");
}

#[telamon_test]
async fn errors_outside_the_operations_look_like_the_others(t: TestServer) {
    let anybody = t.anonymous();
    for path in ["/pki/projects/x", "/api/openapi/x", "/api/private/unauth/account/device/x"] {
        anybody.get(path).await.is_error(404, "RESOURCE_NOT_FOUND");
    }
    anybody.get("/pki/projects/x/ca.pem").await.is_error(404, "INVALID_GROUP_ID");
    anybody.get("/api/oauth/token").await.is_error(405, "METHOD_NOT_ALLOWED");
    anybody.get("/api/private/unauth/account/device/token").await.is_error(405, "METHOD_NOT_ALLOWED");
}

#[telamon_test]
async fn where_nobody_needs_a_credential_nobody_is_asked_for_one(t: TestServer) {
    for path in ["/api/private/unauth/nothing", "/api/atlas/v2/unauth/nothing", "/api/atlas/v2/unauth/"] {
        let reply = t.anonymous().get(path).await.is_error(404, "RESOURCE_NOT_FOUND");
        assert_eq!(reply.json()["parameters"], json!([path]));
    }
    let path = "/api/atlas/v2/unauth/controlPlaneIPAddresses";
    t.anonymous().delete(path).await.is_error(405, "METHOD_NOT_ALLOWED");
    t.anonymous().get("/api/atlas/v2/nothing").await.is(401);
}

#[test]
fn an_empty_bucket_is_429() {
    for engine in [Engine::Sqlite, Engine::Postgres] {
        let rates = RateSettings {
            enforced: true,
            overrides: Overrides::from([("groupList".into(), (2, 1))]),
            ..RateSettings::default()
        };
        run_with(engine, "limited", TestSettings { rates, ..TestSettings::default() }, |t| {
            Box::pin(async move {
                for left in ["1", "0"] {
                    let reply = t.owner().get("/api/atlas/v2/groups").await.is(200);
                    assert_eq!(reply.header("ratelimit-remaining"), Some(left));
                }
                let reply = t.owner().get("/api/atlas/v2/groups").await.is_error(429, "RATE_LIMITED_TOKEN_BUCKET");
                assert_eq!(reply.header("retry-after"), Some("60"));
                assert_eq!(reply.header("ratelimit-remaining"), Some("0"));
                assert_eq!(
                    reply.detail(),
                    "Rate limit exceeded for api/atlas/v2/groups. Please retry after 60 seconds. Request capacity: 2. Refill rate: 1 per 60 seconds."
                );
                assert_eq!(reply.json()["parameters"], json!(["api/atlas/v2/groups", 60, 2, 1, 60]));
                t.key_owner().get("/api/atlas/v2/groups").await.is(200);
                t.advance(60).await;
                t.owner().get("/api/atlas/v2/groups").await.is(200);
            })
        });
    }
}

/// What a client sends that does not follow HTTP's manners: the answer is read as text.
async fn raw(t: &TestServer, request: &[u8], then_wait: Duration) -> String {
    let address = t.base_url().trim_start_matches("http://");
    let mut stream = TcpStream::connect(address).await.unwrap();
    stream.write_all(request).await.unwrap();
    let mut answer = vec![0; 16 << 10];
    let read = tokio::time::timeout(then_wait, stream.read(&mut answer)).await;
    let length = read.map_or(0, |read| read.unwrap_or(0));
    String::from_utf8_lossy(&answer[..length]).into_owned()
}

#[telamon_test]
async fn broken_http_is_refused_without_harm(t: TestServer) {
    let wait = Duration::from_secs(10);
    for request in ["\0\0\0\0\r\n\r\n", "GET\r\n\r\n", "GET / HTTP/1.1\r\nContent-Length: x\r\n\r\n"] {
        let answer = raw(&t, request.as_bytes(), wait).await;
        assert!(answer.is_empty() || answer.starts_with("HTTP/1.1 400"), "{request:?}: {answer}");
    }
    let early = "POST /api/atlas/v2/groups HTTP/1.1\r\nHost: h\r\nContent-Length: 100\r\nConnection: close\r\n\r\n{";
    let address = t.base_url().trim_start_matches("http://").to_owned();
    let mut stream = TcpStream::connect(address).await.unwrap();
    stream.write_all(early.as_bytes()).await.unwrap();
    drop(stream);
    t.owner().get("/api/atlas/v2/groups").await.is(200);
}

#[telamon_test]
async fn the_documents_of_the_server_need_no_credential(t: TestServer) {
    let anonymous = t.anonymous();
    assert_eq!(anonymous.get("/healthz").await.is(200).text(), "ok\n");
    assert_eq!(anonymous.get("/readyz").await.is(200).text(), "ready\n");
    let all = anonymous.get("/api/openapi/v2.json").await.is(200).json();
    assert_eq!(all["openapi"], "3.0.3");
    assert_eq!(all["servers"][0]["url"], t.base_url());
    let early = anonymous.get("/api/openapi/v2/2023-01-01.json").await.is(200).json();
    assert!(early["paths"].get("/api/atlas/v2/groups").is_some());
    assert!(early["paths"].get("/api/atlas/v2/orgs/{orgId}/serviceAccounts").is_none());
    anonymous.get("/api/openapi/v2/yesterday.json").await.is_error(404, "RESOURCE_NOT_FOUND");
    let pem = anonymous.get(&format!("/pki/projects/{}/ca.pem", t.group_id())).await.is(200).text();
    assert!(pem.starts_with("-----BEGIN CERTIFICATE-----\n") && pem.ends_with("-----END CERTIFICATE-----\n"), "{pem}");
    anonymous.get("/pki/projects/5f00000000000000000000cc/ca.pem").await.is_error(404, "GROUP_NOT_FOUND");
    anonymous.get("/pki/projects/x/ca.pem").await.is_error(404, "INVALID_GROUP_ID");
    anonymous.get("/metrics").await.is(401);
}
