//! Tests of the API through the real server, on both engines.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod access_lists;
mod api_keys;
mod auditing;
mod browser;
mod captures;
mod console;
mod contract;
mod core_review;
mod credentials;
mod custom_roles;
mod database_users;
mod device;
mod digest;
mod editions;
mod events;
mod invitations;
mod last_owner;
mod limits;
mod made;
mod mail;
mod maintenance;
mod matrix;
mod migration;
mod network_access;
mod nodes;
mod oauth;
mod organizations;
mod people;
mod people_roles;
mod private;
mod project_api_keys;
mod project_service_accounts;
mod projects;
mod rate_limits;
mod refusals;
mod registry;
mod root;
mod rotation;
mod secrets;
mod service_accounts;
mod teams;
mod user_security;
mod wire;
mod x509;
