//! The database room, on both engines.

#![expect(clippy::unwrap_used, reason = "a test fails by a panic, in its fixtures too")]

#[path = "../../../testkit/src/postgres.rs"]
mod postgres;

mod group_commit;
mod migrations;
mod texts;
mod transactions;

use telamon_store::{Db, Options, Sql, Target, Tx, sql};

/// What the tests write into.
const SCHEMA: &str = r"
    CREATE TABLE org (id TEXT PRIMARY KEY, name TEXT NOT NULL, living BOOLEAN NOT NULL, sealed BYTEA, made_at BIGINT);
    CREATE UNIQUE INDEX org_living_name ON org (name) WHERE living;
    CREATE UNIQUE INDEX org_folded ON org (lower(id || name));
    CREATE TABLE project (
        org_id TEXT NOT NULL REFERENCES org (id),
        name TEXT NOT NULL,
        amount BIGINT NOT NULL,
        CONSTRAINT project_name UNIQUE (org_id, name)
    );
";

/// One organization: id, name, living.
const INSERT_ORG: Sql = sql!("INSERT INTO org (id, name, living) VALUES ($1, $2, $3)");
/// All names.
const NAMES: Sql = sql!("SELECT name FROM org ORDER BY id");

/// A database, and what it needs to stay alive.
struct Fixture {
    /// The database.
    db: Db,
    /// Of PostgreSQL.
    url: Option<String>,
    /// Of SQLite.
    directory: tempfile::TempDir,
}

/// An empty SQLite database.
async fn empty_sqlite() -> Fixture {
    let directory = tempfile::tempdir().unwrap();
    let db = Db::open(&Options::new(Target::Sqlite(directory.path().to_owned()))).await.unwrap();
    Fixture { db, url: None, directory }
}

/// A SQLite database with [`SCHEMA`].
async fn sqlite() -> Fixture {
    let fixture = empty_sqlite().await;
    write_schema(&fixture.db).await;
    fixture
}

/// An empty PostgreSQL database, if there is a server.
async fn empty_postgres() -> Option<Fixture> {
    let url = postgres::Cluster::get()?.fresh_database().await;
    let db = Db::open(&Options::new(Target::Postgres(url.clone()))).await.unwrap();
    Some(Fixture { db, url: Some(url), directory: tempfile::tempdir().unwrap() })
}

/// A database of each engine that is there, with [`SCHEMA`].
async fn engines() -> Vec<Fixture> {
    let mut engines = vec![sqlite().await];
    if let Some(fixture) = empty_postgres().await {
        write_schema(&fixture.db).await;
        engines.push(fixture);
    }
    engines
}

async fn write_schema(db: &Db) {
    let mut tx = db.begin_write().await.unwrap();
    tx.batch(SCHEMA).await.unwrap();
    tx.commit().await.unwrap();
}

/// The names of all organizations, as a new reader sees them.
async fn names(db: &Db) -> Vec<String> {
    let mut tx = db.begin_read().await.unwrap();
    let names = tx.all(NAMES, &[]).await.unwrap();
    tx.end();
    names
}

/// Writes one organization whose id is its name.
async fn insert(tx: &mut Tx, name: &str) -> Result<u64, telamon_store::Fault> {
    tx.run(INSERT_ORG, &telamon_store::args![name, name, true]).await
}
