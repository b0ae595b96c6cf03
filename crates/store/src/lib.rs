//! The database: SQLite or PostgreSQL behind one SQL text.
//!
//! What always holds:
//! - Nothing outside this crate knows which engine it is. Texts have `$1` placeholders and the types `TEXT`, `BIGINT`,
//!   `BOOLEAN` and `BYTEA` only.
//! - What was acknowledged is durable.
//! - After an error a transaction is over, on both engines.
//! - Errors of the engines become [`Fault`]s that read the same on both.

mod db;
mod failure;
mod fault;
mod ids;
mod migrate;
mod options;
mod postgres;
mod row;
mod sql;
mod sqlite;
mod value;

pub use db::{Announce, Db, Engine, Tx};
pub use fault::Fault;
pub use migrate::{MigrateError, SchemaState};
pub use options::{OpenError, Options, Target};
pub use row::{Cell, FromRow, FromValue, Row};
pub use sql::{SQL_TEXTS, Sql};
pub use value::Value;

#[doc(hidden)]
pub use linkme;
#[doc(hidden)]
pub use sql::sqlite_placeholders;
