//! The editions before v2: the same resources under their old paths, for clients that know no other.

use http::Method;
use serde_json::{Value, json};
use telamon_api::Overrides;
use telamon_server::app::RateSettings;
use telamon_store::Engine;
use telamon_testkit::{TestServer, TestSettings, run_with, telamon_test};
use telamon_wire::Version;

const V2: &str = "/api/atlas/v2";
const V1: &str = "/api/atlas/v1.0";

#[telamon_test]
async fn older_paths_give_the_same_bodies_with_older_links(t: TestServer) {
    let (org, project) = (t.org_id(), t.group_id());
    let user = json!({
        "databaseName": "admin", "username": "u", "password": "long enough", "groupId": project,
        "roles": [{ "databaseName": "admin", "roleName": "readAnyDatabase" }],
    });
    t.key_owner().post(&format!("{V1}/groups/{project}/databaseUsers"), user).await.is(201);
    for path in [
        String::new(),
        "/groups".to_owned(),
        "/groups/byName/First".to_owned(),
        format!("/groups/{project}"),
        format!("/groups/{project}/settings"),
        format!("/groups/{project}/clusters?itemsPerPage=10"),
        format!("/groups/{project}/databaseUsers"),
        format!("/groups/{project}/databaseUsers/admin/u"),
        format!("/groups/{project}/events"),
        "/orgs?name=ac".to_owned(),
        format!("/orgs/{org}"),
        format!("/orgs/{org}/apiKeys"),
    ] {
        let now = t.key_owner().get(&format!("{V2}{path}")).header("accept", EARLIEST).await.is(200);
        for accept in ["", "*/*", "application/json", "application/vnd.atlas.2022-01-01+json"] {
            let then = t.key_owner().get(&format!("{V1}{path}")).header("accept", accept).await.is(200);
            assert_eq!(then.text(), now.text().replace(V2, V1), "{path}");
            assert_eq!(then.header("content-type"), Some("application/json"));
            for absent in ["ratelimit-limit", "ratelimit-remaining", "deprecation", "sunset"] {
                assert_eq!(then.header(absent), None, "{absent}");
            }
        }
    }
    let clusters = t.owner().get(&format!("/api/atlas/v1.5/groups/{project}/clusters")).await.is(200).json();
    let url = format!("{}/api/atlas/v1.5/groups/{project}/clusters?pageNum=1&itemsPerPage=100", t.base_url());
    assert_eq!(clusters, json!({ "links": [{ "href": url, "rel": "self" }], "results": [], "totalCount": 0 }));
    let cluster = t.owner().get(&format!("/api/atlas/v2/groups/{project}/clusters/First")).await;
    let refused = cluster.is_error(404, "CLUSTER_NOT_FOUND").json();
    assert_eq!(refused["parameters"], json!(["First", project]));
}

const EARLIEST: &str = "application/vnd.atlas.2023-01-01+json";

#[telamon_test]
async fn a_database_user_lives_on_older_paths(t: TestServer) {
    let (key, all) = (t.key_owner(), format!("{V1}/groups/{}/databaseUsers", t.group_id()));
    let user = json!({
        "databaseName": "$external", "username": "CN=app", "x509Type": "MANAGED",
        "roles": [{ "databaseName": "admin", "roleName": "readAnyDatabase" }],
    });
    let made = key.post(&all, user).header("accept", "").await.is(201).json();
    let one = format!("{all}/$external/CN=app");
    assert_eq!(made["links"], json!([{ "href": format!("{}{one}", t.base_url()), "rel": "self" }]));
    let pem = key.post(&format!("{all}/CN=app/certs"), json!({ "monthsUntilExpiration": 1 })).await.is(201).text();
    assert!(pem.contains("BEGIN CERTIFICATE"), "{pem}");
    let changed = key.patch(&one, json!({ "description": "An app" })).await.is(200).json();
    assert_eq!(changed["description"], "An app");
    key.delete(&one).await.is(204);
    key.get(&one).await.is_error(404, "USERNAME_NOT_FOUND");
}

