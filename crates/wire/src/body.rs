//! Request bodies: JSON in, a typed value or an error that names the attribute out.
//!
//! Unknown attributes are refused by name, except those that the schema marks read-only: clients send back what they
//! were given. A text with U+0000 is refused, because not every database can keep it.

use std::fmt::{self, Display, Write as _};

use serde::de::{
    self, DeserializeOwned, DeserializeSeed, EnumAccess, Expected, MapAccess, SeqAccess, Unexpected, VariantAccess,
    Visitor,
};
use serde_json::Value;

use crate::{ApiError, ErrorCode};

/// A type that a request body is read into.
pub trait RequestBody: DeserializeOwned + schemars::JsonSchema + Send + Sync + 'static {
    /// Attributes that clients send although they may not set them. They are ignored.
    const READ_ONLY: &'static [&'static str] = &[];
}

impl<T: RequestBody> RequestBody for Vec<T> {
    const READ_ONLY: &'static [&'static str] = T::READ_ONLY;
}

/// Reads a body.
pub fn parse_body<T: RequestBody>(bytes: &[u8]) -> Result<T, ApiError> {
    if bytes.iter().all(u8::is_ascii_whitespace) {
        return Err(ApiError::new(ErrorCode::MALFORMED_JSON).with("The body is empty."));
    }
    let mut value: Value = serde_json::from_slice(bytes)
        .map_err(|error| ApiError::new(ErrorCode::MALFORMED_JSON).with(sentence(&error.to_string())))?;
    forget_read_only(&mut value, T::READ_ONLY);
    if let Some(path) = nul_in(&value) {
        return Err(ApiError::new(ErrorCode::INVALID_ATTRIBUTE)
            .with(path)
            .with("The character U+0000 is not allowed."));
    }
    T::deserialize(Json(&value)).map_err(BodyError::into_api_error)
}

fn forget_read_only(value: &mut Value, names: &[&str]) {
    match value {
        Value::Object(object) => object.retain(|key, _| !names.contains(&key.as_str())),
        Value::Array(items) => items.iter_mut().for_each(|item| forget_read_only(item, names)),
        _ => {}
    }
}

fn nul_in(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => text.contains('\0').then(String::new),
        Value::Array(items) => {
            items.iter().enumerate().find_map(|(i, item)| nul_in(item).map(|rest| join(&format!("[{i}]"), &rest)))
        }
        Value::Object(object) => object.iter().find_map(|(key, item)| {
            if key.contains('\0') {
                Some(key.replace('\0', "\\u0000"))
            } else {
                nul_in(item).map(|rest| join(key, &rest))
            }
        }),
        _ => None,
    }
}

fn join(first: &str, rest: &str) -> String {
    let dot = if first.is_empty() || rest.is_empty() || rest.starts_with('[') { "" } else { "." };
    format!("{first}{dot}{rest}")
}

fn sentence(text: &str) -> String {
    let mut letters = text.chars();
    let first = letters.next().map(|c| c.to_uppercase().to_string()).unwrap_or_default();
    format!("{first}{}.", letters.as_str().trim_end_matches('.'))
}

/// What was wrong with a body, before the place is known.
#[derive(Debug)]
enum Problem {
    Missing(&'static str),
    Unknown(String),
    Variant(String),
    Other(String),
}

#[derive(Debug)]
struct BodyError {
    problem: Problem,
    path: String,
}

impl BodyError {
    fn at(mut self, step: &str) -> Self {
        self.path = join(step, &self.path);
        self
    }

    fn into_api_error(self) -> ApiError {
        match self.problem {
            Problem::Missing(field) => ApiError::new(ErrorCode::MISSING_ATTRIBUTE).with(join(&self.path, field)),
            Problem::Unknown(field) => ApiError::new(ErrorCode::INVALID_JSON_ATTRIBUTE).with(join(&self.path, &field)),
            Problem::Variant(value) => ApiError::new(ErrorCode::INVALID_ENUM_VALUE).with(value),
            Problem::Other(why) if self.path.is_empty() => ApiError::new(ErrorCode::INVALID_JSON).with(sentence(&why)),
            Problem::Other(why) => ApiError::new(ErrorCode::INVALID_ATTRIBUTE).with(self.path).with(sentence(&why)),
        }
    }
}

impl From<Problem> for BodyError {
    fn from(problem: Problem) -> Self {
        Self { problem, path: String::new() }
    }
}

impl Display for BodyError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?} at {}", self.problem, self.path)
    }
}

impl std::error::Error for BodyError {}

impl de::Error for BodyError {
    fn custom<T: Display>(message: T) -> Self {
        Problem::Other(message.to_string()).into()
    }
    fn invalid_type(found: Unexpected<'_>, expected: &dyn Expected) -> Self {
        mismatch(&found, expected).into()
    }
    fn invalid_value(found: Unexpected<'_>, expected: &dyn Expected) -> Self {
        mismatch(&found, expected).into()
    }
    fn unknown_field(field: &str, _: &'static [&'static str]) -> Self {
        Problem::Unknown(field.to_owned()).into()
    }
    fn missing_field(field: &'static str) -> Self {
        Problem::Missing(field).into()
    }
    fn unknown_variant(variant: &str, _: &'static [&'static str]) -> Self {
        Problem::Variant(variant.to_owned()).into()
    }
}

