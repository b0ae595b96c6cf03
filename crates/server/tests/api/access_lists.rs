//! Access lists of API keys and of service accounts: their entries, who may change them, and what they count.

use http::Method;
use serde_json::{Value, json};
use telamon_server::resources::roles;
use telamon_testkit::{Actor, Engine, TestServer, TestSettings, run_with, telamon_test};

/// An API key of the organization: its id and its caller.
async fn api_key(t: &TestServer, roles: &[&str]) -> (String, String, Actor) {
    let path = format!("/api/atlas/v2/orgs/{}/apiKeys", t.org_id());
    let made = t.owner().post(&path, json!({ "desc": "listed", "roles": roles })).await.is(200).json();
    let text = |name: &str| made[name].as_str().unwrap().to_owned();
    let key = Actor::digest(t.base_url(), &text("publicKey"), &text("privateKey"));
    (text("id"), text("publicKey"), key)
}

/// A service account of the organization: its client id and its secret.
async fn account(t: &TestServer) -> (String, String) {
    let path = format!("/api/atlas/v2/orgs/{}/serviceAccounts", t.org_id());
    let body = json!({ "name": "n", "description": "d", "roles": ["ORG_MEMBER"], "secretExpiresAfterHours": 8 });
    let made = t.owner().post(&path, body).await.is(201).json();
    let secret = made["secrets"][0]["secret"].as_str().unwrap().to_owned();
    (made["clientId"].as_str().unwrap().to_owned(), secret)
}

fn of_key(t: &TestServer, id: &str) -> String {
    format!("/api/atlas/v2/orgs/{}/apiKeys/{id}/accessList", t.org_id())
}

fn of_account(t: &TestServer, client_id: &str) -> String {
    format!("/api/atlas/v2/orgs/{}/serviceAccounts/{client_id}/accessList", t.org_id())
}

fn in_project(t: &TestServer, client_id: &str) -> String {
    format!("/api/atlas/v2/groups/{}/serviceAccounts/{client_id}/accessList", t.group_id())
}

/// Grants a role in the first project.
async fn grant(t: &TestServer, holder: &str, role: telamon_authz::ProjectRole) {
    let mut tx = t.db().begin_write().await.unwrap();
    roles::add_in_project(&mut tx, holder, t.group_id().parse().unwrap(), role, t.now()).await.unwrap();
    telamon_api::mark_change(&mut tx, t.now(), &telamon_testkit::SeededEntropy::of(holder)).await.unwrap();
    tx.commit().await.unwrap();
    t.advance(1).await;
}

fn blocks(list: &Value) -> Vec<&str> {
    list["results"].as_array().unwrap().iter().map(|entry| entry["cidrBlock"].as_str().unwrap()).collect()
}

/// The newest events of the organization: type, entry, and whose list it is.
async fn events(t: &TestServer, count: usize) -> Vec<(String, String, String)> {
    let path = format!("/api/atlas/v2/orgs/{}/events?itemsPerPage={count}", t.org_id());
    let list = t.owner().get(&path).await.is(200).json();
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let told = |event: &Value| {
        let whose = if event["targetPublicKey"].is_string() { &event["targetPublicKey"] } else { &event["clientId"] };
        (text(&event["eventTypeName"]), text(&event["whitelistEntry"]), text(whose))
    };
    list["results"].as_array().unwrap().iter().map(told).collect()
}

