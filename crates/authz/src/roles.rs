//! The roles of organizations and projects, and sets of them.

use std::fmt;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

macro_rules! roles {
    ($(#[$doc:meta])* $role:ident, $(#[$set_doc:meta])* $set:ident: $bits:ty { $($(#[$variant_doc:meta])* $variant:ident = $name:literal,)+ }) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
        pub enum $role { $($(#[$variant_doc])* #[serde(rename = $name)] $variant,)+ }

        impl $role {
            /// Every role, in the order of the declaration.
            pub const ALL: &[Self] = &[$(Self::$variant,)+];

            /// The name on the wire.
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $name,)+ }
            }

            /// The role of that name.
            pub fn parse(name: &str) -> Option<Self> {
                match name { $($name => Some(Self::$variant),)+ _ => None }
            }

            const fn bit(self) -> $bits {
                1 << self as $bits
            }
        }

        impl fmt::Display for $role {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(self.as_str())
            }
        }

        $(#[$set_doc])*
        #[derive(Clone, Copy, PartialEq, Eq, Default)]
        pub struct $set($bits);

        impl $set {
            /// The set of no role.
            pub const NONE: Self = Self(0);

            /// The set of these roles.
            pub const fn of(roles: &[$role]) -> Self {
                let (mut bits, mut i) = (0, 0);
                while i < roles.len() {
                    bits |= roles[i].bit();
                    i += 1;
                }
                Self(bits)
            }

            /// Adds a role.
            pub fn insert(&mut self, role: $role) {
                self.0 |= role.bit();
            }

            /// Whether the role was granted itself.
            pub const fn contains(self, role: $role) -> bool {
                self.0 & role.bit() != 0
            }

            /// Whether there is none.
            pub const fn is_empty(self) -> bool {
                self.0 == 0
            }

            /// The roles of both sets.
            #[must_use]
            pub const fn union(self, other: Self) -> Self {
                Self(self.0 | other.0)
            }

            /// The roles, in the order of the declaration.
            pub fn iter(self) -> impl Iterator<Item = $role> {
                $role::ALL.iter().copied().filter(move |role| self.contains(*role))
            }

            /// Whether one of these roles is, or implies, the other.
            pub fn imply(self, wanted: $role) -> bool {
                self.iter().any(|role| role.implies(wanted))
            }
        }

        impl FromIterator<$role> for $set {
            fn from_iter<I: IntoIterator<Item = $role>>(roles: I) -> Self {
                let mut set = Self::NONE;
                roles.into_iter().for_each(|role| set.insert(role));
                set
            }
        }

        impl fmt::Debug for $set {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.debug_set().entries(self.iter()).finish()
            }
        }
    };
}

roles! {
    /// A role in an organization.
    OrgRole,
    /// A set of organization roles.
    OrgRoles: u8 {
        /// Everything in the organization and in each of its projects.
        Owner = "ORG_OWNER",
        /// Creates projects.
        GroupCreator = "ORG_GROUP_CREATOR",
        /// Writes what concerns billing.
        BillingAdmin = "ORG_BILLING_ADMIN",
        /// Reads what concerns billing.
        BillingReadOnly = "ORG_BILLING_READ_ONLY",
        /// Owns stream processing in every project, and reads the organization.
        StreamProcessingAdmin = "ORG_STREAM_PROCESSING_ADMIN",
        /// Reads everything in the organization and in each of its projects.
        ReadOnly = "ORG_READ_ONLY",
        /// Reads the organization itself, its people, teams and keys.
        Member = "ORG_MEMBER",
    }
}

roles! {
    /// A role in a project.
    ProjectRole,
    /// A set of project roles.
    ProjectRoles: u32 {
        /// Everything in the project.
        Owner = "GROUP_OWNER",
        /// Users, teams, API keys and access lists of service accounts in the project.
        AccessManager = "GROUP_ACCESS_MANAGER",
        /// The IP access list, peering and private endpoints.
        NetworkAccessManager = "GROUP_NETWORK_ACCESS_MANAGER",
        /// Database users, custom roles and the history of access.
        DatabaseAccessAdmin = "GROUP_DATABASE_ACCESS_ADMIN",
        /// Alert configurations and acknowledgements.
        AlertsManager = "GROUP_ALERTS_MANAGER",
        /// Stream processing, with its database users and custom roles.
        StreamProcessingOwner = "GROUP_STREAM_PROCESSING_OWNER",
        /// Edits and pauses clusters.
        ClusterManager = "GROUP_CLUSTER_MANAGER",
        /// Creates clusters.
        ClusterCreator = "GROUP_CLUSTER_CREATOR",
        /// Changes the topology of clusters.
        ReplicaSetManager = "GROUP_REPLICA_SET_MANAGER",
        /// Logs and the history of access.
        ClusterLogViewer = "GROUP_CLUSTER_LOG_VIEWER",
        /// Tests of failover.
        ClusterResilienceTester = "GROUP_CLUSTER_RESILIENCE_TESTER",
        /// Everything in the data explorer.
        DataAccessAdmin = "GROUP_DATA_ACCESS_ADMIN",
        /// Reads and writes in the data explorer.
        DataAccessReadWrite = "GROUP_DATA_ACCESS_READ_WRITE",
        /// Reads in the data explorer.
        DataAccessReadOnly = "GROUP_DATA_ACCESS_READ_ONLY",
        /// Everything about backups.
        BackupManager = "GROUP_BACKUP_MANAGER",
        /// Creates backups.
        BackupCreator = "GROUP_BACKUP_CREATOR",
        /// Restores backups.
        BackupRecoveryOperator = "GROUP_BACKUP_RECOVERY_OPERATOR",
        /// Exports backups.
        BackupExportOperator = "GROUP_BACKUP_EXPORT_OPERATOR",
        /// Indexes.
        IndexManager = "GROUP_INDEX_MANAGER",
        /// Search indexes.
        SearchIndexEditor = "GROUP_SEARCH_INDEX_EDITOR",
        /// Views of performance.
        ObservabilityViewer = "GROUP_OBSERVABILITY_VIEWER",
        /// Kills operations.
        RealTimePerformanceOperator = "GROUP_REAL_TIME_PERFORMANCE_OPERATOR",
        /// Triggers.
        TriggerManager = "GROUP_TRIGGER_MANAGER",
        /// Grants of access for support.
        SupportAccessManager = "GROUP_SUPPORT_ACCESS_MANAGER",
        /// Keys of models.
        ModelOwner = "GROUP_MODEL_OWNER",
        /// Charts.
        ChartsAdmin = "GROUP_CHARTS_ADMIN",
        /// Reads the project.
        ReadOnly = "GROUP_READ_ONLY",
    }
}

