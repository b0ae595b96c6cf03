//! Projects, their settings and limits.

use serde_json::{Value, json};
use telamon_server::limits::ResourceLimits;
use telamon_testkit::{Actor, Engine, TestServer, TestSettings, run_with, telamon_test};

const GROUPS: &str = "/api/atlas/v2/groups";

fn group(id: &str) -> String {
    format!("{GROUPS}/{id}")
}

async fn create(actor: &Actor, org: &str, name: &str) -> Value {
    actor.post(GROUPS, json!({ "name": name, "orgId": org })).await.is(201).json()
}

fn id(project: &Value) -> &str {
    project["id"].as_str().expect("an id")
}

async fn names(actor: &Actor, path: &str) -> Vec<String> {
    let page = actor.get(path).await.is(200).json();
    let results = page["results"].as_array().expect("results");
    results.iter().map(|project| project["name"].as_str().expect("a name").to_owned()).collect()
}

/// The events of a list, by name: the clock stands still, so they have no other order.
async fn event_types(t: &TestServer, path: &str) -> Vec<String> {
    let page = t.owner().get(path).await.is(200).json();
    let results = page["results"].as_array().expect("results");
    let mut types: Vec<_> =
        results.iter().map(|event| event["eventTypeName"].as_str().expect("a name").to_owned()).collect();
    types.sort();
    types
}

/// The whole document of one project.
fn document(t: &TestServer, id: &str, name: &str, tags: &Value) -> Value {
    let path = format!("{}{GROUPS}/{id}", t.base_url());
    let part =
        |part: &str| json!({ "href": format!("{path}/{part}"), "rel": format!("https://cloud.mongodb.com/{part}") });
    json!({
        "clusterCount": 0,
        "created": "2026-08-10T03:05:48Z",
        "id": id,
        "links": [
            { "href": path, "rel": "self" },
            part("containers"), part("clusters"), part("databaseUsers"), part("peers"), part("processes"), part("whitelist"),
        ],
        "name": name,
        "orgId": t.org_id(),
        "tags": tags,
        "withDefaultAlertsSettings": true,
    })
}

fn without_tags(mut document: Value) -> Value {
    document.as_object_mut().expect("an object").remove("tags");
    document
}

#[telamon_test]
async fn a_project_is_created_and_read(t: TestServer) {
    let owner = t.owner();
    let made = owner
        .post(
            &format!("{GROUPS}?projectOwnerId="),
            json!({
                "clusterCount": 0, "created": "0001-01-01T00:00:00Z", "name": "My Project", "orgId": t.org_id(),
                "regionUsageRestrictions": "COMMERCIAL_FEDRAMP_REGIONS_ONLY",
            }),
        )
        .await
        .is(201);
    assert_eq!(made.header("content-type"), Some("application/vnd.atlas.2023-01-01+json;charset=utf-8"));
    let made = made.json();
    let whole = document(&t, id(&made), "My Project", &json!([]));
    assert_eq!(made, without_tags(whole.clone()));
    assert_eq!(owner.get(&group(id(&made))).await.is(200).json(), whole);
    assert_eq!(owner.get(&format!("{GROUPS}/byName/My%20Project")).await.is(200).json(), whole);
}

#[telamon_test]
async fn tags_keep_their_order_and_are_replaced_as_a_whole(t: TestServer) {
    let owner = t.owner();
    let tags = json!([{ "key": "owner", "value": "team" }, { "key": "env", "value": "prod" }]);
    let body = json!({ "name": "tagged", "orgId": t.org_id(), "tags": tags, "withDefaultAlertsSettings": false });
    let made = owner.post(GROUPS, body).await.is(201).json();
    let mut whole = document(&t, id(&made), "tagged", &tags);
    whole["withDefaultAlertsSettings"] = json!(false);
    assert_eq!(made, whole);

    let path = group(id(&made));
    let renamed = owner.patch(&path, json!({ "name": "Renamed" })).await.is(200).json();
    whole["name"] = json!("Renamed");
    assert_eq!(renamed, whole);
    let cleared = owner.patch(&path, json!({ "name": "Renamed", "tags": [] })).await.is(200).json();
    whole["tags"] = json!([]);
    assert_eq!(cleared, whole);
    assert_eq!(owner.get(&path).await.is(200).json(), whole);

    let in_org = event_types(&t, &format!("/api/atlas/v2/orgs/{}/events", t.org_id())).await;
    assert_eq!(in_org, ["GROUP_CREATED", "GROUP_CREATED", "GROUP_TAGS_MODIFIED", "GROUP_TAGS_MODIFIED"]);
    assert_eq!(event_types(&t, &format!("{path}/events")).await, ["GROUP_NAME_CHANGED"]);
}