#[telamon_test]
async fn entries_of_an_api_key_are_added_read_and_removed(t: TestServer) {
    let (id, public_key, _) = api_key(&t, &["ORG_MEMBER"]).await;
    let list = of_key(&t, &id);
    t.advance(1).await;
    let added = t.owner().post(&format!("{list}?includeCount=true"), json!([{ "ipAddress": "198.51.100.7" }])).await;
    let added = added.is(200);
    assert_eq!(added.header("content-type"), Some("application/vnd.atlas.2023-01-01+json;charset=utf-8"));
    let link = |name: &str| json!([{ "href": format!("{}{list}/{name}", t.base_url()), "rel": "self" }]);
    let first = json!({
        "cidrBlock": "198.51.100.7/32",
        "count": 0,
        "created": "2026-08-10T03:05:49Z",
        "ipAddress": "198.51.100.7",
        "links": link("198.51.100.7"),
    });
    let href = format!("{}{list}?includeCount=true&pageNum=1&itemsPerPage=100", t.base_url());
    let page = json!({ "links": [{ "href": href, "rel": "self" }], "results": [first], "totalCount": 1 });
    assert_eq!(added.json(), page);

    // The clients send back what they were given.
    let more = json!([
        { "cidrBlock": "192.0.2.0/24", "count": 3, "created": "2026-08-10T03:05:49Z", "links": [] },
        { "cidrBlock": "2001:DB8:1::/48", "ipAddress": null },
        { "ipAddress": "2001:db8::1", "cidrBlock": "" },
    ]);
    t.advance(1).await;
    let all = t.owner().post(&list, more).await.is(200).json();
    assert_eq!(blocks(&all), ["198.51.100.7/32", "192.0.2.0/24", "2001:db8:1::/48", "2001:db8::1/128"]);
    let wide = json!({
        "cidrBlock": "192.0.2.0/24",
        "count": 0,
        "created": "2026-08-10T03:05:50Z",
        "links": link("192.0.2.0%2F24"),
    });
    for spelling in ["192.0.2.0%2F24", "192.0.2.0/24"] {
        assert_eq!(t.owner().get(&format!("{list}/{spelling}")).await.is(200).json(), wide);
    }
    for spelling in ["198.51.100.7", "198.51.100.7%2F32", "198.51.100.7/32", "::ffff:198.51.100.7"] {
        assert_eq!(t.owner().get(&format!("{list}/{spelling}")).await.is(200).json(), first);
    }
    let page = t.owner().get(&format!("{list}?itemsPerPage=2&pageNum=2&includeCount=false")).await.is(200).json();
    assert_eq!((blocks(&page), page["totalCount"].as_i64()), (vec!["2001:db8:1::/48", "2001:db8::1/128"], Some(0)));

    for spelling in ["198.51.100.7%2F32", "192.0.2.0/24", "2001:db8:1::%2F48", "2001:db8::1"] {
        t.advance(1).await;
        t.owner().delete(&format!("{list}/{spelling}")).await.is(204);
    }
    assert_eq!(t.owner().get(&list).await.is(200).json()["results"], json!([]));
    let told = events(&t, 8).await;
    let expected = ["2001:db8::1", "2001:db8:1::/48", "192.0.2.0/24", "198.51.100.7"];
    for (event, entry) in told[..4].iter().zip(expected) {
        assert_eq!(event, &("API_KEY_ACCESS_LIST_ENTRY_DELETED".into(), entry.into(), public_key.clone()));
    }
    for (event, entry) in told[4..].iter().zip(expected) {
        assert_eq!(event, &("API_KEY_ACCESS_LIST_ENTRY_ADDED".into(), entry.into(), public_key.clone()));
    }
}

#[telamon_test]
async fn entries_of_a_service_account_are_added_read_and_removed(t: TestServer) {
    let (client_id, secret) = account(&t).await;
    let list = of_account(&t, &client_id);
    t.advance(1).await;
    let new =
        json!([{ "ipAddress": "4.3.2.1" }, { "cidrBlock": "100.200.30.4/32" }, { "cidrBlock": "123.234.0.0/16" }]);
    let added = t.owner().post(&list, new).await.is(200);
    assert_eq!(added.header("content-type"), Some("application/vnd.atlas.2024-08-05+json;charset=utf-8"));
    let made = "2026-08-10T03:05:49Z";
    let results = json!([
        { "cidrBlock": "4.3.2.1/32", "createdAt": made, "ipAddress": "4.3.2.1", "requestCount": 0 },
        { "cidrBlock": "100.200.30.4/32", "createdAt": made, "ipAddress": "100.200.30.4", "requestCount": 0 },
        { "cidrBlock": "123.234.0.0/16", "createdAt": made, "requestCount": 0 },
    ]);
    let page = |results: &Value| {
        let href = format!("{}{list}?pageNum=1&itemsPerPage=100", t.base_url());
        json!({ "links": [{ "href": href, "rel": "self" }], "results": results, "totalCount": 3 })
    };
    assert_eq!(added.json(), page(&results));
    assert_eq!(t.owner().get(&list).await.is(200).json(), page(&results));

    // A token is issued wherever the request for it comes from; it is its use that the list is asked about.
    let member = Actor::bearer(t.base_url(), &t.token_of(&client_id, &secret).await);
    member.get("/api/atlas/v2/groups").await.is_error(403, "IP_ADDRESS_NOT_ON_ACCESS_LIST");
    for spelling in ["4.3.2.1", "100.200.30.4%2F32", "123.234.0.0/16"] {
        t.advance(1).await;
        t.owner().delete(&format!("{list}/{spelling}")).await.is(204);
    }
    member.get("/api/atlas/v2/groups").await.is(200);
    let told = events(&t, 4).await;
    assert_eq!(
        told[0],
        ("SERVICE_ACCOUNT_ACCESS_LIST_ENTRY_DELETED".into(), "123.234.0.0/16".into(), client_id.clone())
    );
    assert_eq!(told[3], ("SERVICE_ACCOUNT_ACCESS_LIST_ENTRY_ADDED".into(), "123.234.0.0/16".into(), client_id));
}

