//! Service accounts of an organization and in its projects: programs that call with OAuth 2.0 access tokens.
//!
//! What always holds: a secret is shown in the answer that made it and never again; of it a SHA-256 is stored. An account
//! that goes takes its secrets, its roles and its access list with it, and its tokens stop working at once.

mod change;
mod create;
mod delete;
mod model;
mod project;
mod projects;
mod read;
mod secrets;
mod store;
mod wire;

use telamon_api::{Cx, Operation};
use telamon_wire::{ApiError, ClientId, ErrorCode};

pub use create::create_in_org;
pub use secrets::job;
pub use store::{AccountCredential, insert_account, insert_given_account};
pub use wire::{NewServiceAccount, OrgServiceAccount, ServiceAccountSecret};

/// The operations of this resource.
pub fn operations() -> Vec<Operation> {
    let mut operations = vec![
        read::list_operation(),
        create::operation(),
        read::get_operation(),
        change::operation(),
        delete::operation(),
        projects::operation(),
    ];
    operations.extend(secrets::operations());
    operations.extend(project::operations());
    operations
}

/// The client id of the path. What is not one names no account.
pub(super) fn client_id<S>(cx: &Cx<S>) -> Result<ClientId, ApiError> {
    let text = cx.path_value("clientId");
    text.parse().map_err(|_| not_found(text))
}

pub(super) fn not_found(client_id: impl std::fmt::Display) -> ApiError {
    ApiError::new(ErrorCode::RESOURCE_NOT_FOUND).with(format!("service account with client ID {client_id}"))
}
