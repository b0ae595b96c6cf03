//! Organizations and their settings.

use serde_json::{Value, json};
use telamon_testkit::{Actor, TestServer, telamon_test};

const ORGS: &str = "/api/atlas/v2/orgs";

fn org(id: &str) -> String {
    format!("{ORGS}/{id}")
}

/// The whole document of one organization.
fn document(t: &TestServer, id: &str, name: &str) -> Value {
    let path = format!("{}{ORGS}/{id}", t.base_url());
    let part =
        |part: &str| json!({ "href": format!("{path}/{part}"), "rel": format!("https://cloud.mongodb.com/{part}") });
    json!({
        "id": id,
        "isDeleted": false,
        "links": [{ "href": path, "rel": "self" }, part("groups"), part("teams"), part("users")],
        "name": name,
        "skipDefaultAlertsSettings": false,
    })
}

/// A new organization, and the API key that owns it.
async fn create(t: &TestServer, name: &str) -> (String, Actor) {
    let body = json!({ "name": name, "apiKey": { "desc": "first", "roles": ["ORG_OWNER"] } });
    let made = t.owner().post(ORGS, body).await.is(201).json();
    let text = |value: &Value| value.as_str().expect("a text").to_owned();
    let key = Actor::digest(t.base_url(), &text(&made["apiKey"]["publicKey"]), &text(&made["apiKey"]["privateKey"]));
    (text(&made["organization"]["id"]), key)
}

/// The events of an organization, by name: the clock stands still, so they have no other order.
async fn event_types(actor: &Actor, org_id: &str) -> Vec<String> {
    let page = actor.get(&format!("{}/events", org(org_id))).await.is(200).json();
    let results = page["results"].as_array().expect("results");
    let mut types: Vec<_> =
        results.iter().map(|event| event["eventTypeName"].as_str().expect("a name").to_owned()).collect();
    types.sort();
    types
}

#[telamon_test]
async fn a_credential_lists_its_own_organization(t: TestServer) {
    create(&t, "Another").await;
    let url = format!("{}{ORGS}", t.base_url());
    let mut item = document(&t, t.org_id(), "Acme");
    item["links"] = json!([{ "href": format!("{url}/{}", t.org_id()), "rel": "self" }]);
    for actor in [t.owner(), t.key_owner(), t.service_account(&["ORG_MEMBER"]).await] {
        let page = actor.get(&format!("{ORGS}?includeCount=true&name=")).await.is(200).json();
        let links =
            json!([{ "href": format!("{url}?includeCount=true&name=&pageNum=1&itemsPerPage=100"), "rel": "self" }]);
        assert_eq!(page, json!({ "links": links, "results": [item], "totalCount": 1 }));
    }
    for (prefix, count) in [("ac", 1), ("ACME", 1), ("cme", 0), ("acmee", 0), ("%25", 0)] {
        let page = t.owner().get(&format!("{ORGS}?name={prefix}")).await.is(200).json();
        assert_eq!(
            (page["results"].as_array().map(Vec::len), &page["totalCount"]),
            (Some(count), &json!(count)),
            "{prefix}"
        );
    }
    let zero = t.owner().get(&format!("{ORGS}?itemsPerPage=0&pageNum=0&includeCount=false")).await.is(200).json();
    assert_eq!((zero["results"].as_array().map(Vec::len), &zero["totalCount"]), (Some(1), &json!(0)));
}

#[telamon_test]
async fn an_organization_is_read_and_renamed(t: TestServer) {
    let (owner, path) = (t.owner(), org(t.org_id()));
    let mut whole = document(&t, t.org_id(), "Acme");
    assert_eq!(owner.get(&path).await.is(200).json(), whole);
    whole["name"] = json!("Acme & Söhne");
    assert_eq!(owner.patch(&path, json!({ "name": "Acme & Söhne" })).await.is(200).json(), whole);
    whole["skipDefaultAlertsSettings"] = json!(true);
    let sent_back = whole.clone();
    assert_eq!(owner.patch(&path, sent_back).await.is(200).json(), whole);
    assert_eq!(owner.get(&path).await.is(200).json(), whole);
    assert_eq!(event_types(&owner, t.org_id()).await, ["GROUP_CREATED", "ORG_RENAMED", "ORG_SETTINGS_UPDATED"]);

    let long = "a".repeat(65);
    for name in ["", "a/b", long.as_str()] {
        owner.patch(&path, json!({ "name": name })).await.is_error(400, "INVALID_ORG_NAME");
    }
    owner.patch(&path, json!({ "size": 7 })).await.is_error(400, "INVALID_JSON_ATTRIBUTE");
    let reader = t.service_account(&["ORG_READ_ONLY"]).await;
    reader.get(&path).await.is(200);
    reader.patch(&path, json!({ "name": "Mine" })).await.is_error(401, "USER_UNAUTHORIZED");
    owner.get(&org("5f00000000000000000000ff")).await.is_error(404, "ORG_NOT_FOUND");
    owner.get(&org("x")).await.is_error(404, "INVALID_ORG_ID");
}