#[telamon_test]
async fn a_project_sees_the_lists_of_the_accounts_that_hold_a_role_in_it(t: TestServer) {
    let (client_id, _) = account(&t).await;
    let holder = client_id.trim_start_matches("mdb_sa_id_").to_owned();
    let list = in_project(&t, &client_id);
    let entry = || json!([{ "cidrBlock": "10.0.0.0/8" }]);
    t.owner().get(&list).await.is_error(404, "RESOURCE_NOT_FOUND");
    t.owner().post(&list, entry()).await.is_error(404, "RESOURCE_NOT_FOUND");
    t.owner().delete(&format!("{list}/10.0.0.0/8")).await.is_error(404, "RESOURCE_NOT_FOUND");
    grant(&t, &holder, telamon_authz::ProjectRole::ReadOnly).await;

    let (manager_id, manager_secret) = account(&t).await;
    grant(&t, manager_id.trim_start_matches("mdb_sa_id_"), telamon_authz::ProjectRole::AccessManager).await;
    let manager = Actor::bearer(t.base_url(), &t.token_of(&manager_id, &manager_secret).await);
    assert_eq!(blocks(&manager.post(&list, entry()).await.is(200).json()), ["10.0.0.0/8"]);
    assert_eq!(blocks(&manager.get(&list).await.is(200).json()), ["10.0.0.0/8"]);
    assert_eq!(blocks(&t.owner().get(&of_account(&t, &client_id)).await.is(200).json()), ["10.0.0.0/8"]);
    manager.delete(&format!("{list}/10.0.0.0/8")).await.is(204);
    manager.post(&of_account(&t, &client_id), entry()).await.is_error(401, "USER_UNAUTHORIZED");

    // What an account may do elsewhere is shut out and let in by its list as well: an access manager of one project is
    // not enough for that.
    let powerful = in_project(&t, &t.credentials().client_id);
    grant(&t, t.credentials().client_id.trim_start_matches("mdb_sa_id_"), telamon_authz::ProjectRole::ReadOnly).await;
    manager.get(&powerful).await.is(200);
    manager.post(&powerful, entry()).await.is_error(401, "USER_UNAUTHORIZED");
    manager.delete(&format!("{powerful}/10.0.0.0/8")).await.is_error(401, "USER_UNAUTHORIZED");
    let other = t.project("Other").await;
    let elsewhere = list.replace(t.group_id(), &other);
    t.owner().get(&elsewhere).await.is_error(404, "RESOURCE_NOT_FOUND");
}

