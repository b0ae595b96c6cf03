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
/// People of organizations.
pub static ORG_USERS: EndpointSet = set("orgUsers", "People of organizations", RateScope::Organization, 500, 250);
/// Teams of organizations and their members.
pub static ORG_TEAMS: EndpointSet = set("orgTeams", "Teams of organizations", RateScope::Organization, 1200, 500);
/// Events of organizations.
pub static ORG_EVENTS: EndpointSet = set("orgEvents", "Events of organizations", RateScope::Organization, 500, 250);
/// Projects of a caller.
pub static PROJECT_LIST: EndpointSet = set("groupList", "Projects of a caller", RateScope::User, 1200, 500);
/// Single projects.
pub static PROJECT: EndpointSet = set("group", "Single projects", RateScope::Group, 1200, 500);
/// People of projects.
pub static PROJECT_USERS: EndpointSet = set("groupUsers", "People of projects", RateScope::Group, 1200, 500);
/// API keys in projects.
pub static PROJECT_API_KEYS: EndpointSet = set("groupApiKeys", "API keys in projects", RateScope::Group, 1200, 500);
/// Service accounts in projects.
pub static PROJECT_SERVICE_ACCOUNTS: EndpointSet =
    set("groupServiceAccounts", "Service accounts in projects", RateScope::Group, 1200, 500);
/// Teams of projects.
pub static PROJECT_TEAMS: EndpointSet = set("groupTeams", "Teams of projects", RateScope::Group, 1200, 500);
/// Events of projects.
pub static PROJECT_EVENTS: EndpointSet = set("groupEvents", "Events of projects", RateScope::Group, 300, 100);
/// Database users.
pub static DATABASE_USERS: EndpointSet = set("databaseUsers", "Database users", RateScope::Group, 10000, 5000);
/// Custom database roles.
pub static CUSTOM_ROLES: EndpointSet = set("customDbRoles", "Custom database roles", RateScope::Group, 2000, 1000);
/// Access lists of projects.
pub static NETWORK_ACCESS: EndpointSet =
    set("groupAccessList", "Access lists of projects", RateScope::Group, 1200, 500);
/// Addresses of the control plane.
pub static CONTROL_PLANE: EndpointSet = set("controlPlane", "Addresses of the control plane", RateScope::Ip, 400, 100);
/// X.509 certificates.
pub static X509: EndpointSet = set("x509", "X.509 certificates", RateScope::Group, 1200, 500);
/// User security of projects.
pub static USER_SECURITY: EndpointSet = set("userSecurity", "User security of projects", RateScope::Group, 1200, 500);
/// People by themselves.
pub static USERS: EndpointSet = set("users", "People by themselves", RateScope::User, 2500, 2000);
/// Auditing of projects.
pub static AUDITING: EndpointSet = set("auditing", "Auditing of projects", RateScope::Group, 1200, 500);
/// Maintenance windows.
pub static MAINTENANCE: EndpointSet = set("maintenanceWindow", "Maintenance windows", RateScope::Group, 1200, 500);
/// Status and rate limits.
pub static SYSTEM: EndpointSet = set("system", "Status and rate limits", RateScope::User, 300, 100);
/// What clients ask beside the API.
pub static PRIVATE: EndpointSet = set("private", "What clients ask beside the API", RateScope::User, 300, 100);
