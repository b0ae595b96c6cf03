//! `telamon init` and `telamon serve`.

use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};

use serde_json::Value;

use crate::support::{Running, Workplace, eventually, keys, mode, text};

#[test]
fn init_writes_the_credentials_and_serve_takes_them() {
    let place = Workplace::new();
    let credentials = place.init(&["--data-dir", "data"]);
    let expected = ["baseUrl", "clientId", "clientSecret", "orgId", "password", "privateKey", "publicKey", "username"];
    assert_eq!(keys(&credentials), expected);
    assert_eq!(credentials["username"], "ada@example.com");
    assert_eq!((mode(&place.path("first.json")), mode(&place.path("data/telamon.key"))), (0o600, 0o600));

    let running = place.serve(&credentials, &["--data-dir", "data"]);
    let client = running.client();
    assert_eq!(client.projects(), Vec::<String>::new());
    client.project(&text(&credentials, "orgId"), "first");
    assert_eq!(client.projects(), ["first"]);
    let (_, metadata) = running.anonymous().get("/.well-known/oauth-authorization-server");
    assert_eq!(metadata["issuer"], credentials["baseUrl"], "the issuer is what init knew, whatever the port");
    running.stop();
}

#[test]
fn the_log_does_not_show_what_opens_an_invitation() {
    let place = Workplace::new();
    let credentials = place.init(&["--data-dir", "data"]);
    let running = place.serve(&credentials, &["--data-dir", "data", "--log-filter", "info"]);
    let secret = "c2VjcmV0LW9mLWFuLWludml0YXRpb24tMDEyMzQ1Njc";
    for path in ["/invitations/", "//invitations/"] {
        let (status, _) = running.anonymous().get(&format!("{path}{secret}"));
        assert_eq!(status, 404);
    }
    eventually("both requests in the log", || (running.said().matches("/invitations/…").count() == 2).then_some(()));
    assert!(!running.said().contains(secret), "{}", running.said());
    running.stop();
}

#[test]
fn mail_leads_to_where_the_server_listens() {
    let place = Workplace::new();
    let credentials = place.init(&["--data-dir", "data"]);
    std::fs::create_dir(place.path("mail")).unwrap();
    let mail = "[mail]\ntransport = 'file'\nfrom = 'telamon@example.com'\ndirectory = 'mail'\n";
    std::fs::write(place.path("t.toml"), mail).unwrap();
    let running = place.serve(&credentials, &["--data-dir", "data", "--config", "t.toml"]);
    let path = format!("/api/atlas/v2/orgs/{}/invites", text(&credentials, "orgId"));
    let body = serde_json::json!({ "username": "grace@example.com", "roles": ["ORG_MEMBER"] });
    let (status, _) = running.client().post(&path, &body).unwrap();
    assert_eq!(status, 200);
    let mail = eventually("the mail", || {
        let mut files = std::fs::read_dir(place.path("mail")).unwrap().map(|file| file.unwrap().path());
        let whole = files.find(|path| path.extension().is_some_and(|extension| extension == "eml"))?;
        Some(std::fs::read_to_string(whole).unwrap())
    });
    assert!(mail.contains(&format!("\n{}/invitations/", running.base_url)), "{mail}");
    running.stop();
}

#[test]
fn init_shows_the_credentials_once_if_there_is_no_file_for_them() {
    let place = Workplace::new();
    let made = place.run(&["init", "--org", "Example", "--owner", "ada@example.com"]).succeeded();
    assert!(made.stdout.contains("mdb_sa_sk_") && made.stdout.contains("telamon serve"), "{}", made.stdout);
    assert!(place.path("telamon-data/telamon.db").exists());
    let again = place.run(&["init", "--org", "Example", "--owner", "ada@example.com"]);
    again.failed(1, &["already exists"]);
}

#[test]
fn init_refuses_what_cannot_be_before_it_makes_anything() {
    let place = Workplace::new();
    place.run(&["init", "--org", "Example", "--owner", "ada"]).failed(2, &["ada@example.com"]);
    place.run(&["init", "--org", " ", "--owner", "ada@example.com"]).failed(2, &["1 to 64 characters"]);
    let arguments = ["init", "--org", "Example", "--owner", "ada@example.com", "--credentials", "no/such/dir.json"];
    place.run(&arguments).failed(1, &["cannot write no/such/dir.json"]);
    place.init(&[]);
}

#[test]
fn serve_says_when_the_key_is_missing_or_another_one() {
    let place = Workplace::new();
    let credentials = place.init(&["--key-file", "own.key"]);
    let serve = ["serve", "--listen", "127.0.0.1:0"];
    let missing = place.run(&serve);
    missing.failed(
        1,
        &["the sealing key is missing: there is no ./telamon-data/telamon.key", "--key-file", "TELAMON_KEY"],
    );
    let other = "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=\n";
    std::fs::write(place.path("other.key"), other).unwrap();
    let wrong = place.run(&[&serve[..], &["--key-file", "other.key"]].concat());
    wrong.failed(1, &["the sealing key in other.key is not the one that this database was created with"]);
    std::fs::write(place.path("other.key"), "short").unwrap();
    place.run(&[&serve[..], &["--key-file", "other.key"]].concat()).failed(1, &["other.key", "32 bytes"]);

    place.serve(&credentials, &["--key-file", "own.key"]).stop();
    let key = std::fs::read_to_string(place.path("own.key")).unwrap();
    let mut command = place.telamon(&serve);
    place.serve_with(&credentials, command.env("TELAMON_KEY", key)).stop();
}

