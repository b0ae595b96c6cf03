//! PostgreSQL: a pool of connections; writes are SERIALIZABLE, reads see one snapshot.

mod fault;
mod tls;
mod unique;

use std::collections::HashMap;
use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;

use deadpool_postgres::{Manager, ManagerConfig, Object, Pool, PoolError, Runtime, Timeouts};
use tokio::sync::RwLock as AsyncRwLock;
use tokio_postgres::types::{IsNull, ToSql, Type, private::BytesMut, to_sql_checked};

use crate::fault::unavailable;
use crate::row::{Row, Source};
use crate::{Announce, Fault, FromRow, OpenError, Options, Sql, Value};

pub(crate) use fault::fault_of;

/// The names of the unique keys, by the name that PostgreSQL gives the constraint.
type UniqueKeys = Arc<HashMap<String, String>>;

const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);
/// A connection whose peer is silent for so long is given up, instead of after the system's quarter of an hour.
const SILENCE: Duration = Duration::from_secs(15);

/// One in so many connections is set aside for looks.
const LOOKS_SHARE: usize = 4;

/// The engine PostgreSQL.
pub(crate) struct Postgres {
    pool: Pool,
    /// For those who look while they hold a connection of the other pool.
    looks: Pool,
    /// Commits of this process: those with an announcement are alone.
    turns: Arc<AsyncRwLock<()>>,
    unique_keys: RwLock<Option<UniqueKeys>>,
}

impl Postgres {
    pub(crate) async fn open(url: &str, options: &Options) -> Result<Self, OpenError> {
        let (mut config, tls) = tls::read_url(url)?;
        if config.get_application_name().is_none() {
            config.application_name("telamon");
        }
        if config.get_connect_timeout().is_none() {
            config.connect_timeout(CONNECT_TIMEOUT);
        }
        if config.get_tcp_user_timeout().is_none() {
            config.tcp_user_timeout(SILENCE);
        }
        let pool_of = |connections: usize| {
            let manager = match &tls {
                Some(tls) => Manager::from_config(config.clone(), tls.clone(), ManagerConfig::default()),
                None => Manager::from_config(config.clone(), tokio_postgres::NoTls, ManagerConfig::default()),
            };
            let wait = Some(options.wait);
            Pool::builder(manager)
                .max_size(connections.max(1))
                .runtime(Runtime::Tokio1)
                .timeouts(Timeouts { wait, create: Some(CONNECT_TIMEOUT), recycle: wait })
                .build()
                .map_err(|error| OpenError::Postgres(error.to_string()))
        };
        let looks = options.connections.div_ceil(LOOKS_SHARE);
        let (pool, looks) = (pool_of(options.connections - looks)?, pool_of(looks)?);
        drop(pool.get().await.map_err(|error| OpenError::Postgres(fault::describe(&error)))?);
        Ok(Self { pool, looks, turns: Arc::default(), unique_keys: RwLock::default() })
    }

    pub(crate) async fn connection(&self) -> Result<Object, Fault> {
        connection_of(&self.pool).await
    }

    /// The snapshot begins with the first statement, and BEGIN travels with it.
    pub(crate) async fn begin_read(&self) -> Result<Transaction, Fault> {
        Ok(self.reading(self.connection().await?))
    }

    /// The same, on a connection that no writer has.
    pub(crate) async fn begin_look(&self) -> Result<Transaction, Fault> {
        Ok(self.reading(connection_of(&self.looks).await?))
    }

    fn reading(&self, connection: Object) -> Transaction {
        let (connection, turns) = (Some(connection), Arc::clone(&self.turns));
        Transaction { connection, begun: false, read_only: true, unique_keys: UniqueKeys::default(), turns }
    }

    pub(crate) async fn begin_write(&self) -> Result<Transaction, Fault> {
        let connection = self.connection().await?;
        let unique_keys = self.unique_keys(&connection).await?;
        let (connection, turns) = (Some(connection), Arc::clone(&self.turns));
        let tx = Transaction { connection, begun: true, read_only: false, unique_keys, turns };
        tx.client()?.batch_execute("BEGIN ISOLATION LEVEL SERIALIZABLE").await.map_err(|error| tx.fault(error))?;
        Ok(tx)
    }