#[telamon_test]
async fn an_organization_begins_with_an_api_key(t: TestServer) {
    let body = json!({ "name": "New Org", "apiKey": { "desc": "first", "roles": ["ORG_OWNER"] } });
    let made = t.owner().post(ORGS, body).await.is(201).json();
    let (id, owner_id) = (made["organization"]["id"].as_str().expect("an id"), &made["orgOwnerId"]);
    assert!(owner_id.is_string(), "{made}");
    let key = &made["apiKey"];
    assert_eq!(
        made,
        json!({
            "apiKey": {
                "desc": "first",
                "id": key["id"],
                "links": [{ "href": format!("{}{ORGS}/{id}/apiKeys/{}", t.base_url(), key["id"].as_str().expect("an id")), "rel": "self" }],
                "privateKey": key["privateKey"],
                "publicKey": key["publicKey"],
                "roles": [{ "orgId": id, "roleName": "ORG_OWNER" }],
            },
            "orgOwnerId": owner_id,
            "organization": document(&t, id, "New Org"),
            "skipDefaultAlertsSettings": false,
        })
    );
    let (public, private) = (key["publicKey"].as_str().expect("a key"), key["privateKey"].as_str().expect("a key"));
    let new_owner = Actor::digest(t.base_url(), public, private);
    assert_eq!(new_owner.get(&org(id)).await.is(200).json(), document(&t, id, "New Org"));
    new_owner.get(&org(t.org_id())).await.is_error(401, "USER_CANNOT_ACCESS_ORG");
    t.owner().get(&org(id)).await.is_error(401, "USER_CANNOT_ACCESS_ORG");
    assert_eq!(event_types(&new_owner, id).await, ["API_KEY_CREATED", "JOINED_ORG", "ORG_CREATED"]);

    // The person who owns it may be named, and becomes an owner of what is created there.
    let named = json!({ "name": "Third", "orgOwnerId": owner_id });
    let third = t.owner().post(ORGS, named).await.is(201).json();
    let third_id = third["organization"]["id"].as_str().expect("an id");
    assert_eq!(
        third,
        json!({ "orgOwnerId": owner_id, "organization": document(&t, third_id, "Third"), "skipDefaultAlertsSettings": false })
    );
    let events = format!("/api/atlas/v2/orgs/{id}/events?eventType=JOINED_ORG");
    let joined = new_owner.get(&events).await.is(200).json();
    assert_eq!(joined["results"][0]["targetUsername"], "owner@example.com");
    assert_eq!(joined["totalCount"], 1);
    let path = format!("/api/atlas/v2/groups?projectOwnerId={}", owner_id.as_str().expect("an id"));
    new_owner.post(&path, json!({ "name": "first", "orgId": id })).await.is(201);
}

#[telamon_test]
async fn an_organization_begins_with_a_service_account(t: TestServer) {
    let account =
        json!({ "name": "first", "description": "of the org", "roles": ["ORG_OWNER"], "secretExpiresAfterHours": 8 });
    let body = json!({ "name": "New", "serviceAccount": account, "skipDefaultAlertsSettings": true });
    let made = t.owner().post(ORGS, body).await.is(201).json();
    assert_eq!(made["skipDefaultAlertsSettings"], json!(true));
    assert_eq!(made.get("apiKey"), None);
    let id = made["organization"]["id"].as_str().expect("an id");
    let account = &made["serviceAccount"];
    assert_eq!((&account["name"], &account["roles"]), (&json!("first"), &json!(["ORG_OWNER"])));
    let secret = account["secrets"][0]["secret"].as_str().expect("a secret");
    let token = t.token_of(account["clientId"].as_str().expect("an id"), secret).await;
    Actor::bearer(t.base_url(), &token).get(&org(id)).await.is(200);
}

