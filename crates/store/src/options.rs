//! Where the database is, and its bounds.

use std::{fmt, path::PathBuf, time::Duration};

/// Which engine keeps the data, and where.
#[derive(Clone, PartialEq, Eq)]
pub enum Target {
    /// SQLite: the file `telamon.db` in this directory, which exists.
    Sqlite(PathBuf),
    /// SQLite: this very file.
    SqliteFile(PathBuf),
    /// PostgreSQL, by URL: `postgres://user:password@host:5432/database?sslmode=require&sslrootcert=ca.pem`.
    ///
    /// TLS is used if `sslmode` is `require`, `verify-ca` or `verify-full`, and always verifies the server's
    /// certificate and name against `sslrootcert`, a PEM file, which is then required.
    Postgres(String),
}

// The URL holds a password.
impl fmt::Debug for Target {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Sqlite(path) => write!(f, "Sqlite({})", path.display()),
            Self::SqliteFile(path) => write!(f, "SqliteFile({})", path.display()),
            Self::Postgres(_) => f.write_str("Postgres"),
        }
    }
}

/// How the database is opened; [`Options::new`] gives the defaults.
#[derive(Clone, Debug)]
pub struct Options {
    /// Which engine keeps the data, and where.
    pub target: Target,
    /// SQLite: how many connections read at the same time (16).
    pub readers: usize,
    /// SQLite: how many transactions share a commit at most (256).
    pub group_size: usize,
    /// SQLite: how old a group becomes before it is committed although more are queued (10 ms).
    pub group_age: Duration,
    /// SQLite: how long to wait for another process that writes (5 s).
    pub busy_timeout: Duration,
    /// PostgreSQL: how many connections at most (16), but not fewer than two. A quarter of them is set aside for
    /// [`crate::Db::begin_look`].
    pub connections: usize,
    /// How long a transaction waits for a connection, or for its turn to write (5 s).
    pub wait: Duration,
}

impl Options {
    /// The defaults for this database.
    pub fn new(target: Target) -> Self {
        Self {
            target,
            readers: 16,
            group_size: 256,
            group_age: Duration::from_millis(10),
            busy_timeout: Duration::from_secs(5),
            connections: 16,
            wait: Duration::from_secs(5),
        }
    }
}

/// Why a database could not be opened.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// SQLite refused the file.
    #[error("cannot open the database {path}: {source}")]
    Sqlite {
        /// The file.
        path: PathBuf,
        /// What SQLite says.
        source: rusqlite::Error,
    },
    /// The thread that commits could not be started.
    #[error("cannot start the thread that commits: {0}")]
    Thread(std::io::Error),
    /// The URL cannot be read.
    #[error("the PostgreSQL URL is not valid ({0}): it looks like postgres://user:password@host:5432/database")]
    Url(String),
    /// TLS is asked for, and the authorities cannot be read.
    #[error("TLS to PostgreSQL: {0}")]
    Tls(String),
    /// PostgreSQL did not let us in.
    #[error("cannot connect to PostgreSQL: {0}")]
    Postgres(String),
}
