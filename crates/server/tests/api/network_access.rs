//! The access list of a project, over HTTP.

use serde_json::{Value, json};
use telamon_store::{Sql, sql};
use telamon_testkit::{Actor, Reply, TestServer, telamon_test};

const DAY: i64 = 24 * 3600;

static REMOVED: Sql = sql!("SELECT COUNT(*) FROM event WHERE event_type = 'NETWORK_PERMISSION_ENTRY_REMOVED'");

fn list(t: &TestServer) -> String {
    format!("/api/atlas/v2/groups/{}/accessList", t.group_id())
}

async fn add(t: &TestServer, entries: Value) -> Reply {
    t.key_owner().post(&list(t), entries).await
}

/// The whole entry of a block, with other members.
fn printed(t: &TestServer, block: &str, more: Value) -> Value {
    let link = format!("{}{}/{}", t.base_url(), list(t), block.replace('/', "%2F"));
    let mut entry = json!({
        "cidrBlock": block, "comment": "", "groupId": t.group_id(), "links": [{ "href": link, "rel": "self" }],
    });
    let Value::Object(more) = more else { panic!("an object is wanted") };
    entry.as_object_mut().unwrap().extend(more);
    entry
}

fn blocks(page: &Value) -> Vec<&str> {
    page["results"].as_array().unwrap().iter().map(|entry| entry["cidrBlock"].as_str().unwrap()).collect()
}

/// The events of the list, the newest first, with the entries that they are about.
async fn events(t: &TestServer) -> Vec<String> {
    let listed = t.key_owner().get(&format!("/api/atlas/v2/groups/{}/events", t.group_id())).await.is(200).json();
    let short = |event: &Value| {
        let name = event["eventTypeName"].as_str().unwrap().strip_prefix("NETWORK_PERMISSION_ENTRY_")?;
        let by = if event["publicKey"].is_string() { "" } else { " by itself" };
        Some(format!("{name} {}{by}", event["whitelistEntry"].as_str().unwrap()))
    };
    listed["results"].as_array().unwrap().iter().filter_map(short).collect()
}

fn at(t: &TestServer, seconds: i64) -> String {
    t.now().plus_seconds(seconds).to_string()
}

#[telamon_test]
async fn entries_are_added_printed_and_removed(t: TestServer) {
    let path = format!("{}?includeCount=true&itemsPerPage=100&pageNum=1", list(&t));
    let sent = json!([
        { "comment": "one", "groupId": t.group_id(), "ipAddress": "198.51.100.7", "links": [] },
        { "cidrBlock": "192.0.2.0/24", "comment": "", "deleteAfterDate": "2026-08-12T12:00:00.123+02:00" },
        { "cidrBlock": "2001:DB8:1::/48", "ipAddress": "", "awsSecurityGroup": null },
        { "ipAddress": "2001:db8::1" },
    ]);
    let page = t.key_owner().post(&path, sent).await.is(201).json();
    let entries = json!([
        printed(&t, "198.51.100.7/32", json!({ "comment": "one", "ipAddress": "198.51.100.7" })),
        printed(&t, "192.0.2.0/24", json!({ "deleteAfterDate": "2026-08-12T10:00:00Z" })),
        printed(&t, "2001:db8:1::/48", json!({})),
        printed(&t, "2001:db8::1/128", json!({ "ipAddress": "2001:db8::1" })),
    ]);
    let link = format!("{}{}?includeCount=true&pageNum=1&itemsPerPage=100", t.base_url(), list(&t));
    let whole = json!({ "links": [{ "href": link, "rel": "self" }], "results": entries, "totalCount": 4 });
    assert_eq!(page, whole);
    assert_eq!(t.owner().get(&path).await.is(200).json(), whole);

    for (at, spellings) in [
        (0, &["198.51.100.7", "198.51.100.7%2F32"][..]),
        (1, &["192.0.2.0%2F24", "192.0.2.0%2f24", "192.0.2.0/24"]),
        (2, &["2001:db8:1::/48", "2001:db8:1::%2F48"]),
        (3, &["2001:db8::1", "2001:db8:0::1%2F128", "2001%3Adb8%3A%3A1"]),
    ] {
        for spelling in spellings {
            let one = format!("{}/{spelling}", list(&t));
            assert_eq!(t.owner().get(&one).await.is(200).json(), entries[at], "{spelling}");
            let status = t.owner().get(&format!("{one}/status")).await.is(200).json();
            assert_eq!(status, json!({ "STATUS": "ACTIVE" }));
        }
        let one = format!("{}/{}", list(&t), spellings[0]);
        assert_eq!(t.key_owner().delete(&one).await.is(204).text(), "");
        t.owner().get(&one).await.is_error(404, "ATLAS_NETWORK_PERMISSION_ENTRY_NOT_FOUND");
        t.owner().get(&format!("{one}/status")).await.is_error(404, "ATLAS_NETWORK_PERMISSION_ENTRY_NOT_FOUND");
        let gone = t.owner().delete(&one).await.is_error(404, "ATLAS_NETWORK_PERMISSION_ENTRY_NOT_FOUND");
        assert_eq!(gone.json()["parameters"][1], t.group_id());
    }
    assert_eq!(t.owner().get(&path).await.is(200).json()["totalCount"], 0);
    let mut expected: Vec<String> = Vec::new();
    for name in ["198.51.100.7", "192.0.2.0/24", "2001:db8:1::/48", "2001:db8::1"] {
        expected.extend([format!("ADDED {name}"), format!("REMOVED {name}")]);
    }
    let mut recorded = events(&t).await;
    recorded.sort();
    expected.sort();
    assert_eq!(recorded, expected);
}