#[telamon_test]
async fn what_is_wrong_with_a_list_of_entries_is_said(t: TestServer) {
    let (id, _, _) = api_key(&t, &["ORG_MEMBER"]).await;
    let (client_id, _) = account(&t).await;
    for list in [of_key(&t, &id), of_account(&t, &client_id)] {
        t.owner().post(&list, json!([{ "ipAddress": "192.0.2.7" }])).await.is(200);
        let cases = [
            (json!([{ "ipAddress": "192.0.2.0/24" }]), 400, "VALIDATION_ERROR"),
            (json!([{ "cidrBlock": "192.0.2.7/24" }]), 400, "VALIDATION_ERROR"),
            (json!([{}]), 400, "BAD_ACCESS_LIST_ADD_REQUEST"),
            (json!([{ "ipAddress": "1.2.3.4", "cidrBlock": "1.2.3.4/32" }]), 400, "BAD_ACCESS_LIST_ADD_REQUEST"),
            (json!([{ "cidrBlock": "0.0.0.0/32" }]), 400, "CANNOT_ADD_IP_ADDRESS_TO_API_KEY_ACCESS_LIST"),
            (json!([{ "ipAddress": "1.2.3.4" }, { "cidrBlock": "1.2.3.4/32" }]), 400, "DUPLICATE_ADDRESSES_IN_INPUT"),
            (
                json!([{ "ipAddress": "1.2.3.4" }, { "cidrBlock": "192.0.2.7/32" }]),
                409,
                "ADDRESS_ALREADY_IN_ACCESS_LIST",
            ),
            (json!([{ "ip": "1.2.3.4" }]), 400, "INVALID_JSON_ATTRIBUTE"),
            (json!({ "ipAddress": "1.2.3.4" }), 400, "INVALID_JSON"),
        ];
        for (body, status, code) in cases {
            t.owner().post(&list, body).await.is_error(status, code);
        }
        // Of a list that is refused, nothing is added; an empty one changes nothing.
        assert_eq!(blocks(&t.owner().post(&list, json!([])).await.is(200).json()), ["192.0.2.7/32"]);
        let many: Vec<Value> = (1..=199).map(|last| json!({ "ipAddress": format!("198.51.100.{last}") })).collect();
        assert_eq!(t.owner().post(&list, json!(many)).await.is(200).json()["totalCount"], 200);
        let full = t.owner().post(&list, json!([{ "ipAddress": "1.2.3.4" }])).await.is_error(400, "VALIDATION_ERROR");
        assert_eq!(full.detail(), "An access list holds at most 200 entries: this one has 200, and 1 more were sent.");
    }
    let list = of_key(&t, &id);
    for entry in ["192.0.2.8", "192.0.2.7%2F24", "nowhere", "192.0.2.7/32/24"] {
        for method in [Method::GET, Method::DELETE] {
            let reply = t.owner().call(method, &format!("{list}/{entry}")).await;
            let reply = reply.is_error(404, "API_KEY_ACCESS_LIST_NOT_FOUND");
            let text = entry.replace("%2F", "/");
            assert_eq!(reply.json()["parameters"], json!([text, id]));
        }
        let path = format!("{}/{entry}", of_account(&t, &client_id));
        t.owner().delete(&path).await.is_error(404, "RESOURCE_NOT_FOUND");
    }
    let nobody = "5f00000000000000000000cc";
    t.owner().get(&of_key(&t, nobody)).await.is_error(404, "API_KEY_NOT_FOUND");
    t.owner().get(&of_key(&t, "none")).await.is_error(404, "INVALID_KEY_ID");
    t.owner().get(&of_account(&t, "none")).await.is_error(404, "RESOURCE_NOT_FOUND");
    t.owner().get(&of_account(&t, &format!("mdb_sa_id_{nobody}"))).await.is_error(404, "RESOURCE_NOT_FOUND");
}

#[telamon_test]
async fn a_key_changes_its_own_list_and_no_other(t: TestServer) {
    let (id, _, key) = api_key(&t, &["ORG_MEMBER"]).await;
    let (other_id, _, other) = api_key(&t, &["ORG_READ_ONLY"]).await;
    let (own, others) = (of_key(&t, &id), of_key(&t, &other_id));
    key.post(&others, json!([{ "ipAddress": "127.0.0.1" }])).await.is_error(401, "USER_UNAUTHORIZED");
    key.delete(&format!("{others}/127.0.0.1")).await.is_error(401, "USER_UNAUTHORIZED");
    key.get(&others).await.is(200);

    let shut_out = key.post(&own, json!([{ "ipAddress": "192.0.2.7" }])).await.is_error(400, "VALIDATION_ERROR");
    assert_eq!(
        shut_out.detail(),
        "These entries would shut out the credential that adds them: add 127.0.0.1, from where it calls, as well."
    );
    key.post(&own, json!([{ "ipAddress": "192.0.2.7" }, { "cidrBlock": "127.0.0.0/8" }])).await.is(200);
    let kept = key.delete(&format!("{own}/127.0.0.0/8")).await;
    let kept = kept.is_error(400, "CANNOT_REMOVE_CALLER_FROM_ACCESS_LIST");
    assert_eq!(kept.json()["parameters"], json!(["127.0.0.1"]));
    key.delete(&format!("{own}/192.0.2.7")).await.is(204);
    key.post(&own, json!([{ "ipAddress": "127.0.0.1" }])).await.is(200);
    key.delete(&format!("{own}/127.0.0.0/8")).await.is(204);
    key.get(&own).await.is(200);
    key.delete(&format!("{own}/127.0.0.1")).await.is_error(400, "CANNOT_REMOVE_CALLER_FROM_ACCESS_LIST");

    // Somebody else's list is not the caller's own: an owner may shut others out, and let them in again.
    t.owner().delete(&format!("{own}/127.0.0.1")).await.is(204);
    t.owner().post(&own, json!([{ "ipAddress": "192.0.2.7" }])).await.is(200);
    key.get(&own).await.is_error(403, "IP_ADDRESS_NOT_ON_ACCESS_LIST");
    other.get(&own).await.is(200);
    t.owner().delete(&format!("{own}/192.0.2.7")).await.is(204);
    key.get(&own).await.is(200);
}