#[telamon_test]
async fn only_owners_create_organizations_and_wrong_bodies_are_refused(t: TestServer) {
    let other = t.service_account(&["ORG_GROUP_CREATOR", "ORG_READ_ONLY"]).await;
    other.post(ORGS, json!({ "name": "New" })).await.is_error(403, "API_KEY_CANNOT_CREATE_ORG");

    let owner = t.owner();
    owner.post(ORGS, json!({})).await.is_error(400, "MISSING_ATTRIBUTE");
    owner.post(ORGS, json!({ "name": "a/b" })).await.is_error(400, "INVALID_ORG_NAME");
    // Nobody is drawn into an organization who does not belong to one of the caller's.
    let stranger = t.person("stranger@example.com", &[]).await.id;
    for nobody in ["5f00000000000000000000ff", "me", &stranger] {
        let body = json!({ "name": "New", "orgOwnerId": nobody });
        owner.post(ORGS, body).await.is_error(404, "USER_NOT_FOUND");
    }
    owner
        .post(ORGS, json!({ "name": "New", "apiKey": { "desc": "k", "roles": ["GROUP_OWNER"] } }))
        .await
        .is_error(400, "INVALID_ENUM_VALUE");
    let both = json!({
        "name": "New",
        "apiKey": { "desc": "k", "roles": ["ORG_OWNER"] },
        "serviceAccount": { "name": "s", "description": "d", "roles": ["ORG_OWNER"], "secretExpiresAfterHours": 8 },
    });
    owner.post(ORGS, both).await.is_error(400, "INVALID_ATTRIBUTE");
    let empty = json!({ "name": "New", "apiKey": { "desc": "k", "roles": [] } });
    assert_eq!(owner.post(ORGS, empty).await.status(), 400);
}

#[telamon_test]
async fn an_organization_goes_with_its_credentials_once_it_is_empty(t: TestServer) {
    let (id, key) = create(&t, "Short-lived").await;
    let project = key.post("/api/atlas/v2/groups", json!({ "name": "only", "orgId": id })).await.is(201).json();
    let account = json!({ "name": "s", "description": "d", "roles": ["ORG_MEMBER"], "secretExpiresAfterHours": 8 });
    let account = key.post(&format!("{}/serviceAccounts", org(&id)), account).await.is(201).json();
    let (client_id, secret) =
        (account["clientId"].as_str().expect("an id"), account["secrets"][0]["secret"].as_str().expect("a secret"));
    let member = Actor::bearer(t.base_url(), &t.token_of(client_id, secret).await);
    member.delete(&org(&id)).await.is_error(401, "USER_UNAUTHORIZED");

    let refused = key.delete(&org(&id)).await.is_error(409, "ORG_NOT_EMPTY");
    assert_eq!(refused.json()["parameters"], json!([id]));
    key.delete(&format!("/api/atlas/v2/groups/{}", project["id"].as_str().expect("an id"))).await.is(202);
    member.get(&org(&id)).await.is(200);
    assert_eq!(key.delete(&org(&id)).await.is(204).text(), "");

    assert_eq!(key.get(ORGS).await.status(), 401);
    assert_eq!(member.get(ORGS).await.status(), 401);
    t.owner().get(&org(&id)).await.is_error(404, "RESOURCE_NOT_FOUND");
    t.owner().post("/api/atlas/v2/groups", json!({ "name": "x", "orgId": id })).await.is_error(404, "ORG_NOT_FOUND");
    t.owner().get(&org(t.org_id())).await.is(200);
}

#[telamon_test]
async fn settings_begin_with_defaults_and_change_in_part(t: TestServer) {
    let (owner, path) = (t.owner(), format!("{}/settings", org(t.org_id())));
    let mut whole = json!({
        "apiAccessListRequired": false,
        "genAIFeaturesEnabled": true,
        "multiFactorAuthRequired": false,
        "restrictEmployeeAccess": false,
        "streamsCrossGroupEnabled": false,
    });
    assert_eq!(owner.get(&path).await.is(200).json(), whole);

    let change = json!({
        "customSessionTimeouts": { "idleSessionTimeoutInSeconds": 600 },
        "genAIFeaturesEnabled": false,
        "maxServiceAccountSecretValidityInHours": 24,
        "operationsContact": "ops@example.com",
        "securityContact": "security@example.com",
    });
    whole.as_object_mut().expect("an object").extend(change.as_object().expect("an object").clone());
    assert_eq!(owner.patch(&path, change).await.is(200).json(), whole);
    whole["customSessionTimeouts"]["absoluteSessionTimeoutInSeconds"] = json!(7200);
    whole["multiFactorAuthRequired"] = json!(true);
    whole.as_object_mut().expect("an object").remove("operationsContact");
    let more = json!({
        "customSessionTimeouts": { "absoluteSessionTimeoutInSeconds": 7200 },
        "multiFactorAuthRequired": true,
        "operationsContact": null,
    });
    assert_eq!(owner.patch(&path, more).await.is(200).json(), whole);
    assert_eq!(owner.patch(&path, whole.clone()).await.is(200).json(), whole);
    assert_eq!(owner.get(&path).await.is(200).json(), whole);
    let events = event_types(&owner, t.org_id()).await;
    assert_eq!(
        events,
        [
            "GROUP_CREATED",
            "ORG_SERVICE_ACCOUNT_MAX_SECRET_VALIDITY_EDITED",
            "ORG_SETTINGS_UPDATED",
            "ORG_SETTINGS_UPDATED",
            "ORG_TWO_FACTOR_AUTH_REQUIRED",
        ]
    );
}