#[test]
fn serve_says_when_there_is_nothing_to_serve() {
    let place = Workplace::new();
    place.run(&["serve", "--listen", "127.0.0.1:0"]).failed(1, &["no database in ./telamon-data", "telamon init"]);
    assert!(!place.path("telamon-data").exists());
}

#[test]
fn serve_beyond_loopback_wants_protection_and_a_url() {
    let place = Workplace::new();
    place.init(&[]);
    let remote = place.run(&["serve", "--listen", "0.0.0.0:0"]);
    remote.failed(1, &["tls.certificate_file", "server.trusted_proxies", "--allow-remote", "server.public_url"]);
    let without_url = place.run(&["serve", "--listen", "0.0.0.0:0", "--allow-remote"]);
    without_url.failed(1, &["server.public_url must say under which URL"]);
}

#[test]
fn keys_that_are_not_known_are_refused_by_name() {
    let place = Workplace::new();
    std::fs::write(place.path("t.toml"), "[server]\nlisen = '127.0.0.1:0'\n").unwrap();
    let refused = place.run(&["serve", "--config", "t.toml"]);
    refused.failed(1, &["there is no key server.lisen, which stands in t.toml: did you mean server.listen?"]);
    let mut command = place.telamon(&["serve"]);
    let output = command.env("TELAMON_SERVER__LISEN", "127.0.0.1:0").output().unwrap();
    assert!(String::from_utf8(output.stderr).unwrap().contains("did you mean TELAMON_SERVER__LISTEN?"));
    place.run(&["serve", "--config", "absent.toml"]).failed(1, &["cannot read the configuration file absent.toml"]);
}

#[test]
fn the_default_configuration_serves() {
    let place = Workplace::new();
    let printed = place.run(&["config"]).succeeded().stdout;
    std::fs::write(place.path("t.toml"), printed).unwrap();
    let credentials = place.init(&["--config", "t.toml"]);
    place.serve(&credentials, &["--config", "t.toml"]).stop();
}

#[test]
fn logs_are_json_on_request_and_figures_have_their_own_listener() {
    let place = Workplace::new();
    let credentials = place.init(&[]);
    let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    std::fs::write(place.path("t.toml"), format!("[metrics]\nlisten = '127.0.0.1:{port}'\n")).unwrap();
    let running = place.serve(&credentials, &["--config", "t.toml", "--log-format", "json"]);
    let client = running.client();
    client.project(&text(&credentials, "orgId"), "logged");
    assert_eq!(client.get("/metrics").0, 404);
    let figures = talk(&format!("127.0.0.1:{port}"), "GET /metrics HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
    assert!(figures.contains("telamon_requests_total"), "{figures}");
    running.signal("TERM");
    let said = eventually("the last line", || Some(running.said()).filter(|said| said.contains("stopped")));
    assert_eq!(running.wait().code(), Some(0));
    let lines: Vec<Value> = said.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let request = lines.iter().find(|line| line["path"] == "/api/atlas/v2/groups").unwrap();
    assert_eq!((&request["status"], request["method"].as_str()), (&201.into(), Some("POST")));
    assert!(request["span"]["id"].is_string(), "{request}");
    assert!(!said.contains(&text(&credentials, "clientSecret")));
}

#[test]
fn what_is_in_flight_is_finished() {
    let place = Workplace::new();
    let running = place.serve(&place.init(&[]), &[]);
    let mut stream = begin_request(&running);
    running.signal("TERM");
    eventually("the end of the listener", || TcpStream::connect(running.address()).is_err().then_some(()));
    stream.write_all(b"type=client_credentials").unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    // Without credentials it is an error, but an answer.
    assert!(answer.starts_with("HTTP/1.1 401 ") || answer.starts_with("HTTP/1.1 400 "), "{answer}");
    assert_eq!(running.wait().code(), Some(0));
}

#[test]
fn a_second_signal_ends_at_once() {
    let place = Workplace::new();
    let running = place.serve(&place.init(&[]), &[]);
    let _stream = begin_request(&running);
    running.signal("TERM");
    eventually("the end of the listener", || TcpStream::connect(running.address()).is_err().then_some(()));
    running.signal("TERM");
    assert_eq!(running.wait().code(), Some(1));
    // Nothing is in the way of the next start.
    place.serve(&Value::Null, &[]).stop();
}

/// A request whose body is not complete, and that the server has begun to read.
fn begin_request(running: &Running) -> TcpStream {
    let mut stream = TcpStream::connect(running.address()).unwrap();
    let head = "POST /api/oauth/token HTTP/1.1\r\nHost: x\r\nContent-Type: application/x-www-form-urlencoded\r\n\
        Content-Length: 29\r\nExpect: 100-continue\r\nConnection: close\r\n\r\n";
    stream.write_all(head.as_bytes()).unwrap();
    // The server asks for the body when it reads it: from then on the request is in flight.
    let mut asked = [0; 25];
    stream.read_exact(&mut asked).unwrap();
    assert_eq!(&asked, b"HTTP/1.1 100 Continue\r\n\r\n");
    stream.write_all(b"grant_").unwrap();
    stream
}

fn talk(address: &str, request: &str) -> String {
    let mut stream = TcpStream::connect(address).unwrap();
    stream.write_all(request.as_bytes()).unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    answer
}
