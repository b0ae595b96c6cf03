//! What limits a credential beyond its roles: access lists, and the organization that demands them.

use serde_json::json;
use telamon_store::{Sql, args, sql};
use telamon_testkit::{Actor, Engine, TestServer, TestSettings, run_with, telamon_test};

static ALLOW: Sql = sql!(
    "INSERT INTO credential_access_entry (holder_id, cidr_block, created_at, request_count) VALUES ($1, $2, $3, 0)"
);

/// Puts a block on the access list of a credential, as its owner would.
async fn allow(t: &TestServer, holder: &str, block: &str) {
    let mut tx = t.db().begin_write().await.unwrap();
    tx.run(ALLOW, &args![holder, block, t.now()]).await.unwrap();
    telamon_api::mark_change(&mut tx, t.now(), &telamon_testkit::SeededEntropy::of(block)).await.unwrap();
    tx.commit().await.unwrap();
    t.advance(1);
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
    t.owner().patch(&settings, json!({ "apiAccessListRequired": true })).await.is(200);
    for caller in [t.owner(), t.key_owner()] {
        let reply = caller.get("/api/atlas/v2/groups").await.is_error(403, "ORG_REQUIRES_ACCESS_LIST");
        assert_eq!(reply.detail(), "This organization requires access through an access list of ip ranges.");
        assert_eq!(reply.json()["parameters"], json!(["127.0.0.1"]));
    }
    // Tokens are issued all the same: the list is asked when they are used.
    t.token_of(&t.credentials().client_id, &t.credentials().client_secret).await;
    let account = t.credentials().client_id.trim_start_matches("mdb_sa_id_").to_owned();
    allow(&t, &account, "127.0.0.1/32").await;
    t.owner().get("/api/atlas/v2/groups").await.is(200);
}

#[test]
fn behind_a_trusted_proxy_the_client_s_address_counts() {
    for engine in [Engine::Sqlite, Engine::Postgres] {
        let settings = TestSettings { trusted_proxies: vec!["127.0.0.1/32".into()], ..TestSettings::default() };
        run_with(engine, "proxied", settings, |t| {
            Box::pin(async move {
                let account = t.credentials().client_id.trim_start_matches("mdb_sa_id_").to_owned();
                allow(&t, &account, "192.0.2.7/32").await;
                let from = |chain: &str| t.owner().get("/api/atlas/v2/groups").header("x-forwarded-for", chain);
                from("192.0.2.7").await.is(200);
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
