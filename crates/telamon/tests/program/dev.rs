//! `telamon dev`.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::process::Command;
use std::sync::Arc;

use rustls_pki_types::pem::PemObject;
use rustls_pki_types::{CertificateDer, ServerName};

use crate::support::{Workplace, eventually, keys, mode, text};

#[test]
fn tells_its_credentials_answers_and_vanishes() {
    let place = Workplace::new();
    let temporary = place.path("tmp");
    std::fs::create_dir(&temporary).unwrap();
    let mut command = place.telamon(&["dev", "--listen", "127.0.0.1:0", "--credentials", "c.json"]);
    let running = place.dev_with(command.env("TMPDIR", &temporary), "c.json");

    let expected =
        ["baseUrl", "clientId", "clientSecret", "groupId", "orgId", "password", "privateKey", "publicKey", "username"];
    assert_eq!(keys(&running.credentials), expected);
    assert_eq!(mode(&place.path("c.json")), 0o600);
    let said = eventually("the banner", || Some(running.said()).filter(|said| said.contains("Ctrl-C")));
    for key in expected {
        assert!(said.contains(&text(&running.credentials, key)), "{key} is not told");
    }
    assert!(!said.contains('\u{1b}'), "colour is for terminals");

    let (status, projects) = running.client().get("/api/atlas/v2/groups");
    assert_eq!((status, projects["totalCount"].as_i64()), (200, Some(1)));
    assert_eq!(projects["results"][0]["id"], running.credentials["groupId"]);
    assert_eq!(running.anonymous().get("/healthz").0, 200);
    assert_eq!(running.anonymous().get("/readyz").0, 200);
    eventually("metrics of jobs", || {
        let (_, figures) = running.anonymous().get("/metrics");
        let ran = |job: &str| format!("telamon_job_runs_total{{job=\"{job}\",outcome=\"success\"}}");
        ["lease", "marker"].iter().all(|job| figures.as_str().unwrap().contains(&ran(job))).then_some(())
    });
    let (status, figures) = running.anonymous().get("/metrics");
    assert_eq!(status, 200);
    assert!(figures.as_str().unwrap().contains("telamon_requests_total"));

    let left = || std::fs::read_dir(&temporary).unwrap().count();
    assert_eq!(left(), 1);
    running.signal("INT");
    assert_eq!(running.wait().code(), Some(0));
    assert_eq!(left(), 0);
}

#[test]
fn the_printed_commands_can_be_pasted() {
    let place = Workplace::new();
    let running = place.dev(&[]);
    let said = eventually("the banner", || Some(running.said()).filter(|said| said.contains("Ctrl-C")));
    let commands: Vec<&str> =
        said.lines().filter(|line| line.starts_with("TOKEN=") || line.starts_with("curl")).collect();
    assert_eq!(commands.len(), 3);
    if Command::new("curl").arg("--version").output().is_err() {
        eprintln!("SKIPPED: the curl program is not installed, the commands were not pasted");
        return;
    }
    let pasted = Command::new("sh").arg("-c").arg(commands.join("\n")).output().unwrap();
    let answers = String::from_utf8(pasted.stdout).unwrap();
    let found = answers.matches(&format!("\"id\": \"{}\"", text(&running.credentials, "groupId"))).count();
    assert_eq!(found, 2, "{answers}{}", String::from_utf8_lossy(&pasted.stderr));
    running.stop();
}

#[test]
fn a_data_directory_keeps_data_and_credentials() {
    let place = Workplace::new();
    let first = place.dev(&["--data-dir", "data"]);
    first.client().project(&text(&first.credentials, "orgId"), "kept");
    let kept = place.path("data/credentials.json");
    assert_eq!((mode(&kept), mode(&place.path("data/telamon.key")), mode(&place.path("data"))), (0o600, 0o600, 0o700));
    let mut known = first.credentials.clone();
    first.stop();

    let second = place.dev(&["--data-dir", "data"]);
    known["baseUrl"] = second.base_url.clone().into();
    assert_eq!(second.credentials, known);
    assert_eq!(crate::support::read_json(&kept), known);
    assert_eq!(second.client().projects(), ["Development", "kept"]);
    second.stop();
}

