//! What requests hold.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::json;
use telamon_authz::OrgRole;
use telamon_wire::{Link, OrgId, ProjectId, RequestBody, TeamId};

use super::wire::GroupRoleAssignment;

/// What answers say of somebody, and what no change sets.
const MEMBER_AND_USERNAME: &[&str] = &[
    "username",
    "country",
    "createdAt",
    "firstName",
    "id",
    "invitationCreatedAt",
    "invitationExpiresAt",
    "inviterUsername",
    "lastAuth",
    "lastName",
    "mobileNumber",
    "orgMembershipStatus",
];

/// The same, for a request that sets the username.
const OF_A_MEMBER: &[&str] = MEMBER_AND_USERNAME.split_at(1).1;

/// Somebody who is to be asked to join an organization.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
#[schemars(example = json!({ "roles": { "orgRoles": ["ORG_MEMBER"] }, "username": "ada@example.com" }))]
pub struct OrgUserRequest {
    /// The roles that await them.
    pub roles: OrgUserRolesRequest,
    /// The teams that await them.
    #[serde(default)]
    pub team_ids: Vec<TeamId>,
    /// Their e-mail address.
    pub username: String,
}

impl RequestBody for OrgUserRequest {
    const READ_ONLY: &'static [&'static str] = OF_A_MEMBER;
}

/// Roles in an organization and in its projects.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub struct OrgUserRolesRequest {
    /// The roles in projects. In a change: instead of all that they have; without it those stay.
    pub group_role_assignments: Option<Vec<GroupRoleAssignment>>,
    /// The roles in the organization, at least one.
    #[schemars(length(min = 1))]
    pub org_roles: Vec<OrgRole>,
}

/// Changes of somebody of an organization: what is absent stays, what is empty is taken away.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
#[schemars(example = json!({ "roles": { "orgRoles": ["ORG_READ_ONLY"] } }))]
pub struct OrgUserUpdateRequest {
    /// Their roles, instead of those that they have.
    pub roles: Option<OrgUserRolesRequest>,
    /// Their teams, instead of those that they belong to.
    pub team_ids: Option<Vec<TeamId>>,
}

impl RequestBody for OrgUserUpdateRequest {
    const READ_ONLY: &'static [&'static str] = MEMBER_AND_USERNAME;
}

/// Somebody who is to get roles in a project.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
#[schemars(example = json!({ "roles": ["GROUP_READ_ONLY"], "username": "ada@example.com" }))]
pub struct GroupUserRequest {
    /// The roles in the project, at least one.
    #[schemars(length(min = 1))]
    pub roles: Vec<String>,
    /// Their e-mail address.
    pub username: String,
}

impl RequestBody for GroupUserRequest {
    const READ_ONLY: &'static [&'static str] = OF_A_MEMBER;
}

/// One role in an organization.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
#[schemars(example = json!({ "orgRole": "ORG_READ_ONLY" }))]
pub struct AddOrRemoveOrgRole {
    /// The role.
    pub org_role: OrgRole,
}

impl RequestBody for AddOrRemoveOrgRole {}

/// One role in a project.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
#[schemars(example = json!({ "groupRole": "GROUP_READ_ONLY" }))]
pub struct AddOrRemoveGroupRole {
    /// The role.
    pub group_role: String,
}

impl RequestBody for AddOrRemoveGroupRole {}

/// The roles of a person in an organization, instead of those that they have.
#[derive(Clone, Debug, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
#[schemars(example = json!({ "orgRoles": ["ORG_READ_ONLY"] }))]
pub struct UpdateOrgRolesForUser {
    /// Where they are found.
    #[serde(skip_deserializing)]
    pub links: Vec<Link>,
    /// The roles, at least one.
    pub org_roles: Vec<OrgRole>,
}

impl RequestBody for UpdateOrgRolesForUser {
    const READ_ONLY: &'static [&'static str] = &["links"];
}

/// The roles of a person in a project, instead of those that they have.
#[derive(Clone, Debug, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
#[schemars(example = json!({ "groupRoles": ["GROUP_READ_ONLY"] }))]
pub struct UpdateGroupRolesForUser {
    /// The roles, at least one.
    pub group_roles: Vec<String>,
    /// Where they are found.
    #[serde(skip_deserializing)]
    pub links: Vec<Link>,
}

impl RequestBody for UpdateGroupRolesForUser {
    const READ_ONLY: &'static [&'static str] = &["links"];
}

/// A person who is to be made.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
#[schemars(rename = "NewCloudAppUser")]
#[schemars(example = json!({
    "country": "IE", "firstName": "Ada", "lastName": "Byron", "password": "correct horse", "username": "ada@example.com",
    "roles": [{ "orgId": "65a593c0e8f1a2b3c4d50001", "roleName": "ORG_MEMBER" }],
}))]
pub struct NewPerson {
    /// The country where they live, ISO 3166-1 alpha-2.
    pub country: String,
    /// Their first name.
    pub first_name: String,
    /// Their last name.
    pub last_name: String,
    /// Their mobile number.
    pub mobile_number: Option<String>,
    /// What they sign in with beside their username: at least 8 characters.
    #[schemars(length(min = 8))]
    pub password: String,
    /// Their roles, at least one.
    pub roles: Vec<RoleAssignment>,
    /// Their e-mail address, with which they sign in.
    pub username: String,
}

impl RequestBody for NewPerson {
    const READ_ONLY: &'static [&'static str] = &["createdAt", "emailAddress", "id", "lastAuth", "links", "teamIds"];
}

/// A role in an organization or in a project.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
#[schemars(rename = "CloudAccessRoleAssignment")]
pub struct RoleAssignment {
    /// The project, for a project role.
    pub group_id: Option<ProjectId>,
    /// The organization, for an organization role.
    pub org_id: Option<OrgId>,
    /// The role.
    pub role_name: String,
}
