//! What limits a credential beyond its roles: access lists, and the organization that demands them.

use serde_json::json;
use telamon_store::{Sql, args, sql};
use telamon_testkit::{Actor, Engine, SeededEntropy, TestServer, TestSettings, run_with, telamon_test};

/// Puts a block on the access list of an API key of the organization.
async fn allow(t: &TestServer, key: &str, block: &str) {
    let path = format!("/api/atlas/v2/orgs/{}/apiKeys/{key}/accessList", t.org_id());
    t.owner().post(&path, json!([{ "cidrBlock": block }])).await.is(200);
}

/// The list of the account that owns the organization.
fn owners_list(t: &TestServer) -> String {
    format!("/api/atlas/v2/orgs/{}/serviceAccounts/{}/accessList", t.org_id(), t.credentials().client_id)
}

#[telamon_test]
async fn an_access_list_admits_only_what_it_holds(t: TestServer) {
    let path = format!("/api/atlas/v2/orgs/{}/apiKeys", t.org_id());
    let made = t.owner().post(&path, json!({ "desc": "listed", "roles": ["ORG_MEMBER"] })).await.is(200).json();
    let key = Actor::digest(t.base_url(), made["publicKey"].as_str().unwrap(), made["privateKey"].as_str().unwrap());
    let id = made["id"].as_str().unwrap();
    key.get("/api/atlas/v2/orgs").await.is(200);
    allow(&t, id, "192.0.2.0/24").await;
    let reply = key.get("/api/atlas/v2/orgs").await.is_error(403, "IP_ADDRESS_NOT_ON_ACCESS_LIST");
    assert_eq!(reply.detail(), "IP address 127.0.0.1 is not allowed to access this resource.");
    assert_eq!(reply.json()["parameters"], json!(["127.0.0.1"]));
    allow(&t, id, "127.0.0.0/8").await;
    key.get("/api/atlas/v2/orgs").await.is(200);
}

#[telamon_test]
async fn an_organization_may_demand_access_lists(t: TestServer) {
    let settings = format!("/api/atlas/v2/orgs/{}/settings", t.org_id());
    let member = t.service_account(&["ORG_MEMBER"]).await;
    t.owner().post(&owners_list(&t), json!([{ "ipAddress": "127.0.0.1" }])).await.is(200);
    t.owner().patch(&settings, json!({ "apiAccessListRequired": true })).await.is(200);
    for caller in [member, t.key_owner()] {
        let reply = caller.get("/api/atlas/v2/groups").await.is_error(403, "ORG_REQUIRES_ACCESS_LIST");
        assert_eq!(reply.detail(), "This organization requires access through an access list of ip ranges.");
        assert_eq!(reply.json()["parameters"], json!(["127.0.0.1"]));
    }
    // Tokens are issued all the same: the list is asked when they are used.
    let made = t.service_account(&["ORG_MEMBER"]).await;
    made.get("/api/atlas/v2/groups").await.is_error(403, "ORG_REQUIRES_ACCESS_LIST");
    t.owner().get("/api/atlas/v2/groups").await.is(200);
    t.owner().patch(&settings, json!({ "apiAccessListRequired": false })).await.is(200);
    made.get("/api/atlas/v2/groups").await.is(200);
}

#[test]
fn behind_a_trusted_proxy_the_client_s_address_counts() {
    for engine in [Engine::Sqlite, Engine::Postgres] {
        let settings = TestSettings { trusted_proxies: vec!["127.0.0.1/32".into()], ..TestSettings::default() };
        run_with(engine, "proxied", settings, |t| {
            Box::pin(async move {
                let entries = json!([{ "ipAddress": "192.0.2.7" }, { "cidrBlock": "2001:db8::6/127" }]);
                t.owner().post(&owners_list(&t), entries.clone()).await.is_error(400, "VALIDATION_ERROR");
                let adding = t.owner().post(&owners_list(&t), entries);
                adding.header("x-forwarded-for", "2001:db8::7").await.is(200);
                let from = |chain: &str| t.owner().get("/api/atlas/v2/groups").header("x-forwarded-for", chain);
                from("192.0.2.7").await.is(200);
                from("::ffff:192.0.2.7").await.is(200);
                from("2001:db8::6").await.is(200);
                from("2001:db8::8").await.is_error(403, "IP_ADDRESS_NOT_ON_ACCESS_LIST");
                from("192.0.2.7, 198.51.100.1").await.is_error(403, "IP_ADDRESS_NOT_ON_ACCESS_LIST");
                t.owner().get("/api/atlas/v2/groups").await.is_error(403, "IP_ADDRESS_NOT_ON_ACCESS_LIST");
                let reply = from("192.0.2.7")
                    .header("x-forwarded-proto", "https")
                    .header("x-forwarded-host", "api.example.com");
                let href = reply.await.is(200).json()["links"][0]["href"].clone();
                assert_eq!(href, "https://api.example.com/api/atlas/v2/groups?pageNum=1&itemsPerPage=100");
            })
        });
    }
}

#[telamon_test]
async fn the_root_names_the_credential_and_its_roles(t: TestServer) {
    let expected = |id: &str, public: &str| {
        json!({
            "accessList": [], "id": id, "publicKey": public,
            "roles": [{ "orgId": t.org_id(), "roleName": "ORG_OWNER" }],
        })
    };
    let seen = t.owner().get("/api/atlas/v2").await.is(200).json();
    let client_id = &t.credentials().client_id;
    assert_eq!(seen["apiKey"], expected(client_id.trim_start_matches("mdb_sa_id_"), client_id));
    assert_eq!((seen["appName"].clone(), seen["throttling"].clone()), (json!("MongoDB Atlas"), json!(false)));
    let seen = t.key_owner().get("/api/atlas/v2").await.is(200).json();
    let id = seen["apiKey"]["id"].as_str().unwrap();
    assert_eq!(seen["apiKey"], expected(id, &t.credentials().public_key));
}

static DELETE_KEY: Sql = sql!("DELETE FROM api_key WHERE id = $1");
static DELETE_ROLES: Sql = sql!("DELETE FROM org_role WHERE holder_id = $1");

#[telamon_test]
async fn a_change_that_waited_while_its_credential_was_deleted_is_not_made(t: TestServer) {
    let keys = format!("/api/atlas/v2/orgs/{}/apiKeys", t.org_id());
    let made = t.owner().post(&keys, json!({ "desc": "d", "roles": ["ORG_OWNER"] })).await.is(200).json();
    let text = |name: &str| made[name].as_str().unwrap().to_owned();
    let key = Actor::digest(t.base_url(), &text("publicKey"), &text("privateKey"));
    let org = format!("/api/atlas/v2/orgs/{}", t.org_id());
    key.get(&org).await.is(200);

    let mut tx = t.hold_organization().await;
    let waiting = {
        let (key, org) = (key.clone(), org.clone());
        tokio::spawn(async move { key.patch(&org, json!({ "name": "Too late" })).await })
    };
    t.until_waiting(1).await;
    tx.run(DELETE_KEY, &args![text("id")]).await.unwrap();
    tx.run(DELETE_ROLES, &args![text("id")]).await.unwrap();
    telamon_api::mark_change(&mut tx, t.now(), &SeededEntropy::of("waited")).await.unwrap();
    t.clock().advance(1);
    // As a change of credentials is committed: the last of its group.
    tx.commit_if(|| true, Some(Box::new(|| ()))).await.unwrap();

    waiting.await.unwrap().is(401);
    assert_eq!(t.owner().get(&org).await.is(200).json()["name"], "Acme");
}