#[telamon_test]
async fn an_account_cannot_shut_itself_out(t: TestServer) {
    let list = of_account(&t, &t.credentials().client_id);
    t.owner().post(&list, json!([{ "ipAddress": "192.0.2.7" }])).await.is_error(400, "VALIDATION_ERROR");
    t.owner().post(&list, json!([{ "ipAddress": "127.0.0.1" }])).await.is(200);
    t.owner().delete(&format!("{list}/127.0.0.1")).await.is_error(400, "CANNOT_REMOVE_CALLER_FROM_ACCESS_LIST");
    t.key_owner().delete(&format!("{list}/127.0.0.1")).await.is(204);
    t.owner().get(&list).await.is(200);
}

#[telamon_test]
async fn a_list_goes_with_its_credential(t: TestServer) {
    let (id, _, _) = api_key(&t, &["ORG_MEMBER"]).await;
    t.owner().post(&of_key(&t, &id), json!([{ "ipAddress": "192.0.2.7" }])).await.is(200);
    t.owner().delete(&format!("/api/atlas/v2/orgs/{}/apiKeys/{id}", t.org_id())).await.is(204);
    t.owner().get(&of_key(&t, &id)).await.is_error(404, "API_KEY_NOT_FOUND");
}

#[test]
fn requests_are_counted_by_the_entry_that_admits_them() {
    for engine in [Engine::Sqlite, Engine::Postgres] {
        let settings = TestSettings { trusted_proxies: vec!["127.0.0.1/32".into()], ..TestSettings::default() };
        run_with(engine, "counted", settings, |t| {
            Box::pin(async move {
                let (client_id, secret) = account(&t).await;
                let list = of_account(&t, &client_id);
                t.owner()
                    .post(&list, json!([{ "cidrBlock": "192.0.2.0/24" }, { "ipAddress": "192.0.2.7" }]))
                    .await
                    .is(200);
                let token = t.token_of(&client_id, &secret).await;
                let (other, third) = (t.another_node().await, t.another_node().await);
                for (node, last) in [(&other, 7), (&third, 7), (&other, 8), (&third, 9), (&third, 7)] {
                    t.advance(1).await;
                    let call = Actor::bearer(node.base_url(), &token).get("/api/atlas/v2/groups");
                    call.header("x-forwarded-for", &format!("192.0.2.{last}")).await.is(200);
                }
                let outside = Actor::bearer(other.base_url(), &token).get("/api/atlas/v2/groups");
                let outside = outside.header("x-forwarded-for", "198.51.100.1");
                outside.await.is_error(403, "IP_ADDRESS_NOT_ON_ACCESS_LIST");
                // What a node has counted is written when it stops.
                tokio::join!(other.stop(), third.stop());
                let counted = t.owner().get(&list).await.is(200).json()["results"].clone();
                let made = "2026-08-10T03:05:48Z";
                let expected = json!([
                    {
                        "cidrBlock": "192.0.2.0/24", "createdAt": made, "requestCount": 2,
                        "lastUsedAddress": "192.0.2.9", "lastUsedAt": "2026-08-10T03:05:52Z",
                    },
                    {
                        "cidrBlock": "192.0.2.7/32", "createdAt": made, "ipAddress": "192.0.2.7", "requestCount": 3,
                        "lastUsedAddress": "192.0.2.7", "lastUsedAt": "2026-08-10T03:05:53Z",
                    },
                ]);
                assert_eq!(counted, expected);
            })
        });
    }
}