#[telamon_test]
async fn a_second_entry_of_a_block_takes_the_place_of_the_first(t: TestServer) {
    add(&t, json!([{ "ipAddress": "192.0.2.1", "comment": "a", "deleteAfterDate": at(&t, 60) }])).await.is(201);
    t.advance(1).await;
    add(&t, json!([{ "ipAddress": "192.0.2.2", "comment": "b" }])).await.is(201);
    t.advance(1).await;
    add(&t, json!([{ "cidrBlock": "192.0.2.1/32", "comment": "later", "deleteAfterDate": at(&t, 120) }])).await.is(201);
    t.advance(1).await;
    let page = add(&t, json!([{ "ipAddress": "192.0.2.1" }])).await.is(201).json();
    t.advance(1).await;
    assert_eq!(add(&t, json!([{ "ipAddress": "192.0.2.1" }])).await.is(201).json(), page);
    assert_eq!(
        page["results"],
        json!([
            printed(&t, "192.0.2.1/32", json!({ "ipAddress": "192.0.2.1" })),
            printed(&t, "192.0.2.2/32", json!({ "comment": "b", "ipAddress": "192.0.2.2" })),
        ])
    );
    let refused = add(&t, json!([{ "ipAddress": "192.0.2.1", "deleteAfterDate": at(&t, 60) }])).await;
    refused.is_error(400, "PERMANENT_ENTITY_CANNOT_BE_MADE_TEMPORARY");
    assert_eq!(events(&t).await, ["UPDATED 192.0.2.1", "UPDATED 192.0.2.1", "ADDED 192.0.2.2", "ADDED 192.0.2.1"]);
    assert_eq!(add(&t, json!([])).await.is(201).json()["totalCount"], 2);
}

