//! What a transaction promises, on both engines.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use telamon_store::{Announce, Db, Fault, Options, Sql, Target, Tx, args, sql};
use telamon_wire::{OrgId, Timestamp};

use crate::{Fixture, NAMES, engines, insert, names};

const INSERT_FULL: Sql = sql!(
    "INSERT INTO org (id, name, living, sealed, made_at) VALUES ($1, $2, $3, $4, $5)
     RETURNING id, name, living, sealed, made_at"
);
const FIND: Sql = sql!("SELECT id, name, living, sealed, made_at FROM org WHERE name = $2 AND id = $1");
const INSERT_PROJECT: Sql = sql!("INSERT INTO project (org_id, name, amount) VALUES ($1, $2, $3)");
const AMOUNTS: Sql = sql!("SELECT COUNT(*), 1, MAX(amount) FROM project WHERE org_id = $1");
const COUNT: Sql = sql!("SELECT COUNT(*) FROM org");
const RENAME: Sql = sql!("UPDATE org SET name = $2 WHERE id = $1");

type Org = (OrgId, String, bool, Option<Vec<u8>>, Option<Timestamp>);

fn is_send<T: Send>(value: T) -> T {
    value
}

#[tokio::test]
async fn values_come_back_as_they_went_in() {
    let id: OrgId = "6a793fcc1111111111111111".parse().unwrap();
    let now = Timestamp::from_micros(1_700_000_000_123_456);
    for fixture in engines().await {
        let mut tx = is_send(fixture.db.begin_write().await.unwrap());
        let full: Org = tx.one(INSERT_FULL, &args![id, "it's ü", true, vec![0_u8, 255], now]).await.unwrap();
        assert_eq!(full, (id, "it's ü".into(), true, Some(vec![0, 255]), Some(now)));
        let other: OrgId = "6a793fcc2222222222222222".parse().unwrap();
        let nulls = args![other, "b", false, None::<Vec<u8>>, None::<Timestamp>];
        let empty: Org = tx.one(INSERT_FULL, &nulls).await.unwrap();
        assert_eq!(empty, (other, "b".into(), false, None, None));
        tx.commit().await.unwrap();

        let mut tx = fixture.db.begin_read().await.unwrap();
        assert_eq!(is_send(tx.optional::<Org>(FIND, &args![id, "it's ü"])).await.unwrap(), Some(full));
        assert_eq!(tx.optional::<Org>(FIND, &args![id, "b"]).await.unwrap(), None);
        assert_eq!(tx.one::<(i64, i64, Option<i64>)>(AMOUNTS, &args![id]).await.unwrap(), (0, 1, None));
        assert_eq!(tx.one::<i64>(COUNT, &[]).await.unwrap(), 2);
    }
}

#[tokio::test]
async fn what_the_program_does_wrong_is_a_bug() {
    for fixture in engines().await {
        let mut tx = fixture.db.begin_read().await.unwrap();
        assert!(matches!(tx.one::<String>(FIND, &args!["x", "y"]).await, Err(Fault::Bug(_))), "no row");
        let mut tx = fixture.db.begin_read().await.unwrap();
        assert!(matches!(tx.one::<String>(COUNT, &[]).await, Err(Fault::Bug(_))), "another type");
        let mut tx = fixture.db.begin_read().await.unwrap();
        assert!(matches!(tx.one::<String>(FIND, &args!["x"]).await, Err(Fault::Bug(_))), "an argument is missing");
        let mut tx = fixture.db.begin_read().await.unwrap();
        assert!(insert(&mut tx, "a").await.is_err(), "a reader cannot write");
        assert_eq!(names(&fixture.db).await, Vec::<String>::new());
    }
}

async fn fault_of(db: &Db, sql: Sql, args: &[telamon_store::Value]) -> String {
    let mut tx = db.begin_write().await.unwrap();
    insert(&mut tx, "a").await.unwrap();
    tx.run(INSERT_PROJECT, &args!["a", "p", 1]).await.unwrap();
    let fault = tx.run(sql, args).await.unwrap_err();
    tx.roll_back().await.unwrap();
    format!("{fault:?}")
}

