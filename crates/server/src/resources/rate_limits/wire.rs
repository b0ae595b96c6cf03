//! Answers.

use schemars::JsonSchema;
use serde::Serialize;

/// A limit in force, and what it is unless the configuration changes it.
#[derive(Clone, Copy, Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(rename = "RateLimitValue")]
pub struct LimitValue {
    pub default_value: i64,
    pub value: i64,
}

/// A method and a path.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[schemars(rename = "RateLimitEndpointSetEndpoint")]
pub struct Endpoint {
    pub method: String,
    pub path: &'static str,
}

impl Ord for Endpoint {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        (self.path, &self.method).cmp(&(other.path, &other.method))
    }
}

impl PartialOrd for Endpoint {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

/// An endpoint set and its limits: a bucket that holds `capacity` requests, and receives `refillRate` of them every
/// `refillDurationSeconds`.
#[derive(Clone, Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(rename = "RateLimitEndpointSetResponse")]
pub struct EndpointSetLimits {
    pub capacity: LimitValue,
    pub endpoint_set_id: &'static str,
    pub endpoint_set_name: &'static str,
    pub endpoints: Vec<Endpoint>,
    pub refill_duration_seconds: LimitValue,
    pub refill_rate: LimitValue,
    pub scope: &'static str,
}
