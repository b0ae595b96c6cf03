//! Request bodies: `parse_body` takes exactly what serde takes, and its errors can be answered.
#![no_main]

use std::collections::BTreeMap;

use libfuzzer_sys::fuzz_target;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use telamon_wire::{RequestBody, parse_body};

/// One member of every kind that request types have.
#[derive(Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
struct Sample {
    username: String,
    count: Option<i64>,
    months: Option<u8>,
    share: Option<f64>,
    #[serde(default)]
    enabled: bool,
    kind: Option<Kind>,
    #[serde(default)]
    roles: Vec<Role>,
    labels: Option<BTreeMap<String, String>>,
    inner: Option<Box<Sample>>,
    whatever: Option<Value>,
}

#[derive(Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
enum Kind {
    None,
    Managed,
    Customer,
}

#[derive(Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
struct Role {
    role_name: String,
    database_name: Option<String>,
}

impl RequestBody for Sample {
    const READ_ONLY: &'static [&'static str] = &["id", "links"];
}

fuzz_target!(|bytes: &[u8]| {
    match parse_body::<Sample>(bytes) {
        Ok(sample) => {
            let text = serde_json::to_vec(&sample).expect("what was read can be written");
            assert_eq!(parse_body::<Sample>(&text).map_err(|error| error.detail()), Ok(sample));
        }
        Err(error) => {
            assert_eq!(error.status(), 400);
            assert!(!error.detail().is_empty());
            serde_json::to_string(&error.body()).expect("an error can be written");
            // What serde takes is only refused for a reason of ours: there is no member to pass over at the top.
            let taken_by_serde = serde_json::from_slice::<Value>(bytes)
                .is_ok_and(|value| serde_json::from_value::<Sample>(value).is_ok());
            let has_nul = bytes.windows(6).any(|part| part == br"\u0000") || bytes.contains(&0);
            assert!(!taken_by_serde || has_nul, "{}", error.detail());
        }
    }
});