#[telamon_test]
async fn what_is_younger_than_an_edition_is_not_in_it(t: TestServer) {
    for edition in ["v1.0", "v1.5"] {
        let path = format!("/api/atlas/{edition}/orgs/{}/serviceAccounts", t.org_id());
        let reply = t.owner().get(&path).await.is_error(404, "RESOURCE_NOT_FOUND");
        assert_eq!(reply.detail(), format!("Cannot find resource {path}."));
        assert_eq!(reply.header("x-error-code"), Some("RESOURCE_NOT_FOUND"));
        t.owner().get(&format!("/api/atlas/{edition}/nothing")).await.is_error(404, "RESOURCE_NOT_FOUND");
        let reply = t.owner().call(Method::PUT, &format!("/api/atlas/{edition}/groups")).await;
        assert_eq!(reply.is_error(405, "METHOD_NOT_ALLOWED").header("allow"), Some("GET, POST"));
        t.owner().get(&format!("/api/atlas/{edition}/groups/nothing")).await.is_error(404, "INVALID_GROUP_ID");
    }
    t.owner().get(&format!("/api/atlas/v1.1/orgs/{}", t.org_id())).await.is_error(404, "RESOURCE_NOT_FOUND");
    t.owner().get("/api/atlas/v2/groups/x/whitelist").await.is_error(404, "RESOURCE_NOT_FOUND");
    let challenge = t.anonymous().get(&format!("{V1}/groups")).await.is(401);
    assert!(challenge.header("www-authenticate").unwrap().starts_with("Digest "));
    t.anonymous().get(&format!("{V1}/nothing")).await.is(401);
}

#[telamon_test]
async fn older_clients_write_their_urls_carelessly(t: TestServer) {
    for name in ["Alpha", "Beta"] {
        t.project(name).await;
    }
    let names = |page: Value| -> Vec<String> {
        let results = page["results"].as_array().unwrap().clone();
        results.iter().map(|project| project["name"].as_str().unwrap().to_owned()).collect()
    };
    for key in [t.key_owner(), t.owner()] {
        let page = key.get(&format!("{V1}/groups?pageNum=1&itemsPerPage=1000")).await.is(200).json();
        let url = format!("{}{V1}/groups?pageNum=1&itemsPerPage=500", t.base_url());
        assert_eq!(page["links"], json!([{ "href": url, "rel": "self" }]));
        assert_eq!(names(page), ["Alpha", "Beta", "First"]);
        for query in ["?itemsPerPage=-1&pageNum=0", "??itemsPerPage=1", "?"] {
            let page = key.get(&format!("//{}/groups{query}", &V1[1..])).await.is(200).json();
            assert_eq!(names(page).len(), if query == "?" { 3 } else { 1 }, "{query}");
        }
        let raw = key.get(&format!("{V1}/orgs/{}/events??includeRaw=true", t.org_id())).await.is(200).json();
        assert!(raw["results"][0]["raw"].is_object(), "{raw}");
    }
    t.owner().get(&format!("{V1}/groups?itemsPerPage=ten")).await.is_error(400, "INVALID_QUERY_PARAMETER");
    let wrapped = t.owner().get(&format!("{V1}/groups/{}?envelope=true", t.group_id())).await.is(200).json();
    assert_eq!((&wrapped["status"], &wrapped["content"]["name"]), (&json!(200), &json!("First")));
}

#[test]
fn older_editions_end_with_their_shapes_and_keep_the_limits() {
    for engine in [Engine::Sqlite, Engine::Postgres] {
        let overrides = Overrides::from([("groupList".into(), (1, 1))]);
        let rates = RateSettings { enforced: true, overrides, ..RateSettings::default() };
        run_with(engine, "older limits", TestSettings { rates, ..TestSettings::default() }, |t| {
            Box::pin(async move {
                t.owner().get(&format!("{V1}/groups")).await.is(200);
                let reply = t.owner().get(&format!("{V1}/groups")).await.is_error(429, "RATE_LIMITED_TOKEN_BUCKET");
                assert_eq!((reply.header("retry-after"), reply.header("ratelimit-limit")), (Some("60"), None));
            })
        });
        let settings = TestSettings { gone_versions: [Version::V2023_01_01].into(), ..TestSettings::default() };
        run_with(engine, "older gone", settings, |t| {
            Box::pin(async move {
                let reply = t.owner().get(&format!("{V1}/groups")).await.is_error(410, "VERSION_GONE");
                assert_eq!(reply.detail(), "Version 2023-01-01 of api/atlas/v1.0/groups is no longer available.");
            })
        });
    }
}
