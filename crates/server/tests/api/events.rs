//! Events of organizations and projects, and their types.

use serde_json::{Value, json};
use telamon_testkit::{TestServer, telamon_test};

fn org_events(t: &TestServer) -> String {
    format!("/api/atlas/v2/orgs/{}/events", t.org_id())
}

fn project_events(t: &TestServer) -> String {
    format!("/api/atlas/v2/groups/{}/events", t.group_id())
}

async fn make_account(t: &TestServer) -> String {
    let path = format!("/api/atlas/v2/orgs/{}/serviceAccounts", t.org_id());
    let body = json!({ "name": "n", "description": "d", "roles": ["ORG_MEMBER"], "secretExpiresAfterHours": 8 });
    t.owner().post(&path, body).await.is(201).json()["clientId"].as_str().unwrap().to_owned()
}

async fn make_key(t: &TestServer) -> Value {
    let path = format!("/api/atlas/v2/orgs/{}/apiKeys", t.org_id());
    t.owner().post(&path, json!({ "desc": "d", "roles": ["ORG_MEMBER"] })).await.is(200).json()
}

async fn make_database_user(t: &TestServer, name: &str) {
    let path = format!("/api/atlas/v2/groups/{}/databaseUsers", t.group_id());
    let body = json!({
        "username": name,
        "databaseName": "admin",
        "password": "correct horse battery",
        "groupId": t.group_id(),
        "roles": [{ "roleName": "read", "databaseName": "app" }],
    });
    t.key_owner().post(&path, body).await.is(201);
}

fn names(list: &Value) -> Vec<&str> {
    list["results"].as_array().unwrap().iter().map(|event| event["eventTypeName"].as_str().unwrap()).collect()
}

async fn names_at(t: &TestServer, path: &str) -> Vec<String> {
    let list = t.owner().get(path).await.is(200).json();
    assert_eq!(list["totalCount"], names(&list).len());
    names(&list).into_iter().map(str::to_owned).collect()
}

#[telamon_test]
async fn an_event_names_its_target_and_its_actor(t: TestServer) {
    t.advance(1).await;
    let client_id = make_account(&t).await;
    let list = t.owner().get(&org_events(&t)).await.is(200).json();
    let event = &list["results"][0];
    let expected = json!({
        "actorClientId": t.credentials().client_id,
        "clientId": client_id,
        "created": "2026-08-10T03:05:49Z",
        "eventTypeName": "SERVICE_ACCOUNT_CREATED",
        "id": event["id"],
        "isGlobalAdmin": false,
        "links": [{ "href": format!("{}{}/{}", t.base_url(), org_events(&t), event["id"].as_str().unwrap()), "rel": "self" }],
        "orgId": t.org_id(),
        "remoteAddress": "127.0.0.1",
    });
    assert_eq!(*event, expected);
    let path = format!("{}/{}", org_events(&t), event["id"].as_str().unwrap());
    assert_eq!(t.owner().get(&path).await.is(200).json(), expected);

    let with_raw = t.owner().get(&format!("{path}?includeRaw=true")).await.is(200).json();
    let raw = json!({
        "_t": "SERVICE_ACCOUNT_CREATED",
        "actorClientId": t.credentials().client_id,
        "clientId": client_id,
        "cre": "2026-08-10T03:05:49Z",
        "description": "A service account was created.",
        "id": event["id"],
        "orgId": t.org_id(),
        "orgName": "Acme",
        "remoteAddress": "127.0.0.1",
        "severity": "INFO",
    });
    assert_eq!(with_raw["raw"], raw);
}

