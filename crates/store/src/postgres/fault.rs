//! What PostgreSQL's errors mean to the callers. Codes: <https://www.postgresql.org/docs/current/errcodes-appendix.html>.

use std::collections::HashMap;
use std::error::Error;
use std::io;

use tokio_postgres::error::SqlState;

use crate::Fault;
use crate::fault::unavailable;

pub(crate) fn fault_of(error: tokio_postgres::Error, unique_keys: &HashMap<String, String>) -> Fault {
    let Some(refused) = error.as_db_error() else {
        // Arguments and columns of the wrong type have another cause than the connection.
        let lost = error.source().is_none_or(<dyn Error>::is::<io::Error>);
        return if lost { unavailable(&describe(&error)) } else { Fault::Bug(error.into()) };
    };
    let code = refused.code();
    if *code == SqlState::T_R_SERIALIZATION_FAILURE || *code == SqlState::T_R_DEADLOCK_DETECTED {
        return Fault::Retry;
    }
    if *code == SqlState::UNIQUE_VIOLATION {
        let constraint = refused.constraint().unwrap_or_default();
        return Fault::Unique(unique_keys.get(constraint).map_or(constraint, String::as_str).to_owned());
    }
    if *code == SqlState::FOREIGN_KEY_VIOLATION {
        return Fault::ForeignKey;
    }
    if is_outage(code) { unavailable(&describe(&error)) } else { Fault::Bug(describe(&error).into()) }
}

/// The server cannot serve just now: connections (08), resources (53), operators and shutdown (57), its system (58);
/// a completion that nobody knows, a lock that was not to be had, and a server that became a read-only one.
fn is_outage(code: &SqlState) -> bool {
    matches!(code.code().get(..2), Some("08" | "53" | "57" | "58"))
        || matches!(code.code(), "40003" | "55P03" | "25006")
}

/// The error with its causes: the outermost says `db error` only.
pub(crate) fn describe(error: &dyn Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        let more = error.to_string();
        if !text.ends_with(&more) {
            text.push_str(": ");
            text.push_str(&more);
        }
        cause = error.source();
    }
    text
}
