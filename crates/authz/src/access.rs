//! What an operation demands of its caller.

use crate::{OrgRole, OrgRoles, ProjectRole, ProjectRoles};

/// Who may call an operation on an organization: whoever has one of these roles, or one that implies it, and for some
/// operations the credential that they are about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct OrgAccess {
    roles: &'static [OrgRole],
    itself: Option<&'static str>,
}

impl OrgAccess {
    /// One of these roles is enough.
    pub const fn any_of(roles: &'static [OrgRole]) -> Self {
        Self { roles, itself: None }
    }

    /// The credential whose id this parameter of the path is may call as well, whatever its roles.
    #[must_use]
    pub const fn or_itself(self, parameter: &'static str) -> Self {
        Self { itself: Some(parameter), ..self }
    }

    /// The parameter of the path that names the credential which may call whatever its roles.
    pub const fn itself(self) -> Option<&'static str> {
        self.itself
    }

    /// Whether the roles of a caller in the organization are enough.
    pub fn admits(self, roles: OrgRoles) -> bool {
        self.roles.iter().any(|wanted| roles.imply(*wanted))
    }

    /// The roles, for the documents.
    pub const fn roles(self) -> &'static [OrgRole] {
        self.roles
    }
}

/// Who may call an operation on a project.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ProjectAccess {
    /// Whoever has one of these roles there, or one that implies it, or a role in its organization that does.
    InProject(&'static [ProjectRole]),
    /// Whoever has one of these roles in its organization, or one that implies it.
    InOrganization(&'static [OrgRole]),
}

impl ProjectAccess {
    /// One of these roles is enough.
    pub const fn any_of(roles: &'static [ProjectRole]) -> Self {
        Self::InProject(roles)
    }

    /// Whether the roles of a caller, in the project and in its organization, are enough.
    pub fn admits(self, in_project: ProjectRoles, in_organization: OrgRoles) -> bool {
        match self {
            Self::InProject(roles) => {
                let held = in_project.union(in_organization.in_projects());
                roles.iter().any(|wanted| held.imply(*wanted))
            }
            Self::InOrganization(roles) => OrgAccess::any_of(roles).admits(in_organization),
        }
    }

    /// The names of the roles, for the documents.
    pub fn role_names(self) -> Vec<&'static str> {
        match self {
            Self::InProject(roles) => roles.iter().map(|role| role.as_str()).collect(),
            Self::InOrganization(roles) => roles.iter().map(|role| role.as_str()).collect(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_of_several_roles_is_enough() {
        let access = ProjectAccess::any_of(&[ProjectRole::DatabaseAccessAdmin, ProjectRole::StreamProcessingOwner]);
        let admitted: Vec<_> =
            ProjectRole::ALL.iter().filter(|role| access.admits(ProjectRoles::of(&[**role]), OrgRoles::NONE)).collect();
        assert_eq!(
            admitted,
            [&ProjectRole::Owner, &ProjectRole::DatabaseAccessAdmin, &ProjectRole::StreamProcessingOwner]
        );
        let admitted: Vec<_> =
            OrgRole::ALL.iter().filter(|role| access.admits(ProjectRoles::NONE, OrgRoles::of(&[**role]))).collect();
        assert_eq!(admitted, [&OrgRole::Owner, &OrgRole::StreamProcessingAdmin]);
    }

    #[test]
    fn a_role_of_the_organization_is_not_made_up_for_by_one_of_the_project() {
        let access = ProjectAccess::InOrganization(&[OrgRole::Owner]);
        assert!(access.admits(ProjectRoles::NONE, OrgRoles::of(&[OrgRole::Owner])));
        assert!(!access.admits(ProjectRoles::of(&[ProjectRole::Owner]), OrgRoles::of(&[OrgRole::Member])));
    }
}
