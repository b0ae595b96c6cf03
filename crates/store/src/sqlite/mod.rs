//! SQLite: one writer whose queue shares commits, and a pool of readers.
//!
//! Statements run inline on the task that holds a connection; only commits, checkpoints and the wait for another
//! process run on the writer's own thread.

mod fault;
mod reader;
mod writer;

use std::path::{Path, PathBuf};
use std::sync::Arc;

use rusqlite::config::DbConfig;
use rusqlite::types::{ToSqlOutput, ValueRef};
use rusqlite::{Connection, OpenFlags, params_from_iter};

pub(crate) use fault::fault_of;
pub(crate) use reader::Reading;
pub(crate) use writer::Seat;

use crate::row::{Row, Source};
use crate::{Fault, FromRow, OpenError, Options, Sql, Value};

/// Kept per connection; more than the program has texts.
const CACHED_STATEMENTS: usize = 512;

/// The engine SQLite.
pub(crate) struct Sqlite {
    pub(crate) path: PathBuf,
    pub(crate) readers: Arc<reader::Readers>,
    pub(crate) queue: Arc<writer::Queue>,
}

impl Sqlite {
    pub(crate) fn open(path: &Path, options: &Options) -> Result<Self, OpenError> {
        let failed = |source| OpenError::Sqlite { path: path.to_owned(), source };
        create_private(path).map_err(|error| failed(rusqlite::Error::ToSqlConversionFailure(error.into())))?;
        let writer = connect(path, options.busy_timeout).map_err(failed)?;
        Ok(Self {
            path: path.to_owned(),
            readers: Arc::new(reader::Readers::new(path, options)),
            queue: writer::Queue::start(writer, options)?,
        })
    }

    /// Answers the last group, writes the log back into the file, and refuses what comes later.
    pub(crate) async fn close(&self) {
        self.readers.close();
        self.queue.close().await;
    }
}

/// The file holds hashes of secrets: nobody else reads it. Its log takes over the mode.
fn create_private(path: &Path) -> std::io::Result<()> {
    let mut file = std::fs::OpenOptions::new();
    file.write(true).create(true).truncate(false);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut file, 0o600);
    file.open(path).map(drop)
}

/// A connection with the settings that every connection has.
pub(crate) fn connect(path: &Path, busy_timeout: std::time::Duration) -> rusqlite::Result<Connection> {
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_CREATE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection = Connection::open_with_flags(path, flags)?;
    connection.busy_timeout(busy_timeout)?;
    connection.set_prepared_statement_cache_capacity(CACHED_STATEMENTS);
    // Without this guarantee a statement is planned anew whenever a value that its plan might look at changes: each time.
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_QPSG, true)?;
    let mode: String = connection.query_row("PRAGMA journal_mode = WAL", [], |row| row.get(0))?;
    if mode != "wal" {
        tracing::warn!(%mode, "SQLite keeps no write-ahead log here: readers and the writer will wait for each other");
    }
    connection.execute_batch(
        "PRAGMA synchronous = FULL; PRAGMA foreign_keys = ON; PRAGMA trusted_schema = OFF;
         PRAGMA journal_size_limit = 67108864;",
    )?;
    Ok(connection)
}

/// Runs a statement that gives no rows; answers how many rows it touched.
pub(crate) fn run(connection: &Connection, sql: Sql, args: &[Value]) -> Result<u64, Fault> {
    let mut statement = connection.prepare_cached(sql.sqlite()).map_err(fault_of)?;
    let touched = statement.execute(params_from_iter(args)).map_err(fault_of)?;
    Ok(u64::try_from(touched).unwrap_or(u64::MAX))
}

/// Runs a statement to its end, and collects its rows.
pub(crate) fn all<T: FromRow>(connection: &Connection, sql: Sql, args: &[Value]) -> Result<Vec<T>, Fault> {
    let mut statement = connection.prepare_cached(sql.sqlite()).map_err(fault_of)?;
    let mut rows = statement.query(params_from_iter(args)).map_err(fault_of)?;
    let mut found = Vec::new();
    while let Some(row) = rows.next().map_err(fault_of)? {
        found.push(T::from_row(&Row(Source::Sqlite(row)))?);
    }
    Ok(found)
}

impl rusqlite::ToSql for Value {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        Ok(ToSqlOutput::Borrowed(match self {
            Self::Text(Some(text)) => ValueRef::Text(text.as_bytes()),
            Self::Int(Some(number)) => ValueRef::Integer(*number),
            Self::Bool(Some(truth)) => ValueRef::Integer(i64::from(*truth)),
            Self::Bytes(Some(bytes)) => ValueRef::Blob(bytes),
            Self::Text(None) | Self::Int(None) | Self::Bool(None) | Self::Bytes(None) => ValueRef::Null,
        }))
    }
}