#[telamon_test]
async fn an_empty_list_of_tags_is_answered_as_it_was_sent(t: TestServer) {
    let made = t.owner().post(GROUPS, json!({ "name": "tf", "orgId": t.org_id(), "tags": [] })).await.is(201).json();
    assert_eq!(made, document(&t, id(&made), "tf", &json!([])));
}

#[telamon_test]
async fn tag_events_name_the_project(t: TestServer) {
    let tags = json!([{ "key": "k", "value": "v" }]);
    let made =
        t.owner().post(GROUPS, json!({ "name": "tagged", "orgId": t.org_id(), "tags": tags })).await.is(201).json();
    let path = format!("/api/atlas/v2/orgs/{}/events?eventType=GROUP_TAGS_MODIFIED", t.org_id());
    let event = t.owner().get(&path).await.is(200).json()["results"][0].clone();
    assert_eq!((&event["resourceId"], &event["resourceType"]), (&made["id"], &json!("project")));
    assert_eq!((&event["groupId"], &event["orgId"]), (&made["id"], &json!(t.org_id())));
}

#[telamon_test]
async fn wrong_bodies_are_refused(t: TestServer) {
    let owner = t.owner();
    let long = "a".repeat(65);
    for name in ["", " ", "a/b", "a#b", long.as_str()] {
        owner.post(GROUPS, json!({ "name": name, "orgId": t.org_id() })).await.is_error(400, "INVALID_GROUP_NAME");
        owner.patch(&group(t.group_id()), json!({ "name": name })).await.is_error(400, "INVALID_GROUP_NAME");
    }
    let absent = "5f00000000000000000000ff";
    owner.post(GROUPS, json!({ "orgId": t.org_id() })).await.is_error(400, "MISSING_ATTRIBUTE");
    owner.post(GROUPS, json!({ "name": "x" })).await.is_error(400, "MISSING_ATTRIBUTE");
    owner
        .post(GROUPS, json!({ "name": "x", "orgId": t.org_id(), "size": 1 }))
        .await
        .is_error(400, "INVALID_JSON_ATTRIBUTE");
    owner.post(GROUPS, json!({ "name": "x", "orgId": "x" })).await.is_error(404, "INVALID_ORG_ID");
    owner.post(GROUPS, json!({ "name": "x", "orgId": absent })).await.is_error(404, "ORG_NOT_FOUND");
    let gov = json!({ "name": "x", "orgId": t.org_id(), "regionUsageRestrictions": "GOV_REGIONS_ONLY" });
    owner.post(GROUPS, gov).await.is_error(400, "INVALID_ATTRIBUTE");
    let somewhere = json!({ "name": "x", "orgId": t.org_id(), "regionUsageRestrictions": "MOON" });
    owner.post(GROUPS, somewhere).await.is_error(400, "INVALID_ENUM_VALUE");
    let good = json!({ "name": "x", "orgId": t.org_id() });
    owner.post(&format!("{GROUPS}?projectOwnerId={absent}"), good.clone()).await.is_error(404, "USER_NOT_FOUND");
    owner.post(&format!("{GROUPS}?projectOwnerId=me"), good).await.is_error(404, "USER_NOT_FOUND");
    assert_eq!(names(&owner, GROUPS).await, ["First"]);
}