    /// How many connections to this database wait for a lock.
    pub(crate) async fn waiting(&self) -> Result<u64, Fault> {
        const WAITING: &str =
            "SELECT COUNT(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'";
        let connection = connection_of(&self.looks).await?;
        let row = connection.query_one(WAITING, &[]).await;
        let row = row.map_err(|error| fault_of(error, &UniqueKeys::default()))?;
        Ok(row.get::<_, i64>(0).unsigned_abs())
    }

    async fn unique_keys(&self, connection: &Object) -> Result<UniqueKeys, Fault> {
        if let Some(known) = &*self.unique_keys.read().unwrap_or_else(PoisonError::into_inner) {
            return Ok(Arc::clone(known));
        }
        let read = Arc::new(unique::read(connection).await?);
        // An empty schema is one that is about to be migrated.
        if !read.is_empty() {
            *self.unique_keys.write().unwrap_or_else(PoisonError::into_inner) = Some(Arc::clone(&read));
        }
        Ok(read)
    }

    /// The schema has changed.
    pub(crate) fn forget_unique_keys(&self) {
        *self.unique_keys.write().unwrap_or_else(PoisonError::into_inner) = None;
    }

    pub(crate) fn close(&self) {
        self.pool.close();
        self.looks.close();
    }
}

/// One open transaction. Dropping it rolls back; its connection returns to the pool only afterwards.
pub(crate) struct Transaction {
    connection: Option<Object>,
    begun: bool,
    read_only: bool,
    unique_keys: UniqueKeys,
    turns: Arc<AsyncRwLock<()>>,
}

impl Transaction {
    fn client(&self) -> Result<&Object, Fault> {
        self.connection.as_ref().ok_or(Fault::Unavailable)
    }

    fn fault(&self, error: tokio_postgres::Error) -> Fault {
        fault_of(error, &self.unique_keys)
    }

    pub(crate) async fn run(&mut self, sql: Sql, args: &[Value]) -> Result<u64, Fault> {
        let work = async |tx: &Self| {
            let client = tx.client()?;
            let statement = client.prepare_cached(sql.text()).await.map_err(|error| tx.fault(error))?;
            expect_parameters(sql, statement.params().len(), args)?;
            client.execute(&statement, &borrowed(args)).await.map_err(|error| tx.fault(error))
        };
        let begun = std::mem::replace(&mut self.begun, true);
        if begun { work(self).await } else { self.begin_with(work(self)).await }
    }

    pub(crate) async fn all<T: FromRow>(&mut self, sql: Sql, args: &[Value]) -> Result<Vec<T>, Fault> {
        let work = async |tx: &Self| {
            let client = tx.client()?;
            let statement = client.prepare_cached(sql.text()).await.map_err(|error| tx.fault(error))?;
            expect_parameters(sql, statement.params().len(), args)?;
            client.query(&statement, &borrowed(args)).await.map_err(|error| tx.fault(error))
        };
        let begun = std::mem::replace(&mut self.begun, true);
        let rows = if begun { work(self).await? } else { self.begin_with(work(self)).await? };
        rows.iter().map(|row| T::from_row(&Row(Source::Postgres(row)))).collect()
    }

    /// BEGIN is sent first and not waited for. Only reads do so: if BEGIN failed, a write would stand on its own.
    async fn begin_with<T>(&self, work: impl Future<Output = Result<T, Fault>>) -> Result<T, Fault> {
        let client = self.client()?;
        let begin = client.batch_execute("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY");
        let (opened, done) = tokio::join!(biased; begin, work);
        opened.map_err(|error| self.fault(error))?;
        done
    }

    pub(crate) async fn batch(&mut self, text: &str) -> Result<(), Fault> {
        if !std::mem::replace(&mut self.begun, true) {
            self.begin_with(async { Ok(()) }).await?;
        }
        self.client()?.batch_execute(text).await.map_err(|error| self.fault(error))
    }

