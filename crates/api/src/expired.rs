//! Rows whose time is over.

use telamon_store::{Sql, Value};
use telamon_wire::Timestamp;

/// Rows whose time is over: the texts that find and remove them. Made by [`expired!`](crate::expired).
#[derive(Clone, Copy, Debug)]
pub struct Expired {
    pub(crate) any: Sql,
    pub(crate) delete: Sql,
    /// The highest value of their column among those whose time is over then.
    pub(crate) bound: fn(Timestamp) -> Value,
}

impl Expired {
    #[doc(hidden)]
    pub const fn of(any: Sql, delete: Sql) -> Self {
        Self { any, delete, bound: Value::from }
    }

    /// The same rows, where the column does not hold a time but something in the same order: no row that ends later has
    /// this value or a lower one.
    #[must_use]
    pub const fn ordered_as(self, bound: fn(Timestamp) -> Value) -> Self {
        Self { bound, ..self }
    }
}

/// The rows of a table by the columns of their key and by when their time is over:
/// `expired!("revoked_token", "jti", "expires_at")`.
#[macro_export]
macro_rules! expired {
    ($table:literal, $key:literal, $ends_at:literal) => {
        $crate::Expired::of(
            ::telamon_store::sql!(concat!("SELECT 1 FROM ", $table, " WHERE ", $ends_at, " <= $1 LIMIT 1")),
            ::telamon_store::sql!(concat!(
                "DELETE FROM ",
                $table,
                " WHERE (",
                $key,
                ") IN (SELECT ",
                $key,
                " FROM ",
                $table,
                " WHERE ",
                $ends_at,
                " <= $1 ORDER BY ",
                $ends_at,
                " LIMIT 1000)"
            )),
        )
    };
}
