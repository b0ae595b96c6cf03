//! The endpoint sets: which operations share a bucket of requests, and how large it is.
//!
//! Source: the API's page on rate limits; the capacities are those that the service prints in `RateLimit-Limit`.

use telamon_api::{EndpointSet, RateScope};

const fn set(id: &'static str, name: &'static str, scope: RateScope, capacity: u32, refill: u32) -> EndpointSet {
    EndpointSet { id, name, scope, capacity, refill }
}

/// Organizations of a caller.
pub static ORG_LIST: EndpointSet = set("orgList", "Organizations of a caller", RateScope::User, 300, 100);
/// Single organizations.
pub static ORG: EndpointSet = set("org", "Single organizations", RateScope::Organization, 500, 250);
/// Settings of organizations.
pub static ORG_SETTINGS: EndpointSet = set("orgSettings", "Settings of organizations", RateScope::Organization, 10, 5);
/// API keys of organizations.
pub static ORG_API_KEYS: EndpointSet =
    set("orgApiKeys", "API keys of organizations", RateScope::Organization, 500, 250);
/// Service accounts of organizations.
pub static ORG_SERVICE_ACCOUNTS: EndpointSet =
    set("orgServiceAccounts", "Service accounts of organizations", RateScope::Organization, 500, 250);
/// Events of organizations.
pub static ORG_EVENTS: EndpointSet = set("orgEvents", "Events of organizations", RateScope::Organization, 500, 250);
/// Projects of a caller.
pub static PROJECT_LIST: EndpointSet = set("groupList", "Projects of a caller", RateScope::User, 1200, 500);
/// Single projects.
pub static PROJECT: EndpointSet = set("group", "Single projects", RateScope::Group, 1200, 500);
/// Events of projects.
pub static PROJECT_EVENTS: EndpointSet = set("groupEvents", "Events of projects", RateScope::Group, 300, 100);
/// Database users.
pub static DATABASE_USERS: EndpointSet = set("databaseUsers", "Database users", RateScope::Group, 10000, 5000);
/// X.509 certificates.
pub static X509: EndpointSet = set("x509", "X.509 certificates", RateScope::Group, 1200, 500);
/// User security of projects.
pub static USER_SECURITY: EndpointSet = set("userSecurity", "User security of projects", RateScope::Group, 1200, 500);
/// Status and rate limits.
pub static SYSTEM: EndpointSet = set("system", "Status and rate limits", RateScope::User, 300, 100);
