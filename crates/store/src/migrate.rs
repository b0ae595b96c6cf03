//! Migrations: numbered texts, embedded, each applied once in a transaction of its own.
//!
//! `migrations/NNNN_name.sql` serves both engines; only where they must differ there is a pair
//! `NNNN_name.sqlite.sql` and `NNNN_name.postgres.sql`. An applied file is never edited: its checksum is recorded, and
//! another one is refused.

use std::collections::HashMap;

use aws_lc_rs::digest::{SHA256, digest};
use data_encoding::HEXLOWER;
use deadpool_postgres::{ClientWrapper, Object};
use rusqlite::Connection;
use telamon_wire::Timestamp;
use tokio_postgres::error::SqlState;

use crate::db::Opened;
use crate::postgres::{Postgres, fault_of as postgres_fault};
use crate::sqlite::{Sqlite, connect, fault_of as sqlite_fault};
use crate::{Db, Engine, Fault};

/// One step of the schema.
#[derive(Clone, Copy)]
struct Migration {
    version: u32,
    name: &'static str,
    sqlite: &'static str,
    postgres: &'static str,
}

impl Migration {
    const fn shared(version: u32, name: &'static str, text: &'static str) -> Self {
        Self { version, name, sqlite: text, postgres: text }
    }

    const fn pair(version: u32, name: &'static str, sqlite: &'static str, postgres: &'static str) -> Self {
        Self { version, name, sqlite, postgres }
    }

    fn text(&self, engine: Engine) -> &'static str {
        match engine {
            Engine::Sqlite => self.sqlite,
            Engine::Postgres => self.postgres,
        }
    }

    fn checksum(&self, engine: Engine) -> String {
        HEXLOWER.encode(digest(&SHA256, self.text(engine).as_bytes()).as_ref())
    }
}

macro_rules! text {
    ($file:literal) => {
        include_str!(concat!("../../../migrations/", $file))
    };
}

/// All steps, in order: one line for each.
const MIGRATIONS: &[Migration] = &[
    Migration::shared(1, "initial", text!("0001_initial.sql")),
    Migration::pair(2, "digest_nonce", text!("0002_digest_nonce.sqlite.sql"), text!("0002_digest_nonce.postgres.sql")),
    Migration::shared(3, "people", text!("0003_people.sql")),
    Migration::shared(4, "network_and_roles", text!("0004_network_and_roles.sql")),
    Migration::shared(5, "project_settings", text!("0005_project_settings.sql")),
    Migration::shared(6, "sign_in", text!("0006_sign_in.sql")),
    Migration::shared(7, "refusal", text!("0007_refusal.sql")),
    Migration::pair(8, "tally", text!("0008_tally.sqlite.sql"), text!("0008_tally.postgres.sql")),
    Migration::shared(9, "jobs", text!("0009_jobs.sql")),
    Migration::pair(
        10,
        "tally_of_removed_events",
        text!("0010_tally_of_removed_events.sqlite.sql"),
        text!("0010_tally_of_removed_events.postgres.sql"),
    ),
];

/// `binary` is SQLite's name for the order of bytes, which PostgreSQL calls `C`: with this alias one text
/// (`TEXT COLLATE "binary"`) sorts the same on both.
const POSTGRES_PREPARATION: &str = r#"CREATE COLLATION IF NOT EXISTS "binary" (locale = 'C')"#;

const RECORD: &str = "
    CREATE TABLE IF NOT EXISTS schema_migration (
        version BIGINT PRIMARY KEY,
        name TEXT NOT NULL,
        checksum TEXT NOT NULL,
        applied_at BIGINT NOT NULL
    )";

/// How often a node looks again when another one migrates at the same time.
const ATTEMPTS: u32 = 100;

/// Which schema the database has, and which one this program wants; 0 is an empty database.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SchemaState {
    /// The newest migration that is applied.
    pub current: u32,
    /// The newest migration that this program knows.
    pub wanted: u32,
}

