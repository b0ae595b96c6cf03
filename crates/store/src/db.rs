//! The database and its transactions: the one place where the engines are told apart.

use std::sync::Arc;

use crate::postgres::{self, Postgres};
use crate::sqlite::{self, Sqlite};
use crate::{Fault, FromRow, OpenError, Options, Sql, Target, Value};

/// Which engine keeps the data.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Engine {
    /// The embedded one.
    Sqlite,
    /// The one for many nodes.
    Postgres,
}

/// The database; clones are the same one.
#[derive(Clone)]
pub struct Db(Arc<Opened>);

pub(crate) enum Opened {
    Sqlite(Sqlite),
    Postgres(Postgres),
}

impl Db {
    /// Opens the database; it is not migrated by that. On PostgreSQL one connection is made, so that a wrong URL shows.
    pub async fn open(options: &Options) -> Result<Self, OpenError> {
        let opened = match &options.target {
            Target::Sqlite(directory) => Opened::Sqlite(Sqlite::open(&directory.join("telamon.db"), options)?),
            Target::SqliteFile(path) => Opened::Sqlite(Sqlite::open(path, options)?),
            Target::Postgres(url) => Opened::Postgres(Postgres::open(url, options).await?),
        };
        Ok(Self(Arc::new(opened)))
    }

    pub(crate) fn opened(&self) -> &Opened {
        &self.0
    }

    /// Which engine it is.
    pub fn engine(&self) -> Engine {
        match *self.0 {
            Opened::Sqlite(_) => Engine::Sqlite,
            Opened::Postgres(_) => Engine::Postgres,
        }
    }

    /// A transaction that reads one snapshot; it sees only what is committed. End it with [`Tx::end`].
    pub async fn begin_read(&self) -> Result<Tx, Fault> {
        Ok(Tx::new(match &*self.0 {
            Opened::Sqlite(sqlite) => Inner::Reading(sqlite.readers.begin().await?),
            Opened::Postgres(postgres) => Inner::Postgres(postgres.begin_read().await?),
        }))
    }

    /// A transaction that writes; as if it ran alone. On SQLite it *is* alone while it is open: keep it short, and await
    /// nothing but the store. End it with [`Tx::commit`] or [`Tx::roll_back`].
    pub async fn begin_write(&self) -> Result<Tx, Fault> {
        Ok(Tx::new(match &*self.0 {
            Opened::Sqlite(sqlite) => Inner::Writing(sqlite.queue.begin().await?),
            Opened::Postgres(postgres) => Inner::Postgres(postgres.begin_write().await?),
        }))
    }

    /// Does this text prepare? For the test of all texts.
    pub async fn prepare_check(&self, sql: Sql) -> Result<(), Fault> {
        let mut tx = self.begin_read().await?;
        match &mut tx.inner {
            Inner::Reading(tx) => tx.prepare(sql),
            Inner::Writing(tx) => tx.prepare(sql),
            Inner::Postgres(tx) => tx.prepare(sql).await,
        }
    }

    /// How many commits SQLite has made: fewer than transactions, because those that queue up share one. 0 on
    /// PostgreSQL.
    pub fn commits(&self) -> u64 {
        match &*self.0 {
            Opened::Sqlite(sqlite) => sqlite.queue.commits(),
            Opened::Postgres(_) => 0,
        }
    }

    /// Waits for what is being written, writes SQLite's log back into its file, and refuses what comes later.
    pub async fn close(&self) {
        match &*self.0 {
            Opened::Sqlite(sqlite) => sqlite.close().await,
            Opened::Postgres(postgres) => postgres.close(),
        }
    }
}

/// An open transaction. After an error it is over and can only be rolled back. Dropping it rolls back.
pub struct Tx {
    inner: Inner,
    failed: bool,
}

enum Inner {
    Reading(sqlite::Reading),
    Writing(sqlite::Seat),
    Postgres(postgres::Transaction),
}

impl Tx {
    fn new(inner: Inner) -> Self {
        Self { inner, failed: false }
    }