impl OrgRole {
    /// Whether who has this role has `other` as well.
    pub fn implies(self, other: Self) -> bool {
        self == other
            || match self {
                Self::Owner => true,
                Self::StreamProcessingAdmin => matches!(other, Self::ReadOnly | Self::Member),
                _ => other == Self::Member,
            }
    }

    /// The roles that this one gives in every project of the organization.
    pub const fn in_projects(self) -> ProjectRoles {
        match self {
            Self::Owner => ProjectRoles::of(&[ProjectRole::Owner]),
            Self::StreamProcessingAdmin => ProjectRoles::of(&[ProjectRole::StreamProcessingOwner]),
            Self::ReadOnly => ProjectRoles::of(&[ProjectRole::ReadOnly]),
            _ => ProjectRoles::NONE,
        }
    }
}

impl ProjectRole {
    /// Whether who has this role has `other` as well.
    pub fn implies(self, other: Self) -> bool {
        self == other
            || match self {
                Self::Owner => true,
                Self::DataAccessAdmin => {
                    matches!(other, Self::DataAccessReadWrite | Self::DataAccessReadOnly | Self::ReadOnly)
                }
                Self::DataAccessReadWrite => matches!(other, Self::DataAccessReadOnly | Self::ReadOnly),
                Self::BackupManager => matches!(
                    other,
                    Self::BackupCreator | Self::BackupRecoveryOperator | Self::BackupExportOperator | Self::ReadOnly
                ),
                _ => other == Self::ReadOnly,
            }
    }

    /// Whether who has `self` may grant `other`: nobody grants what their own roles do not imply, but the access
    /// manager of a project grants every role except its owner's.
    pub fn may_grant(self, other: Self) -> bool {
        self.implies(other) || (self == Self::AccessManager && other != Self::Owner)
    }
}

impl OrgRoles {
    /// The roles that these give in every project of the organization.
    pub fn in_projects(self) -> ProjectRoles {
        self.iter().fold(ProjectRoles::NONE, |roles, role| roles.union(role.in_projects()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_owner_has_every_role_and_nobody_else_has_the_owner_s() {
        for role in OrgRole::ALL {
            assert!(OrgRole::Owner.implies(*role));
            assert!(role.implies(OrgRole::Member));
            assert_eq!(role.implies(OrgRole::Owner), *role == OrgRole::Owner);
        }
        for role in ProjectRole::ALL {
            assert!(ProjectRole::Owner.implies(*role));
            assert!(role.implies(ProjectRole::ReadOnly));
            assert_eq!(role.implies(ProjectRole::Owner), *role == ProjectRole::Owner);
        }
    }

    #[test]
    fn an_access_manager_grants_all_but_ownership() {
        let granted: Vec<_> = ProjectRole::ALL.iter().filter(|r| !ProjectRole::AccessManager.may_grant(**r)).collect();
        assert_eq!(granted, [&ProjectRole::Owner]);
        assert!(!ProjectRole::ReadOnly.may_grant(ProjectRole::AlertsManager));
    }

    #[test]
    fn names_read_back() {
        for role in OrgRole::ALL {
            assert_eq!(OrgRole::parse(role.as_str()), Some(*role));
        }
        for role in ProjectRole::ALL {
            assert_eq!(ProjectRole::parse(role.as_str()), Some(*role));
        }
        assert_eq!(ProjectRole::parse("GROUP_EVERYTHING"), None);
    }

    #[test]
    fn organization_roles_reach_into_projects() {
        let reach = |role: OrgRole| OrgRoles::of(&[role]).in_projects();
        assert!(reach(OrgRole::Owner).imply(ProjectRole::Owner));
        assert!(reach(OrgRole::ReadOnly).imply(ProjectRole::ReadOnly));
        assert!(!reach(OrgRole::ReadOnly).imply(ProjectRole::AlertsManager));
        assert!(reach(OrgRole::StreamProcessingAdmin).imply(ProjectRole::StreamProcessingOwner));
        assert!(reach(OrgRole::Member).is_empty());
    }
}
