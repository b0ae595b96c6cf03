//! Invitations: people who were asked to join an organization, and what awaits them there.
//!
//! What always holds: an address has one invitation in an organization's own list, and one in the list of each project,
//! which the deprecated operations of projects show. One of them promises roles in the organization and teams. The token
//! in the mail is random, and only its SHA-256 is kept. The id under which somebody is listed as pending is the id that
//! they have as a person.

mod accept;
mod change;
mod expiry;
mod in_org;
mod in_project;
mod invite;
mod letter;
mod model;
mod promises;
mod store;
mod wire;

use telamon_api::{Cx, Operation, Parameter, QueryParams};
use telamon_wire::{ApiError, ErrorCode, InvitationId, Version};

pub use accept::{accept, decline};
pub use change::withdraw_all;
pub use expiry::job;
pub use invite::{Invited, check_grants, demand_pending, invite, invite_to_project, inviter};
pub use model::{Invitation, LIFETIME_SECONDS, NewInvitation, ProjectGrant, Status, fold_address, without_repetition};
pub use promises::{promise_org_roles, promise_project_roles, promise_teams};
pub use store::{by_token, find, of_addresses, pending_id};

/// The operations of this resource.
pub fn operations() -> Vec<Operation> {
    [in_org::operations(), in_project::operations()].into_iter().flatten().collect()
}

/// The day from which the deprecated operations may be gone.
const SUNSET: Version = Version::Date(2027, 7, 1);

/// The id of the path.
fn path_id<S>(cx: &Cx<S>) -> Result<InvitationId, ApiError> {
    let text = cx.path_value("invitationId");
    text.parse().map_err(|_| ApiError::new(ErrorCode::INVALID_INVITATION_ID).with(text))
}

/// The address whose invitations a list is asked for, folded; empty for all.
struct OfAddress(String);

impl QueryParams for OfAddress {
    fn parse(pairs: &[(String, String)]) -> Result<Self, ApiError> {
        let given = pairs.iter().find(|(name, _)| name == "username");
        Ok(Self(given.map(|(_, value)| value.to_lowercase()).unwrap_or_default()))
    }

    fn parameters() -> Vec<Parameter> {
        vec![Parameter::text("username", "The address whose invitation is wanted.")]
    }
}
