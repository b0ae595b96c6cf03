//! Rows as values of Rust: a row lives only while it is read, and what callers get is collected.

use rusqlite::types::ValueRef;
use telamon_wire::Timestamp;
use tokio_postgres::types::Type;

use crate::Fault;

/// One row of an answer.
#[derive(Clone, Copy)]
pub struct Row<'a>(pub(crate) Source<'a>);

#[derive(Clone, Copy)]
pub(crate) enum Source<'a> {
    Sqlite(&'a rusqlite::Row<'a>),
    Postgres(&'a tokio_postgres::Row),
}

impl Row<'_> {
    /// The value of the column at `index`, counted from 0. [`Fault::Bug`] if there is no such column, or if it holds
    /// another type.
    pub fn get<T: FromValue>(&self, index: usize) -> Result<T, Fault> {
        T::from_cell(Cell { row: *self, index })
    }
}

/// One value of a row, read as one of the four types; `None` is NULL.
#[derive(Clone, Copy)]
pub struct Cell<'a> {
    row: Row<'a>,
    index: usize,
}

impl<'a> Cell<'a> {
    /// `TEXT`.
    pub fn text(self) -> Result<Option<&'a str>, Fault> {
        match self.row.0 {
            Source::Sqlite(row) => match self.sqlite(row)? {
                ValueRef::Null => Ok(None),
                ValueRef::Text(text) => std::str::from_utf8(text).map(Some).map_err(|error| Fault::Bug(error.into())),
                other => Err(self.mismatch("TEXT", other.data_type())),
            },
            Source::Postgres(row) => row.try_get(self.index).map_err(|error| Fault::Bug(error.into())),
        }
    }

    /// `BIGINT`, and the shorter integers that PostgreSQL gives literals.
    pub fn int(self) -> Result<Option<i64>, Fault> {
        match self.row.0 {
            Source::Sqlite(row) => match self.sqlite(row)? {
                ValueRef::Null => Ok(None),
                ValueRef::Integer(number) => Ok(Some(number)),
                other => Err(self.mismatch("BIGINT", other.data_type())),
            },
            Source::Postgres(row) => match row.columns().get(self.index).map(tokio_postgres::Column::type_) {
                Some(&Type::INT4) => row.try_get::<_, Option<i32>>(self.index).map(|number| number.map(i64::from)),
                Some(&Type::INT2) => row.try_get::<_, Option<i16>>(self.index).map(|number| number.map(i64::from)),
                _ => row.try_get(self.index),
            }
            .map_err(|error| Fault::Bug(error.into())),
        }
    }

    /// `BOOLEAN`.
    pub fn bool(self) -> Result<Option<bool>, Fault> {
        match self.row.0 {
            Source::Sqlite(row) => match self.sqlite(row)? {
                ValueRef::Null => Ok(None),
                ValueRef::Integer(number @ (0 | 1)) => Ok(Some(number == 1)),
                other => Err(self.mismatch("BOOLEAN", other.data_type())),
            },
            Source::Postgres(row) => row.try_get(self.index).map_err(|error| Fault::Bug(error.into())),
        }
    }

    /// `BYTEA`.
    pub fn bytes(self) -> Result<Option<&'a [u8]>, Fault> {
        match self.row.0 {
            Source::Sqlite(row) => match self.sqlite(row)? {
                ValueRef::Null => Ok(None),
                ValueRef::Blob(bytes) => Ok(Some(bytes)),
                other => Err(self.mismatch("BYTEA", other.data_type())),
            },
            Source::Postgres(row) => row.try_get(self.index).map_err(|error| Fault::Bug(error.into())),
        }
    }

    fn sqlite(self, row: &'a rusqlite::Row<'a>) -> Result<ValueRef<'a>, Fault> {
        row.get_ref(self.index).map_err(|error| Fault::Bug(error.into()))
    }

    fn mismatch(self, wanted: &str, found: impl std::fmt::Display) -> Fault {
        Fault::bug(format!("column {} holds {found} where {wanted} is read", self.index))
    }

    pub(crate) fn not_null<T>(self, value: Option<T>) -> Result<T, Fault> {
        value.ok_or_else(|| Fault::bug(format!("column {} is NULL where a value is read", self.index)))
    }

    fn is_null(self) -> Result<bool, Fault> {
        match self.row.0 {
            Source::Sqlite(row) => Ok(matches!(self.sqlite(row)?, ValueRef::Null)),
            Source::Postgres(row) => {
                let null = row.try_get::<_, Option<Anything>>(self.index).map_err(|error| Fault::Bug(error.into()))?;
                Ok(null.is_none())
            }
        }
    }
}