impl SchemaState {
    /// Exactly the schema that this program wants.
    pub fn is_current(self) -> bool {
        self.current == self.wanted
    }

    /// The database must be migrated first.
    pub fn is_older(self) -> bool {
        self.current < self.wanted
    }

    /// A newer program has migrated it: this one must not touch it.
    pub fn is_newer(self) -> bool {
        self.current > self.wanted
    }
}

/// Why the schema could not be brought up to date.
#[derive(Debug, thiserror::Error)]
pub enum MigrateError {
    /// An applied step is not the one that this program knows.
    #[error(
        "migration {version:04}_{name} was applied with another text than this program has: the database comes from \
         another build. Run the build that made it, or restore a backup made with a released version"
    )]
    Changed {
        /// Its number.
        version: u32,
        /// Its name.
        name: String,
    },
    /// A newer program has migrated the database.
    #[error("the database has schema {}, newer than this program's {}: run a newer telamon", .0.current, .0.wanted)]
    Newer(SchemaState),
    /// After a migration rows refer to rows that are not there.
    #[error("migration {version:04}_{name} leaves rows that refer to missing rows, and was undone")]
    Dangling {
        /// Its number.
        version: u32,
        /// Its name.
        name: &'static str,
    },
    /// A step failed, and was undone.
    #[error("migration {version:04}_{name} failed and was undone: {fault}")]
    Step {
        /// Its number.
        version: u32,
        /// Its name.
        name: &'static str,
        /// Why.
        fault: Fault,
    },
    /// The record of what is applied cannot be read or written.
    #[error(transparent)]
    Fault(#[from] Fault),
}

impl Db {
    /// Which schema there is, and which one is wanted. Reads only.
    pub async fn schema_state(&self) -> Result<SchemaState, MigrateError> {
        let applied = match self.opened() {
            Opened::Sqlite(sqlite) => sqlite_applied(&sqlite_connection(sqlite)?)?,
            Opened::Postgres(postgres) => postgres_applied(&*postgres.connection().await?).await?,
        };
        Ok(state(&applied))
    }

    /// Applies what is missing, each step in a transaction of its own; `now` is recorded. Two nodes may do so at once.
    pub async fn migrate(&self, now: Timestamp) -> Result<(), MigrateError> {
        match self.opened() {
            Opened::Sqlite(sqlite) => migrate_sqlite(&mut sqlite_connection(sqlite)?, MIGRATIONS, now),
            Opened::Postgres(postgres) => {
                let done = migrate_postgres(postgres, MIGRATIONS, now).await;
                postgres.forget_unique_keys();
                done
            }
        }
    }
}

/// Number, name and checksum of what is applied.
type Applied = HashMap<u32, (String, String)>;

fn state(applied: &Applied) -> SchemaState {
    SchemaState {
        current: applied.keys().copied().max().unwrap_or(0),
        wanted: MIGRATIONS.last().map_or(0, |newest| newest.version),
    }
}

/// What is missing; an error if what is applied is not what this program knows.
fn missing(applied: &Applied, steps: &[Migration], engine: Engine) -> Result<Vec<Migration>, MigrateError> {
    let state = SchemaState {
        current: applied.keys().copied().max().unwrap_or(0),
        wanted: steps.last().map_or(0, |newest| newest.version),
    };
    if state.is_newer() {
        return Err(MigrateError::Newer(state));
    }
    let mut missing = Vec::new();
    for step in steps {
        match applied.get(&step.version) {
            None => missing.push(*step),
            Some((_, checksum)) if *checksum == step.checksum(engine) => {}
            Some((name, _)) => return Err(MigrateError::Changed { version: step.version, name: name.clone() }),
        }
    }
    Ok(missing)
}

fn version_of(recorded: i64) -> Result<u32, Fault> {
    u32::try_from(recorded).map_err(|error| Fault::Bug(error.into()))
}

/// A connection of its own, because a migration changes settings that the writer keeps.
fn sqlite_connection(sqlite: &Sqlite) -> Result<Connection, Fault> {
    connect(&sqlite.path, std::time::Duration::from_secs(5)).map_err(sqlite_fault)
}

