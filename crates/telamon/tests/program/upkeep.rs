//! `telamon migrate`, `telamon keys`, `telamon ca`, `telamon openapi`.

use rusqlite::Connection;
use serde_json::Value;

use crate::support::{Workplace, eventually, text};

/// The first schema: every later release must be able to migrate it.
const FIRST: &str = include_str!("../../../../migrations/0001_initial.sql");

#[test]
fn an_older_schema_is_refused_until_it_is_migrated() {
    let place = Workplace::new();
    place.init(&[]);
    let current = place.run(&["migrate"]).succeeded();
    assert!(current.stdout.contains("Nothing to do"), "{}", current.stdout);

    std::fs::create_dir(place.path("old")).unwrap();
    let old = Connection::open(place.path("old/telamon.db")).unwrap();
    old.execute_batch(FIRST).unwrap();
    let new = place.path("telamon-data/telamon.db");
    old.execute("ATTACH ? AS new", [new.to_str().unwrap()]).unwrap();
    let record = "CREATE TABLE schema_migration AS SELECT * FROM new.schema_migration WHERE version = 1; DETACH new;";
    old.execute_batch(record).unwrap();
    let newest: i64 = Connection::open(new)
        .unwrap()
        .query_row("SELECT MAX(version) FROM schema_migration", [], |row| row.get(0))
        .unwrap();

    let serve = ["serve", "--listen", "127.0.0.1:0", "--data-dir", "old"];
    place
        .run(&serve)
        .failed(1, &["the database has schema 1, but this version of telamon needs", "run `telamon migrate`"]);
    let migrated = place.run(&["migrate", "--data-dir", "old"]).succeeded();
    assert!(migrated.stdout.contains(&format!("from schema 1 to {newest}")), "{}", migrated.stdout);
    let again = place.run(&["migrate", "--data-dir", "old"]).succeeded();
    assert!(again.stdout.contains("Nothing to do"), "{}", again.stdout);
}

#[test]
fn a_newer_schema_is_left_alone() {
    let place = Workplace::new();
    place.init(&[]);
    let sqlite = Connection::open(place.path("telamon-data/telamon.db")).unwrap();
    sqlite.execute("INSERT INTO schema_migration VALUES (9999, 'later', '', 0)", []).unwrap();
    let newer = place.run(&["serve", "--listen", "127.0.0.1:0"]);
    newer.failed(1, &["schema 9999, which is newer"]);
    place.run(&["migrate"]).failed(1, &["newer"]);
}

#[test]
fn signing_keys_rotate_beside_the_server_and_old_tokens_stay() {
    let place = Workplace::new();
    let credentials = place.init(&[]);
    let mut serve = place.telamon(&["serve", "--listen", "127.0.0.1:0"]);
    let running = place.serve_with(&credentials, serve.env("TELAMON_TOKENS__REQUESTS_PER_MINUTE", "0"));
    let anonymous = running.anonymous();
    let old = anonymous.token(&credentials);
    let rotated = place.run(&["keys", "rotate"]).succeeded();
    let id = rotated.stdout.split_whitespace().skip_while(|word| *word != "key").nth(1).unwrap();

    eventually("a token of the new key", || (key_of(&anonymous.token(&credentials)) == id).then_some(()));
    assert_ne!(key_of(&old), id);
    assert_eq!(running.client().with_token(&old).get("/api/atlas/v2/groups").0, 200);
    let new = running.client();
    assert_eq!(new.get("/api/atlas/v2/groups").0, 200);
    running.stop();
}

/// The `kid` of a token.
fn key_of(token: &str) -> String {
    use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
    let header = URL_SAFE_NO_PAD.decode(token.split('.').next().unwrap()).unwrap();
    text(&serde_json::from_slice::<Value>(&header).unwrap(), "kid")
}

#[test]
fn a_new_password_is_good_beside_the_server_and_the_old_one_is_not() {
    let place = Workplace::new();
    let credentials = place.init(&[]);
    let running = place.serve(&credentials, &[]);
    let username = text(&credentials, "username");
    let given = place.run(&["password", &username.to_uppercase()]).succeeded();
    let password = given.stdout.trim_end();
    assert_eq!(given.stdout, format!("{password}\n"), "the password stands alone on standard output");
    for (password, status) in [(password, 303), (text(&credentials, "password").as_str(), 403)] {
        assert_eq!(running.sign_in(&username, password), status);
    }
    place.run(&["password", "grace@example.com"]).failed(1, &["there is no user grace@example.com"]);
    running.stop();
}

#[test]
fn the_authority_of_a_project_is_printed_beside_the_server() {
    let place = Workplace::new();
    let running = place.dev(&["--data-dir", "data"]);
    let project = text(&running.credentials, "groupId");
    let printed = place.run(&["ca", "export", "--project", &project, "--data-dir", "data"]).succeeded().stdout;
    assert!(printed.starts_with("-----BEGIN CERTIFICATE-----\n") && printed.ends_with("-----END CERTIFICATE-----\n"));
    let (status, served) = running.anonymous().get(&format!("/pki/projects/{project}/ca.pem"));
    assert_eq!((status, served.as_str()), (200, Some(printed.as_str())));

    let unknown = place.run(&["ca", "export", "--project", "65a593c0e8f1a2b3c4d50001", "--data-dir", "data"]);
    unknown.failed(1, &["no project 65a593c0e8f1a2b3c4d50001"]);
    place.run(&["ca", "export", "--project", "mine", "--data-dir", "data"]).failed(2, &["24 hexadecimal digits"]);
    running.stop();
}

#[test]
fn the_document_is_printed_without_an_installation() {
    let place = Workplace::new();
    let all: Value = serde_json::from_str(&place.run(&["openapi"]).succeeded().stdout).unwrap();
    assert_eq!(all["openapi"], "3.0.3");
    assert!(all["paths"]["/api/atlas/v2/groups"]["post"].is_object());
    let early = place.run(&["openapi", "--date", "2023-01-01"]).succeeded().stdout;
    let early: Value = serde_json::from_str(&early).unwrap();
    let accounts = "/api/atlas/v2/orgs/{orgId}/serviceAccounts";
    assert!(all["paths"][accounts].is_object() && early["paths"][accounts].is_null(), "accounts came in 2024");
    place.run(&["openapi", "--date", "2023-02-30"]).failed(2, &["2024-08-05"]);
}

#[test]
fn help_and_version_go_to_standard_output() {
    let place = Workplace::new();
    let version = place.run(&["--version"]).succeeded().stdout;
    assert_eq!(version, format!("telamon {}\n", env!("CARGO_PKG_VERSION")));
    for command in ["dev", "init", "serve", "migrate", "doctor", "openapi", "config"] {
        let help = place.run(&[command, "--help"]).succeeded().stdout;
        assert!(help.contains("Example") && help.contains(&format!("telamon {command}")), "{help}");
    }
    place.run(&["start"]).failed(2, &["unrecognized subcommand"]);
}
