//! Requests and answers.

use std::{borrow::Cow, fmt};

use schemars::{JsonSchema, Schema, SchemaGenerator};
use serde::{
    Deserialize, Deserializer, Serialize,
    de::{
        MapAccess, SeqAccess, Visitor,
        value::{MapAccessDeserializer, SeqAccessDeserializer},
    },
};
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
    #[serde(default)]
    #[schemars(!default, length(min = 1, max = 250))]
    pub desc: String,
    /// Its roles in the organization, at least one.
    #[serde(default)]
    #[schemars(!default, length(min = 1))]
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

/// An API key to be made for a project.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
#[schemars(rename = "CreateAtlasProjectApiKey")]
#[schemars(example = json!({ "desc": "For the nightly job", "roles": ["GROUP_READ_ONLY"] }))]
pub struct NewProjectApiKey {
    /// What it is for: 1 to 250 characters.
    #[serde(default)]
    #[schemars(!default, length(min = 1, max = 250))]
    pub desc: String,
    /// Its roles in the project, at least one. In the organization it is a member.
    #[serde(default)]
    #[schemars(!default, length(min = 1))]
    pub roles: Vec<String>,
}

impl RequestBody for NewProjectApiKey {
    const READ_ONLY: &'static [&'static str] = &["id", "links", "privateKey", "publicKey"];
}

/// Changes of an API key and of its roles in a project: what is absent or empty stays.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
#[schemars(rename = "UpdateAtlasProjectApiKey")]
#[schemars(example = json!({ "roles": ["GROUP_READ_ONLY"] }))]
pub struct ProjectApiKeyChange {
    /// What it is for: 1 to 250 characters.
    #[schemars(length(max = 250))]
    pub desc: Option<String>,
    /// Its roles in the project, instead of those that it has there.
    pub roles: Option<Vec<String>>,
}

impl RequestBody for ProjectApiKeyChange {
    const READ_ONLY: &'static [&'static str] = &["id", "links", "privateKey", "publicKey"];
}

/// Roles in a project that an API key is to have.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
#[schemars(rename = "UserAccessRoleAssignment")]
#[schemars(example = json!({ "roles": ["GROUP_READ_ONLY"] }))]
pub struct RoleAssignment {
    /// The roles.
    #[serde(default)]
    pub roles: Vec<String>,
}

/// An array of assignments, whose roles are given together; older clients send one without the array.
#[derive(Clone, Debug)]
pub struct RoleAssignments(pub Vec<RoleAssignment>);

impl<'de> Deserialize<'de> for RoleAssignments {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(OneOrMore)
    }
}

struct OneOrMore;

impl<'de> Visitor<'de> for OneOrMore {
    type Value = RoleAssignments;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an array of objects")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, items: A) -> Result<RoleAssignments, A::Error> {
        Deserialize::deserialize(SeqAccessDeserializer::new(items)).map(RoleAssignments)
    }

    fn visit_map<A: MapAccess<'de>>(self, members: A) -> Result<RoleAssignments, A::Error> {
        RoleAssignment::deserialize(MapAccessDeserializer::new(members)).map(|one| RoleAssignments(vec![one]))
    }
}

impl JsonSchema for RoleAssignments {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> Cow<'static, str> {
        "UserAccessRoleAssignments".into()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        Vec::<RoleAssignment>::json_schema(generator)
    }
}

impl RequestBody for RoleAssignments {
    const READ_ONLY: &'static [&'static str] = &["userId"];
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
