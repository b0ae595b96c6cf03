//! SQL texts: one text serves both engines, and every text of the program is listed.

use std::fmt;

/// Every text that [`sql!`](crate::sql) made, in all crates that the program links.
///
/// One test prepares each of them on both engines.
#[linkme::distributed_slice]
pub static SQL_TEXTS: [Sql];

/// A statement with `$1`, `$2`, … as placeholders; made by [`sql!`](crate::sql) only.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Sql {
    text: &'static str,
    sqlite: &'static str,
}

impl Sql {
    #[doc(hidden)]
    pub const fn from_macro(text: &'static str, sqlite: &'static str) -> Self {
        Self { text, sqlite }
    }

    /// The text as it was written.
    pub const fn text(self) -> &'static str {
        self.text
    }

    pub(crate) const fn sqlite(self) -> &'static str {
        self.sqlite
    }
}

impl fmt::Debug for Sql {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.text)
    }
}

/// Makes a [`Sql`] of a constant text, and lists it in [`SQL_TEXTS`]. It stands wherever an expression may stand:
///
/// ```
/// use telamon_store::{Sql, sql};
/// const FIND: Sql = sql!("SELECT name FROM org WHERE id = $1");
/// assert_eq!(FIND.text(), "SELECT name FROM org WHERE id = $1");
/// ```
#[macro_export]
macro_rules! sql {
    ($text:expr) => {{
        const TEXT: &str = $text;
        const BYTES: [u8; TEXT.len()] = $crate::sqlite_placeholders(TEXT);
        const SQL: $crate::Sql = match ::core::str::from_utf8(&BYTES) {
            Ok(sqlite) => $crate::Sql::from_macro(TEXT, sqlite),
            Err(_) => $crate::Sql::from_macro(TEXT, TEXT),
        };
        #[$crate::linkme::distributed_slice($crate::SQL_TEXTS)]
        #[linkme(crate = $crate::linkme)]
        static LISTED: $crate::Sql = SQL;
        SQL
    }};
}

/// Each `$` before a digit becomes `?`, because to SQLite `$1` is a *named* parameter, numbered by first appearance.
/// What stands between quotes stays.
#[doc(hidden)]
pub const fn sqlite_placeholders<const N: usize>(text: &str) -> [u8; N] {
    let from = text.as_bytes();
    let mut to = [0; N];
    let mut quote = 0;
    let mut at = 0;
    while at < N {
        let byte = from[at];
        to[at] = byte;
        if quote != 0 {
            if byte == quote {
                quote = 0;
            }
        } else if byte == b'\'' || byte == b'"' {
            quote = byte;
        } else if byte == b'$' && at + 1 < N && from[at + 1].is_ascii_digit() {
            to[at] = b'?';
        }
        at += 1;
    }
    to
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn placeholders_are_numbered_for_sqlite_and_quoted_text_stays() {
        const TEXT: &str = "SELECT '$1 it''s $2', \"$3\", $2, $10 FROM t WHERE a = $1 AND b = $x$";
        let sqlite = "SELECT '$1 it''s $2', \"$3\", ?2, ?10 FROM t WHERE a = ?1 AND b = $x$";
        assert_eq!(std::str::from_utf8(&sqlite_placeholders::<{ TEXT.len() }>(TEXT)), Ok(sqlite));
    }
}
