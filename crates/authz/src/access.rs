//! What an operation demands of its caller.

use crate::{OrgRole, OrgRoles, ProjectRole, ProjectRoles};

/// Who may call an operation on an organization: whoever has one of these roles, or one that implies it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct OrgAccess(&'static [OrgRole]);

impl OrgAccess {
    /// One of these roles is enough.
    pub const fn any_of(roles: &'static [OrgRole]) -> Self {
        Self(roles)
    }

    /// Whether the roles of a caller in the organization are enough.
    pub fn admits(self, roles: OrgRoles) -> bool {
        self.0.iter().any(|wanted| roles.imply(*wanted))
    }

    /// The roles, for the documents.
    pub const fn roles(self) -> &'static [OrgRole] {
        self.0
    }
}

/// Who may call an operation on a project: whoever has one of these roles there, or one that implies it, or a role in
/// its organization that does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ProjectAccess(&'static [ProjectRole]);

impl ProjectAccess {
    /// One of these roles is enough.
    pub const fn any_of(roles: &'static [ProjectRole]) -> Self {
        Self(roles)
    }

    /// Whether the roles of a caller, in the project and in its organization, are enough.
    pub fn admits(self, in_project: ProjectRoles, in_organization: OrgRoles) -> bool {
        let roles = in_project.union(in_organization.in_projects());
        self.0.iter().any(|wanted| roles.imply(*wanted))
    }

    /// The roles, for the documents.
    pub const fn roles(self) -> &'static [ProjectRole] {
        self.0
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
}
