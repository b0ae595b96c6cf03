//! Requests and answers.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::json;
use telamon_authz::OrgRole;
use telamon_wire::{ClientId, RequestBody, SecretId, Timestamp};

/// A service account to be made.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
#[schemars(rename = "OrgServiceAccountRequest")]
#[schemars(example = json!({
    "description": "For the nightly job", "name": "nightly", "roles": ["ORG_MEMBER"], "secretExpiresAfterHours": 720,
}))]
pub struct NewServiceAccount {
    /// What it is for: 1 to 250 letters, digits, spaces and `- _ . , '`.
    #[schemars(length(min = 1, max = 250))]
    pub description: String,
    /// Its name, for people: 1 to 64 letters, digits, spaces and `- _ . , '`. It need not be unique.
    #[schemars(length(min = 1, max = 64))]
    pub name: String,
    /// Its roles in the organization, at least one.
    #[schemars(length(min = 1))]
    pub roles: Vec<OrgRole>,
    /// After how many hours its first secret expires: at most what the organization's settings allow.
    #[schemars(range(min = 8, max = 8760))]
    pub secret_expires_after_hours: i32,
}

impl RequestBody for NewServiceAccount {
    const READ_ONLY: &'static [&'static str] = &["clientId", "createdAt", "secrets"];
}

/// Changes of a service account: what is absent or null stays.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
#[schemars(rename = "OrgServiceAccountUpdateRequest")]
#[schemars(example = json!({ "name": "hourly" }))]
pub struct ServiceAccountChange {
    /// What it is for: 1 to 250 letters, digits, spaces and `- _ . , '`.
    #[schemars(length(min = 1, max = 250))]
    pub description: Option<String>,
    /// Its name, for people: 1 to 64 letters, digits, spaces and `- _ . , '`.
    #[schemars(length(min = 1, max = 64))]
    pub name: Option<String>,
    /// Its roles in the organization, instead of those that it has.
    #[schemars(length(min = 1))]
    pub roles: Option<Vec<OrgRole>>,
}

impl RequestBody for ServiceAccountChange {
    const READ_ONLY: &'static [&'static str] = &["clientId", "createdAt", "secrets"];
}

/// A service account of an organization.
#[derive(Clone, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct OrgServiceAccount {
    /// What it is known by, and the user name at the token endpoint.
    pub client_id: ClientId,
    /// When it was made.
    pub created_at: Timestamp,
    /// What it is for.
    pub description: String,
    /// Its name.
    pub name: String,
    /// Its roles in the organization.
    pub roles: Vec<OrgRole>,
    /// Its secrets, the oldest first.
    pub secrets: Vec<ServiceAccountSecret>,
}

/// A secret of a service account: in clear in the answer that made it, masked ever after.
#[derive(Clone, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct ServiceAccountSecret {
    /// When it was made.
    pub created_at: Timestamp,
    /// From when on it is refused.
    pub expires_at: Timestamp,
    /// Its id.
    pub id: SecretId,
    /// When a token was last issued for it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub last_used_at: Option<Timestamp>,
    /// Its prefix and its last characters.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub masked_secret_value: Option<String>,
    /// The secret itself.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub secret: Option<String>,
}
