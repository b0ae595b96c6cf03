//! `telamon doctor`.

use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use serde_json::Value;

use crate::support::{Ended, Workplace, text};

/// The problems, as `subject: found -> mend`.
fn problems(ended: &Ended) -> Vec<String> {
    let report: Value =
        serde_json::from_str(&ended.stdout).unwrap_or_else(|_| panic!("{}{}", ended.stdout, ended.stderr));
    let findings = report["findings"].as_array().unwrap();
    let found: Vec<String> = findings
        .iter()
        .filter(|finding| finding["state"] == "problem")
        .map(|finding| format!("{}: {} -> {}", text(finding, "subject"), text(finding, "found"), text(finding, "mend")))
        .collect();
    assert_eq!(report["ok"].as_bool(), Some(found.is_empty()));
    assert_eq!(ended.code, Some(i32::from(!found.is_empty())));
    found
}

fn one_problem(place: &Workplace, arguments: &[&str]) -> String {
    let found = problems(&place.run(&[&["doctor", "--json"], arguments].concat()));
    assert_eq!(found.len(), 1, "{found:?}");
    found[0].clone()
}

const LISTEN: &str = "[server]\nlisten = '127.0.0.1:0'\n";

fn set_mode(path: &Path, mode: u32) {
    fs::set_permissions(path, Permissions::from_mode(mode)).unwrap();
}

#[test]
fn a_sound_installation_is_left_alone() {
    let place = Workplace::new();
    let credentials = place.init(&[]);
    fs::write(place.path("t.toml"), LISTEN).unwrap();
    let before: Vec<_> = files(&place.path("telamon-data"));
    let sound = place.run(&["doctor", "--config", "t.toml"]);
    assert_eq!(sound.code, Some(0), "{}{}", sound.stdout, sound.stderr);
    assert!(sound.stdout.ends_with("Nothing is wrong with this installation.\n"), "{}", sound.stdout);
    assert_eq!(problems(&place.run(&["doctor", "--json", "--config", "t.toml"])), Vec::<String>::new());
    assert_eq!(files(&place.path("telamon-data")), before);

    let running = place.serve(&credentials, &[]);
    let beside = place.run(&["doctor", "--config", "t.toml"]).succeeded();
    assert!(beside.stdout.contains("in use by a running telamon (process "), "{}", beside.stdout);
    running.stop();
    // A server that stops reports once more.
    let after = place.run(&["doctor", "--config", "t.toml"]).succeeded();
    let jobs: Vec<_> =
        after.stdout.lines().filter(|line| line.starts_with("ok       jobs: lease: last success ")).collect();
    assert_eq!(jobs.len(), 1, "{}", after.stdout);
    assert!(jobs[0].contains(" ms, 0 failures, 0 s late (reported "), "{}", jobs[0]);
}

#[test]
fn a_job_that_fails_or_is_late_is_a_problem() {
    let place = Workplace::new();
    place.init(&[]);
    fs::write(place.path("t.toml"), LISTEN).unwrap();
    let database = rusqlite::Connection::open(place.path("telamon-data/telamon.db")).unwrap();
    let tell = |job: &str, success: i64, failing: Option<i64>, error: Option<&str>| {
        let told = (job, 60_000_000, success, success, 1_500, 7, failing, error, 1_800_000_600_000_000_i64);
        database
            .execute("INSERT OR REPLACE INTO job_report VALUES (?1, 'n', ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)", told)
            .unwrap();
    };
    tell("mail", 1_800_000_590_000_000, None, None);
    assert_eq!(problems(&place.run(&["doctor", "--json", "--config", "t.toml"])), [""; 0]);
    tell("mail", 1_800_000_000_000_000, Some(1_800_000_060_000_000), Some("no route"));
    assert_eq!(
        one_problem(&place, &["--config", "t.toml"]),
        "jobs: mail: last success 2027-01-15T08:00:00Z, took 1.5 ms, 7 failures, 540 s late (reported 2027-01-15T08:10:00Z); \
         fails since 2027-01-15T08:01:00Z: no route -> see the log of the server; the job recovers by itself once the cause is \
         gone"
    );
    tell("mail", 1_800_000_000_000_000, None, None);
    let late = one_problem(&place, &["--config", "t.toml"]);
    assert!(late.contains("540 s late (reported 2027-01-15T08:10:00Z): it did not run -> "), "{late}");
}

fn files(folder: &Path) -> Vec<String> {
    let mut names: Vec<_> =
        fs::read_dir(folder).unwrap().map(|file| file.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    names
}

#[test]
fn each_problem_is_named_with_its_mend() {
    let place = Workplace::new();
    fs::write(place.path("t.toml"), LISTEN).unwrap();
    let nothing = problems(&place.run(&["doctor", "--json", "--config", "t.toml"]));
    assert!(
        nothing[0].starts_with("data directory: there is no ./telamon-data -> make an installation"),
        "{nothing:?}"
    );

    place.init(&[]);
    let (key, kept) = (place.path("telamon-data/telamon.key"), place.path("kept.key"));
    let config = ["--config", "t.toml"];
    set_mode(&key, 0o644);
    assert!(one_problem(&place, &config).ends_with("(mode 644) -> chmod 600 ./telamon-data/telamon.key"));
    fs::rename(&key, &kept).unwrap();
    assert!(one_problem(&place, &config).starts_with("sealing key: the sealing key is missing"));
    fs::write(&key, "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=").unwrap();
    set_mode(&key, 0o600);
    assert!(one_problem(&place, &config).contains("is not the one that this database was created with"));
    fs::rename(&kept, &key).unwrap();
    set_mode(&key, 0o600);

    fs::write(place.path("t.toml"), "[server]\nlisten = '0.0.0.0:0'\nallow_remote = true").unwrap();
    assert!(one_problem(&place, &config).starts_with("exposure: 0.0.0.0:0 is reachable"));
    fs::write(place.path("t.toml"), "[server]\nlistn = '0.0.0.0:0'").unwrap();
    assert!(one_problem(&place, &config).starts_with("configuration: there is no key server.listn"));
    fs::write(place.path("t.toml"), format!("{LISTEN}[tls]\ncertificate_file = 'c.pem'\nkey_file = 'k.pem'")).unwrap();
    assert!(one_problem(&place, &config).starts_with("TLS: cannot read c.pem"));
}

#[test]
fn a_certificate_for_another_name_is_told() {
    let place = Workplace::new();
    place.init(&[]);
    place.dev(&["--tls", "--data-dir", "dev"]).stop();
    let tls = "[tls]\ncertificate_file = 'dev/server.pem'\nkey_file = 'dev/server.key'";
    let with_url = |url: &str| fs::write(place.path("t.toml"), format!("{LISTEN}public_url = '{url}'\n{tls}")).unwrap();
    with_url("https://atlas.example.com");
    let found = one_problem(&place, &["--config", "t.toml"]);
    assert!(
        found.contains("is for localhost, 127.0.0.1, ::1, and server.public_url names atlas.example.com"),
        "{found}"
    );
    with_url("https://localhost:8443");
    place.run(&["doctor", "--config", "t.toml"]).succeeded();
}