    pub(crate) async fn prepare(&mut self, sql: Sql) -> Result<(), Fault> {
        self.client()?.prepare(sql.text()).await.map(drop).map_err(|error| self.fault(error))
    }

    /// Commits, unless the condition does not hold any more when it is this transaction's turn.
    pub(crate) async fn commit_if(
        self,
        holds: impl Fn() -> bool,
        announce: Option<Announce>,
    ) -> Result<Option<Self>, Fault> {
        // What is declared last is dropped first: the announcement is made in this turn, whatever becomes of COMMIT.
        let turns = Arc::clone(&self.turns);
        let (_alone, _shared) = match announce {
            Some(_) => (Some(turns.write_owned().await), None),
            None => (None, Some(turns.read_owned().await)),
        };
        if !holds() {
            return Ok(Some(self));
        }
        let _announcement = Announcement(announce);
        self.finish(true).await.map(|()| None)
    }

    /// Ends the transaction. If COMMIT gets no answer, nobody knows whether it took place: [`Fault::Unavailable`].
    pub(crate) async fn finish(mut self, keep: bool) -> Result<(), Fault> {
        if self.read_only {
            return Ok(());
        }
        let ended = self.client()?.batch_execute(if keep { "COMMIT" } else { "ROLLBACK" }).await;
        // After an answer, even an error, nothing is open any more.
        let connection = self.connection.take();
        ended.map_err(|error| {
            if error.as_db_error().is_none() {
                discard(connection);
            }
            self.fault(error)
        })
    }
}

impl Drop for Transaction {
    fn drop(&mut self) {
        let Some(connection) = self.connection.take() else { return };
        if !self.begun {
            return;
        }
        let Ok(runtime) = tokio::runtime::Handle::try_current() else {
            discard(Some(connection));
            return;
        };
        runtime.spawn(async move {
            let rolled_back = tokio::time::timeout(SILENCE, connection.batch_execute("ROLLBACK")).await;
            if !matches!(rolled_back, Ok(Ok(()))) {
                discard(Some(connection));
            }
        });
    }
}

/// Made when it is dropped: also when nobody waits for the end of a commit any more.
struct Announcement(Option<Announce>);

impl Drop for Announcement {
    fn drop(&mut self) {
        if let Some(announce) = self.0.take() {
            announce();
        }
    }
}

async fn connection_of(pool: &Pool) -> Result<Object, Fault> {
    pool.get().await.map_err(|error: PoolError| unavailable(&fault::describe(&error)))
}

/// Closes a connection instead of giving it back to the pool.
fn discard(connection: Option<Object>) {
    drop(connection.map(Object::take));
}

fn borrowed(args: &[Value]) -> Vec<&(dyn ToSql + Sync)> {
    args.iter().map(|value| value as &(dyn ToSql + Sync)).collect()
}

fn expect_parameters(sql: Sql, expected: usize, args: &[Value]) -> Result<(), Fault> {
    if args.len() == expected {
        return Ok(());
    }
    Err(Fault::bug(format!("{} arguments for the {expected} placeholders of: {}", args.len(), sql.text())))
}

impl ToSql for Value {
    fn to_sql(&self, to: &Type, out: &mut BytesMut) -> Result<IsNull, Box<dyn std::error::Error + Sync + Send>> {
        match self {
            Self::Text(value) => value.to_sql_checked(to, out),
            Self::Int(Some(number)) if *to == Type::INT4 => i32::try_from(*number)?.to_sql_checked(to, out),
            Self::Int(Some(number)) if *to == Type::INT2 => i16::try_from(*number)?.to_sql_checked(to, out),
            Self::Int(Some(number)) => number.to_sql_checked(to, out),
            Self::Int(None) => Ok(IsNull::Yes),
            Self::Bool(value) => value.to_sql_checked(to, out),
            Self::Bytes(value) => value.to_sql_checked(to, out),
        }
    }

    // Which type it is depends on the variant, so that it is checked above.
    fn accepts(_: &Type) -> bool {
        true
    }

    to_sql_checked!();
}
