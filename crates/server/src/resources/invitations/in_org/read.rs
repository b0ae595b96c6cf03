//! Reading the invitations of an organization.

use telamon_api::{Cx, Json, Operation, Org, Query};
use telamon_wire::Result;

use super::{LIST, ONE, declared, pending, printed};
use crate::resources::invitations::{OfAddress, store, wire::OrganizationInvitation};

pub(super) fn list_operation() -> Operation {
    declared(Operation::get(LIST), "listOrgInvites")
        .summary("Return all invitations to one organization that can be accepted")
        .handler(list)
}

async fn list(
    cx: &mut Cx<Org>,
    Query(OfAddress(address)): &Query<OfAddress>,
) -> Result<Json<Vec<OrganizationInvitation>>> {
    let (org, now) = (cx.scope.id, cx.now());
    let found = store::pending_in_org(&mut cx.tx, org, address, now).await?;
    Ok(Json(found.into_iter().map(|invitation| printed(cx, invitation)).collect()))
}

pub(super) fn get_operation() -> Operation {
    declared(Operation::get(ONE), "getOrgInvite")
        .summary("Return one invitation to one organization")
        .without_documented_pretty()
        .handler(get)
}

async fn get(cx: &mut Cx<Org>, (): &()) -> Result<Json<OrganizationInvitation>> {
    let invitation = pending(cx).await?;
    Ok(Json(printed(cx, invitation)))
}
