//! A whole server in a test in one line, with its actors.
//!
//! The server is the real one, behind a real socket, on a database of its own; only the clock and randomness are the
//! test's. A test written with [`telamon_test`] runs on SQLite and on PostgreSQL.

#![expect(clippy::missing_panics_doc, clippy::return_self_not_must_use, reason = "a test that cannot go on has failed")]

mod actor;
mod pinned;
mod postgres;
mod server;

pub use actor::{Actor, Call, Reply};
pub use pinned::{PinnedClock, SeededEntropy};
pub use postgres::Cluster;
pub use server::{Person, TestServer, TestSettings, run, run_with};
pub use telamon_store::Engine;
pub use telamon_testkit_macros::telamon_test;