#[tokio::test]
async fn faults_are_named_the_same_on_both_engines() {
    const INSERT_ANY: Sql = sql!("INSERT INTO org (id, name, living) VALUES ($1, $2, $3)");
    for Fixture { db, .. } in engines().await {
        assert_eq!(fault_of(&db, INSERT_ANY, &args!["a", "z", true]).await, r#"Unique("org.id")"#);
        assert_eq!(fault_of(&db, INSERT_ANY, &args!["b", "a", true]).await, r#"Unique("org.name")"#);
        assert_eq!(fault_of(&db, INSERT_ANY, &args!["", "AA", true]).await, r#"Unique("org_folded")"#);
        assert_eq!(fault_of(&db, INSERT_PROJECT, &args!["a", "p", 2]).await, r#"Unique("project.org_id,name")"#);
        assert_eq!(fault_of(&db, INSERT_PROJECT, &args!["zz", "p", 2]).await, "ForeignKey");
        assert_eq!(names(&db).await, Vec::<String>::new());
    }
}

#[tokio::test]
async fn after_a_failed_statement_a_transaction_is_over() {
    for fixture in engines().await {
        let mut tx = fixture.db.begin_write().await.unwrap();
        insert(&mut tx, "a").await.unwrap();
        assert!(matches!(insert(&mut tx, "a").await, Err(Fault::Unique(_))));
        assert!(matches!(insert(&mut tx, "b").await, Err(Fault::Bug(_))));
        assert!(matches!(tx.commit().await, Err(Fault::Bug(_))));
        assert_eq!(names(&fixture.db).await, Vec::<String>::new());
    }
}

#[tokio::test]
async fn a_dropped_transaction_is_rolled_back_and_its_place_is_free() {
    for fixture in engines().await {
        // More often than there are connections.
        for _ in 0..40 {
            let mut tx = fixture.db.begin_write().await.unwrap();
            insert(&mut tx, "a").await.unwrap();
        }
        for _ in 0..40 {
            let mut tx = fixture.db.begin_read().await.unwrap();
            assert_eq!(tx.one::<i64>(COUNT, &[]).await.unwrap(), 0);
        }
        let mut tx = fixture.db.begin_write().await.unwrap();
        insert(&mut tx, "a").await.unwrap();
        tx.commit().await.unwrap();
        assert_eq!(names(&fixture.db).await, ["a"]);
    }
}

#[tokio::test]
async fn a_reader_sees_one_snapshot() {
    for fixture in engines().await {
        let mut reader = fixture.db.begin_read().await.unwrap();
        assert_eq!(reader.one::<i64>(COUNT, &[]).await.unwrap(), 0);
        let mut tx = fixture.db.begin_write().await.unwrap();
        insert(&mut tx, "a").await.unwrap();
        assert_eq!(names(&fixture.db).await, Vec::<String>::new(), "not committed");
        tx.commit().await.unwrap();
        assert_eq!(reader.one::<i64>(COUNT, &[]).await.unwrap(), 0);
        reader.end();
        assert_eq!(names(&fixture.db).await, ["a"]);
    }
}

/// Reads what the other writes; on PostgreSQL at the same time.
async fn cross(tx: &mut Tx, read: &str, write: &str) -> Result<u64, Fault> {
    tx.optional::<String>(sql!("SELECT name FROM org WHERE id = $1"), &args![read]).await?;
    tx.run(RENAME, &args![write, format!("{write} after {read}")]).await
}

#[tokio::test]
async fn of_two_writers_that_cross_one_is_told_to_retry() {
    for fixture in engines().await.into_iter().filter(|fixture| fixture.url.is_some()) {
        let mut tx = fixture.db.begin_write().await.unwrap();
        insert(&mut tx, "a").await.unwrap();
        insert(&mut tx, "b").await.unwrap();
        tx.commit().await.unwrap();
        let mut one = fixture.db.begin_write().await.unwrap();
        let mut two = fixture.db.begin_write().await.unwrap();
        cross(&mut one, "a", "b").await.unwrap();
        cross(&mut two, "b", "a").await.unwrap();
        one.commit().await.unwrap();
        assert!(matches!(two.commit().await, Err(Fault::Retry)));
        assert_eq!(names(&fixture.db).await, ["a", "b after a"]);
    }
}

#[tokio::test]
async fn a_connection_that_is_lost_is_an_outage_and_is_replaced() {
    for fixture in engines().await.into_iter().filter(|fixture| fixture.url.is_some()) {
        let mut tx = fixture.db.begin_write().await.unwrap();
        insert(&mut tx, "a").await.unwrap();
        let killed = tx.one::<bool>(sql!("SELECT pg_terminate_backend(pg_backend_pid())"), &[]).await;
        assert!(matches!(killed, Err(Fault::Unavailable)), "{killed:?}");
        assert!(matches!(tx.roll_back().await, Err(Fault::Unavailable)));
        assert_eq!(names(&fixture.db).await, Vec::<String>::new());
    }
}

#[tokio::test]
async fn a_closed_database_is_not_available() {
    for fixture in engines().await {
        let mut tx = fixture.db.begin_write().await.unwrap();
        insert(&mut tx, "a").await.unwrap();
        tx.commit().await.unwrap();
        fixture.db.close().await;
        assert!(matches!(fixture.db.begin_write().await.err(), Some(Fault::Unavailable)));
        assert!(matches!(fixture.db.begin_read().await.err(), Some(Fault::Unavailable)));
    }
}

#[tokio::test]
async fn a_transaction_whose_statement_was_given_up_cannot_be_committed() {
    for fixture in engines().await.into_iter().filter(|fixture| fixture.url.is_some()) {
        let mut tx = fixture.db.begin_write().await.unwrap();
        insert(&mut tx, "a").await.unwrap();
        let gone =
            tokio::select! { biased; done = insert(&mut tx, "a") => Some(done), () = std::future::ready(()) => None };
        assert!(gone.is_none(), "the answer takes longer than nothing");
        assert!(matches!(tx.commit().await, Err(Fault::Bug(_))));
        assert_eq!(names(&fixture.db).await, Vec::<String>::new());
    }
}

#[tokio::test]
async fn when_all_connections_are_taken_the_database_is_not_available() {
    for fixture in engines().await {
        let target = match &fixture.url {
            Some(url) => Target::Postgres(url.clone()),
            None => Target::Sqlite(fixture.directory.path().to_owned()),
        };
        let options = Options { readers: 1, connections: 1, wait: Duration::from_millis(20), ..Options::new(target) };
        let db = Db::open(&options).await.unwrap();
        let reader = db.begin_read().await.unwrap();
        assert!(matches!(db.begin_read().await.err(), Some(Fault::Unavailable)));
        reader.end();
        let writer = db.begin_write().await.unwrap();
        assert!(matches!(db.begin_write().await.err(), Some(Fault::Unavailable)));
        writer.roll_back().await.unwrap();
        db.begin_write().await.unwrap().commit().await.unwrap();
    }
}

#[tokio::test]
async fn a_database_that_is_not_there_is_told_at_once() {
    let nowhere = Options::new(Target::SqliteFile("/nonexistent/telamon.db".into()));
    let told = Db::open(&nowhere).await.err().unwrap().to_string();
    assert!(told.starts_with("cannot open the database /nonexistent/telamon.db: "), "{told}");
    let nobody = Options::new(Target::Postgres("postgres://u:secret@127.0.0.1:1/db".into()));
    let told = Db::open(&nobody).await.err().unwrap().to_string();
    assert!(told.starts_with("cannot connect to PostgreSQL: "), "{told}");
    assert!(!format!("{told} {nobody:?}").contains("secret"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_commit_on_a_condition_that_does_not_hold_leaves_the_transaction_open() {
    for fixture in engines().await {
        let mut tx = fixture.db.begin_write().await.unwrap();
        insert(&mut tx, "a").await.unwrap();
        let mut open = tx.commit_if(|| false, None).await.unwrap().unwrap();
        assert_eq!(names(&fixture.db).await, Vec::<String>::new());
        insert(&mut open, "b").await.unwrap();
        let announced = Arc::new(AtomicBool::new(false));
        let announce: Announce = {
            let announced = Arc::clone(&announced);
            Box::new(move || announced.store(true, Ordering::SeqCst))
        };
        assert!(open.commit_if(|| true, Some(announce)).await.unwrap().is_none());
        assert!(announced.load(Ordering::SeqCst));
        assert_eq!(names(&fixture.db).await, ["a", "b"]);
    }
}

const ENDED_BY_COMMIT: &str = "
    CREATE FUNCTION hang_up() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN PERFORM pg_terminate_backend(pg_backend_pid()); RETURN NULL; END $$;
    CREATE CONSTRAINT TRIGGER hang_up AFTER INSERT ON org DEFERRABLE INITIALLY DEFERRED
        FOR EACH ROW EXECUTE FUNCTION hang_up();
";

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_commit_whose_outcome_nobody_knows_is_announced() {
    for fixture in engines().await.into_iter().filter(|fixture| fixture.url.is_some()) {
        let mut tx = fixture.db.begin_write().await.unwrap();
        tx.batch(ENDED_BY_COMMIT).await.unwrap();
        tx.commit().await.unwrap();
        let mut tx = fixture.db.begin_write().await.unwrap();
        insert(&mut tx, "a").await.unwrap();
        let announced = Arc::new(AtomicBool::new(false));
        let announce: Announce = {
            let announced = Arc::clone(&announced);
            Box::new(move || announced.store(true, Ordering::SeqCst))
        };
        assert!(matches!(tx.commit_if(|| true, Some(announce)).await.err(), Some(Fault::Unavailable)));
        assert!(announced.load(Ordering::SeqCst));
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn those_who_look_while_they_write_do_not_wait_for_each_other() {
    for fixture in engines().await {
        let Some(url) = &fixture.url else { continue };
        let options = Options { connections: 4, ..Options::new(Target::Postgres(url.clone())) };
        let db = Db::open(&options).await.unwrap();
        // As many as there are connections for them: each holds one, and looks.
        let mut writers = Vec::new();
        for _ in 0..3 {
            writers.push(db.begin_write().await.unwrap());
        }
        for writer in writers {
            assert!(db.begin_look().await.unwrap().all::<String>(NAMES, &[]).await.is_ok());
            writer.roll_back().await.unwrap();
        }
    }
}
