//! Client certificates of database users, and the certificate authorities that issue them.
//!
//! What always holds: each project has its own authorities, and the newest one signs; a certificate never outlives its
//! authority; private keys of certificates are not kept; certificates belong to a name, not to a user, so they stay
//! listed when a user is removed and made again.

mod authorities;
mod certificate;
mod issue;
mod list;
mod retention;
mod store;

use telamon_api::Operation;

pub use authorities::{certificate_authorities, create_authority};
pub use retention::job;

/// The operations of this resource.
pub fn operations() -> Vec<Operation> {
    vec![list::operation(), issue::operation()]
}

/// The tag of this resource.
pub const TAG: &str = "X.509 Authentication";
const CERTIFICATES: &str = "/api/atlas/v2/groups/{groupId}/databaseUsers/{username}/certs";