#[telamon_test]
async fn wrong_tags_are_refused_in_words_that_clients_look_for(t: TestServer) {
    let detail = async |key: &str, value: &str| {
        let body = json!({ "name": "x", "orgId": t.org_id(), "tags": [{ "key": key, "value": value }] });
        t.owner().post(GROUPS, body).await.is_error(400, "VALIDATION_ERROR").detail()
    };
    let invalid = detail("env?", "v").await;
    let (before, after) = invalid.split_once("contains invalid characters").expect("the words");
    assert!(before.contains("env?") && after.contains("Allowable characters include"), "{invalid}");
    let long = detail("k", &"v".repeat(256)).await;
    assert!(long.contains("exceeded the maximum allowed length of 255 characters"), "{long}");
    let twice = json!({ "tags": [{ "key": "k", "value": "1" }, { "key": "k", "value": "2" }] });
    t.owner().patch(&group(t.group_id()), twice).await.is_error(400, "VALIDATION_ERROR");
    t.owner().patch(&group(t.group_id()), json!({ "tags": [{ "key": "k" }] })).await.is_error(400, "MISSING_ATTRIBUTE");
}

#[telamon_test]
async fn a_name_is_unique_among_the_living_of_an_organization(t: TestServer) {
    let owner = t.owner();
    let made = create(&owner, t.org_id(), "twice").await;
    let again =
        owner.post(GROUPS, json!({ "name": "twice", "orgId": t.org_id() })).await.is_error(409, "GROUP_ALREADY_EXISTS");
    assert_eq!(
        again.json(),
        json!({
            "detail": "A group with name \"twice\" already exists.", "error": 409, "errorCode": "GROUP_ALREADY_EXISTS",
            "parameters": ["twice"], "reason": "Conflict",
        })
    );
    let other = create(&owner, t.org_id(), "Twice").await;
    owner.patch(&group(id(&other)), json!({ "name": "twice" })).await.is_error(409, "GROUP_ALREADY_EXISTS");
    owner.patch(&group(id(&made)), json!({ "name": "twice" })).await.is(200);
    owner.delete(&group(id(&made))).await.is(202);
    create(&owner, t.org_id(), "twice").await;
}

#[telamon_test]
async fn a_deleted_project_answers_otherwise_than_one_that_never_was(t: TestServer) {
    let owner = t.owner();
    let made = create(&owner, t.org_id(), "gone").await;
    let path = group(id(&made));
    assert_eq!(owner.delete(&path).await.is(202).json(), json!({}));
    for reply in [owner.get(&path).await, owner.delete(&path).await, owner.get(&format!("{path}/settings")).await] {
        reply.is_error(404, "RESOURCE_NOT_FOUND");
    }
    owner.get(&group("5f00000000000000000000ff")).await.is_error(404, "GROUP_NOT_FOUND");
    owner.get(&group("5F")).await.is_error(404, "INVALID_GROUP_ID");
    owner.get(&format!("{GROUPS}/byName/gone")).await.is_error(404, "GROUP_NAME_NOT_FOUND");
    assert_eq!(names(&owner, GROUPS).await, ["First"]);
    let in_org = event_types(&t, &format!("/api/atlas/v2/orgs/{}/events", t.org_id())).await;
    assert_eq!(in_org, ["GROUP_CREATED", "GROUP_CREATED", "GROUP_DELETED"]);
}

#[telamon_test]
async fn a_list_is_sorted_by_bytes_and_paged(t: TestServer) {
    let owner = t.owner();
    for name in ["accessList", "Zebra", "Ünicode", "B"] {
        create(&owner, t.org_id(), name).await;
    }
    assert_eq!(names(&owner, GROUPS).await, ["B", "First", "Zebra", "accessList", "Ünicode"]);

    let url = format!("{}{GROUPS}", t.base_url());
    let page = owner.get(&format!("{GROUPS}?itemsPerPage=2&pageNum=2")).await.is(200).json();
    assert_eq!(page["totalCount"], 5);
    assert_eq!(
        page["links"],
        json!([
            { "href": format!("{url}?pageNum=2&itemsPerPage=2"), "rel": "self" },
            { "href": format!("{url}?itemsPerPage=2&pageNum=1"), "rel": "previous" },
            { "href": format!("{url}?itemsPerPage=2&pageNum=3"), "rel": "next" },
        ])
    );
    let item = &page["results"][0];
    let mut whole = document(&t, id(item), "Zebra", &json!([]));
    whole["links"] = json!([{ "href": format!("{url}/{}", id(item)), "rel": "self" }]);
    assert_eq!(item, &whole);

    let uncounted = owner.get(&format!("{GROUPS}?includeCount=false&itemsPerPage=2")).await.is(200).json();
    assert_eq!(uncounted["totalCount"], 0);
    let beyond = owner.get(&format!("{GROUPS}?itemsPerPage=2&pageNum=9")).await.is(200).json();
    assert_eq!((&beyond["results"], &beyond["totalCount"]), (&json!([]), &json!(5)));
}