/// What was expected and what was found, in the words of JSON: serde speaks of `i32` and of sequences.
fn mismatch(found: &Unexpected<'_>, expected: &dyn Expected) -> Problem {
    let expected = expected.to_string();
    let found = kind(found);
    Problem::Other(match expected.as_str() {
        "i8" | "i16" | "i32" | "i64" | "u8" | "u16" | "u32" | "u64" => {
            let found = if found == "a number" { "another number" } else { &found };
            format!("expected a whole number of {} bits, found {found}", &expected[1..])
        }
        "a sequence" => format!("expected an array, found {found}"),
        "a boolean" => format!("expected true or false, found {found}"),
        _ => format!("expected {expected}, found {found}"),
    })
}

/// The kind of a value, never a text itself: it may be a password.
fn kind(found: &Unexpected<'_>) -> String {
    match found {
        Unexpected::Str(_) => "a string".to_owned(),
        Unexpected::Bool(_) => "true or false".to_owned(),
        Unexpected::Unsigned(_) | Unexpected::Signed(_) | Unexpected::Float(_) => "a number".to_owned(),
        Unexpected::Unit | Unexpected::Option => "null".to_owned(),
        Unexpected::Seq => "an array".to_owned(),
        Unexpected::Map => "an object".to_owned(),
        other => {
            let mut text = String::new();
            let _ = write!(text, "{other}");
            text
        }
    }
}

/// Reads a JSON value with errors that keep what kind of mistake it was and where.
#[derive(Clone, Copy)]
struct Json<'a>(&'a Value);

impl<'de> de::Deserializer<'de> for Json<'de> {
    type Error = BodyError;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, BodyError> {
        match self.0 {
            Value::Null => visitor.visit_unit(),
            Value::Bool(truth) => visitor.visit_bool(*truth),
            Value::Number(number) => match (number.as_u64(), number.as_i64(), number.as_f64()) {
                (Some(unsigned), ..) => visitor.visit_u64(unsigned),
                (_, Some(signed), _) => visitor.visit_i64(signed),
                (.., float) => visitor.visit_f64(float.unwrap_or(f64::NAN)),
            },
            Value::String(text) => visitor.visit_borrowed_str(text),
            Value::Array(items) => visitor.visit_seq(Items { items: items.iter(), next: 0 }),
            Value::Object(object) => visitor.visit_map(Members { members: object.iter(), current: None }),
        }
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, BodyError> {
        if self.0.is_null() { visitor.visit_none() } else { visitor.visit_some(self) }
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(self, _: &'static str, visitor: V) -> Result<V::Value, BodyError> {
        visitor.visit_newtype_struct(self)
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        _: &'static str,
        _: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, BodyError> {
        match self.0 {
            Value::String(text) => visitor.visit_enum(Name(text)),
            _ => Err(Problem::Other("expected a string".to_owned()).into()),
        }
    }

    // A derived struct would also read an array, member by member: a body is an object or it is wrong.
    fn deserialize_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        _: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, BodyError> {
        match self.0 {
            Value::Object(_) => self.deserialize_any(visitor),
            _ => Err(Problem::Other("expected an object".to_owned()).into()),
        }
    }

    serde::forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf unit unit_struct
        seq tuple tuple_struct map identifier ignored_any
    }
}

struct Items<'a> {
    items: std::slice::Iter<'a, Value>,
    next: usize,
}

impl<'de> SeqAccess<'de> for Items<'de> {
    type Error = BodyError;
    fn next_element_seed<S: DeserializeSeed<'de>>(&mut self, seed: S) -> Result<Option<S::Value>, BodyError> {
        let Some(item) = self.items.next() else { return Ok(None) };
        let step = format!("[{}]", self.next);
        self.next += 1;
        seed.deserialize(Json(item)).map(Some).map_err(|error| error.at(&step))
    }
}

struct Members<'a> {
    members: serde_json::map::Iter<'a>,
    current: Option<(&'a String, &'a Value)>,
}

impl<'de> MapAccess<'de> for Members<'de> {
    type Error = BodyError;
    fn next_key_seed<S: DeserializeSeed<'de>>(&mut self, seed: S) -> Result<Option<S::Value>, BodyError> {
        self.current = self.members.next();
        let Some((key, _)) = self.current else { return Ok(None) };
        seed.deserialize(de::value::BorrowedStrDeserializer::new(key)).map(Some)
    }
    fn next_value_seed<S: DeserializeSeed<'de>>(&mut self, seed: S) -> Result<S::Value, BodyError> {
        let Some((key, value)) = self.current else { return Err(de::Error::custom("a value without a key")) };
        seed.deserialize(Json(value)).map_err(|error| error.at(key))
    }
}

struct Name<'a>(&'a str);

