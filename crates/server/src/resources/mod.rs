//! The resources of the API, one folder each.
//!
//! A folder holds `mod.rs` (what the resource is, and its operations), `wire.rs` (request and response types), `store.rs`
//! (SQL), `model.rs` where there are rules, and one file per operation.

pub mod api_keys;
pub mod clusters;
pub mod database_users;
pub mod events;
mod names;
pub mod organizations;
pub mod projects;
pub mod rate_limits;
pub mod rates;
pub mod roles;
pub mod root;
pub mod service_accounts;
pub mod teams;
pub mod user_security;
pub mod x509;

use telamon_api::Operation;

/// Every operation of the API.
pub fn operations() -> Vec<Operation> {
    [
        root::operations(),
        organizations::operations(),
        projects::operations(),
        service_accounts::operations(),
        api_keys::operations(),
        database_users::operations(),
        x509::operations(),
        user_security::operations(),
        events::operations(),
        rate_limits::operations(),
        teams::operations(),
        clusters::operations(),
    ]
    .into_iter()
    .flatten()
    .collect()
}
