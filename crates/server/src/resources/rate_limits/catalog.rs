//! Which operations belong to which endpoint set.

use std::collections::BTreeMap;

use telamon_api::{EndpointSet, Operation};

use super::wire::Endpoint;

/// The endpoint sets of a program with their endpoints, sorted by id.
#[derive(Debug)]
pub struct RateCatalog(Vec<CatalogEntry>);

/// An endpoint set and its endpoints, sorted by path and method.
#[derive(Debug)]
pub struct CatalogEntry {
    pub set: &'static EndpointSet,
    pub endpoints: Vec<Endpoint>,
}

impl RateCatalog {
    /// The sets that these operations name.
    pub fn of(operations: &[Operation]) -> Self {
        let mut sets: BTreeMap<&str, CatalogEntry> = BTreeMap::new();
        for operation in operations {
            let set = operation.rate;
            let entry = sets.entry(set.id).or_insert_with(|| CatalogEntry { set, endpoints: Vec::new() });
            entry.endpoints.push(Endpoint { method: operation.method.to_string(), path: operation.path });
        }
        let mut entries: Vec<_> = sets.into_values().collect();
        for entry in &mut entries {
            entry.endpoints.sort();
            // Several shapes of one operation are one endpoint.
            entry.endpoints.dedup();
        }
        Self(entries)
    }

    /// All sets.
    pub fn entries(&self) -> &[CatalogEntry] {
        &self.0
    }

    /// The set of that id.
    pub fn find(&self, id: &str) -> Option<&CatalogEntry> {
        self.0.iter().find(|entry| entry.set.id == id)
    }
}

impl CatalogEntry {
    /// Whether the name of the set contains this text, in any case.
    pub fn has_name(&self, text: &str) -> bool {
        self.set.name.to_lowercase().contains(&text.to_lowercase())
    }

    /// Whether an endpoint of the set has this path, as it is declared or with values in it.
    pub fn has_path(&self, path: &str) -> bool {
        self.endpoints.iter().any(|endpoint| matches(endpoint.path, path))
    }
}

fn matches(declared: &str, path: &str) -> bool {
    let path = path.trim_end_matches('/');
    let mut left = declared.trim_start_matches('/').split('/');
    let mut right = path.trim_start_matches('/').split('/');
    loop {
        match (left.next(), right.next()) {
            (None, None) => return true,
            (Some(segment), Some(value)) if segment == value || (segment.starts_with('{') && !value.is_empty()) => {}
            _ => return false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::resources::{self, rates};

    #[test]
    fn each_operation_is_in_one_set_once() {
        let catalog = RateCatalog::of(&resources::operations());
        let mut endpoints: Vec<_> = catalog.entries().iter().flat_map(|entry| &entry.endpoints).collect();
        endpoints.sort();
        assert!(endpoints.is_sorted_by(|a, b| a < b), "an endpoint is there twice");
        let keys = catalog.find(rates::ORG_API_KEYS.id).unwrap();
        let paths: Vec<_> = keys.endpoints.iter().map(|endpoint| (endpoint.method.as_str(), endpoint.path)).collect();
        assert_eq!(
            paths,
            [
                ("GET", "/api/atlas/v2/orgs/{orgId}/apiKeys"),
                ("POST", "/api/atlas/v2/orgs/{orgId}/apiKeys"),
                ("DELETE", "/api/atlas/v2/orgs/{orgId}/apiKeys/{apiUserId}"),
                ("GET", "/api/atlas/v2/orgs/{orgId}/apiKeys/{apiUserId}"),
                ("PATCH", "/api/atlas/v2/orgs/{orgId}/apiKeys/{apiUserId}"),
                ("GET", "/api/atlas/v2/orgs/{orgId}/apiKeys/{apiUserId}/accessList"),
                ("POST", "/api/atlas/v2/orgs/{orgId}/apiKeys/{apiUserId}/accessList"),
                ("DELETE", "/api/atlas/v2/orgs/{orgId}/apiKeys/{apiUserId}/accessList/{ipAddress}"),
                ("GET", "/api/atlas/v2/orgs/{orgId}/apiKeys/{apiUserId}/accessList/{ipAddress}"),
            ]
        );
    }

    #[test]
    fn a_path_matches_as_declared_and_with_values() {
        let declared = "/api/atlas/v2/orgs/{orgId}/apiKeys";
        for path in [declared, "/api/atlas/v2/orgs/5f00000000000000000000ff/apiKeys", "api/atlas/v2/orgs/x/apiKeys/"] {
            assert!(matches(declared, path), "{path}");
        }
        for path in ["", "/api/atlas/v2/orgs//apiKeys", "/api/atlas/v2/orgs/x", "/api/atlas/v2/orgs/x/apiKeys/y"] {
            assert!(!matches(declared, path), "{path}");
        }
    }
}
