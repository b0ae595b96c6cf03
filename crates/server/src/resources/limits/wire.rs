//! Limits as they stand on the wire.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::json;
use telamon_wire::RequestBody;

/// A limit of a project.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct DataFederationLimit {
    /// How much of it is used, where that is counted.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub current_usage: Option<i64>,
    /// The value of a project that has set none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub default_limit: Option<i64>,
    /// The greatest value that may be set.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub maximum_limit: Option<i64>,
    /// Its name.
    pub name: String,
    /// The value in force.
    pub value: i64,
}

/// A new value of a limit.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
#[schemars(example = json!({ "value": 50 }))]
pub struct LimitRequest {
    /// From 1 to the limit's maximum.
    #[schemars(range(min = 1))]
    pub value: i64,
}

impl RequestBody for LimitRequest {
    const READ_ONLY: &'static [&'static str] = &["currentUsage", "defaultLimit", "maximumLimit", "name"];
}

/// A limit without a project.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(rename = "DefaultGroupLimitResponse")]
pub struct DefaultGroupLimit {
    /// The value of projects that have set none; absent, if there is no limit then.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub default_limit: Option<i64>,
    /// What is limited.
    pub description: &'static str,
    /// The greatest value that a project may set; absent, if there is none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub maximum_limit: Option<i64>,
    /// Its name.
    pub name: &'static str,
}