#[telamon_test]
async fn a_credential_sees_the_projects_that_it_may_read(t: TestServer) {
    let (member, reader) = (t.service_account(&["ORG_MEMBER"]).await, t.service_account(&["ORG_READ_ONLY"]).await);
    let creator = t.service_account(&["ORG_GROUP_CREATOR"]).await;
    let mine = create(&creator, t.org_id(), "mine").await;
    create(&creator, t.org_id(), "mine too").await;

    let in_org = format!("/api/atlas/v2/orgs/{}/groups", t.org_id());
    for path in [GROUPS, &in_org] {
        assert_eq!(names(&member, path).await, [""; 0]);
        assert_eq!(names(&creator, path).await, ["mine", "mine too"]);
        assert_eq!(names(&reader, path).await, ["First", "mine", "mine too"]);
    }
    let page = creator.get(&format!("{GROUPS}?itemsPerPage=1")).await.is(200).json();
    assert_eq!((&page["totalCount"], &page["results"][0]["name"]), (&json!(2), &json!("mine")));

    creator.get(&group(id(&mine))).await.is(200);
    creator.get(&group(t.group_id())).await.is_error(401, "USER_CANNOT_ACCESS_GROUP");
    creator.get(&format!("{GROUPS}/byName/First")).await.is_error(404, "GROUP_NAME_NOT_FOUND");
    reader.get(&format!("{GROUPS}/byName/First")).await.is(200);
    reader.patch(&group(id(&mine)), json!({ "name": "theirs" })).await.is_error(401, "USER_UNAUTHORIZED");
    reader.delete(&group(id(&mine))).await.is_error(401, "USER_UNAUTHORIZED");
    creator.delete(&group(id(&mine))).await.is(202);
    assert_eq!(names(&creator, GROUPS).await, ["mine too"]);
    for other in [member, reader] {
        let refused = other.post(GROUPS, json!({ "name": "x", "orgId": t.org_id() })).await;
        assert_eq!(refused.is_error(401, "NOT_ORG_GROUP_CREATOR").json()["parameters"], json!([t.org_id()]));
    }
}

#[telamon_test]
async fn a_list_in_an_organization_is_filtered_by_prefix(t: TestServer) {
    for name in ["Alpha", "alphabet", "ALPS", "Beta", "Ärger"] {
        create(&t.owner(), t.org_id(), name).await;
    }
    let found = async |prefix: &str| {
        names(&t.owner(), &format!("/api/atlas/v2/orgs/{}/groups?name={prefix}", t.org_id())).await
    };
    assert_eq!(found("alph").await, ["Alpha", "alphabet"]);
    assert_eq!(found("AL").await, ["ALPS", "Alpha", "alphabet"]);
    assert_eq!(found("%C3%A4").await, ["Ärger"]);
    assert_eq!(found("lpha").await, [""; 0]);
    assert_eq!(found("%25").await, [""; 0]);
    assert_eq!(found("").await, ["ALPS", "Alpha", "Beta", "First", "alphabet", "Ärger"]);
}

