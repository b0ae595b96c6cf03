//! What an invitation is, and which ones there may be.

use lettre::Address;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use telamon_authz::{OrgRole, ProjectRole};
use telamon_wire::{ApiError, ErrorCode, InvitationId, OrgId, PersonId, ProjectId, TeamId, Timestamp};

/// How long an invitation can be accepted: 30 days.
pub const LIFETIME_SECONDS: i64 = 30 * 86_400;
/// The longest address, as RFC 5321 section 4.5.3.1.3 has it.
const ADDRESS_LENGTH: usize = 254;

/// An invitation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Invitation {
    /// Its id.
    pub id: InvitationId,
    /// The id that the invited have, or will have, as a person.
    pub user_id: PersonId,
    /// The organization.
    pub org: OrgId,
    /// The project whose list shows it; without one it is the organization's.
    pub project: Option<ProjectId>,
    /// The address, folded.
    pub username: String,
    /// The roles that await them in the organization.
    pub org_roles: Vec<OrgRole>,
    /// The roles that await them in projects.
    pub project_roles: Vec<ProjectGrant>,
    /// The teams that await them.
    pub team_ids: Vec<TeamId>,
    /// Who asked them: a person's username, an API key's public half, a service account's client id.
    pub inviter_username: String,
    /// Whether they declined.
    pub rejected: bool,
    /// When they were asked.
    pub created_at: Timestamp,
    /// Until when they may answer.
    pub expires_at: Timestamp,
}

/// Roles in one project.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct ProjectGrant {
    /// The project.
    #[serde(rename = "groupId")]
    pub project: ProjectId,
    /// The roles.
    #[serde(rename = "groupRoles")]
    pub roles: Vec<ProjectRole>,
}

/// Whom to invite, and to what.
#[derive(Clone, Debug)]
pub struct NewInvitation {
    /// The organization.
    pub org: OrgId,
    /// The project whose list shall show it; without one it is the organization's.
    pub project: Option<ProjectId>,
    /// The address, in any case.
    pub username: String,
    /// The roles in the organization. Whoever joins without one becomes a member.
    pub org_roles: Vec<OrgRole>,
    /// The roles in projects.
    pub project_roles: Vec<ProjectGrant>,
    /// The teams.
    pub team_ids: Vec<TeamId>,
}

/// What has become of an invitation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Status {
    /// It can be accepted.
    Pending,
    /// Nobody answered in time.
    Expired,
    /// It was declined.
    Rejected,
}

impl Invitation {
    /// What has become of it by now.
    pub fn status(&self, now: Timestamp) -> Status {
        match self.rejected {
            true => Status::Rejected,
            false if self.expires_at <= now => Status::Expired,
            false => Status::Pending,
        }
    }

    /// The projects in which roles await them.
    pub fn projects(&self) -> Vec<ProjectId> {
        self.project_roles.iter().map(|grant| grant.project).collect()
    }

    /// The roles that await them in a project.
    pub fn roles_in(&self, project: ProjectId) -> Vec<ProjectRole> {
        let grants = self.project_roles.iter().filter(|grant| grant.project == project);
        grants.flat_map(|grant| grant.roles.iter().copied()).collect()
    }

    /// Has these roles await them in a project, beside those that do.
    pub fn add_roles_in(&mut self, project: ProjectId, roles: &[ProjectRole]) {
        let mut all = self.roles_in(project);
        all.extend(roles);
        self.set_roles_in(project, without_repetition(&all));
    }

    /// Has these roles await them in a project, and no others there.
    pub fn set_roles_in(&mut self, project: ProjectId, roles: Vec<ProjectRole>) {
        match self.project_roles.iter_mut().find(|grant| grant.project == project) {
            Some(grant) => grant.roles = roles,
            None => self.project_roles.push(ProjectGrant { project, roles }),
        }
        self.project_roles.retain(|grant| !grant.roles.is_empty());
    }
}

/// An e-mail address in the form in which it is kept and compared: in lower case. `INVALID_EMAIL_ADDRESS` if it is none.
pub fn fold_address(text: &str) -> Result<String, ApiError> {
    let folded = text.to_lowercase();
    let fits = folded.len() <= ADDRESS_LENGTH && !folded.contains(|c: char| c.is_control());
    if fits && folded.parse::<Address>().is_ok() {
        return Ok(folded);
    }
    Err(ApiError::new(ErrorCode::INVALID_EMAIL_ADDRESS).with(text))
}

/// Each thing once, in the order in which they first stand there.
pub fn without_repetition<T: Copy + PartialEq>(things: &[T]) -> Vec<T> {
    let mut once = Vec::with_capacity(things.len());
    for thing in things {
        if !once.contains(thing) {
            once.push(*thing);
        }
    }
    once
}

#[cfg(test)]
mod tests {
    use super::*;

    fn invitation() -> Invitation {
        let id = "5f0000000000000000000001";
        Invitation {
            id: id.parse().unwrap(),
            user_id: id.parse().unwrap(),
            org: id.parse().unwrap(),
            project: None,
            username: "ada@example.com".into(),
            org_roles: Vec::new(),
            project_roles: Vec::new(),
            team_ids: Vec::new(),
            inviter_username: "abcdefgh".into(),
            rejected: false,
            created_at: Timestamp::from_seconds(0),
            expires_at: Timestamp::from_seconds(LIFETIME_SECONDS),
        }
    }

    #[test]
    fn an_address_is_folded_and_must_be_one() {
        assert_eq!(fold_address("Ada+Tag@Example.COM"), Ok("ada+tag@example.com".into()));
        for wrong in ["", "ada", "ada@", "@example.com", "a b@example.com", "ada@example.com\r\nBcc: x@y", "a@b@c"] {
            let error = fold_address(wrong).unwrap_err();
            assert_eq!(
                (error.code, error.parameters),
                (ErrorCode::INVALID_EMAIL_ADDRESS, vec![wrong.into()]),
                "{wrong:?}"
            );
        }
        let long = |local: usize| format!("{}@{}.example", "a".repeat(local), "b.".repeat(91) + "bb");
        assert_eq!(long(61).len(), 254);
        assert!(fold_address(&long(61)).is_ok());
        assert!(fold_address(&long(62)).is_err());
    }

    #[test]
    fn an_invitation_is_over_at_the_end_of_its_thirtieth_day() {
        let mut invitation = invitation();
        let at = |seconds| Timestamp::from_seconds(seconds);
        assert_eq!(invitation.status(at(LIFETIME_SECONDS - 1)), Status::Pending);
        assert_eq!(invitation.status(at(LIFETIME_SECONDS)), Status::Expired);
        invitation.rejected = true;
        assert_eq!(invitation.status(at(0)), Status::Rejected);
    }

    #[test]
    fn roles_of_a_project_are_added_and_replaced() {
        let (mut invitation, project) = (invitation(), "5f00000000000000000000aa".parse().unwrap());
        invitation.add_roles_in(project, &[ProjectRole::ReadOnly, ProjectRole::ReadOnly]);
        invitation.add_roles_in(project, &[ProjectRole::Owner, ProjectRole::ReadOnly]);
        assert_eq!(invitation.roles_in(project), [ProjectRole::ReadOnly, ProjectRole::Owner]);
        invitation.set_roles_in(project, vec![ProjectRole::ClusterManager]);
        assert_eq!(invitation.roles_in(project), [ProjectRole::ClusterManager]);
        invitation.set_roles_in(project, Vec::new());
        assert_eq!(invitation.project_roles, []);
    }
}