impl<'de> EnumAccess<'de> for Name<'de> {
    type Error = BodyError;
    type Variant = Self;
    fn variant_seed<S: DeserializeSeed<'de>>(self, seed: S) -> Result<(S::Value, Self), BodyError> {
        Ok((seed.deserialize(de::value::BorrowedStrDeserializer::<BodyError>::new(self.0))?, self))
    }
}

impl<'de> VariantAccess<'de> for Name<'de> {
    type Error = BodyError;
    fn unit_variant(self) -> Result<(), BodyError> {
        Ok(())
    }
    fn newtype_variant_seed<S: DeserializeSeed<'de>>(self, _: S) -> Result<S::Value, BodyError> {
        Err(Problem::Variant(self.0.to_owned()).into())
    }
    fn tuple_variant<V: Visitor<'de>>(self, _: usize, _: V) -> Result<V::Value, BodyError> {
        Err(Problem::Variant(self.0.to_owned()).into())
    }
    fn struct_variant<V: Visitor<'de>>(self, _: &'static [&'static str], _: V) -> Result<V::Value, BodyError> {
        Err(Problem::Variant(self.0.to_owned()).into())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde::Deserialize;

    #[derive(Deserialize, schemars::JsonSchema, Debug, PartialEq)]
    #[serde(deny_unknown_fields, rename_all = "camelCase")]
    struct Pet {
        name: String,
        kind: Option<Kind>,
        #[serde(default)]
        owners: Vec<Owner>,
    }

    #[derive(Deserialize, schemars::JsonSchema, Debug, PartialEq)]
    #[serde(rename_all = "UPPERCASE")]
    enum Kind {
        Cat,
        Dog,
    }

    #[derive(Deserialize, schemars::JsonSchema, Debug, PartialEq)]
    #[serde(deny_unknown_fields)]
    struct Owner {
        age: i32,
    }

    impl RequestBody for Pet {
        const READ_ONLY: &'static [&'static str] = &["id"];
    }

    fn error(body: &str) -> String {
        let error = parse_body::<Pet>(body.as_bytes()).unwrap_err();
        format!("{} {}", error.code, error.detail())
    }

    #[test]
    fn reads_a_body_and_ignores_what_is_read_only() {
        let pet: Pet = parse_body(br#"{"id": 1, "name": "Tom", "kind": "CAT", "owners": [{"age": 7}]}"#).unwrap();
        assert_eq!(pet, Pet { name: "Tom".into(), kind: Some(Kind::Cat), owners: vec![Owner { age: 7 }] });
    }

    #[test]
    fn each_mistake_names_its_attribute() {
        let cases = [
            ("", "MALFORMED_JSON Received JSON is malformed. The body is empty."),
            ("{", "MALFORMED_JSON Received JSON is malformed. EOF while parsing an object at line 1 column 1."),
            ("[]", "INVALID_JSON Received JSON does not match expected format. Expected an object."),
            ("7", "INVALID_JSON Received JSON does not match expected format. Expected an object."),
            ("{}", "MISSING_ATTRIBUTE The required attribute name was not specified."),
            (
                r#"{"name": 7}"#,
                "INVALID_ATTRIBUTE Invalid attribute name specified. Expected a string, found a number.",
            ),
            (r#"{"name": "a", "kind": "COW"}"#, "INVALID_ENUM_VALUE An invalid enumeration value COW was specified."),
            (r#"{"name": "a", "kind": {}}"#, "INVALID_ATTRIBUTE Invalid attribute kind specified. Expected a string."),
            (
                r#"{"name": "a", "wings": 2}"#,
                "INVALID_JSON_ATTRIBUTE Received JSON for the wings attribute does not match expected format. There is no attribute of that name.",
            ),
            (
                r#"{"name": "a", "owners": [{"age": 1}, {}]}"#,
                "MISSING_ATTRIBUTE The required attribute owners[1].age was not specified.",
            ),
            (
                r#"{"name": "a", "owners": [{"age": 3000000000}]}"#,
                "INVALID_ATTRIBUTE Invalid attribute owners[0].age specified. Expected a whole number of 32 bits, found another number.",
            ),
            (
                r#"{"name": "a", "owners": [{"age": "3"}]}"#,
                "INVALID_ATTRIBUTE Invalid attribute owners[0].age specified. Expected a whole number of 32 bits, found a string.",
            ),
            (
                r#"{"name": "a", "owners": "me"}"#,
                "INVALID_ATTRIBUTE Invalid attribute owners specified. Expected an array, found a string.",
            ),
            (
                r#"{"name": "a\u0000"}"#,
                "INVALID_ATTRIBUTE Invalid attribute name specified. The character U+0000 is not allowed.",
            ),
        ];
        for (body, expected) in cases {
            assert_eq!(error(body), expected, "{body}");
        }
    }

    #[test]
    fn deep_nesting_is_an_error_and_not_a_crash() {
        let deep = "[".repeat(100_000);
        assert!(error(&deep).starts_with("MALFORMED_JSON"), "{}", error(&deep));
    }
}
