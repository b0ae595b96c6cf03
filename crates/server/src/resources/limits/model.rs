//! The limits that there are, and their numbers.

use telamon_wire::{ApiError, ErrorCode};

use super::wire::{DataFederationLimit, DefaultGroupLimit};
use crate::limits::ResourceLimits;

/// What this server counts, and refuses beyond a limit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Counted {
    /// Roles of a project's own.
    CustomRoles,
    /// Database users.
    DatabaseUsers,
    /// Entries of the access list of a project.
    NetworkEntries,
}

impl Counted {
    /// The name of its limit.
    pub const fn limit_name(self) -> &'static str {
        match self {
            Self::CustomRoles => "atlas.project.security.databaseAccess.customRoles",
            Self::DatabaseUsers => "atlas.project.security.databaseAccess.users",
            Self::NetworkEntries => "atlas.project.security.networkAccess.entries",
        }
    }

    /// The limit of projects that set none; `None` is no limit.
    pub const fn configured(self, limits: &ResourceLimits) -> Option<i64> {
        match self {
            Self::CustomRoles => limits.custom_roles_per_project,
            Self::DatabaseUsers => limits.database_users_per_project,
            Self::NetworkEntries => limits.network_entries_per_project,
        }
    }

    /// What is answered when there are as many as there may be.
    pub const fn refusal(self) -> ErrorCode {
        match self {
            Self::CustomRoles => ErrorCode::CUSTOM_ROLES_LIMIT_EXCEEDED,
            Self::DatabaseUsers => ErrorCode::GROUP_USERS_LIMIT_EXCEEDED,
            Self::NetworkEntries => ErrorCode::ATLAS_NETWORK_PERMISSIONS_LIMIT_EXCEEDED,
        }
    }
}

/// A limit: its name in a project, its name among the defaults, its default and the greatest value that the API
/// documents. Without a default it is printed once it is set.
pub struct Limit {
    pub name: &'static str,
    pub default_name: &'static str,
    description: &'static str,
    default: Option<i64>,
    maximum: Option<i64>,
    pub counted: Option<Counted>,
}

impl Limit {
    const fn of(
        name: &'static str,
        default_name: &'static str,
        description: &'static str,
        numbers: Option<(i64, i64)>,
    ) -> Self {
        let (default, maximum) = match numbers {
            Some((default, maximum)) => (Some(default), Some(maximum)),
            None => (None, None),
        };
        Self { name, default_name, description, default, maximum, counted: None }
    }

    const fn counting(
        counted: Counted,
        default_name: &'static str,
        description: &'static str,
        numbers: (i64, i64),
    ) -> Self {
        Self { counted: Some(counted), ..Self::of(counted.limit_name(), default_name, description, Some(numbers)) }
    }
}

/// Every limit, by name.
pub static LIMITS: [Limit; 13] = [
    Limit::of("atlas.project.deployment.clusters", "NUM_CLUSTERS", "Clusters of a project.", Some((25, 100))),
    Limit::of(
        "atlas.project.deployment.nodesPerPrivateLinkRegion",
        "MAX_NODES_PER_PRIVATELINK_REGION",
        "Nodes that are addressable in one region with a private endpoint.",
        Some((50, 90)),
    ),
    Limit::of(
        "atlas.project.deployment.privateServiceConnectionsPerRegionGroup",
        "NUM_PRIVATE_SERVICE_CONNECTIONS_PER_REGION_GROUP",
        "Private Service Connections of one group of regions.",
        Some((50, 100)),
    ),
    Limit::of(
        "atlas.project.deployment.privateServiceConnectionsSubnetMask",
        "GCP_PSC_NAT_SUBNET_MASK",
        "Length of the prefix of the subnets of Private Service Connections.",
        Some((27, 27)),
    ),
    Limit::of(
        "atlas.project.deployment.serverlessMTMs",
        "NUM_SERVERLESS_MTMS",
        "Deployments that serverless instances share.",
        None,
    ),
    Limit::counting(Counted::CustomRoles, "NUM_USER_CUSTOM_ROLES", "Custom database roles of a project.", (100, 1400)),
    Limit::counting(Counted::DatabaseUsers, "MONGODB_USERS", "Database users of a project.", (100, 100)),
    Limit::of(
        "atlas.project.security.networkAccess.crossRegionEntries",
        "MAX_CROSS_REGION_NETWORK_PERMISSION_ENTRIES",
        "Entries of the access list of a project that has clusters in several regions.",
        Some((40, 220)),
    ),
    // The documented maximum lies below the default.
    Limit::counting(
        Counted::NetworkEntries,
        "MAX_NETWORK_PERMISSION_ENTRIES",
        "Entries of the access list of a project.",
        (200, 20),
    ),
    Limit::of(
        "dataFederation.bytesProcessed.daily",
        "BYTES_PROCESSED_DAILY",
        "Bytes that federated databases process in a day.",
        None,
    ),
    Limit::of(
        "dataFederation.bytesProcessed.monthly",
        "BYTES_PROCESSED_MONTHLY",
        "Bytes that federated databases process in a month.",
        None,
    ),
    Limit::of(
        "dataFederation.bytesProcessed.query",
        "BYTES_PROCESSED_QUERY",
        "Bytes that a query of a federated database processes.",
        None,
    ),
    Limit::of(
        "dataFederation.bytesProcessed.weekly",
        "BYTES_PROCESSED_WEEKLY",
        "Bytes that federated databases process in a week.",
        None,
    ),
];

