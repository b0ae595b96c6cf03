//! Invitations as they stand on the wire.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::json;
use telamon_authz::{OrgRole, ProjectRole};
use telamon_wire::{InvitationId, Link, OrgId, ProjectId, RequestBody, TeamId, Timestamp};

use super::model::{Invitation, ProjectGrant};

/// An invitation of an organization's own list.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct OrganizationInvitation {
    /// When they were asked.
    created_at: Timestamp,
    /// Until when they may answer.
    expires_at: Timestamp,
    /// The roles that await them in projects, one by one.
    group_role_assignments: Vec<GroupRole>,
    /// Its id.
    id: InvitationId,
    /// Who asked: a person's username, an API key's public half, a service account's client id.
    inviter_username: String,
    // Part of the published description; the service leaves it out.
    #[serde(skip_serializing_if = "Option::is_none")]
    links: Option<Vec<Link>>,
    /// The organization.
    org_id: OrgId,
    /// Its name.
    org_name: String,
    /// The roles that await them in the organization.
    roles: Vec<OrgRole>,
    /// The teams that await them.
    team_ids: Vec<TeamId>,
    /// Their address.
    username: String,
}

impl OrganizationInvitation {
    pub(super) fn new(invitation: Invitation, org_name: String) -> Self {
        let grants = invitation.project_roles.into_iter();
        let each = grants.flat_map(|ProjectGrant { project, roles }| {
            roles.into_iter().map(move |group_role| GroupRole { group_id: project, group_role })
        });
        Self {
            created_at: invitation.created_at,
            expires_at: invitation.expires_at,
            group_role_assignments: each.collect(),
            id: invitation.id,
            inviter_username: invitation.inviter_username,
            links: None,
            org_id: invitation.org,
            org_name,
            roles: invitation.org_roles,
            team_ids: invitation.team_ids,
            username: invitation.username,
        }
    }
}

/// One role in one project.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct GroupRole {
    /// The project.
    group_id: ProjectId,
    /// The role.
    group_role: ProjectRole,
}

/// An invitation of a project's list.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct GroupInvitation {
    /// When they were asked.
    created_at: Timestamp,
    /// Until when they may answer.
    expires_at: Timestamp,
    /// The project.
    group_id: ProjectId,
    /// Its name.
    group_name: String,
    /// Its id.
    id: InvitationId,
    /// Who asked: a person's username, an API key's public half, a service account's client id.
    inviter_username: String,
    // Part of the published description; the service leaves it out.
    #[serde(skip_serializing_if = "Option::is_none")]
    links: Option<Vec<Link>>,
    /// The roles that await them in the project.
    roles: Vec<ProjectRole>,
    /// Their address.
    username: String,
}

impl GroupInvitation {
    pub(super) fn new(invitation: Invitation, project: ProjectId, group_name: String) -> Self {
        Self {
            created_at: invitation.created_at,
            expires_at: invitation.expires_at,
            group_id: project,
            group_name,
            id: invitation.id,
            roles: invitation.roles_in(project),
            inviter_username: invitation.inviter_username,
            links: None,
            username: invitation.username,
        }
    }
}

/// Whom to invite to an organization and to what, or whose invitation to change.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
#[schemars(example = json!({ "roles": ["ORG_MEMBER"], "teamIds": [], "username": "ada@example.com" }))]
pub struct OrganizationInvitationRequest {
    /// The roles in projects.
    group_role_assignments: Option<Vec<OrganizationInvitationGroupRoleAssignmentsRequest>>,
    /// The roles in the organization; whoever gets none becomes a member.
    roles: Option<Vec<OrgRole>>,
    /// The teams.
    team_ids: Option<Vec<TeamId>>,
    /// The address.
    pub username: String,
}

impl RequestBody for OrganizationInvitationRequest {
    const READ_ONLY: &'static [&'static str] =
        &["createdAt", "expiresAt", "id", "inviterUsername", "links", "orgId", "orgName"];
}

impl OrganizationInvitationRequest {
    /// What of it is about roles and teams.
    pub fn promises(&self) -> Promises {
        Promises::of(self.roles.as_ref(), self.group_role_assignments.as_ref(), self.team_ids.as_ref())
    }
}

/// What changes of an organization's invitation. What is left out stays.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
#[schemars(example = json!({ "roles": ["ORG_READ_ONLY"] }))]
pub struct OrganizationInvitationUpdateRequest {
    /// The roles in projects.
    group_role_assignments: Option<Vec<OrganizationInvitationGroupRoleAssignmentsRequest>>,
    /// The roles in the organization; an empty list leaves them.
    roles: Option<Vec<OrgRole>>,
    /// The teams.
    team_ids: Option<Vec<TeamId>>,
}

impl RequestBody for OrganizationInvitationUpdateRequest {
    const READ_ONLY: &'static [&'static str] =
        &["createdAt", "expiresAt", "id", "inviterUsername", "links", "orgId", "orgName", "username"];
}

impl OrganizationInvitationUpdateRequest {
    /// What of it is about roles and teams.
    pub fn promises(&self) -> Promises {
        Promises::of(self.roles.as_ref(), self.group_role_assignments.as_ref(), self.team_ids.as_ref())
    }
}

/// Roles in one project.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub struct OrganizationInvitationGroupRoleAssignmentsRequest {
    /// The project.
    group_id: ProjectId,
    /// The roles.
    roles: Vec<ProjectRole>,
}

/// What awaits the invited; what is `None` was not said.
#[derive(Debug)]
pub struct Promises {
    /// Roles in the organization, at least one.
    pub org_roles: Option<Vec<OrgRole>>,
    /// Roles in projects.
    pub project_roles: Option<Vec<ProjectGrant>>,
    /// Teams.
    pub team_ids: Option<Vec<TeamId>>,
}

impl Promises {
    fn of(
        roles: Option<&Vec<OrgRole>>,
        grants: Option<&Vec<OrganizationInvitationGroupRoleAssignmentsRequest>>,
        teams: Option<&Vec<TeamId>>,
    ) -> Self {
        let grant = |request: &OrganizationInvitationGroupRoleAssignmentsRequest| ProjectGrant {
            project: request.group_id,
            roles: request.roles.clone(),
        };
        Self {
            org_roles: roles.filter(|roles| !roles.is_empty()).cloned(),
            project_roles: grants.map(|grants| grants.iter().map(grant).collect()),
            team_ids: teams.cloned(),
        }
    }
}

/// Whom to invite to a project and to what, or whose invitation to change.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
#[schemars(example = json!({ "roles": ["GROUP_READ_ONLY"], "username": "ada@example.com" }))]
pub struct GroupInvitationRequest {
    /// The roles in the project.
    #[serde(default)]
    pub roles: Vec<String>,
    /// The address.
    pub username: String,
}

impl RequestBody for GroupInvitationRequest {
    const READ_ONLY: &'static [&'static str] =
        &["createdAt", "expiresAt", "groupId", "groupName", "id", "inviterUsername", "links"];
}

/// What changes of a project's invitation.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
#[schemars(example = json!({ "roles": ["GROUP_OWNER"] }))]
pub struct GroupInvitationUpdateRequest {
    /// The roles in the project; an empty list leaves them.
    #[serde(default)]
    pub roles: Vec<String>,
}

impl RequestBody for GroupInvitationUpdateRequest {
    const READ_ONLY: &'static [&'static str] =
        &["createdAt", "expiresAt", "groupId", "groupName", "id", "inviterUsername", "links", "username"];
}