#[telamon_test]
async fn settings_are_whole_and_change_in_part(t: TestServer) {
    let (owner, path) = (t.owner(), format!("{}/settings", group(t.group_id())));
    let mut whole = json!({
        "isAtlasHomePageAiAssistantEnabled": true,
        "isClusterAiAssistantEnabled": true,
        "isCollectDatabaseSpecificsStatisticsEnabled": true,
        "isDataExplorerEnabled": true,
        "isDataExplorerGenAIFeaturesEnabled": true,
        "isDataExplorerGenAISampleDocumentPassingEnabled": false,
        "isDataValidationEnabled": true,
        "isExtendedStorageSizesEnabled": false,
        "isNativeRerankingEnabled": false,
        "isPerformanceAdvisorEnabled": true,
        "isRealtimePerformancePanelEnabled": true,
        "isSchemaAdvisorEnabled": true,
    });
    assert_eq!(owner.get(&path).await.is(200).json(), whole);
    whole["isDataExplorerEnabled"] = json!(false);
    assert_eq!(owner.patch(&path, json!({ "isDataExplorerEnabled": false })).await.is(200).json(), whole);
    whole["isAtlasHomePageAiAssistantEnabled"] = json!(false);
    assert_eq!(owner.patch(&path, whole.clone()).await.is(200).json(), whole);
    assert_eq!(owner.get(&path).await.is(200).json(), whole);
    owner.patch(&path, json!({ "isFast": true })).await.is_error(400, "INVALID_JSON_ATTRIBUTE");
    owner.patch(&path, json!({ "isDataExplorerEnabled": "yes" })).await.is_error(400, "INVALID_ATTRIBUTE");
    let reader = t.service_account(&["ORG_READ_ONLY"]).await;
    reader.get(&path).await.is(200);
    reader.patch(&path, json!({})).await.is_error(401, "USER_UNAUTHORIZED");
}

#[telamon_test]
async fn every_setting_that_changes_leaves_an_event(t: TestServer) {
    let (owner, path) = (t.owner(), group(t.group_id()));
    let (settings, events) = (format!("{path}/settings"), format!("{path}/events"));
    let names: Vec<_> =
        owner.get(&settings).await.is(200).json().as_object().expect("an object").clone().into_iter().collect();
    let mut expected: Vec<String> = event_types(&t, &events).await;
    for (name, value) in names {
        let common = "GROUP_SETTINGS_UPDATED";
        expected.push(
            match name.as_str() {
                "isDataExplorerEnabled" => "DATA_EXPLORER_DISABLED",
                "isCollectDatabaseSpecificsStatisticsEnabled" => "PROJECT_COLLECT_DATABASE_STATISTICS_UPDATED",
                "isDataValidationEnabled" => "PROJECT_ENABLE_DATA_VALIDATION_UPDATED",
                "isExtendedStorageSizesEnabled" => "PROJECT_ENABLE_EXTENDED_STORAGE_SIZES_UPDATED",
                _ => common,
            }
            .to_owned(),
        );
        let other = json!({ name: value != json!(true) });
        owner.patch(&settings, other.clone()).await.is(200);
        owner.patch(&settings, other).await.is(200);
    }
    for (method, switch) in [("POST", "enable"), ("POST", "enable"), ("DELETE", "disable"), ("DELETE", "disable")] {
        let method = method.parse().expect("a method");
        owner.call(method, &format!("{path}/managedSlowMs/{switch}")).await.is(204);
    }
    expected.extend(["GROUP_SETTINGS_UPDATED", "GROUP_SETTINGS_UPDATED"].map(str::to_owned));
    expected.sort();
    assert_eq!(event_types(&t, &events).await, expected);
}

#[telamon_test]
async fn there_are_no_addresses(t: TestServer) {
    let reply = t.owner().get(&format!("{}/ipAddresses", group(t.group_id()))).await.is(200);
    assert_eq!(reply.json(), json!({ "groupId": t.group_id(), "services": { "clusters": [] } }));
}

#[telamon_test]
async fn the_threshold_for_slow_operations_is_a_bare_truth(t: TestServer) {
    let (owner, path) = (t.owner(), format!("{}/managedSlowMs", group(t.group_id())));
    assert_eq!(owner.get(&path).await.is(200).text(), "false");
    assert_eq!(owner.call("POST".parse().expect("a method"), &format!("{path}/enable")).await.is(204).text(), "");
    assert_eq!(owner.get(&path).await.is(200).text(), "true");
    owner.delete(&format!("{path}/disable")).await.is(204);
    owner.delete(&format!("{path}/disable")).await.is(204);
    assert_eq!(owner.get(&path).await.is(200).text(), "false");
}