fn sqlite_applied(connection: &Connection) -> Result<Applied, Fault> {
    let recorded = "SELECT 1 FROM sqlite_schema WHERE name = 'schema_migration'";
    if !connection.prepare(recorded).and_then(|mut found| found.exists([])).map_err(sqlite_fault)? {
        return Ok(Applied::new());
    }
    let mut statement =
        connection.prepare("SELECT version, name, checksum FROM schema_migration").map_err(sqlite_fault)?;
    let rows = statement.query_map([], |row| Ok((row.get(0)?, (row.get(1)?, row.get(2)?)))).map_err(sqlite_fault)?;
    let mut applied = Applied::new();
    for row in rows {
        let (version, step) = row.map_err(sqlite_fault)?;
        applied.insert(version_of(version)?, step);
    }
    Ok(applied)
}

fn migrate_sqlite(connection: &mut Connection, steps: &[Migration], now: Timestamp) -> Result<(), MigrateError> {
    // A step that rebuilds a table drops the old one, which must not take the rows with it that refer to it. Whether
    // all references still hold is checked before each commit.
    connection.execute_batch("PRAGMA foreign_keys = OFF").map_err(sqlite_fault)?;
    connection.execute_batch(RECORD).map_err(sqlite_fault)?;
    loop {
        let tx =
            connection.transaction_with_behavior(rusqlite::TransactionBehavior::Immediate).map_err(sqlite_fault)?;
        let Some(step) = missing(&sqlite_applied(&tx)?, steps, Engine::Sqlite)?.first().copied() else { return Ok(()) };
        let failed = |error| MigrateError::Step { version: step.version, name: step.name, fault: sqlite_fault(error) };
        tx.execute_batch(step.sqlite).map_err(failed)?;
        if tx.prepare("PRAGMA foreign_key_check").and_then(|mut check| check.exists([])).map_err(failed)? {
            return Err(MigrateError::Dangling { version: step.version, name: step.name });
        }
        tx.execute(
            "INSERT INTO schema_migration (version, name, checksum, applied_at) VALUES (?1, ?2, ?3, ?4)",
            (step.version, step.name, step.checksum(Engine::Sqlite), now.as_micros()),
        )
        .map_err(failed)?;
        tx.commit().map_err(failed)?;
        tracing::info!(version = step.version, name = step.name, "migrated");
    }
}

async fn postgres_applied(connection: &ClientWrapper) -> Result<Applied, Fault> {
    let fault = |error| postgres_fault(error, &HashMap::new());
    let found = "SELECT 1 FROM pg_class t JOIN pg_namespace n ON n.oid = t.relnamespace
                 WHERE t.relname = 'schema_migration' AND n.nspname = current_schema()";
    if connection.query_opt(found, &[]).await.map_err(fault)?.is_none() {
        return Ok(Applied::new());
    }
    let mut applied = Applied::new();
    let rows = connection.query("SELECT version, name, checksum FROM schema_migration", &[]).await.map_err(fault)?;
    for row in rows {
        let version = row.try_get(0).map_err(fault)?;
        applied.insert(version_of(version)?, (row.try_get(1).map_err(fault)?, row.try_get(2).map_err(fault)?));
    }
    Ok(applied)
}

/// Each step begins with its own record: of two nodes the second waits there, fails, and looks again.
async fn migrate_postgres(postgres: &Postgres, steps: &[Migration], now: Timestamp) -> Result<(), MigrateError> {
    // Taken out of the pool: a migration that is given up half-way must not leave its transaction to others.
    let connection = Object::take(postgres.connection().await?);
    let mut attempts = 0;
    loop {
        let Some(step) = missing(&postgres_applied(&connection).await?, steps, Engine::Postgres)?.first().copied()
        else {
            return Ok(());
        };
        match postgres_step(&connection, step, now).await {
            Ok(()) => tracing::info!(version = step.version, name = step.name, "migrated"),
            Err(Fault::Unique(_) | Fault::Retry) if attempts < ATTEMPTS => attempts += 1,
            Err(fault) => return Err(MigrateError::Step { version: step.version, name: step.name, fault }),
        }
    }
}