#[telamon_test]
async fn what_is_refused(t: TestServer) {
    let address = |more: Value| {
        let mut entry = json!({ "ipAddress": "192.0.2.1" });
        entry.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        json!([{ "ipAddress": "192.0.2.9" }, entry])
    };
    for (sent, code) in [
        (json!([{}]), "MISSING_ONE_OF_THREE_ATTRIBUTES"),
        (json!([{ "ipAddress": "", "comment": "x" }]), "MISSING_ONE_OF_THREE_ATTRIBUTES"),
        (address(json!({ "cidrBlock": "192.0.2.1/32" })), "MULTIPLE_VALUES_SPECIFIED_FOR_ONE_NETWORK_PERMISSION_ENTRY"),
        (address(json!({ "awsSecurityGroup": "sg-1" })), "MULTIPLE_VALUES_SPECIFIED_FOR_ONE_NETWORK_PERMISSION_ENTRY"),
        (
            json!([{ "awsSecurityGroup": "sg-903004f8" }]),
            "CANNOT_USE_AWS_SECURITY_GROUP_WITHOUT_VPC_PEERING_CONNECTION",
        ),
        (json!([{ "ipAddress": "192.0.2.0/24" }]), "INVALID_IP_ADDRESS_OR_CIDR_NOTATION"),
        (json!([{ "ipAddress": "192.0.2.256" }]), "INVALID_IP_ADDRESS_OR_CIDR_NOTATION"),
        (json!([{ "cidrBlock": "192.0.2.0/33" }]), "INVALID_IP_ADDRESS_OR_CIDR_NOTATION"),
        (json!([{ "cidrBlock": "192.0.2.1/24" }]), "INVALID_CIDR_BLOCK"),
        (address(json!({ "ipAddress": "192.0.2.9" })), "DUPLICATE_ADDRESSES_IN_INPUT"),
        (address(json!({ "comment": "x".repeat(81) })), "INVALID_NETWORK_PERMISSION_COMMENT"),
        (address(json!({ "deleteAfterDate": at(&t, 0) })), "EXPIRATION_DATE_IN_PAST"),
        (address(json!({ "deleteAfterDate": at(&t, 7 * DAY + 1) })), "EXPIRATION_DATE_EXCEEDS_MAX"),
        (address(json!({ "deleteAfterDate": "soon" })), "INVALID_ATTRIBUTE"),
        (address(json!({ "groupId": "5f0000000000000000000001" })), "GROUP_MISMATCH"),
        (address(json!({ "port": 27017 })), "INVALID_JSON_ATTRIBUTE"),
        (json!({ "ipAddress": "192.0.2.1" }), "INVALID_JSON"),
    ] {
        add(&t, sent.clone()).await.is_error(400, code);
    }
    let refused = add(&t, json!([{ "cidrBlock": "192.0.2.1/24" }])).await;
    let detail = "The CIDR block 192.0.2.1/24 has bits set beyond its prefix: the block is written 192.0.2.0/24.";
    assert_eq!(refused.detail(), detail);
    let page = add(&t, address(json!({ "comment": "é".repeat(80), "deleteAfterDate": at(&t, 7 * DAY) }))).await;
    assert_eq!(blocks(&page.is(201).json()), ["192.0.2.9/32", "192.0.2.1/32"]);
    for nothing in ["sg-903004f8", "here", "10.0.0.1%2F8", "192.0.2.1%2F24", "-"] {
        let one = format!("{}/{nothing}", list(&t));
        t.owner().get(&one).await.is_error(404, "ATLAS_NETWORK_PERMISSION_ENTRY_NOT_FOUND");
        t.owner().delete(&one).await.is_error(404, "ATLAS_NETWORK_PERMISSION_ENTRY_NOT_FOUND");
    }
}

#[telamon_test]
async fn an_entry_vanishes_at_its_second_and_is_removed_later(t: TestServer) {
    let temporary = |t: &TestServer, address: &str| json!([{ "ipAddress": address, "deleteAfterDate": at(t, 600) }]);
    add(&t, temporary(&t, "192.0.2.1")).await.is(201);
    add(&t, temporary(&t, "192.0.2.2")).await.is(201);
    add(&t, json!([{ "ipAddress": "192.0.2.3" }])).await.is(201);
    let one = format!("{}/192.0.2.1", list(&t));
    t.advance(599).await;
    t.owner().get(&one).await.is(200);
    // No job runs meanwhile.
    t.clock().advance(1);
    for path in [one.clone(), format!("{one}/status")] {
        t.owner().get(&path).await.is_error(404, "ATLAS_NETWORK_PERMISSION_ENTRY_NOT_FOUND");
    }
    t.owner().delete(&one).await.is_error(404, "ATLAS_NETWORK_PERMISSION_ENTRY_NOT_FOUND");
    let page = t.owner().get(&list(&t)).await.is(200).json();
    assert_eq!((blocks(&page), &page["totalCount"]), (vec!["192.0.2.3/32"], &json!(1)));

    // Nobody has to wait for the job.
    let page = add(&t, json!([{ "ipAddress": "192.0.2.1", "comment": "again" }])).await.is(201).json();
    assert_eq!(blocks(&page), ["192.0.2.3/32", "192.0.2.1/32"]);
    t.advance(60).await;
    let mut gone: Vec<String> = events(&t).await.into_iter().filter(|event| event.starts_with("REMOVED")).collect();
    gone.sort();
    assert_eq!(gone, ["REMOVED 192.0.2.1 by itself", "REMOVED 192.0.2.2 by itself"]);
}

#[telamon_test]
async fn the_job_removes_what_has_expired_in_any_number(t: TestServer) {
    let end = at(&t, 60);
    let entry = |n: usize| json!({ "ipAddress": format!("10.0.{}.{}", n / 250, n % 250), "deleteAfterDate": end });
    add(&t, (0..450).map(entry).collect()).await.is(201);
    let other = t.another_node().await;
    t.advance(60).await;
    drop(other);
    let removed = format!(
        "/api/atlas/v2/groups/{}/events?eventType=NETWORK_PERMISSION_ENTRY_REMOVED&itemsPerPage=500",
        t.group_id()
    );
    let listed = t.owner().get(&removed).await.is(200).json();
    assert_eq!(listed["totalCount"], 450);
}