#[test]
fn a_first_start_that_was_interrupted_begins_again() {
    let place = Workplace::new();
    place.dev(&["--data-dir", "data"]).stop();
    std::fs::remove_file(place.path("data/credentials.json")).unwrap();
    std::fs::write(place.path("data/unfinished"), "").unwrap();
    let again = place.dev(&["--data-dir", "data"]);
    assert_eq!(again.client().projects(), ["Development"]);
    again.stop();
}

#[test]
fn a_data_directory_has_one_server() {
    let place = Workplace::new();
    let running = place.dev(&["--data-dir", "data"]);
    let dev = place.run(&["dev", "--listen", "127.0.0.1:0", "--data-dir", "data"]);
    dev.failed(1, &["the data directory data is in use by another telamon (process "]);
    let serve = place.run(&["serve", "--listen", "127.0.0.1:0", "--data-dir", "data"]);
    serve.failed(1, &["in use by another telamon"]);
    place.run(&["migrate", "--data-dir", "data"]).failed(1, &["in use by another telamon"]);
    running.stop();
}

#[test]
fn the_installation_of_init_is_not_taken() {
    let place = Workplace::new();
    place.init(&["--data-dir", "data"]);
    let refused = place.run(&["dev", "--listen", "127.0.0.1:0", "--data-dir", "data"]);
    refused.failed(1, &["holds an installation made by `telamon init`"]);
}

#[test]
fn other_machines_are_refused_unless_meant() {
    let place = Workplace::new();
    let refused = place.run(&["dev", "--listen", "0.0.0.0:0"]);
    refused.failed(2, &["0.0.0.0:0 is reachable from other machines", "--allow-remote"]);
    place.run(&["dev", "--listen", "nowhere"]).failed(2, &["127.0.0.1:8080"]);

    let mut command =
        place.telamon(&["dev", "--listen", "0.0.0.0:0", "--allow-remote", "--credentials", "credentials.json"]);
    let running = place.dev_with(&mut command, "credentials.json");
    assert!(running.base_url.starts_with("http://127.0.0.1:"), "{}", running.base_url);
    assert_eq!(running.client().get("/api/atlas/v2/groups").0, 200);
    assert_eq!(running.client().get("/metrics").0, 404);
    running.stop();
}

#[test]
fn nothing_is_limited_unless_asked_for() {
    let place = Workplace::new();
    let tokens = |arguments: &[&str], count: usize| {
        let running = place.dev(arguments);
        let (client, credentials) = (running.anonymous(), running.credentials.clone());
        let answers: Vec<u16> = (0..count).map(|_| client.ask_for_token(&credentials).0).collect();
        running.stop();
        answers.into_iter().filter(|status| *status != 200).count()
    };
    assert_eq!(tokens(&[], 30), 0);
    assert_eq!(tokens(&["--limits"], 11), 1);
}

#[test]
fn https_is_trusted_through_the_file_that_is_named() {
    let place = Workplace::new();
    let running = place.dev(&["--tls", "--data-dir", "data"]);
    assert!(running.base_url.starts_with("https://127.0.0.1:"), "{}", running.base_url);
    let authority = text(&running.credentials, "caFile");
    let before = std::fs::read(&authority).unwrap();
    let answer = call_tls(running.address(), &before);
    assert!(answer.starts_with("HTTP/1.1 200 OK\r\n"), "{answer}");
    assert!(!answer.to_ascii_lowercase().contains("strict-transport-security"), "{answer}");
    running.stop();

    let again = place.dev(&["--tls", "--data-dir", "data"]);
    assert_eq!(std::fs::read(text(&again.credentials, "caFile")).unwrap(), before, "clients trust it already");
    again.stop();
}

fn call_tls(address: &str, authority: &[u8]) -> String {
    let mut trusted = rustls::RootCertStore::empty();
    trusted.add(CertificateDer::from_pem_slice(authority).unwrap()).unwrap();
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let config = rustls::ClientConfig::builder_with_provider(provider).with_safe_default_protocol_versions().unwrap();
    let config = Arc::new(config.with_root_certificates(trusted).with_no_client_auth());
    let name = ServerName::try_from("127.0.0.1").unwrap();
    let connection = rustls::ClientConnection::new(config, name).unwrap();
    let mut stream = rustls::StreamOwned::new(connection, TcpStream::connect(address).unwrap());
    write!(stream, "GET /healthz HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n\r\n").unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    answer
}