async fn postgres_step(connection: &ClientWrapper, step: Migration, now: Timestamp) -> Result<(), Fault> {
    let fault = |error| postgres_fault(error, &HashMap::new());
    for preparation in [RECORD, POSTGRES_PREPARATION] {
        // `IF NOT EXISTS` does not see what another node is about to commit.
        connection.batch_execute(preparation).await.map_err(|error| match error.code() {
            Some(&SqlState::DUPLICATE_OBJECT | &SqlState::DUPLICATE_TABLE | &SqlState::UNIQUE_VIOLATION) => {
                Fault::Retry
            }
            _ => fault(error),
        })?;
    }
    connection.batch_execute("BEGIN ISOLATION LEVEL SERIALIZABLE").await.map_err(fault)?;
    let done = async {
        let version = i64::from(step.version);
        let insert = "INSERT INTO schema_migration (version, name, checksum, applied_at) VALUES ($1, $2, $3, $4)";
        let checksum = step.checksum(Engine::Postgres);
        connection.execute(insert, &[&version, &step.name, &checksum, &now.as_micros()]).await?;
        connection.batch_execute(step.postgres).await?;
        connection.batch_execute("COMMIT").await
    };
    match done.await {
        Ok(()) => Ok(()),
        Err(error) => {
            connection.batch_execute("ROLLBACK").await.map_err(fault)?;
            Err(fault(error))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_file_of_the_directory_is_a_step_and_the_steps_are_numbered() {
        let directory = concat!(env!("CARGO_MANIFEST_DIR"), "/../../migrations");
        let mut files: Vec<String> = std::fs::read_dir(directory)
            .unwrap()
            .map(|file| file.unwrap().file_name().into_string().unwrap())
            .collect();
        files.sort();
        let mut known = Vec::new();
        for (step, number) in MIGRATIONS.iter().zip(1..) {
            assert_eq!(step.version, number);
            let name = format!("{:04}_{}", step.version, step.name);
            if step.sqlite == step.postgres {
                known.push(format!("{name}.sql"));
            } else {
                known.extend([format!("{name}.postgres.sql"), format!("{name}.sqlite.sql")]);
            }
        }
        assert_eq!(files, known);
    }

    #[test]
    fn a_step_that_leaves_dangling_references_is_undone() {
        let tables = "CREATE TABLE a (id TEXT PRIMARY KEY); CREATE TABLE b (a TEXT REFERENCES a (id));
                      INSERT INTO a VALUES ('1'); INSERT INTO b VALUES ('1');";
        let rebuild = "CREATE TABLE a2 (id TEXT PRIMARY KEY, more TEXT); INSERT INTO a2 SELECT id, 'x' FROM a;
                       DROP TABLE a; ALTER TABLE a2 RENAME TO a;";
        let steps = [
            Migration::shared(1, "tables", tables),
            Migration::shared(2, "rebuild", rebuild),
            Migration::shared(3, "careless", "DELETE FROM a"),
        ];
        let mut connection = Connection::open_in_memory().unwrap();
        let failed = migrate_sqlite(&mut connection, &steps, Timestamp::default()).unwrap_err();
        assert!(matches!(failed, MigrateError::Dangling { version: 3, .. }), "{failed}");
        let mut applied: Vec<u32> = sqlite_applied(&connection).unwrap().into_keys().collect();
        applied.sort_unstable();
        assert_eq!(applied, [1, 2]);
        let kept: (String, String) = connection
            .query_row("SELECT b.a, a.more FROM b JOIN a ON a.id = b.a", [], |row| Ok((row.get(0)?, row.get(1)?)))
            .unwrap();
        assert_eq!(kept, ("1".into(), "x".into()));
    }
}
