//! The rate limits that the server says it has.

use serde_json::{Value, json};
use telamon_api::Overrides;
use telamon_server::app::RateSettings;
use telamon_testkit::{Engine, TestServer, TestSettings, run_with, telamon_test};

const PATH: &str = "/api/atlas/v2/rateLimits";

fn ids(list: &Value) -> Vec<String> {
    list["results"].as_array().unwrap().iter().map(|set| set["endpointSetId"].as_str().unwrap().to_owned()).collect()
}

async fn ids_at(t: &TestServer, query: &str) -> Vec<String> {
    let list = t.owner().get(&format!("{PATH}?{query}")).await.is(200).json();
    let ids = ids(&list);
    assert_eq!(list["totalCount"], ids.len());
    ids
}

#[telamon_test]
async fn an_endpoint_set_says_what_it_holds_and_how_much(t: TestServer) {
    let reply = t.owner().get(&format!("{PATH}/orgApiKeys")).await.is(200);
    assert_eq!(reply.header("content-type"), Some("application/vnd.atlas.2025-03-12+json;charset=utf-8"));
    let (keys, key) = ("/api/atlas/v2/orgs/{orgId}/apiKeys", "/api/atlas/v2/orgs/{orgId}/apiKeys/{apiUserId}");
    let expected = json!({
        "capacity": { "defaultValue": 500, "value": 500 },
        "endpointSetId": "orgApiKeys",
        "endpointSetName": "API keys of organizations",
        "endpoints": [
            { "method": "GET", "path": keys },
            { "method": "POST", "path": keys },
            { "method": "DELETE", "path": key },
            { "method": "GET", "path": key },
            { "method": "PATCH", "path": key },
            { "method": "GET", "path": format!("{key}/accessList") },
            { "method": "POST", "path": format!("{key}/accessList") },
            { "method": "DELETE", "path": format!("{key}/accessList/{{ipAddress}}") },
            { "method": "GET", "path": format!("{key}/accessList/{{ipAddress}}") },
        ],
        "refillDurationSeconds": { "defaultValue": 60, "value": 60 },
        "refillRate": { "defaultValue": 250, "value": 250 },
        "scope": "ORGANIZATION",
    });
    assert_eq!(reply.json(), expected);
    let list = t.owner().get(PATH).await.is(200).json();
    assert!(list["results"].as_array().unwrap().contains(&expected));
    assert!(ids(&list).is_sorted());
    assert_eq!(list["totalCount"], ids(&list).len());

    let preview =
        t.owner().get(&format!("{PATH}/orgApiKeys")).header("accept", "application/vnd.atlas.preview+json").await;
    assert_eq!(preview.is(200).json(), expected);
    t.owner()
        .get(PATH)
        .header("accept", "application/vnd.atlas.2025-03-11+json")
        .await
        .is_error(406, "INVALID_VERSION_DATE");
    t.owner().get(&format!("{PATH}/nothing")).await.is_error(404, "RESOURCE_NOT_FOUND");
}

#[telamon_test]
async fn sets_are_found_by_name_and_by_path(t: TestServer) {
    assert_eq!(ids_at(&t, "name=api%20KEYS").await, ["groupApiKeys", "orgApiKeys"]);
    assert_eq!(ids_at(&t, "name=nothing").await, [""; 0]);
    let path = format!("endpointPath=/api/atlas/v2/orgs/{}/apiKeys", t.org_id());
    assert_eq!(ids_at(&t, &path).await, ["orgApiKeys"]);
    assert_eq!(ids_at(&t, "endpointPath=%2Fapi%2Fatlas%2Fv2%2Forgs%2F%7BorgId%7D%2Fevents").await, ["orgEvents"]);
    assert_eq!(ids_at(&t, "endpointPath=/api/atlas/v2/nothing").await, [""; 0]);
    let all = ids(&t.owner().get(PATH).await.is(200).json());
    let page = t.owner().get(&format!("{PATH}?itemsPerPage=2&pageNum=2")).await.is(200).json();
    assert_eq!((ids(&page).as_slice(), page["totalCount"].as_u64()), (&all[2..4], Some(all.len() as u64)));
}

#[telamon_test]
async fn a_scope_must_be_the_caller_s_to_see(t: TestServer) {
    let (org, project) = (t.org_id(), t.group_id());
    let member = t.service_account(&["ORG_MEMBER"]).await;
    for path in [PATH.to_owned(), format!("{PATH}/org")] {
        let own =
            format!("{path}?orgId={org}&groupId={project}&userId={}&ipAddress=10.0.0.1", t.credentials().client_id);
        t.owner().get(&own).await.is(200);
        member.get(&format!("{path}?orgId={org}")).await.is(200);
        member.get(&format!("{path}?groupId={project}")).await.is_error(401, "USER_CANNOT_ACCESS_GROUP");
        member.get(&format!("{path}?userId={}", t.credentials().client_id)).await.is_error(401, "NOT_USER_ADMIN");
        let cases = [
            ("orgId=5f00000000000000000000ff", 404, "ORG_NOT_FOUND"),
            ("orgId=mine", 404, "INVALID_ORG_ID"),
            ("groupId=5f00000000000000000000ff", 404, "GROUP_NOT_FOUND"),
            ("groupId=mine", 404, "INVALID_GROUP_ID"),
            ("ipAddress=here", 400, "INVALID_QUERY_PARAMETER"),
        ];
        for (query, status, code) in cases {
            t.owner().get(&format!("{path}?{query}")).await.is_error(status, code);
        }
    }
}

#[test]
fn what_the_configuration_changes_is_in_force() {
    for engine in [Engine::Sqlite, Engine::Postgres] {
        let rates =
            RateSettings { overrides: Overrides::from([("org".to_owned(), (7, 3))]), ..RateSettings::default() };
        let settings = TestSettings { rates, ..TestSettings::default() };
        run_with(engine, "rate overrides", settings, |t| {
            Box::pin(async move {
                let set = t.owner().get(&format!("{PATH}/org")).await.is(200).json();
                assert_eq!(set["capacity"], json!({ "defaultValue": 500, "value": 7 }));
                assert_eq!(set["refillRate"], json!({ "defaultValue": 250, "value": 3 }));
            })
        });
    }
}