#[telamon_test]
async fn wrong_settings_are_refused(t: TestServer) {
    let (owner, path) = (t.owner(), format!("{}/settings", org(t.org_id())));
    for hours in [7, 8761, 0] {
        owner
            .patch(&path, json!({ "maxServiceAccountSecretValidityInHours": hours }))
            .await
            .is_error(400, "VALIDATION_ERROR");
    }
    owner.patch(&path, json!({ "securityContact": "nobody" })).await.is_error(400, "VALIDATION_ERROR");
    owner
        .patch(&path, json!({ "customSessionTimeouts": { "idleSessionTimeoutInSeconds": 0 } }))
        .await
        .is_error(400, "VALIDATION_ERROR");
    owner.patch(&path, json!({ "multiFactorAuthRequired": "yes" })).await.is_error(400, "INVALID_ATTRIBUTE");
    owner.patch(&path, json!({ "colour": "red" })).await.is_error(400, "INVALID_JSON_ATTRIBUTE");
    let member = t.service_account(&["ORG_MEMBER"]).await;
    member.get(&path).await.is(200);
    member.patch(&path, json!({ "multiFactorAuthRequired": true })).await.is_error(401, "USER_UNAUTHORIZED");
}

#[telamon_test]
async fn a_required_access_list_holds_at_once(t: TestServer) {
    let (id, key) = create(&t, "Strict").await;
    let path = format!("{}/settings", org(&id));
    key.get(&path).await.is(200);
    let demand = || key.patch(&path, json!({ "apiAccessListRequired": true }));
    let refused = demand().await.is_error(400, "VALIDATION_ERROR");
    assert_eq!(
        refused.detail(),
        "Invalid attribute apiAccessListRequired: It would shut out the credential that asks for it, which has no access \
         list: add 127.0.0.1 to that list first."
    );
    let other = key.post(&format!("{}/apiKeys", org(&id)), json!({ "desc": "d", "roles": ["ORG_MEMBER"] })).await;
    let other = other.is(200).json();
    let (public, private) = (other["publicKey"].as_str().unwrap(), other["privateKey"].as_str().unwrap());
    let own = key.get("/api/atlas/v2").await.is(200).json()["apiKey"]["id"].as_str().unwrap().to_owned();
    let list = format!("{}/apiKeys/{own}/accessList", org(&id));
    key.post(&list, json!([{ "ipAddress": "127.0.0.1" }])).await.is(200);
    assert_eq!(demand().await.is(200).json()["apiAccessListRequired"], json!(true));
    key.get(&path).await.is(200);
    Actor::digest(t.base_url(), public, private).get(&path).await.is_error(403, "ORG_REQUIRES_ACCESS_LIST");
    t.owner().get(&org(t.org_id())).await.is(200);
}

#[telamon_test]
async fn delegation_is_decided_and_taken_back(t: TestServer) {
    let path = format!("/api/atlas/v2/orgs/{}/delegationSettings", t.org_id());
    assert_eq!(t.owner().get(&path).await.is(200).json(), json!({}));
    let decided = json!({
        "delegatedMcpAccess": "READ_ONLY", "delegatedPartnerAccess": "DISALLOWED", "idleRefreshTokenLifetime": 60,
        "maximumRefreshTokenLifetime": 31_536_000,
    });
    assert_eq!(t.owner().patch(&path, decided.clone()).await.is(200).json(), decided);
    assert_eq!(t.owner().patch(&path, json!({})).await.is(200).json(), decided, "what is left out stays");
    let changed = t.owner().patch(&path, json!({ "delegatedMcpAccess": null })).await.is(200).json();
    assert_eq!((&changed["delegatedMcpAccess"], &changed["idleRefreshTokenLifetime"]), (&json!(null), &json!(60)));
    for wrong in [json!({ "idleRefreshTokenLifetime": 0 }), json!({ "maximumRefreshTokenLifetime": 31_536_001 })] {
        t.owner().patch(&path, wrong).await.is_error(400, "VALIDATION_ERROR");
    }
    t.owner().patch(&path, json!({ "delegatedPartnerAccess": "READ_ONLY" })).await.is_error(400, "INVALID_ENUM_VALUE");
    let early = t.owner().get(&path).header("accept", "application/vnd.atlas.2025-03-11+json");
    early.await.is_error(406, "INVALID_VERSION_DATE");
    let events = format!("/api/atlas/v2/orgs/{}/events?eventType=ORG_DELEGATION_SETTINGS_UPDATED", t.org_id());
    assert_eq!(t.owner().get(&events).await.is(200).json()["totalCount"], 2);
}
