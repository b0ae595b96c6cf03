//! What can go wrong in the database, as the callers tell it apart.

use std::error::Error;

/// Why a statement or a transaction failed. After any fault the transaction is over: it can only be rolled back.
#[derive(Debug, thiserror::Error)]
pub enum Fault {
    /// A row with this key is there already: `table.column,column`, or the index's name if it is over expressions. The
    /// same on both engines.
    #[error("a row with the same {0} is there already")]
    Unique(String),
    /// A row that is referred to is not there, or one that is still referred to would go.
    #[error("a row that is referred to is missing or would be removed")]
    ForeignKey,
    /// The transaction met another one; run again, it may succeed.
    #[error("the transaction met another one: run it again")]
    Retry,
    /// The database did not answer, or nobody knows whether the commit took place. The reason is in the log.
    #[error("the database is not available")]
    Unavailable,
    /// The program is wrong: a text that does not prepare, a row that was expected, a column of another type.
    #[error("the database refused what the program asked for: {0}")]
    Bug(#[source] Box<dyn Error + Send + Sync>),
}

impl Fault {
    /// A [`Fault::Bug`] of a message.
    pub fn bug(message: impl Into<String>) -> Self {
        Self::Bug(message.into().into())
    }

    /// Is this a [`Fault::Unique`] of this key?
    pub fn is_unique(&self, key: &str) -> bool {
        matches!(self, Self::Unique(found) if found == key)
    }
}

/// Logs why the database is not available, and answers so.
pub(crate) fn unavailable(reason: &dyn std::fmt::Display) -> Fault {
    tracing::warn!(%reason, "the database is not available");
    Fault::Unavailable
}
