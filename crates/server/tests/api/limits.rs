//! The limits of projects, and their defaults.

use serde_json::{Value, json};
use telamon_server::limits::ResourceLimits;
use telamon_testkit::{Engine, TestServer, TestSettings, run_with, telamon_test};

const DEFAULTS: &str = "/api/atlas/v2/defaultGroupLimits";
const PREVIEW: &str = "application/vnd.atlas.preview+json";

fn group(t: &TestServer) -> String {
    format!("/api/atlas/v2/groups/{}", t.group_id())
}

async fn event_types(t: &TestServer, path: &str) -> Vec<String> {
    let page = t.owner().get(path).await.is(200).json();
    let results = page["results"].as_array().expect("results");
    results.iter().map(|event| event["eventTypeName"].as_str().expect("a name").to_owned()).collect()
}

fn limit(name: &str, default: i64, maximum: i64, value: i64) -> Value {
    json!({ "defaultLimit": default, "maximumLimit": maximum, "name": name, "value": value })
}

fn with_usage(mut limit: Value) -> Value {
    limit["currentUsage"] = json!(0);
    limit
}

#[telamon_test]
async fn limits_are_listed_set_and_reset(t: TestServer) {
    let (owner, path) = (t.owner(), format!("{}/limits", group(&t)));
    let users = json!({
        "currentUsage": 0, "defaultLimit": 100, "maximumLimit": 100, "name": "atlas.project.security.databaseAccess.users", "value": 100,
    });
    let mut all = json!([
        limit("atlas.project.deployment.clusters", 25, 100, 25),
        limit("atlas.project.deployment.nodesPerPrivateLinkRegion", 50, 90, 50),
        limit("atlas.project.deployment.privateServiceConnectionsPerRegionGroup", 50, 100, 50),
        limit("atlas.project.deployment.privateServiceConnectionsSubnetMask", 27, 27, 27),
        with_usage(limit("atlas.project.security.databaseAccess.customRoles", 100, 1400, 100)),
        users,
        limit("atlas.project.security.networkAccess.crossRegionEntries", 40, 220, 40),
        with_usage(limit("atlas.project.security.networkAccess.entries", 200, 20, 200)),
    ]);
    assert_eq!(owner.get(&path).await.is(200).json(), all);

    let clusters = format!("{path}/atlas.project.deployment.clusters");
    let changed = limit("atlas.project.deployment.clusters", 25, 100, 30);
    let body = json!({ "name": "atlas.project.deployment.clusters", "value": 30 });
    assert_eq!(owner.patch(&clusters, body).await.is(200).json(), changed);
    assert_eq!(owner.get(&clusters).await.is(200).json(), changed);
    all[0] = changed;
    assert_eq!(owner.get(&path).await.is(200).json(), all);
    owner.delete(&clusters).await.is(204);
    owner.delete(&clusters).await.is(204);
    all[0] = limit("atlas.project.deployment.clusters", 25, 100, 25);
    assert_eq!(owner.get(&path).await.is(200).json(), all);
    let path = format!("{}/events", group(&t));
    assert_eq!(event_types(&t, &path).await, ["PROJECT_LIMIT_UPDATED", "PROJECT_LIMIT_UPDATED"]);
}

#[telamon_test]
async fn limits_have_a_range_and_a_name(t: TestServer) {
    let (owner, path) = (t.owner(), format!("{}/limits", group(&t)));
    let clusters = format!("{path}/atlas.project.deployment.clusters");
    owner.patch(&clusters, json!({ "value": 0 })).await.is_error(400, "ATTRIBUTE_NEGATIVE_OR_ZERO");
    owner.patch(&clusters, json!({ "value": 101 })).await.is_error(400, "VALIDATION_ERROR");
    owner.patch(&clusters, json!({})).await.is_error(400, "MISSING_ATTRIBUTE");
    owner.patch(&format!("{path}/moons"), json!({ "value": 1 })).await.is_error(404, "INVALID_LIMIT_NAME");
    owner.get(&format!("{path}/moons")).await.is_error(404, "INVALID_LIMIT_NAME");
    owner.delete(&format!("{path}/moons")).await.is_error(404, "INVALID_LIMIT_NAME");

    let daily = format!("{path}/dataFederation.bytesProcessed.daily");
    owner.get(&daily).await.is_error(404, "INVALID_LIMIT_NAME");
    let set = owner.patch(&daily, json!({ "value": 1_000_000_000_000_i64 })).await.is(200).json();
    assert_eq!(set, json!({ "name": "dataFederation.bytesProcessed.daily", "value": 1_000_000_000_000_i64 }));
    assert_eq!(owner.get(&daily).await.is(200).json(), set);
    let reader = t.service_account(&["ORG_READ_ONLY"]).await;
    reader.get(&path).await.is(200);
    reader.patch(&clusters, json!({ "value": 1 })).await.is_error(401, "USER_UNAUTHORIZED");
}