#[telamon_test]
async fn pages_are_in_the_order_of_creation(t: TestServer) {
    for (address, ahead) in [("192.0.2.9", 1), ("192.0.2.1", 1), ("192.0.2.5", 0)] {
        add(&t, json!([{ "ipAddress": address }])).await.is(201);
        t.advance(ahead).await;
    }
    let page = async |query: &str| t.owner().get(&format!("{}?{query}", list(&t))).await.is(200).json();
    let first = page("itemsPerPage=2").await;
    assert_eq!((blocks(&first), &first["totalCount"]), (vec!["192.0.2.9/32", "192.0.2.1/32"], &json!(3)));
    let second = page("includeCount=false&itemsPerPage=2&pageNum=2").await;
    assert_eq!((blocks(&second), &second["totalCount"]), (vec!["192.0.2.5/32"], &json!(0)));
    let sent = json!([{ "ipAddress": "192.0.2.7" }]);
    let reply = t.owner().post(&format!("{}?itemsPerPage=1&pageNum=4", list(&t)), sent).await.is(201).json();
    assert_eq!((blocks(&reply), &reply["totalCount"]), (vec!["192.0.2.7/32"], &json!(4)));
    let sent = json!([{ "ipAddress": "192.0.2.8" }]);
    let enveloped = t.owner().post(&format!("{}?envelope=true", list(&t)), sent).await.is(200).json();
    assert_eq!((&enveloped["status"], &enveloped["totalCount"]), (&json!(201), &json!(5)));
}

#[telamon_test]
async fn the_limit_of_a_project_is_kept(t: TestServer) {
    let limit = format!("/api/atlas/v2/groups/{}/limits/atlas.project.security.networkAccess.entries", t.group_id());
    t.owner().patch(&limit, json!({ "value": 2 })).await.is(200);
    let three = json!([{ "ipAddress": "192.0.2.1" }, { "ipAddress": "192.0.2.2" }, { "ipAddress": "192.0.2.3" }]);
    let refused = add(&t, three).await.is_error(403, "ATLAS_NETWORK_PERMISSIONS_LIMIT_EXCEEDED");
    assert_eq!(refused.json()["parameters"], json!([2]));
    assert_eq!(t.owner().get(&list(&t)).await.is(200).json()["totalCount"], 0);
    add(&t, json!([{ "ipAddress": "192.0.2.1", "deleteAfterDate": at(&t, 60) }])).await.is(201);
    let (a, b) =
        tokio::join!(add(&t, json!([{ "ipAddress": "192.0.2.2" }])), add(&t, json!([{ "ipAddress": "192.0.2.3" }])),);
    let mut statuses = [a.status(), b.status()];
    statuses.sort_unstable();
    assert_eq!(statuses, [201, 403]);
    add(&t, json!([{ "ipAddress": "192.0.2.1", "comment": "known" }])).await.is(201);
    let other = format!("/api/atlas/v2/groups/{}/accessList", t.project("other").await);
    t.owner().post(&other, json!([{ "ipAddress": "192.0.2.1" }])).await.is(201);
}

#[telamon_test]
async fn roles_are_demanded(t: TestServer) {
    add(&t, json!([{ "ipAddress": "192.0.2.1" }])).await.is(201);
    let one = format!("{}/192.0.2.1", list(&t));
    let reader = t.service_account(&["ORG_READ_ONLY"]).await;
    for path in [list(&t), one.clone(), format!("{one}/status")] {
        reader.get(&path).await.is(200);
    }
    let refused = async |actor: &Actor, code: &str| {
        actor.post(&list(&t), json!([{ "ipAddress": "192.0.2.2" }])).await.is_error(401, code);
        actor.delete(&one).await.is_error(401, code);
    };
    refused(&reader, "USER_UNAUTHORIZED").await;
    refused(&t.service_account(&["ORG_MEMBER"]).await, "USER_CANNOT_ACCESS_GROUP").await;
}

#[telamon_test]
async fn nothing_is_left_of_a_deleted_project(t: TestServer) {
    let project = t.project("doomed").await;
    let path = format!("/api/atlas/v2/groups/{project}");
    let end = at(&t, 60);
    t.key_owner()
        .post(&format!("{path}/accessList"), json!([{ "ipAddress": "192.0.2.1", "deleteAfterDate": end }]))
        .await
        .is(201);
    t.key_owner().delete(&path).await.is(202);
    t.key_owner().get(&format!("{path}/accessList")).await.is_error(404, "RESOURCE_NOT_FOUND");
    t.advance(61).await;
    let mut tx = t.db().begin_read().await.unwrap();
    assert_eq!(tx.one::<i64>(REMOVED, &[]).await.unwrap(), 0, "it went with its project");
}
