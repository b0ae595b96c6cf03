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

    /// A read for somebody who has a transaction open: on PostgreSQL it has connections set aside for it, so that those
    /// who hold one and look do not wait for each other. Short ones only, and never one within another.
    pub async fn begin_look(&self) -> Result<Tx, Fault> {
        Ok(Tx::new(match &*self.0 {
            Opened::Sqlite(sqlite) => Inner::Reading(sqlite.readers.begin().await?),
            Opened::Postgres(postgres) => Inner::Postgres(postgres.begin_look().await?),
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

    /// How many transactions wait at this moment: on SQLite for the writer, on PostgreSQL for a lock. For tests that need
    /// to know that one does.
    pub async fn waiting(&self) -> Result<u64, Fault> {
        match &*self.0 {
            Opened::Sqlite(sqlite) => Ok(sqlite.queue.waiting()),
            Opened::Postgres(postgres) => postgres.waiting().await,
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

/// Called once when a commit has taken place, or when nobody knows whether it has: before it is answered, and before
/// another [`Tx::commit_if`] of this process takes place. It must not block.
pub type Announce = Box<dyn FnOnce() + Send>;

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
        if self.failed {
            self.roll_back().await?;
            return Err(Fault::bug("a transaction cannot be committed after a failed statement"));
        }
        match self.inner {
            Inner::Reading(_) => Ok(()),
            Inner::Writing(tx) => tx.commit(None).await,
            Inner::Postgres(tx) => tx.finish(true).await,
        }
    }

    /// Commits if `holds` says so; otherwise gives the transaction back, still open. From the question to the end of the
    /// commit no commit with an announcement takes place in this process: what one announces, another one's condition
    /// sees. Fails as [`Self::commit`] does.
    pub async fn commit_if(self, holds: impl Fn() -> bool, announce: Option<Announce>) -> Result<Option<Self>, Fault> {
        if self.failed {
            return self.commit().await.map(|()| None);
        }
        match self.inner {
            // Whoever has the writer is alone with it already.
            Inner::Reading(_) | Inner::Writing(_) if !holds() => Ok(Some(self)),
            Inner::Reading(_) => Ok(None),
            Inner::Writing(tx) => tx.commit(announce).await.map(|()| None),
            Inner::Postgres(tx) => Ok(tx.commit_if(holds, announce).await?.map(|tx| Self::new(Inner::Postgres(tx)))),
        }
    }

    /// Undoes what was written. On SQLite it may have read what others wrote, so it returns when they are committed, and
    /// is [`Fault::Unavailable`] if they are not.
    pub async fn roll_back(self) -> Result<(), Fault> {
        match self.inner {
            Inner::Reading(_) => Ok(()),
            Inner::Writing(tx) => tx.roll_back().await,
            Inner::Postgres(tx) => tx.finish(false).await,
        }
    }

    /// Ends a transaction that only read; the same as dropping it.
    pub fn end(self) {}

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
