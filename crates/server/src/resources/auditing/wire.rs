//! Auditing as it stands on the wire.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::json;
use telamon_wire::RequestBody;

/// The auditing configuration of a project, as it is stored and printed.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct AuditLog {
    /// Whether successful authorizations are written down as well.
    pub audit_authorization_success: bool,
    /// Which actions are written down: an object, as the text that was sent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub audit_filter: Option<String>,
    /// How the filter was made.
    pub configuration_type: ConfigurationType,
    /// Whether anything is written down.
    pub enabled: bool,
}

/// How a filter was made.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum ConfigurationType {
    /// There is none.
    #[default]
    None,
    /// By hand, on a page that this server does not have.
    FilterBuilder,
    /// By a request.
    FilterJson,
}

/// What is to become different; what is left out stays.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
#[schemars(rename = "AuditLogUpdate", example = json!({ "auditFilter": "{\"atype\": \"authenticate\"}", "enabled": true }))]
pub struct AuditLogChange {
    /// Whether successful authorizations are written down as well.
    pub audit_authorization_success: Option<bool>,
    /// Which actions are written down: an object, as a text; an empty text removes it.
    pub audit_filter: Option<String>,
    /// Whether anything is written down.
    pub enabled: Option<bool>,
}

impl RequestBody for AuditLogChange {
    const READ_ONLY: &'static [&'static str] = &["configurationType"];
}
