//! Somebody of an organization: a person who has joined, or somebody who was asked to.

use telamon_authz::{OrgRole, ProjectRole};
use telamon_wire::{OrgId, PersonId, ProjectId, TeamId};

use super::wire::Membership;

/// Somebody of an organization, with what they hold there.
#[derive(Clone, Debug)]
pub struct Member {
    /// Their id, the same before and after they join.
    pub id: PersonId,
    /// What they sign in with, an e-mail address.
    pub username: String,
    /// Whether they have joined.
    pub membership: Membership,
    /// Their roles in organizations, as granted or as promised.
    pub org_roles: Vec<(OrgId, OrgRole)>,
    /// Their roles in projects, as granted or as promised.
    pub project_roles: Vec<(ProjectId, ProjectRole)>,
    /// Their teams.
    pub teams: Vec<TeamId>,
}

impl Member {
    /// Whether they have joined. What others hold is a promise.
    pub const fn has_joined(&self) -> bool {
        matches!(self.membership, Membership::Active(_))
    }

    /// Their roles in an organization.
    pub fn in_org(&self, org: OrgId) -> Vec<OrgRole> {
        self.org_roles.iter().filter(|(of, _)| *of == org).map(|(_, role)| *role).collect()
    }

    /// Their roles in a project.
    pub fn in_project(&self, project: ProjectId) -> Vec<ProjectRole> {
        self.project_roles.iter().filter(|(of, _)| *of == project).map(|(_, role)| *role).collect()
    }
}
