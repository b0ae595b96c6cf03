//! The LDAP and X.509 settings of a project, over HTTP.

use serde_json::{Value, json};
use telamon_pki::Authority;
use telamon_testkit::{Reply, SeededEntropy, TestServer, telamon_test};
use telamon_wire::Timestamp;

fn settings(t: &TestServer) -> String {
    format!("/api/atlas/v2/groups/{}/userSecurity", t.group_id())
}

async fn change(t: &TestServer, body: Value) -> Reply {
    t.owner().patch(&settings(t), body).await
}

fn authority(name: &str, made: Timestamp) -> String {
    Authority::generate(name, made, &SeededEntropy::of(name)).unwrap().certificate_pem
}

fn defaults() -> Value {
    json!({ "customerX509": {}, "ldap": { "authenticationEnabled": false, "authorizationEnabled": false } })
}

#[telamon_test]
async fn a_project_begins_with_the_defaults(t: TestServer) {
    assert_eq!(t.owner().get(&settings(&t)).await.is(200).json(), defaults());
    assert_eq!(change(&t, json!({})).await.is(202).json(), defaults());
    let cleared = t.owner().delete(&format!("{}/customerX509", settings(&t))).await;
    assert_eq!(cleared.is(202).json(), defaults());
}

#[telamon_test]
async fn ldap_settings_are_merged(t: TestServer) {
    let bind = "CN=Administrator,CN=Users,DC=example,DC=com";
    // What Terraform sends to create, to update and to destroy.
    let made = change(
        &t,
        json!({ "ldap": {
            "authenticationEnabled": true, "bindPassword": "bindPassw0rd", "bindUsername": bind, "hostname": "ldap.example.com",
            "port": 636,
        } }),
    );
    let mut expected = json!({ "customerX509": {}, "ldap": {
        "authenticationEnabled": true, "authorizationEnabled": false, "bindUsername": bind, "hostname": "ldap.example.com",
        "port": 636,
    } });
    assert_eq!(made.await.is(202).json(), expected);
    let mapping = json!([{ "ldapQuery": "DC=example,DC=com??sub?(userPrincipalName={0})", "match": "(.+)" }]);
    let changed = change(
        &t,
        json!({ "ldap": {
            "authorizationEnabled": true, "authzQueryTemplate": "{USER}?memberOf?base", "userToDNMapping": mapping,
        } }),
    );
    expected["ldap"]["authorizationEnabled"] = true.into();
    expected["ldap"]["authzQueryTemplate"] = "{USER}?memberOf?base".into();
    expected["ldap"]["userToDNMapping"] = mapping;
    assert_eq!(changed.await.is(202).json(), expected);
    let off = change(&t, json!({ "ldap": { "authenticationEnabled": false, "authorizationEnabled": false } }));
    expected["ldap"]["authenticationEnabled"] = false.into();
    expected["ldap"]["authorizationEnabled"] = false.into();
    assert_eq!(off.await.is(202).json(), expected);

    // What `atlas security ldap save` sends: empty texts clear, null leaves.
    let saved = change(
        &t,
        json!({ "ldap": {
            "authenticationEnabled": true, "authorizationEnabled": false, "authzQueryTemplate": "", "bindPassword": "other",
            "bindUsername": bind, "caCertificate": "", "hostname": "ldap.example.com", "port": 636, "userToDNMapping": null,
        } }),
    );
    expected["ldap"]["authenticationEnabled"] = true.into();
    expected["ldap"].as_object_mut().unwrap().remove("authzQueryTemplate");
    assert_eq!(saved.await.is(202).json(), expected);
    assert_eq!(t.owner().get(&settings(&t)).await.is(200).json(), expected);
    // What was read may be sent back.
    assert_eq!(change(&t, expected.clone()).await.is(202).json(), expected);
    let events = t.owner().get(&format!("/api/atlas/v2/groups/{}/events", t.group_id())).await.is(200).json();
    assert_eq!(events["results"][0]["eventTypeName"], "USER_SECURITY_SETTINGS_UPDATED");
}

#[telamon_test]
async fn the_password_of_the_directory_is_sealed(t: TestServer) {
    change(&t, json!({ "ldap": { "bindPassword": "hush-hush-hush" } })).await.is(202);
    let mut tx = t.db().begin_read().await.unwrap();
    let stored: String = tx.one(telamon_store::sql!("SELECT ldap FROM user_security"), &[]).await.unwrap();
    let stored: Value = serde_json::from_str(&stored).unwrap();
    let sealed = stored["sealed_bind_password"].as_str().unwrap();
    assert!(sealed.len() > 40 && !sealed.contains("hush"), "{sealed}");
}