/// Any value of any type: all that is looked at is whether it is there.
struct Anything;

impl tokio_postgres::types::FromSql<'_> for Anything {
    fn from_sql(_: &Type, _: &[u8]) -> Result<Self, Box<dyn std::error::Error + Sync + Send>> {
        Ok(Self)
    }
    fn accepts(_: &Type) -> bool {
        true
    }
}

/// A type that one column gives.
pub trait FromValue: Sized {
    /// Reads the cell; [`Fault::Bug`] if it holds something else.
    fn from_cell(cell: Cell<'_>) -> Result<Self, Fault>;
}

impl<T: FromValue> FromValue for Option<T> {
    fn from_cell(cell: Cell<'_>) -> Result<Self, Fault> {
        if cell.is_null()? { Ok(None) } else { T::from_cell(cell).map(Some) }
    }
}

impl FromValue for String {
    fn from_cell(cell: Cell<'_>) -> Result<Self, Fault> {
        cell.not_null(cell.text()?).map(str::to_owned)
    }
}

impl FromValue for i64 {
    fn from_cell(cell: Cell<'_>) -> Result<Self, Fault> {
        cell.not_null(cell.int()?)
    }
}

impl FromValue for i32 {
    fn from_cell(cell: Cell<'_>) -> Result<Self, Fault> {
        cell.not_null(cell.int()?)?.try_into().map_err(|error: std::num::TryFromIntError| Fault::Bug(error.into()))
    }
}

impl FromValue for u32 {
    fn from_cell(cell: Cell<'_>) -> Result<Self, Fault> {
        cell.not_null(cell.int()?)?.try_into().map_err(|error: std::num::TryFromIntError| Fault::Bug(error.into()))
    }
}

impl FromValue for bool {
    fn from_cell(cell: Cell<'_>) -> Result<Self, Fault> {
        cell.not_null(cell.bool()?)
    }
}

impl FromValue for Vec<u8> {
    fn from_cell(cell: Cell<'_>) -> Result<Self, Fault> {
        cell.not_null(cell.bytes()?).map(<[u8]>::to_vec)
    }
}

impl<const N: usize> FromValue for [u8; N] {
    fn from_cell(cell: Cell<'_>) -> Result<Self, Fault> {
        let bytes = cell.not_null(cell.bytes()?)?;
        bytes
            .try_into()
            .map_err(|_| Fault::bug(format!("column {} holds {} bytes where {N} are read", cell.index, bytes.len())))
    }
}

impl FromValue for Timestamp {
    fn from_cell(cell: Cell<'_>) -> Result<Self, Fault> {
        i64::from_cell(cell).map(Self::from_micros)
    }
}

/// A type that a whole row gives: one column's type, a tuple of them, or a struct of the caller.
pub trait FromRow: Sized {
    /// Reads the row; [`Fault::Bug`] if it is of another shape.
    fn from_row(row: &Row<'_>) -> Result<Self, Fault>;
}

impl<T: FromValue> FromRow for T {
    fn from_row(row: &Row<'_>) -> Result<Self, Fault> {
        row.get(0)
    }
}

macro_rules! tuples {
    ($(($($name:ident $index:tt),+))+) => { $(
        impl<$($name: FromValue),+> FromRow for ($($name,)+) {
            fn from_row(row: &Row<'_>) -> Result<Self, Fault> {
                Ok(($(row.get::<$name>($index)?,)+))
            }
        }
    )+ };
}

tuples! {
    (A 0)
    (A 0, B 1)
    (A 0, B 1, C 2)
    (A 0, B 1, C 2, D 3)
    (A 0, B 1, C 2, D 3, E 4)
    (A 0, B 1, C 2, D 3, E 4, F 5)
    (A 0, B 1, C 2, D 3, E 4, F 5, G 6)
    (A 0, B 1, C 2, D 3, E 4, F 5, G 6, H 7)
    (A 0, B 1, C 2, D 3, E 4, F 5, G 6, H 7, I 8)
    (A 0, B 1, C 2, D 3, E 4, F 5, G 6, H 7, I 8, J 9)
    (A 0, B 1, C 2, D 3, E 4, F 5, G 6, H 7, I 8, J 9, K 10)
    (A 0, B 1, C 2, D 3, E 4, F 5, G 6, H 7, I 8, J 9, K 10, L 11)
}