/// The numbers of a limit on this server, whose configuration may allow more than the API documents.
pub struct Bounds {
    pub default: Option<i64>,
    pub maximum: Option<i64>,
}

impl Limit {
    /// The limit that projects know by that name.
    pub fn find(name: &str) -> Result<&'static Self, ApiError> {
        LIMITS.iter().find(|limit| limit.name == name).ok_or_else(|| unknown(name))
    }

    /// The limit that has that name among the defaults.
    pub fn find_default(name: &str) -> Result<&'static Self, ApiError> {
        LIMITS.iter().find(|limit| limit.default_name == name).ok_or_else(|| unknown(name))
    }

    /// Its numbers.
    pub fn bounds(&self, configured: &ResourceLimits) -> Bounds {
        let ours = self.counted.and_then(|counted| counted.configured(configured));
        match ours {
            Some(ours) if self.default != Some(ours) => {
                Bounds { default: Some(ours), maximum: self.maximum.max(Some(ours)) }
            }
            _ => Bounds { default: self.default, maximum: self.maximum },
        }
    }

    /// The limit of a project; nothing, if it has no default and the project has set none.
    pub fn print(&self, bounds: &Bounds, set: Option<i64>, usage: Option<i64>) -> Option<DataFederationLimit> {
        Some(DataFederationLimit {
            current_usage: usage,
            default_limit: bounds.default,
            maximum_limit: bounds.maximum,
            name: self.name.to_owned(),
            value: set.or(bounds.default)?,
        })
    }

    /// The limit without a project.
    pub fn describe(&self, configured: &ResourceLimits) -> DefaultGroupLimit {
        let Bounds { default, maximum } = self.bounds(configured);
        DefaultGroupLimit {
            default_limit: default,
            description: self.description,
            maximum_limit: maximum,
            name: self.default_name,
        }
    }
}

/// There is no limit of that name.
pub fn unknown(name: &str) -> ApiError {
    ApiError::new(ErrorCode::INVALID_LIMIT_NAME).with(name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_limits_are_sorted_and_found_by_both_names() {
        assert!(LIMITS.is_sorted_by(|a, b| a.name < b.name));
        for limit in &LIMITS {
            assert_eq!(Limit::find(limit.name).map(|found| found.default_name).ok(), Some(limit.default_name));
            assert_eq!(Limit::find_default(limit.default_name).map(|found| found.name).ok(), Some(limit.name));
        }
        assert!(Limit::find("MONGODB_USERS").is_err() && Limit::find_default(LIMITS[0].name).is_err());
    }

    #[test]
    fn the_configuration_moves_the_default_and_lifts_the_maximum() {
        let numbers = |counted: Counted, configured: Option<i64>| {
            let limits = ResourceLimits {
                custom_roles_per_project: configured,
                network_entries_per_project: configured,
                ..ResourceLimits::default()
            };
            let Bounds { default, maximum } = Limit::find(counted.limit_name()).unwrap().bounds(&limits);
            (default, maximum)
        };
        assert_eq!(numbers(Counted::CustomRoles, None), (Some(100), Some(1400)));
        assert_eq!(numbers(Counted::CustomRoles, Some(50)), (Some(50), Some(1400)));
        assert_eq!(numbers(Counted::CustomRoles, Some(2000)), (Some(2000), Some(2000)));
        assert_eq!(numbers(Counted::NetworkEntries, Some(200)), (Some(200), Some(20)));
        assert_eq!(numbers(Counted::NetworkEntries, Some(300)), (Some(300), Some(300)));
    }
}