#[test]
fn an_organization_has_so_many_projects_as_is_configured() {
    for engine in [Engine::Sqlite, Engine::Postgres] {
        let limits =
            ResourceLimits { projects_per_org: Some(2), database_users_per_project: Some(250), ..ResourceLimits::NONE };
        let settings = TestSettings { limits, ..TestSettings::default() };
        run_with(engine, "an_organization_has_so_many_projects_as_is_configured", settings, |t| {
            Box::pin(async move {
                let owner = t.owner();
                let second = create(&owner, t.org_id(), "second").await;
                let third = json!({ "name": "third", "orgId": t.org_id() });
                let refused = owner.post(GROUPS, third.clone()).await.is_error(400, "MAX_GROUPS_PER_ORG_EXCEEDED");
                assert_eq!(refused.json()["parameters"], json!([2]));
                owner.delete(&group(id(&second))).await.is(202);
                owner.post(GROUPS, third).await.is(201);

                let users = format!("{}/limits/atlas.project.security.databaseAccess.users", group(t.group_id()));
                let limit = owner.get(&users).await.is(200).json();
                assert_eq!(
                    (&limit["defaultLimit"], &limit["maximumLimit"], &limit["value"]),
                    (&json!(250), &json!(250), &json!(250))
                );
            })
        });
    }
}

static TALLY: telamon_store::Sql =
    telamon_store::sql!("SELECT CAST(COALESCE(SUM(amount), 0) AS BIGINT) FROM tally WHERE scope_id = $1 AND kind = $2");

#[telamon_test]
async fn totals_are_right_whatever_came_and_went(t: TestServer) {
    let groups = "/api/atlas/v2/groups";
    let total = |path: String| {
        let owner = t.owner();
        async move { owner.get(&format!("{path}?itemsPerPage=1")).await.is(200).json()["totalCount"].as_i64().unwrap() }
    };
    let made = futures(6, |number| {
        let (owner, org) = (t.owner(), t.org_id().to_owned());
        async move {
            let body = json!({ "name": format!("tally {number}"), "orgId": org });
            owner.post(groups, body).await.is(201).json()["id"].as_str().unwrap().to_owned()
        }
    })
    .await;
    assert_eq!(total(groups.to_owned()).await, 7);
    t.owner().patch(&format!("{groups}/{}", made[0]), json!({ "name": "renamed" })).await.is(200);
    t.owner().delete(&format!("{groups}/{}", made[1])).await.is(202);
    assert_eq!(total(groups.to_owned()).await, 6);

    let users = format!("{groups}/{}/databaseUsers", made[0]);
    futures(8, |number| {
        let (owner, users) = (t.owner(), users.clone());
        async move {
            let body = json!({
                "databaseName": "$external", "username": format!("u{number}"), "x509Type": "MANAGED",
                "roles": [{ "roleName": "read", "databaseName": "test" }],
            });
            owner.post(&users, body).await.is(201);
        }
    })
    .await;
    t.owner().delete(&format!("{users}/$external/u3")).await.is(204);
    assert_eq!(total(users).await, 7);
    t.owner().delete(&format!("{groups}/{}", made[0])).await.is(202);
    let mut tx = t.db().begin_read().await.unwrap();
    let left: i64 = tx.one(TALLY, &telamon_store::args![made[0].as_str(), "database_user"]).await.unwrap();
    assert_eq!(left, 0);
}

/// Runs so many at the same time.
async fn futures<T: Send + 'static, F>(count: usize, work: impl Fn(usize) -> F) -> Vec<T>
where
    F: Future<Output = T> + Send + 'static,
{
    let mut tasks = tokio::task::JoinSet::new();
    for number in 0..count {
        tasks.spawn(work(number));
    }
    tasks.join_all().await
}
