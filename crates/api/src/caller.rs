//! Who calls: a credential that has proved itself, with its roles.

use std::collections::HashMap;

use telamon_authz::{OrgRoles, ProjectRoles};
use telamon_wire::{ApiKeyId, ClientId, OrgId, PersonId, ProjectId};

/// Which credential it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Identity {
    /// An API key.
    ApiKey {
        /// Its id.
        id: ApiKeyId,
        /// Its public half.
        public_key: String,
    },
    /// A service account.
    ServiceAccount {
        /// Its client id.
        client_id: ClientId,
    },
    /// A person.
    Person {
        /// Their id.
        id: PersonId,
        /// Their e-mail address.
        username: String,
    },
}

/// An authenticated caller.
#[derive(Clone, Debug)]
pub struct Caller {
    /// Which credential it is.
    pub identity: Identity,
    /// The roles in organizations. A credential of a program belongs to one.
    pub orgs: HashMap<OrgId, OrgRoles>,
    /// The roles in projects, as granted.
    pub projects: HashMap<ProjectId, ProjectRoles>,
}

impl Caller {
    /// The roles in an organization.
    pub fn in_org(&self, org: OrgId) -> OrgRoles {
        self.orgs.get(&org).copied().unwrap_or_default()
    }

    /// The roles granted in a project itself.
    pub fn in_project(&self, project: ProjectId) -> ProjectRoles {
        self.projects.get(&project).copied().unwrap_or_default()
    }

    /// The organization of whoever is in one alone, as each credential of a program is.
    pub fn org(&self) -> Option<OrgId> {
        match self.orgs.len() {
            1 => self.orgs.keys().next().copied(),
            _ => None,
        }
    }

    /// Whether this is the same credential as earlier, with no role less.
    pub(crate) fn still_holds(&self, earlier: &Self) -> bool {
        self.identity == earlier.identity
            && earlier.orgs.iter().all(|(org, roles)| roles.iter().all(|role| self.in_org(*org).contains(role)))
            && earlier
                .projects
                .iter()
                .all(|(project, roles)| roles.iter().all(|role| self.in_project(*project).contains(role)))
    }

    /// The id under which roles are kept, and which tells this credential from every other.
    pub fn holder_id(&self) -> String {
        match &self.identity {
            Identity::ApiKey { id, .. } => id.to_string(),
            Identity::ServiceAccount { client_id } => client_id.0.to_string(),
            Identity::Person { id, .. } => id.to_string(),
        }
    }
}
