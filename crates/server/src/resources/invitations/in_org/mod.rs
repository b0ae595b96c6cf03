//! The deprecated operations of an organization's own list of invitations.

mod change;
mod create;
mod delete;
mod read;

use telamon_api::{Builder, Cx, Operation, Org, Route};
use telamon_authz::OrgRole;
use telamon_wire::{Result, Version};

use super::{SUNSET, demand_pending, model::Invitation, wire::OrganizationInvitation};
use crate::resources::rates;

/// The operations of this list.
pub fn operations() -> Vec<Operation> {
    vec![
        read::list_operation(),
        create::operation(),
        change::of_address_operation(),
        read::get_operation(),
        change::operation(),
        delete::operation(),
    ]
}

const LIST: &str = "/api/atlas/v2/orgs/{orgId}/invites";
const ONE: &str = "/api/atlas/v2/orgs/{orgId}/invites/{invitationId}";

/// What the declarations have in common: owners call them, and the users of organizations took their place.
fn declared(route: Route, id: &'static str) -> Builder<Org> {
    let builder = route.operation::<Org>(id, "Organizations", Org::needs(&[OrgRole::Owner]), &rates::ORG);
    builder.deprecated(Version::V2025_02_19, SUNSET)
}

/// The invitation of the path, which can still be accepted.
async fn pending(cx: &mut Cx<Org>) -> Result<Invitation> {
    let (org, id) = (cx.scope.id, super::path_id(cx)?);
    demand_pending(cx, org, None, id).await
}

fn printed(cx: &Cx<Org>, invitation: Invitation) -> OrganizationInvitation {
    OrganizationInvitation::new(invitation, cx.scope.name.clone())
}
