//! Requests and answers.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::json;
use telamon_authz::OrgRole;
use telamon_wire::{ApiKeyId, Link, OrgId, ProjectId, RequestBody};

/// An API key to be made.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
#[schemars(rename = "CreateAtlasOrganizationApiKey")]
#[schemars(example = json!({ "desc": "For the nightly job", "roles": ["ORG_MEMBER"] }))]
pub struct NewApiKey {
    /// What it is for: 1 to 250 characters.
    #[schemars(length(min = 1, max = 250))]
    pub desc: String,
    /// Its roles in the organization, at least one.
    #[schemars(length(min = 1))]
    pub roles: Vec<OrgRole>,
}

impl RequestBody for NewApiKey {
    const READ_ONLY: &'static [&'static str] = &["id", "links", "privateKey", "publicKey"];
}

/// Changes of an API key: what is absent or empty stays.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
#[schemars(rename = "UpdateAtlasOrganizationApiKey")]
#[schemars(example = json!({ "desc": "For the hourly job" }))]
pub struct ApiKeyChange {
    /// What it is for: 1 to 250 characters.
    #[schemars(length(max = 250))]
    pub desc: Option<String>,
    /// Its roles in the organization, instead of those that it has.
    pub roles: Option<Vec<OrgRole>>,
}

impl RequestBody for ApiKeyChange {
    const READ_ONLY: &'static [&'static str] = &["id", "links", "privateKey", "publicKey"];
}

/// An API key.
#[derive(Clone, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct ApiKeyUserDetails {
    /// What it is for.
    pub desc: String,
    /// Its id.
    pub id: ApiKeyId,
    /// Where it is found.
    pub links: Vec<Link>,
    /// The private half: in clear in the answer that made the key, masked ever after.
    pub private_key: String,
    /// The public half, the user name of HTTP digest.
    pub public_key: String,
    /// Every role that it holds, in its organization and in projects.
    pub roles: Vec<CloudAccessRoleAssignment>,
}

/// A role that is held in an organization or in a project.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct CloudAccessRoleAssignment {
    /// The project, for a project role.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub group_id: Option<ProjectId>,
    /// The organization, for an organization role.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub org_id: Option<OrgId>,
    /// The role.
    pub role_name: String,
}

impl CloudAccessRoleAssignment {
    /// A role in an organization.
    pub fn in_org(org: OrgId, role: impl Into<String>) -> Self {
        Self { group_id: None, org_id: Some(org), role_name: role.into() }
    }

    /// A role in a project.
    pub fn in_project(project: ProjectId, role: impl Into<String>) -> Self {
        Self { group_id: Some(project), org_id: None, role_name: role.into() }
    }
}
