//! Arguments of a statement.

use telamon_wire::Timestamp;

/// One argument. `None` is NULL; the variant says of which type, because PostgreSQL wants to know.
#[derive(Clone, PartialEq, Eq)]
pub enum Value {
    /// `TEXT`: names, ids, JSON.
    Text(Option<String>),
    /// `BIGINT`: numbers, and times as microseconds since 1970.
    Int(Option<i64>),
    /// `BOOLEAN`.
    Bool(Option<bool>),
    /// `BYTEA`: hashes and sealed values.
    Bytes(Option<Vec<u8>>),
}

/// The arguments of a statement, in the order of its placeholders: `tx.run(SQL, &args![id, name, now])`.
#[macro_export]
macro_rules! args {
    ($($value:expr),* $(,)?) => { [$($crate::Value::from($value)),*] };
}

// The content may be secret: only the type is shown.
impl std::fmt::Debug for Value {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Text(_) => "Text",
            Self::Int(_) => "Int",
            Self::Bool(_) => "Bool",
            Self::Bytes(_) => "Bytes",
        })
    }
}

/// From a type, from a reference to it, and from options of both.
macro_rules! values {
    ($($type:ty => $variant:ident, $from:expr;)+) => { $(
        impl From<$type> for Value {
            fn from(value: $type) -> Self {
                let from: fn($type) -> _ = $from;
                Self::$variant(Some(from(value)))
            }
        }

        impl From<Option<$type>> for Value {
            fn from(value: Option<$type>) -> Self {
                let from: fn($type) -> _ = $from;
                Self::$variant(value.map(from))
            }
        }
    )+ };
}
pub(crate) use values;

values! {
    String => Text, |text| text;
    &String => Text, String::clone;
    &str => Text, str::to_owned;
    i64 => Int, |number| number;
    i32 => Int, i64::from;
    u32 => Int, i64::from;
    bool => Bool, |truth| truth;
    Vec<u8> => Bytes, |bytes| bytes;
    &Vec<u8> => Bytes, Vec::clone;
    &[u8] => Bytes, <[u8]>::to_vec;
    Timestamp => Int, Timestamp::as_micros;
    &Timestamp => Int, |time| time.as_micros();
}

impl<const N: usize> From<[u8; N]> for Value {
    fn from(bytes: [u8; N]) -> Self {
        Self::Bytes(Some(bytes.to_vec()))
    }
}

impl<const N: usize> From<&[u8; N]> for Value {
    fn from(bytes: &[u8; N]) -> Self {
        Self::Bytes(Some(bytes.to_vec()))
    }
}

impl From<&Option<String>> for Value {
    fn from(text: &Option<String>) -> Self {
        Self::Text(text.clone())
    }
}

#[cfg(test)]
mod tests {
    use telamon_wire::OrgId;

    use super::*;

    #[test]
    fn arguments_keep_their_type_when_they_are_null() {
        let made = args!["a", 7, true, None::<Timestamp>, None::<OrgId>, Some(vec![1_u8]), [2_u8; 2]];
        let expected = [
            Value::Text(Some("a".into())),
            Value::Int(Some(7)),
            Value::Bool(Some(true)),
            Value::Int(None),
            Value::Text(None),
            Value::Bytes(Some(vec![1])),
            Value::Bytes(Some(vec![2, 2])),
        ];
        assert!(made == expected);
    }
}