#[telamon_test]
async fn a_project_has_its_own_list(t: TestServer) {
    make_database_user(&t, "app").await;
    let list = t.owner().get(&format!("{}?includeRaw=true", project_events(&t))).await.is(200).json();
    let event = &list["results"][0];
    let keys = t.owner().get(&format!("/api/atlas/v2/orgs/{}/apiKeys", t.org_id())).await.is(200).json();
    let (actor, public_key) = (&keys["results"][0]["id"], &keys["results"][0]["publicKey"]);
    let expected = json!({
        "apiKeyId": actor,
        "created": "2026-08-10T03:05:48Z",
        "dbUserUsername": "app",
        "eventTypeName": "MONGODB_USER_ADDED",
        "groupId": t.group_id(),
        "id": event["id"],
        "isGlobalAdmin": false,
        "links": [{ "href": format!("{}{}/{}", t.base_url(), project_events(&t), event["id"].as_str().unwrap()), "rel": "self" }],
        "publicKey": public_key,
        "raw": {
            "_t": "MONGODB_USER_ADDED",
            "apiKeyId": actor,
            "cid": t.group_id(),
            "cre": "2026-08-10T03:05:48Z",
            "dbUserUsername": "app",
            "description": "A database user was added.",
            "gn": "First",
            "id": event["id"],
            "orgId": t.org_id(),
            "orgName": "Acme",
            "publicKey": public_key,
            "remoteAddress": "127.0.0.1",
            "severity": "INFO",
        },
        "remoteAddress": "127.0.0.1",
    });
    assert_eq!(*event, expected);
    let path = format!("{}/{}", project_events(&t), event["id"].as_str().unwrap());
    assert_eq!(t.owner().get(&format!("{path}?includeRaw=true")).await.is(200).json(), expected);

    // The organization's list does not hold it, and the project's does not hold the organization's.
    assert!(!names_at(&t, &org_events(&t)).await.contains(&"MONGODB_USER_ADDED".to_owned()));
    let in_org = format!("{}/{}", org_events(&t), event["id"].as_str().unwrap());
    t.owner().get(&in_org).await.is_error(404, "ORG_EVENT_NOT_FOUND");
    assert_eq!(names_at(&t, &project_events(&t)).await, ["MONGODB_USER_ADDED"]);
}

#[telamon_test]
async fn an_event_about_a_project_in_the_organization_s_list_has_both_ids(t: TestServer) {
    t.advance(1).await;
    let project = t.project("Second").await;
    let list = t.owner().get(&format!("{}?includeRaw=true", org_events(&t))).await.is(200).json();
    let event = &list["results"][0];
    assert_eq!(event["eventTypeName"], "GROUP_CREATED");
    assert_eq!((&event["orgId"], &event["groupId"]), (&json!(t.org_id()), &json!(project)));
    assert_eq!((&event["raw"]["cid"], &event["raw"]["gn"]), (&json!(project), &json!("Second")));
}

#[telamon_test]
async fn the_newest_comes_first_and_pages_follow(t: TestServer) {
    t.advance(60).await;
    make_key(&t).await;
    t.advance(60).await;
    make_account(&t).await;
    let all = t.owner().get(&org_events(&t)).await.is(200).json();
    assert_eq!(names(&all), ["SERVICE_ACCOUNT_CREATED", "API_KEY_CREATED", "GROUP_CREATED"]);
    let page =
        t.owner().get(&format!("{}?itemsPerPage=1&pageNum=2&includeCount=false", org_events(&t))).await.is(200).json();
    assert_eq!((&page["results"][0], page["totalCount"].as_i64()), (&all["results"][1], Some(0)));
    assert_eq!(page["links"].as_array().unwrap().len(), 3);
}

#[telamon_test]
async fn filters_choose_types_and_times(t: TestServer) {
    t.advance(60).await;
    make_key(&t).await;
    t.advance(60).await;
    make_account(&t).await;
    let cases: &[(&str, &[&str])] = &[
        ("eventType=API_KEY_CREATED", &["API_KEY_CREATED"]),
        ("eventType=API_KEY_CREATED&eventType=GROUP_CREATED", &["API_KEY_CREATED", "GROUP_CREATED"]),
        ("eventType=API_KEY", &[]),
        ("eventType=CLUSTER_CREATED", &[]),
        ("minDate=2026-08-10T03:06:48Z", &["SERVICE_ACCOUNT_CREATED", "API_KEY_CREATED"]),
        ("minDate=2026-08-10T03:06:49Z", &["SERVICE_ACCOUNT_CREATED"]),
        ("maxDate=2026-08-10T03:06:48Z", &["API_KEY_CREATED", "GROUP_CREATED"]),
        ("maxDate=2026-08-10T03:06:47Z", &["GROUP_CREATED"]),
        ("minDate=2026-08-10T05:06:48%2B02:00&maxDate=2026-08-10T03:06:48.123Z", &["API_KEY_CREATED"]),
        ("maxDate=2026-08-10T03:07:00Z&eventType=GROUP_CREATED", &["GROUP_CREATED"]),
    ];
    for (query, expected) in cases {
        assert_eq!(names_at(&t, &format!("{}?{query}", org_events(&t))).await, *expected, "{query}");
    }
    make_database_user(&t, "one").await;
    let path = project_events(&t);
    assert_eq!(names_at(&t, &format!("{path}?excludedEventType=MONGODB_USER_ADDED")).await, [""; 0]);
    assert_eq!(names_at(&t, &format!("{path}?excludedEventType=MONGODB_USER")).await, ["MONGODB_USER_ADDED"]);
    assert_eq!(names_at(&t, &format!("{path}?clusterNames=Cluster0")).await, [""; 0]);
    assert_eq!(names_at(&t, &format!("{path}?eventType=MONGODB_USER_ADDED")).await, ["MONGODB_USER_ADDED"]);
}

