//! `telamon why`.

use crate::support::{Workplace, text};

#[test]
fn an_owner_is_told_why_and_nobody_else() {
    let place = Workplace::new();
    let running = place.dev(&[]);
    let accounts = format!("/api/atlas/v2/orgs/{}", text(&running.credentials, "orgId"));
    let refused = ureq::get(format!("{}{accounts}", running.base_url))
        .header("accept", "application/vnd.atlas.2025-03-12+json")
        .header("authorization", "Bearer none")
        .config()
        .http_status_as_error(false)
        .build()
        .call()
        .unwrap();
    let unknown = refused.headers()["x-request-id"].to_str().unwrap().to_owned();
    let why = |id: &str, more: &[&str]| place.run(&[&["why", id, "--credentials", "credentials.json"], more].concat());
    why(&unknown, &[]).failed(1, &["no refused request", "kept for one day"]);

    // A secret that is none: the token endpoint refuses it, and says the id.
    let client = text(&running.credentials, "clientId");
    let basic = base64::Engine::encode(&base64::engine::general_purpose::STANDARD, format!("{client}:wrong"));
    let refused = ureq::post(format!("{}/api/oauth/token", running.base_url))
        .header("authorization", format!("Basic {basic}"))
        .config()
        .http_status_as_error(false)
        .build()
        .send_form([("grant_type", "client_credentials")])
        .unwrap();
    let id = refused.headers()["x-request-id"].to_str().unwrap().to_owned();
    let told = why(&id, &[]).succeeded();
    for part in ["WRONG_SECRET", "POST /api/oauth/token", &client, "Make a new secret"] {
        assert!(told.stdout.contains(part), "{part}: {}", told.stdout);
    }
    let told = why(&id, &["--json"]).succeeded();
    assert_eq!(serde_json::from_str::<serde_json::Value>(&told.stdout).unwrap()["requestId"], id.as_str());

    let mut wrong = running.credentials.clone();
    wrong["clientSecret"] = "mdb_sa_sk_wrong".into();
    std::fs::write(place.path("wrong.json"), wrong.to_string()).unwrap();
    place.run(&["why", &id, "--credentials", "wrong.json"]).failed(1, &["does not accept the client id and secret"]);
    std::fs::write(place.path("empty.json"), "{}").unwrap();
    place.run(&["why", &id, "--credentials", "empty.json"]).failed(1, &["is not a credentials file"]);
    place.run(&["why", &id, "--credentials", "none.json"]).failed(1, &["cannot read the credentials file none.json"]);
}
