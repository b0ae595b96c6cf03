//! Requests and answers.
//!
//! A person has two shapes: the one of 2023-01-01, with every role in one list, and that of 2025-02-19, which tells
//! people who have joined from those who were asked to, and speaks of one organization or of one project.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use telamon_api::Cx;
use telamon_authz::{OrgRole, ProjectRole};
use telamon_wire::{Link, PersonId, ProjectId, TeamId, Timestamp};

use super::member::Member;
use crate::resources::api_keys::CloudAccessRoleAssignment;

/// A person, in the shape of 2023-01-01.
#[derive(Clone, Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct CloudAppUser {
    /// The country where they live, ISO 3166-1 alpha-2.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub country: String,
    /// When the account was made.
    pub created_at: Timestamp,
    /// Their address, which is their username.
    pub email_address: String,
    /// Their first name.
    pub first_name: String,
    /// Their id.
    pub id: PersonId,
    /// When they last signed in.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub last_auth: Option<Timestamp>,
    /// Their last name.
    pub last_name: String,
    /// Where they are found.
    pub links: Vec<Link>,
    /// Described and never told.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Option<String>")]
    pub mobile_number: Option<NeverTold>,
    /// Described and never told.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Option<String>")]
    pub password: Option<NeverTold>,
    /// Their roles.
    pub roles: Vec<CloudAccessRoleAssignment>,
    /// The teams that they belong to.
    pub team_ids: Vec<TeamId>,
    /// What they sign in with, an e-mail address.
    pub username: String,
}

/// What the published description has and no answer holds.
#[derive(Clone, Copy, Debug, Serialize)]
pub enum NeverTold {}

impl CloudAppUser {
    /// As an item of a list: with the link to itself alone. `None` for somebody who has not joined, whom this shape
    /// does not know.
    pub fn listed<S>(cx: &Cx<S>, member: Member) -> Option<Self> {
        let path = format!("/api/atlas/v2/users/{}", member.id);
        Self::with_links(member, vec![cx.link("self", &path)])
    }

    /// By itself: with links to what belongs to it.
    pub fn single<S>(cx: &Cx<S>, member: Member) -> Option<Self> {
        let path = format!("/api/atlas/v2/users/{}", member.id);
        let mut links = vec![cx.link("self", &path)];
        links.extend(["whitelist", "accessList"].map(|name| {
            let rel = format!("https://cloud.mongodb.com/{name}");
            cx.link(&rel, &format!("{path}/{name}"))
        }));
        Self::with_links(member, links)
    }

    fn with_links(member: Member, links: Vec<Link>) -> Option<Self> {
        let Membership::Active(profile) = member.membership else { return None };
        let in_orgs = member.org_roles.iter().map(|(org, role)| CloudAccessRoleAssignment::in_org(*org, role.as_str()));
        let in_projects = member
            .project_roles
            .iter()
            .map(|(project, role)| CloudAccessRoleAssignment::in_project(*project, role.as_str()));
        Some(Self {
            roles: in_orgs.chain(in_projects).collect(),
            country: profile.country,
            created_at: profile.created_at,
            email_address: member.username.clone(),
            first_name: profile.first_name,
            id: member.id,
            last_auth: profile.last_auth,
            last_name: profile.last_name,
            links,
            mobile_number: None,
            password: None,
            team_ids: member.teams,
            username: member.username,
        })
    }
}

/// Somebody of an organization.
#[derive(Clone, Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct OrgUserResponse {
    /// Their id.
    pub id: PersonId,
    /// Whether they have joined, and what is known of them.
    #[serde(flatten)]
    pub membership: Membership,
    /// Their roles in the organization and in its projects.
    pub roles: OrgUserRolesResponse,
    /// The teams of the organization that they belong to.
    pub team_ids: Vec<TeamId>,
    /// What they sign in with, an e-mail address.
    pub username: String,
}

impl From<Member> for OrgUserResponse {
    fn from(member: Member) -> Self {
        let mut assignments: Vec<GroupRoleAssignment> = Vec::new();
        for (group_id, role) in member.project_roles {
            match assignments.iter_mut().find(|assignment| assignment.group_id == group_id) {
                Some(assignment) => assignment.group_roles.push(role),
                None => assignments.push(GroupRoleAssignment { group_id, group_roles: vec![role] }),
            }
        }
        let org_roles = member.org_roles.into_iter().map(|(_, role)| role).collect();
        Self {
            id: member.id,
            membership: member.membership,
            roles: OrgUserRolesResponse { group_role_assignments: assignments, org_roles },
            team_ids: member.teams,
            username: member.username,
        }
    }
}

/// Roles in an organization and in its projects.
#[derive(Clone, Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct OrgUserRolesResponse {
    /// The roles in projects.
    pub group_role_assignments: Vec<GroupRoleAssignment>,
    /// The roles in the organization.
    pub org_roles: Vec<OrgRole>,
}

/// Roles in one project.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub struct GroupRoleAssignment {
    /// The project.
    pub group_id: ProjectId,
    /// The roles there.
    pub group_roles: Vec<ProjectRole>,
}

/// Somebody of a project.
#[derive(Clone, Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct GroupUserResponse {
    /// Their id.
    pub id: PersonId,
    /// Whether they have joined, and what is known of them.
    #[serde(flatten)]
    pub membership: Membership,
    /// Their roles in the project.
    pub roles: Vec<ProjectRole>,
    /// What they sign in with, an e-mail address.
    pub username: String,
}

impl GroupUserResponse {
    /// A member of the organization with the roles that they have in one of its projects.
    pub fn new(member: Member, project: ProjectId) -> Self {
        let roles = member.in_project(project);
        Self { id: member.id, membership: member.membership, roles, username: member.username }
    }
}

/// Whether somebody has joined an organization, and what is known of them.
#[derive(Clone, Debug, Serialize, JsonSchema)]
#[serde(tag = "orgMembershipStatus", rename_all = "SCREAMING_SNAKE_CASE")]
pub enum Membership {
    /// They have joined.
    Active(Profile),
    /// They were asked to join, and have not answered.
    Pending(Asked),
    /// They were asked to join, and did not answer in time.
    InvitationExpired(Asked),
    /// They were asked to join, and declined.
    InvitationRejected(Asked),
}

/// What a person says of themselves.
#[derive(Clone, Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Profile {
    /// The country where they live, ISO 3166-1 alpha-2.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub country: String,
    /// When the account was made.
    pub created_at: Timestamp,
    /// Their first name.
    pub first_name: String,
    /// When they last signed in.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub last_auth: Option<Timestamp>,
    /// Their last name.
    pub last_name: String,
    /// Their mobile number; null if there is none.
    pub mobile_number: Option<String>,
}

impl Profile {
    /// Of somebody who has not said who they are.
    pub fn without_name(country: &str, created_at: Timestamp) -> Self {
        let (first_name, last_name) = (String::new(), String::new());
        Self { country: country.to_owned(), created_at, first_name, last_auth: None, last_name, mobile_number: None }
    }
}

/// How somebody was asked to join.
#[derive(Clone, Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Asked {
    /// When.
    pub invitation_created_at: Timestamp,
    /// Until when they may answer.
    pub invitation_expires_at: Timestamp,
    /// By whom: an e-mail address, or the name of a credential.
    pub inviter_username: String,
}
