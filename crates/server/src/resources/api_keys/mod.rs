//! API keys of an organization and in its projects: pairs of a public and a private half for HTTP digest.
//!
//! What always holds: the private half is shown in the answer that made it and never again; H(A1), which is as good as
//! the key, is stored sealed. A key that goes takes its roles and its access list with it.

mod change;
mod create;
mod delete;
mod model;
mod project;
mod read;
mod store;
mod wire;

use telamon_api::{Cx, Operation};
use telamon_authn::mask_private_key;
use telamon_wire::{ApiError, ApiKeyId, ErrorCode, Link, OrgId};

pub use create::create_in_org;
pub use store::{insert_given_key, insert_key, sealing_context};
pub use wire::{ApiKeyUserDetails, CloudAccessRoleAssignment, NewApiKey};

/// The operations of this resource.
pub fn operations() -> Vec<Operation> {
    let mut operations = vec![
        read::list_operation(),
        create::operation(),
        read::get_operation(),
        change::operation(),
        delete::operation(),
    ];
    operations.extend(project::operations());
    operations
}

/// The id of the path.
pub(super) fn key_id<S>(cx: &Cx<S>) -> Result<ApiKeyId, ApiError> {
    let text = cx.path_value("apiUserId");
    text.parse().map_err(|_| ApiError::new(ErrorCode::INVALID_KEY_ID).with(text))
}

pub(super) fn not_found(id: ApiKeyId) -> ApiError {
    ApiError::new(ErrorCode::API_KEY_NOT_FOUND).with(id.to_string())
}

fn self_link<S>(cx: &Cx<S>, org: OrgId, id: ApiKeyId) -> Link {
    cx.link("self", &format!("/api/atlas/v2/orgs/{org}/apiKeys/{id}"))
}

/// A key as it is answered whenever it is not new.
fn masked<S>(cx: &Cx<S>, org: OrgId, key: store::StoredKey) -> ApiKeyUserDetails {
    ApiKeyUserDetails {
        links: vec![self_link(cx, org, key.id)],
        desc: key.desc,
        id: key.id,
        private_key: mask_private_key(&key.tail),
        public_key: key.public_key,
        roles: key.roles,
    }
}