    /// Runs a statement that gives no rows; answers how many rows it touched.
    pub async fn run(&mut self, sql: Sql, args: &[Value]) -> Result<u64, Fault> {
        self.enter()?;
        let done = match &mut self.inner {
            Inner::Reading(tx) => tx.run(sql, args),
            Inner::Writing(tx) => tx.run(sql, args),
            Inner::Postgres(tx) => tx.run(sql, args).await,
        };
        self.note(done)
    }

    /// Runs a statement and collects its rows.
    pub async fn all<T: FromRow>(&mut self, sql: Sql, args: &[Value]) -> Result<Vec<T>, Fault> {
        self.enter()?;
        let found = match &mut self.inner {
            Inner::Reading(tx) => tx.all(sql, args),
            Inner::Writing(tx) => tx.all(sql, args),
            Inner::Postgres(tx) => tx.all(sql, args).await,
        };
        self.note(found)
    }

    /// Runs a statement that gives one row or none; more are a [`Fault::Bug`].
    pub async fn optional<T: FromRow>(&mut self, sql: Sql, args: &[Value]) -> Result<Option<T>, Fault> {
        let mut rows = self.all(sql, args).await?;
        let row = rows.pop();
        if rows.is_empty() { Ok(row) } else { self.note(Err(unexpected(sql, "more than one row"))) }
    }

    /// Runs a statement that gives exactly one row; none and more are a [`Fault::Bug`].
    pub async fn one<T: FromRow>(&mut self, sql: Sql, args: &[Value]) -> Result<T, Fault> {
        match self.optional(sql, args).await? {
            Some(row) => Ok(row),
            None => self.note(Err(unexpected(sql, "no row"))),
        }
    }

    /// Runs several statements without arguments: a schema, a fixture.
    pub async fn batch(&mut self, text: &str) -> Result<(), Fault> {
        self.enter()?;
        let done = match &mut self.inner {
            Inner::Reading(tx) => tx.batch(text),
            Inner::Writing(tx) => tx.batch(text),
            Inner::Postgres(tx) => tx.batch(text).await,
        };
        self.note(done)
    }

    /// Makes what was written durable; returns when it is. After a failed statement: rolls back and is a
    /// [`Fault::Bug`]. [`Fault::Retry`] if it met another transaction (PostgreSQL); [`Fault::Unavailable`] if it did not
    /// take place, or if nobody knows whether it did.
    pub async fn commit(self) -> Result<(), Fault> {
        let failed = self.failed;
        self.finish(!failed).await?;
        if failed { Err(Fault::bug("a transaction cannot be committed after a failed statement")) } else { Ok(()) }
    }

    /// Undoes what was written. On SQLite it may have read what others wrote, so it returns when they are committed, and
    /// is [`Fault::Unavailable`] if they are not.
    pub async fn roll_back(self) -> Result<(), Fault> {
        self.finish(false).await
    }

    /// Ends a transaction that only read; the same as dropping it.
    pub fn end(self) {}

    async fn finish(self, keep: bool) -> Result<(), Fault> {
        match self.inner {
            Inner::Reading(_) => Ok(()),
            Inner::Writing(tx) => tx.finish(keep).await,
            Inner::Postgres(tx) => tx.finish(keep).await,
        }
    }

    /// Until the statement has succeeded the transaction counts as failed: if its future is dropped half-way, nobody
    /// knows what became of it, and PostgreSQL would answer COMMIT with a silent rollback. SQLite would go on after a
    /// failed statement; here it does as PostgreSQL does.
    fn enter(&mut self) -> Result<(), Fault> {
        if std::mem::replace(&mut self.failed, true) {
            return Err(Fault::bug("a transaction is over after a failed statement"));
        }
        Ok(())
    }

    fn note<T>(&mut self, done: Result<T, Fault>) -> Result<T, Fault> {
        self.failed = done.is_err();
        done
    }
}

fn unexpected(sql: Sql, found: &str) -> Fault {
    Fault::bug(format!("{found} from: {}", sql.text()))
}