#[telamon_test]
async fn what_is_wrong_with_a_filter_is_said(t: TestServer) {
    let cases = [
        ("minDate=2026-08-10", "INVALID_DATE_FORMAT"),
        ("maxDate=yesterday", "INVALID_DATE_FORMAT"),
        ("minDate=2026-08-10T00:00:01Z&maxDate=2026-08-10T00:00:00Z", "INVALID_DATE_RANGE"),
        ("eventType=a,b", "INVALID_ENUM_VALUE"),
        ("includeRaw=yes", "INVALID_QUERY_PARAMETER"),
    ];
    for (query, code) in cases {
        t.owner().get(&format!("{}?{query}", org_events(&t))).await.is_error(400, code);
        t.owner().get(&format!("{}?{query}", project_events(&t))).await.is_error(400, code);
    }
    for id in ["nothing", "5f00000000000000000000ff"] {
        t.owner().get(&format!("{}/{id}", org_events(&t))).await.is_error(404, "ORG_EVENT_NOT_FOUND");
        t.owner().get(&format!("{}/{id}", project_events(&t))).await.is_error(404, "EVENT_NOT_FOUND");
    }
}

#[telamon_test]
async fn members_read_the_organization_s_events_and_not_a_project_s(t: TestServer) {
    let member = t.service_account(&["ORG_MEMBER"]).await;
    member.get(&org_events(&t)).await.is(200);
    member.get(&project_events(&t)).await.is_error(401, "USER_CANNOT_ACCESS_GROUP");
    t.service_account(&["ORG_READ_ONLY"]).await.get(&project_events(&t)).await.is(200);
}

#[telamon_test]
async fn the_types_are_listed_by_name(t: TestServer) {
    let list = t.owner().get("/api/atlas/v2/eventTypes?itemsPerPage=2").await.is(200).json();
    let added = "An entry was added to the access list of an API key.";
    let removed = "An entry was removed from the access list of an API key.";
    let expected = json!([
        { "alertable": false, "description": added, "eventType": "API_KEY_ACCESS_LIST_ENTRY_ADDED" },
        { "alertable": false, "description": removed, "eventType": "API_KEY_ACCESS_LIST_ENTRY_DELETED" },
    ]);
    assert_eq!(list["results"], expected);
    let all = t.owner().get("/api/atlas/v2/eventTypes").await.is(200).json();
    assert_eq!(all["totalCount"], all["results"].as_array().unwrap().len());
    assert_eq!(list["totalCount"], all["totalCount"]);
    let past = t.owner().get("/api/atlas/v2/eventTypes?pageNum=9").await.is(200).json();
    assert_eq!(past["results"], json!([]));
}

#[telamon_test]
async fn pages_of_several_types_are_merged_by_time(t: TestServer) {
    for round in 0..3 {
        t.advance(1).await;
        make_account(&t).await;
        make_key(&t).await;
        make_database_user(&t, &format!("user{round}")).await;
    }
    let all = t.owner().get(&format!("{}?itemsPerPage=500", org_events(&t))).await.is(200).json();
    let wanted: Vec<&Value> = all["results"]
        .as_array()
        .unwrap()
        .iter()
        .filter(|event| {
            ["API_KEY_CREATED", "SERVICE_ACCOUNT_CREATED"].contains(&event["eventTypeName"].as_str().unwrap())
        })
        .collect();
    assert!(wanted.len() >= 6);
    let filter = "eventType=SERVICE_ACCOUNT_CREATED&eventType=API_KEY_CREATED&eventType=GROUP_DELETED";
    for (page, events) in wanted.chunks(4).enumerate() {
        let path = format!("{}?{filter}&itemsPerPage=4&pageNum={}", org_events(&t), page + 1);
        let answer = t.owner().get(&path).await.is(200).json();
        assert_eq!((&answer["results"], &answer["totalCount"]), (&json!(events), &json!(wanted.len())));
    }
    let past = format!("{}?{filter}&pageNum=99", org_events(&t));
    assert_eq!(t.owner().get(&past).await.is(200).json()["results"], json!([]));

    let others = format!("{}?excludedEventType=MONGODB_USER_ADDED", project_events(&t));
    let others = t.owner().get(&others).await.is(200).json();
    let everything = t.owner().get(&project_events(&t)).await.is(200).json();
    let left: Vec<&Value> = everything["results"]
        .as_array()
        .unwrap()
        .iter()
        .filter(|event| event["eventTypeName"] != "MONGODB_USER_ADDED")
        .collect();
    assert_eq!((&others["results"], &others["totalCount"]), (&json!(left), &json!(left.len())));
}
