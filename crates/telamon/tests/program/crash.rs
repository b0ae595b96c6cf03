//! What was acknowledged survives `kill -9`.

use std::collections::HashSet;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use serde_json::json;
use telamon_testkit::Cluster;

use crate::support::{Client, Running, Workplace, eventually, text};

const WRITERS: usize = 6;
/// How many writes are acknowledged before the process is killed.
const WRITES: usize = 150;
const ROUNDS: usize = 2;

/// Writes from several threads, kills the process in the midst of it; the names of the projects that it acknowledged.
fn write_and_kill(running: Running, round: usize) -> Vec<String> {
    let org = text(&running.credentials, "orgId");
    let client = running.client();
    let acknowledged = Arc::new(Mutex::new(Vec::new()));
    let next = Arc::new(AtomicUsize::new(0));
    let writers: Vec<_> = (0..WRITERS)
        .map(|_| {
            let (client, org) = (client.clone(), org.clone());
            let (acknowledged, next) = (Arc::clone(&acknowledged), Arc::clone(&next));
            std::thread::spawn(move || {
                loop {
                    let name = format!("project-{round}-{}", next.fetch_add(1, Ordering::Relaxed));
                    let made = client.post("/api/atlas/v2/groups", &json!({ "name": name, "orgId": org }));
                    // Without an answer the process is gone.
                    let Ok((status, answer)) = made else { return };
                    assert_eq!(status, 201, "{answer}");
                    acknowledged.lock().unwrap().push(name);
                }
            })
        })
        .collect();
    eventually("enough writes", || (acknowledged.lock().unwrap().len() >= WRITES).then_some(()));
    running.signal("KILL");
    running.wait();
    for writer in writers {
        writer.join().expect("every answer was an acknowledgement");
    }
    let acknowledged = acknowledged.lock().unwrap();
    assert!(acknowledged.len() < next.load(Ordering::Relaxed), "nothing was in flight when the process was killed");
    acknowledged.clone()
}

fn assert_all_there(client: &Client, acknowledged: &[String]) {
    let found: HashSet<String> = client.projects().into_iter().collect();
    let lost: Vec<_> = acknowledged.iter().filter(|name| !found.contains(*name)).collect();
    assert_eq!(lost, Vec::<&String>::new(), "of {} acknowledged projects", acknowledged.len());
}

#[test]
fn acknowledged_writes_survive_kill_on_sqlite() {
    let place = Workplace::new();
    let mut acknowledged = Vec::new();
    for round in 0..ROUNDS {
        acknowledged.extend(write_and_kill(place.dev(&["--data-dir", "data"]), round));
        let again = place.dev(&["--data-dir", "data"]);
        assert_all_there(&again.client(), &acknowledged);
        again.stop();
    }
}

#[test]
fn acknowledged_writes_survive_kill_on_postgres() {
    let Some(cluster) = Cluster::get() else { return };
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let url = runtime.block_on(cluster.fresh_database());
    let place = Workplace::new();
    let unlimited = "[rates]\nenforced = false\n[limits]\nprojects_per_org = 0\n";
    std::fs::write(place.path("t.toml"), format!("{unlimited}[storage]\ndatabase_url = '{url}'\n")).unwrap();
    let credentials = place.init(&["--config", "t.toml"]);
    let mut acknowledged = Vec::new();
    for round in 0..ROUNDS {
        acknowledged.extend(write_and_kill(place.serve(&credentials, &["--config", "t.toml"]), round));
        let again = place.serve(&credentials, &["--config", "t.toml"]);
        assert_all_there(&again.client(), &acknowledged);
        again.stop();
    }
    place.run(&["doctor", "--config", "t.toml"]).succeeded();
}