#[telamon_test]
async fn authorities_of_the_customer_are_checked_and_kept_verbatim(t: TestServer) {
    let (first, second) = (authority("first", t.now()), authority("second", t.now()));
    let chain = format!("a comment\n{first}{second}");
    let expected = json!({
        "customerX509": { "cas": chain }, "ldap": { "authenticationEnabled": false, "authorizationEnabled": false },
    });
    assert_eq!(change(&t, json!({ "customerX509": { "cas": chain } })).await.is(202).json(), expected);
    change(&t, json!({ "ldap": { "authenticationEnabled": false } })).await.is(202);
    assert_eq!(t.owner().get(&settings(&t)).await.is(200).json(), expected);

    let expired = authority("expired", Timestamp::parse("2010-01-01T00:00:00Z").unwrap());
    let refused = change(&t, json!({ "customerX509": { "cas": format!("{first}{expired}") } })).await;
    let refused = refused.is_error(400, "EXPIRED_X509_CA_CERTIFICATE");
    assert_eq!(refused.json()["parameters"][1], "2020-01-01T00:00:00Z");
    assert!(refused.detail().contains("CN=expired"), "{}", refused.detail());
    let key = "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n";
    for wrong in ["nonsense", key, "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"] {
        let body = json!({ "customerX509": { "cas": wrong } });
        change(&t, body).await.is_error(400, "INVALID_X509_CA_CERTIFICATE");
    }
    assert_eq!(t.owner().get(&settings(&t)).await.is(200).json(), expected);

    let disabled = t.owner().delete(&format!("{}/customerX509", settings(&t))).await.is(202).json();
    assert_eq!(disabled, defaults());
    change(&t, json!({ "customerX509": { "cas": first } })).await.is(202);
    assert_eq!(change(&t, json!({ "customerX509": { "cas": "" } })).await.is(202).json(), defaults());
}

#[telamon_test]
async fn what_is_refused(t: TestServer) {
    for (sent, code) in [
        (json!({ "ldap": { "port": 0 } }), "VALIDATION_ERROR"),
        (json!({ "ldap": { "hostname": "a b" } }), "VALIDATION_ERROR"),
        (json!({ "ldap": { "caCertificate": "nonsense" } }), "VALIDATION_ERROR"),
        (json!({ "ldap": { "userToDNMapping": [{ "match": "(.+)" }] } }), "MISSING_ONE_OF_ATTRIBUTES"),
        (json!({ "ldap": { "userToDNMapping": [{ "ldapQuery": "q" }] } }), "MISSING_ATTRIBUTE"),
        (json!({ "ldap": { "wings": 2 } }), "INVALID_JSON_ATTRIBUTE"),
    ] {
        change(&t, sent).await.is_error(400, code);
    }
    assert_eq!(t.owner().get(&settings(&t)).await.is(200).json(), defaults());
    let reader = t.service_account(&["ORG_READ_ONLY"]).await;
    reader.get(&settings(&t)).await.is_error(401, "USER_UNAUTHORIZED");
    reader.patch(&settings(&t), json!({})).await.is_error(401, "USER_UNAUTHORIZED");
    reader.delete(&format!("{}/customerX509", settings(&t))).await.is_error(401, "USER_UNAUTHORIZED");
}

#[telamon_test]
async fn a_mapping_of_names_is_removed_and_the_rest_stays(t: TestServer) {
    let path = format!("/api/atlas/v2/groups/{}/userSecurity", t.group_id());
    let mapping = json!([{ "match": "(.+)", "substitution": "CN={0},DC=example,DC=com" }]);
    let ldap = json!({ "ldap": { "hostname": "ldap.example.com", "port": 636, "userToDNMapping": mapping } });
    let mut expected = t.owner().patch(&path, ldap).await.is(202).json();
    expected["ldap"].as_object_mut().unwrap().remove("userToDNMapping").unwrap();
    for _ in 0..2 {
        let removed = t.owner().delete(&format!("{path}/ldap/userToDNMapping")).await.is(202).json();
        assert_eq!(removed, expected);
    }
    assert_eq!(t.owner().get(&path).await.is(200).json(), expected);
}