#[telamon_test]
async fn what_is_counted_is_printed(t: TestServer) {
    let (owner, group) = (t.owner(), group(&t));
    let roles = json!([{ "databaseName": "admin", "roleName": "read" }]);
    let mut user = json!({ "databaseName": "admin", "password": "Passw0rdPassw0rd", "roles": roles, "username": "a" });
    owner.post(&format!("{group}/databaseUsers"), user.clone()).await.is(201);
    user["username"] = json!("b");
    user["deleteAfterDate"] = json!(t.now().plus_seconds(60).to_string());
    owner.post(&format!("{group}/databaseUsers"), user).await.is(201);
    let end = t.now().plus_seconds(60).to_string();
    let entries = json!([{ "ipAddress": "192.0.2.1" }, { "ipAddress": "192.0.2.2", "deleteAfterDate": end }]);
    owner.post(&format!("{group}/accessList"), entries).await.is(201);
    let role = json!({ "roleName": "r", "inheritedRoles": [{ "db": "a", "role": "read" }] });
    owner.post(&format!("{group}/customDBRoles/roles"), role).await.is(202);
    let usage = async |name: &str| {
        let path = format!("{group}/limits/atlas.project.security.{name}");
        owner.get(&path).await.is(200).json()["currentUsage"].as_i64().unwrap()
    };
    let counted = ["databaseAccess.users", "networkAccess.entries", "databaseAccess.customRoles"];
    assert_eq!([usage(counted[0]).await, usage(counted[1]).await, usage(counted[2]).await], [2, 2, 1]);
    t.advance(60).await;
    assert_eq!([usage(counted[0]).await, usage(counted[1]).await, usage(counted[2]).await], [1, 1, 1]);
}

#[telamon_test]
async fn the_defaults_are_known_to_preview_alone(t: TestServer) {
    let reader = t.service_account(&["ORG_MEMBER"]).await;
    let reply =
        reader.get(&format!("{DEFAULTS}/MAX_NETWORK_PERMISSION_ENTRIES")).header("accept", PREVIEW).await.is(200);
    assert_eq!(reply.header("content-type"), Some("application/vnd.atlas.preview+json;charset=utf-8"));
    let entries = json!({
        "defaultLimit": 200, "description": "Entries of the access list of a project.", "maximumLimit": 20,
        "name": "MAX_NETWORK_PERMISSION_ENTRIES",
    });
    assert_eq!(reply.json(), entries);
    let daily = reader.get(&format!("{DEFAULTS}/BYTES_PROCESSED_DAILY")).header("accept", PREVIEW).await.is(200).json();
    assert_eq!((&daily["defaultLimit"], &daily["maximumLimit"]), (&Value::Null, &Value::Null));
    let unknown = reader.get(&format!("{DEFAULTS}/MOONS")).header("accept", PREVIEW).await;
    assert_eq!(unknown.is_error(404, "INVALID_LIMIT_NAME").json()["parameters"], json!(["MOONS"]));

    let page =
        reader.get(&format!("{DEFAULTS}?itemsPerPage=5&pageNum=2")).header("accept", PREVIEW).await.is(200).json();
    let names: Vec<_> =
        page["results"].as_array().unwrap().iter().map(|limit| limit["name"].as_str().unwrap()).collect();
    let expected = [
        "MAX_CROSS_REGION_NETWORK_PERMISSION_ENTRIES",
        "MAX_NETWORK_PERMISSION_ENTRIES",
        "MAX_NODES_PER_PRIVATELINK_REGION",
        "MONGODB_USERS",
        "NUM_CLUSTERS",
    ];
    assert_eq!(
        (names.as_slice(), &page["totalCount"], page["links"].as_array().unwrap().len()),
        (&expected[..], &json!(13), 3)
    );
    assert_eq!(page["results"][1], entries);

    for accept in ["application/vnd.atlas.2025-03-12+json", "application/vnd.atlas.2043-01-01+json"] {
        reader.get(DEFAULTS).header("accept", accept).await.is_error(406, "INVALID_VERSION_DATE");
    }
    t.anonymous().get(DEFAULTS).header("accept", PREVIEW).await.is(401);
}

#[test]
fn the_configuration_is_the_default() {
    for engine in [Engine::Sqlite, Engine::Postgres] {
        let limits = ResourceLimits {
            custom_roles_per_project: Some(1),
            network_entries_per_project: Some(300),
            ..ResourceLimits::NONE
        };
        let settings = TestSettings { limits, ..TestSettings::default() };
        run_with(engine, "the_configuration_is_the_default", settings, |t| {
            Box::pin(async move {
                let (owner, group) = (t.owner(), group(&t));
                let limit = owner.get(&format!("{group}/limits/atlas.project.security.networkAccess.entries")).await;
                let limit = limit.is(200).json();
                assert_eq!((&limit["defaultLimit"], &limit["maximumLimit"]), (&json!(300), &json!(300)));
                let limit = owner.get(&format!("{DEFAULTS}/NUM_USER_CUSTOM_ROLES")).header("accept", PREVIEW).await;
                assert_eq!(limit.is(200).json()["defaultLimit"], 1);

                let role = |name: &str| json!({ "roleName": name, "inheritedRoles": [{ "db": "a", "role": "read" }] });
                let roles = format!("{group}/customDBRoles/roles");
                owner.post(&roles, role("first")).await.is(202);
                let refused = owner.post(&roles, role("second")).await.is_error(403, "CUSTOM_ROLES_LIMIT_EXCEEDED");
                assert_eq!(refused.json()["parameters"], json!([1]));
                let own = format!("{group}/limits/atlas.project.security.databaseAccess.customRoles");
                owner.patch(&own, json!({ "value": 2 })).await.is(200);
                owner.post(&roles, role("second")).await.is(202);
            })
        });
    }
}
