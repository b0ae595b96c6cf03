//! The readers: connections that see one snapshot each, and run inline.

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use rusqlite::Connection;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use super::{all, connect, fault_of, run};
use crate::fault::unavailable;
use crate::{Fault, FromRow, Options, Sql, Value};

/// The pool of readers; connections are opened when they are first needed.
pub(crate) struct Readers {
    path: PathBuf,
    idle: Mutex<Vec<Connection>>,
    permits: Arc<Semaphore>,
    wait: Duration,
    busy_timeout: Duration,
}

impl Readers {
    pub(super) fn new(path: &Path, options: &Options) -> Self {
        Self {
            path: path.to_owned(),
            idle: Mutex::default(),
            permits: Arc::new(Semaphore::new(options.readers.max(1))),
            wait: options.wait,
            busy_timeout: options.busy_timeout,
        }
    }

    /// A snapshot: it begins with the first statement.
    pub(crate) async fn begin(self: &Arc<Self>) -> Result<Reading, Fault> {
        let permit = match Arc::clone(&self.permits).try_acquire_owned() {
            Ok(permit) => permit,
            Err(_) => match tokio::time::timeout(self.wait, Arc::clone(&self.permits).acquire_owned()).await {
                Ok(Ok(permit)) => permit,
                Ok(Err(closed)) => return Err(unavailable(&closed)),
                Err(_) => return Err(unavailable(&"all readers are taken")),
            },
        };
        let connection = match self.take_idle() {
            Some(connection) => connection,
            None => self.connect().map_err(fault_of)?,
        };
        let reading = Reading { readers: Arc::clone(self), connection: Some(connection), _permit: permit };
        execute(reading.connection()?, "BEGIN").map_err(fault_of)?;
        Ok(reading)
    }

    fn connect(&self) -> rusqlite::Result<Connection> {
        let connection = connect(&self.path, self.busy_timeout)?;
        connection.execute_batch("PRAGMA query_only = ON")?;
        Ok(connection)
    }

    fn take_idle(&self) -> Option<Connection> {
        self.idle.lock().unwrap_or_else(PoisonError::into_inner).pop()
    }

    pub(super) fn close(&self) {
        self.permits.close();
        self.idle.lock().unwrap_or_else(PoisonError::into_inner).clear();
    }
}

fn execute(connection: &Connection, text: &str) -> rusqlite::Result<()> {
    connection.prepare_cached(text)?.execute([]).map(drop)
}

/// One open snapshot. Dropping it ends it, and gives its connection back.
pub(crate) struct Reading {
    readers: Arc<Readers>,
    connection: Option<Connection>,
    _permit: OwnedSemaphorePermit,
}

impl Reading {
    fn connection(&self) -> Result<&Connection, Fault> {
        self.connection.as_ref().ok_or(Fault::Unavailable)
    }

    pub(crate) fn run(&mut self, sql: Sql, args: &[Value]) -> Result<u64, Fault> {
        run(self.connection()?, sql, args)
    }

    pub(crate) fn all<T: FromRow>(&mut self, sql: Sql, args: &[Value]) -> Result<Vec<T>, Fault> {
        all(self.connection()?, sql, args)
    }

    pub(crate) fn batch(&mut self, text: &str) -> Result<(), Fault> {
        self.connection()?.execute_batch(text).map_err(fault_of)
    }

    pub(crate) fn prepare(&mut self, sql: Sql) -> Result<(), Fault> {
        self.connection()?.prepare(sql.sqlite()).map(drop).map_err(fault_of)
    }
}

impl Drop for Reading {
    fn drop(&mut self) {
        let Some(connection) = self.connection.take() else { return };
        // A connection that cannot even end its snapshot is closed instead of kept.
        if execute(&connection, "COMMIT").is_ok() && !self.readers.permits.is_closed() {
            self.readers.idle.lock().unwrap_or_else(PoisonError::into_inner).push(connection);
        }
    }
}
