//! Requests and answers.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::json;
use telamon_authz::{OrgRole, ProjectRole};
use telamon_wire::{ClientId, ProjectId, RequestBody, SecretId, Timestamp};

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

/// A service account to be made for a project.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
#[schemars(rename = "GroupServiceAccountRequest")]
#[schemars(example = json!({
    "description": "For the nightly job", "name": "nightly", "roles": ["GROUP_READ_ONLY"],
    "secretExpiresAfterHours": 720,
}))]
pub struct NewProjectServiceAccount {
    /// What it is for: 1 to 250 letters, digits, spaces and `- _ . , '`.
    #[schemars(length(min = 1, max = 250))]
    pub description: String,
    /// Its name, for people: 1 to 64 letters, digits, spaces and `- _ . , '`. It need not be unique.
    #[schemars(length(min = 1, max = 64))]
    pub name: String,
    /// Its roles in the project, at least one. In the organization it is a member.
    #[schemars(length(min = 1))]
    pub roles: Vec<String>,
    /// After how many hours its first secret expires: at most what the organization's settings allow.
    #[schemars(range(min = 8, max = 8760))]
    pub secret_expires_after_hours: i32,
}

impl RequestBody for NewProjectServiceAccount {
    const READ_ONLY: &'static [&'static str] = &["clientId", "createdAt", "secrets"];
}

/// Changes of a service account and of its roles in a project: what is absent or null stays.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
#[schemars(rename = "GroupServiceAccountUpdateRequest")]
#[schemars(example = json!({ "roles": ["GROUP_READ_ONLY"] }))]
pub struct ProjectServiceAccountChange {
    /// What it is for: 1 to 250 letters, digits, spaces and `- _ . , '`.
    #[schemars(length(min = 1, max = 250))]
    pub description: Option<String>,
    /// Its name, for people: 1 to 64 letters, digits, spaces and `- _ . , '`.
    #[schemars(length(min = 1, max = 64))]
    pub name: Option<String>,
    /// Its roles in the project, instead of those that it has there.
    #[schemars(length(min = 1))]
    pub roles: Option<Vec<String>>,
}

impl RequestBody for ProjectServiceAccountChange {
    const READ_ONLY: &'static [&'static str] = &["clientId", "createdAt", "secrets"];
}

/// The roles in a project that a service account of its organization is to have.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
#[schemars(rename = "GroupServiceAccountRoleAssignment")]
#[schemars(example = json!({ "roles": ["GROUP_READ_ONLY"] }))]
pub struct RoleAssignment {
    /// The roles, at least one.
    #[schemars(length(min = 1))]
    pub roles: Vec<String>,
}

impl RequestBody for RoleAssignment {}

/// A secret to be made.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
#[schemars(rename = "ServiceAccountSecretRequest")]
#[schemars(example = json!({ "secretExpiresAfterHours": 720 }))]
pub struct NewSecret {
    /// After how many hours it expires: at most what the organization's settings allow.
    #[schemars(range(min = 8, max = 8760))]
    pub secret_expires_after_hours: i32,
}

impl RequestBody for NewSecret {
    const READ_ONLY: &'static [&'static str] =
        &["createdAt", "expiresAt", "id", "lastUsedAt", "maskedSecretValue", "secret"];
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

/// A service account in a project.
#[derive(Clone, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct GroupServiceAccount {
    /// What it is known by, and the user name at the token endpoint.
    pub client_id: ClientId,
    /// When it was made.
    pub created_at: Timestamp,
    /// What it is for.
    pub description: String,
    /// Its name.
    pub name: String,
    /// Its roles in this project; those that it has elsewhere are not listed.
    pub roles: Vec<ProjectRole>,
    /// Its secrets, the oldest first.
    pub secrets: Vec<ServiceAccountSecret>,
}

impl GroupServiceAccount {
    /// An account as the project sees it in which it has these roles.
    pub fn of(account: OrgServiceAccount, roles: Vec<ProjectRole>) -> Self {
        let OrgServiceAccount { client_id, created_at, description, name, secrets, .. } = account;
        Self { client_id, created_at, description, name, roles, secrets }
    }
}

/// A project in which a service account has roles.
#[derive(Clone, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct ServiceAccountGroup {
    /// The project.
    pub group_id: ProjectId,
    /// The roles.
    pub roles: Vec<ProjectRole>,
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
