//! The resources of the API, one folder each.
//!
//! A folder holds `mod.rs` (what the resource is, and its operations), `wire.rs` (request and response types), `store.rs`
//! (SQL), `model.rs` where there are rules, and one file per operation.

pub mod access_lists;
pub mod api_keys;
pub mod auditing;
pub mod clusters;
pub mod custom_roles;
mod database_roles;
pub mod database_users;
pub mod events;
pub mod invitations;
pub mod limits;
pub mod maintenance;
mod names;
pub mod network_access;
pub mod organizations;
pub mod people;
pub mod private;
pub mod projects;
pub mod rate_limits;
pub mod rates;
pub mod refusals;
pub mod roles;
pub mod root;
pub mod service_accounts;
mod settings;
pub mod teams;
mod temporary;
pub mod user_security;
pub mod x509;

use telamon_api::{Job, Operation};

use crate::retention::Retention;

/// Every operation of the API.
pub fn operations() -> Vec<Operation> {
    [
        root::operations(),
        organizations::operations(),
        projects::operations(),
        limits::operations(),
        network_access::operations(),
        service_accounts::operations(),
        api_keys::operations(),
        access_lists::operations(),
        people::operations(),
        database_users::operations(),
        custom_roles::operations(),
        x509::operations(),
        user_security::operations(),
        auditing::operations(),
        maintenance::operations(),
        events::operations(),
        rate_limits::operations(),
        teams::operations(),
        clusters::operations(),
        refusals::operations(),
        private::operations(),
        invitations::operations(),
    ]
    .into_iter()
    .flatten()
    .collect()
}

/// Every job of the resources.
pub fn jobs(retention: &Retention) -> Vec<Job> {
    let mut jobs = vec![database_users::job(), network_access::job(), invitations::job(), service_accounts::job()];
    jobs.extend(refusals::jobs(retention));
    jobs.extend(events::job(retention));
    jobs.extend(x509::job(retention));
    jobs
}
