//! Credentials as the answer to their creation shows them: an API key, or a service account.

use serde_json::{Value, json};
use telamon_testkit::{Actor, TestServer};

/// A caller with the credential.
pub(crate) async fn actor(t: &TestServer, made: &Value) -> Actor {
    if let Some(private_key) = made["privateKey"].as_str() {
        return Actor::digest(t.base_url(), made["publicKey"].as_str().unwrap(), private_key);
    }
    let secret = made["secrets"][0]["secret"].as_str().unwrap();
    Actor::bearer(t.base_url(), &t.token_of(made["clientId"].as_str().unwrap(), secret).await)
}

/// The same credential as every later answer shows it.
pub(crate) fn masked(made: &Value) -> Value {
    let mut later = made.clone();
    if let Some(private_key) = made["privateKey"].as_str() {
        let tail = private_key.rsplit('-').next().unwrap();
        later["privateKey"] = format!("********-****-****-{tail}").into();
        return later;
    }
    let secret = later["secrets"][0].as_object_mut().unwrap();
    let value = secret.remove("secret").unwrap();
    let value = value.as_str().unwrap();
    let mask = format!("mdb_sa_sk_{}{}", "*".repeat(36), &value[value.len() - 4..]);
    secret.insert("maskedSecretValue".into(), mask.into());
    later
}

/// The same, to those who have these roles.
pub(crate) fn masked_with(made: &Value, roles: &[&str]) -> Value {
    let mut later = masked(made);
    later["roles"] = json!(roles);
    later
}

/// The types of the newest events of the organization's ("org") or of the first project's list that name the credential.
pub(crate) async fn events(t: &TestServer, made: &Value, place: &str) -> Vec<String> {
    let path = match place {
        "org" => format!("/api/atlas/v2/orgs/{}/events", t.org_id()),
        _ => format!("/api/atlas/v2/groups/{}/events", t.group_id()),
    };
    let list = t.owner().get(&path).await.is(200).json();
    let names_it = |event: &&Value| {
        let key = !made["publicKey"].is_null() && event["targetPublicKey"] == made["publicKey"];
        let account = !made["clientId"].is_null() && event["clientId"] == made["clientId"];
        key || account
    };
    let events = list["results"].as_array().unwrap().iter().filter(names_it);
    events.map(|event| event["eventTypeName"].as_str().unwrap().to_owned()).collect()
}
