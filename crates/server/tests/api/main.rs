//! Tests of the API through the real server, on both engines.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod api_keys;
mod captures;
mod contract;
mod core_review;
mod credentials;
mod database_users;
mod digest;
mod events;
mod matrix;
mod nodes;
mod oauth;
mod organizations;
mod projects;
mod rate_limits;
mod registry;
mod service_accounts;
mod user_security;
mod wire;
mod x509;
