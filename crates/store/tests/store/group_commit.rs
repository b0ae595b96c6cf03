//! SQLite's one writer: what the members of a group owe each other.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use rusqlite::Connection;
use telamon_store::{Announce, Db, Fault, Options, Sql, Target, args, sql};
use tokio::task::JoinSet;

use crate::{insert, names, sqlite};

const INSERT_OR_ROLL_BACK_ALL: Sql = sql!("INSERT OR ROLLBACK INTO org (id, name, living) VALUES ($1, $1, true)");
const TOUCH: Sql = sql!("UPDATE org SET living = living");
const INSERT_DANGLING: Sql = sql!("INSERT INTO project (org_id, name, amount) VALUES ('none', 'x', 1)");

async fn write_one(db: Db, name: String) -> Result<(), Fault> {
    let mut tx = db.begin_write().await?;
    insert(&mut tx, &name).await?;
    tx.commit().await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn writers_that_queue_up_share_commits_and_all_are_durable() {
    let fixture = sqlite().await;
    let before = fixture.db.commits();
    let mut tasks = JoinSet::new();
    for task in 0..64 {
        let db = fixture.db.clone();
        tasks.spawn(async move {
            for turn in 0..10 {
                write_one(db.clone(), format!("{task:02}-{turn}")).await.unwrap();
            }
        });
    }
    tasks.join_all().await;
    let commits = fixture.db.commits() - before;
    assert!(commits < 320, "{commits} commits for 640 transactions");
    // Another process sees all of them.
    let file = Connection::open(fixture.directory.path().join("telamon.db")).unwrap();
    let rows: i64 = file.query_row("SELECT COUNT(*) FROM org", [], |row| row.get(0)).unwrap();
    assert_eq!(rows, 640);
}

#[tokio::test]
async fn one_that_fails_leaves_its_neighbours_alone() {
    let fixture = sqlite().await;
    let mut tasks = JoinSet::new();
    for task in 0..30 {
        let db = fixture.db.clone();
        tasks.spawn(async move {
            let mut tx = db.begin_write().await.unwrap();
            insert(&mut tx, &format!("{task:02}")).await.unwrap();
            match task % 3 {
                0 => tx.commit().await.unwrap(),
                1 => tx.roll_back().await.unwrap(),
                _ => drop(tx),
            }
        });
    }
    tasks.join_all().await;
    let kept: Vec<String> = (0..30).step_by(3).map(|task| format!("{task:02}")).collect();
    assert_eq!(names(&fixture.db).await, kept);
}

/// `first` has ended in the group and waits; `second` has the writer.
struct Group {
    fixture: crate::Fixture,
    first: tokio::task::JoinHandle<Result<(), Fault>>,
    second: telamon_store::Tx,
    /// One more in the queue, so that the group stays open.
    third: tokio::task::JoinHandle<Result<(), Fault>>,
}

/// On a runtime of one thread the order is certain: a task runs until it waits.
async fn group() -> Group {
    let directory = tempfile::tempdir().unwrap();
    let options =
        Options { group_age: Duration::from_hours(1), ..Options::new(Target::Sqlite(directory.path().to_owned())) };
    let db = Db::open(&options).await.unwrap();
    crate::write_schema(&db).await;
    let fixture = crate::Fixture { db, url: None, directory };
    let holder = fixture.db.begin_write().await.unwrap();
    let first = tokio::spawn(write_one(fixture.db.clone(), "first".into()));
    tokio::task::yield_now().await;
    let second = tokio::spawn({
        let db = fixture.db.clone();
        async move { db.begin_write().await.unwrap() }
    });
    tokio::task::yield_now().await;
    let third = tokio::spawn(write_one(fixture.db.clone(), "third".into()));
    tokio::task::yield_now().await;
    holder.roll_back().await.unwrap();
    let second = second.await.unwrap();
    assert!(!first.is_finished() && !third.is_finished());
    Group { fixture, first, second, third }
}

#[tokio::test]
async fn one_that_read_what_others_wrote_and_rolls_back_waits_for_their_commit() {
    let Group { fixture, first, mut second, third } = group().await;
    let before = fixture.db.commits();
    assert_eq!(second.all::<String>(crate::NAMES, &[]).await.unwrap(), ["first"], "it reads what is not committed");
    assert_eq!(names(&fixture.db).await, Vec::<String>::new(), "a reader does not");
    second.roll_back().await.unwrap();
    assert_eq!(fixture.db.commits(), before + 1);
    assert_eq!(names(&fixture.db).await, ["first", "third"]);
    first.await.unwrap().unwrap();
    third.await.unwrap().unwrap();
}

#[tokio::test]
async fn when_the_group_is_rolled_back_everybody_in_it_hears_so_and_the_writer_works_again() {
    let Group { fixture, first, mut second, third } = group().await;
    let fault = second.run(INSERT_OR_ROLL_BACK_ALL, &args!["first"]).await.unwrap_err();
    assert!(matches!(fault, Fault::Unavailable), "{fault:?}");
    assert!(matches!(second.commit().await, Err(Fault::Unavailable)));
    assert!(matches!(first.await.unwrap(), Err(Fault::Unavailable)));
    third.await.unwrap().unwrap();
    assert_eq!(names(&fixture.db).await, ["third"]);
}

#[tokio::test]
async fn when_the_commit_fails_everybody_in_the_group_hears_so_and_the_writer_works_again() {
    let Group { fixture, first, mut second, third } = group().await;
    // A reference that is only checked by COMMIT makes it fail.
    second.batch("PRAGMA defer_foreign_keys = ON").await.unwrap();
    second.run(INSERT_DANGLING, &[]).await.unwrap();
    assert!(matches!(second.commit().await, Err(Fault::Unavailable)));
    assert!(matches!(first.await.unwrap(), Err(Fault::Unavailable)));
    assert!(matches!(third.await.unwrap(), Err(Fault::Unavailable)));
    write_one(fixture.db.clone(), "later".into()).await.unwrap();
    assert_eq!(names(&fixture.db).await, ["later"]);
}

#[tokio::test]
async fn a_full_disk_is_an_outage_until_there_is_room() {
    let fixture = sqlite().await;
    let mut tx = fixture.db.begin_write().await.unwrap();
    tx.batch("PRAGMA max_page_count = 1").await.unwrap();
    let fault = insert(&mut tx, &"x".repeat(100_000)).await.unwrap_err();
    assert!(matches!(fault, Fault::Unavailable), "{fault:?}");
    drop(tx);
    let mut tx = fixture.db.begin_write().await.unwrap();
    tx.batch("PRAGMA max_page_count = 4294967294").await.unwrap();
    insert(&mut tx, "a").await.unwrap();
    tx.commit().await.unwrap();
    assert_eq!(names(&fixture.db).await, ["a"]);
}

#[tokio::test]
async fn when_the_last_in_the_queue_goes_away_the_group_is_committed_all_the_same() {
    let Group { fixture, first, second, third } = group().await;
    let fourth = tokio::spawn(write_one(fixture.db.clone(), "fourth".into()));
    tokio::task::yield_now().await;
    // The writer is handed to the third, which is gone before it runs.
    second.end();
    third.abort();
    fourth.abort();
    first.await.unwrap().unwrap();
    assert_eq!(names(&fixture.db).await, ["first"]);
    write_one(fixture.db.clone(), "later".into()).await.unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn writers_that_are_cancelled_anywhere_leave_nobody_waiting() {
    let fixture = sqlite().await;
    let mut kept = JoinSet::new();
    for round in 0..200 {
        let given_up: Vec<_> =
            (0..3).map(|task| tokio::spawn(write_one(fixture.db.clone(), format!("up {round} {task}")))).collect();
        kept.spawn(write_one(fixture.db.clone(), format!("kept {round}")));
        if round % 4 == 0 {
            tokio::task::yield_now().await;
        }
        given_up.iter().for_each(tokio::task::JoinHandle::abort);
    }
    let answers = tokio::time::timeout(Duration::from_mins(1), kept.join_all()).await.unwrap();
    assert!(answers.iter().all(Result::is_ok));
    let kept = names(&fixture.db).await.into_iter().filter(|name| name.starts_with("kept")).count();
    assert_eq!(kept, 200);
}

#[tokio::test]
async fn a_writer_waits_for_another_process_without_holding_up_the_runtime() {
    let fixture = sqlite().await;
    let other = Connection::open(fixture.directory.path().join("telamon.db")).unwrap();
    other.execute_batch("BEGIN IMMEDIATE; INSERT INTO org (id, name, living) VALUES ('o', 'o', true)").unwrap();
    let waits = tokio::spawn(write_one(fixture.db.clone(), "a".into()));
    // The one thread of the runtime is free meanwhile.
    tokio::task::yield_now().await;
    assert_eq!(names(&fixture.db).await, Vec::<String>::new());
    assert!(!waits.is_finished());
    other.execute_batch("COMMIT").unwrap();
    waits.await.unwrap().unwrap();
    assert_eq!(names(&fixture.db).await, ["a", "o"]);
}

#[tokio::test]
async fn another_process_that_never_ends_its_transaction_is_an_outage() {
    let fixture = sqlite().await;
    let options = Options {
        busy_timeout: Duration::from_millis(50),
        ..Options::new(Target::Sqlite(fixture.directory.path().to_owned()))
    };
    let db = Db::open(&options).await.unwrap();
    let other = Connection::open(fixture.directory.path().join("telamon.db")).unwrap();
    other.execute_batch("BEGIN IMMEDIATE").unwrap();
    assert!(matches!(write_one(db.clone(), "a".into()).await, Err(Fault::Unavailable)));
    other.execute_batch("ROLLBACK").unwrap();
    write_one(db, "a".into()).await.unwrap();
    assert_eq!(names(&fixture.db).await, ["a"]);
}

#[tokio::test]
async fn the_log_is_written_back_and_does_not_grow_for_ever() {
    let fixture = sqlite().await;
    let text = "x".repeat(40_000);
    for round in 0..1_500 {
        let mut tx = fixture.db.begin_write().await.unwrap();
        tx.run(crate::INSERT_ORG, &args![round.to_string(), format!("{round}{text}"), true]).await.unwrap();
        tx.commit().await.unwrap();
    }
    let log = fixture.directory.path().join("telamon.db-wal");
    let size = std::fs::metadata(&log).unwrap().len();
    assert!(size < 20_000_000, "{size} bytes of log for 120 MB");
    fixture.db.close().await;
    assert_eq!(std::fs::metadata(&log).map_or(0, |file| file.len()), 0);
}

type Log = Arc<Mutex<Vec<&'static str>>>;

fn announce(log: &Log) -> Announce {
    let log = Arc::clone(log);
    Box::new(move || log.lock().unwrap().push("announced"))
}

#[tokio::test]
async fn a_commit_is_announced_before_anybody_is_answered_and_nobody_joins_its_group() {
    let Group { fixture, first, mut second, third } = group().await;
    let (before, log) = (fixture.db.commits(), Log::default());
    insert(&mut second, "second").await.unwrap();
    let first = tokio::spawn({
        let log = Arc::clone(&log);
        async move {
            first.await.unwrap().unwrap();
            log.lock().unwrap().push("first");
        }
    });
    assert!(second.commit_if(|| true, Some(announce(&log))).await.unwrap().is_none());
    log.lock().unwrap().push("second");
    first.await.unwrap();
    assert_eq!(log.lock().unwrap()[0], "announced");
    third.await.unwrap().unwrap();
    assert_eq!(fixture.db.commits(), before + 2, "the third is in a group of its own");
    assert_eq!(names(&fixture.db).await, ["first", "second", "third"]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whoever_has_the_writer_next_comes_after_the_announcement() {
    let fixture = sqlite().await;
    for _ in 0..200 {
        let announced = Arc::new(AtomicBool::new(false));
        let mut tx = fixture.db.begin_write().await.unwrap();
        tx.run(TOUCH, &[]).await.unwrap();
        let next = tokio::spawn({
            let (db, announced) = (fixture.db.clone(), Arc::clone(&announced));
            async move {
                let tx = db.begin_write().await.unwrap();
                assert!(announced.load(Ordering::SeqCst));
                tx.roll_back().await.unwrap();
            }
        });
        while fixture.db.waiting().await.unwrap() == 0 {
            tokio::task::yield_now().await;
        }
        let announce: Announce = Box::new(move || announced.store(true, Ordering::SeqCst));
        tx.commit_if(|| true, Some(announce)).await.unwrap();
        next.await.unwrap();
    }
}

#[tokio::test]
async fn a_commit_that_fails_is_announced_too() {
    let (fixture, log) = (sqlite().await, Log::default());
    let mut tx = fixture.db.begin_write().await.unwrap();
    tx.batch("PRAGMA defer_foreign_keys = ON").await.unwrap();
    tx.run(INSERT_DANGLING, &[]).await.unwrap();
    assert!(matches!(tx.commit_if(|| true, Some(announce(&log))).await.err(), Some(Fault::Unavailable)));
    assert_eq!(*log.lock().unwrap(), ["announced"]);
}
