//! Changing what an invitation to an organization promises.

use telamon_api::{Body, Cx, Json, Operation, Org};
use telamon_wire::Result;

use super::{LIST, ONE, declared, pending, printed};
use crate::resources::invitations::{
    check_grants, fold_address,
    invite::{merged, not_found},
    model::{Invitation, without_repetition},
    store,
    wire::{OrganizationInvitation, OrganizationInvitationRequest, OrganizationInvitationUpdateRequest, Promises},
};

pub(super) fn operation() -> Operation {
    declared(Operation::patch(ONE), "updateOrgInviteById")
        .summary("Update one invitation to one organization")
        .handler(change)
}

async fn change(
    cx: &mut Cx<Org>,
    Body(request): &Body<OrganizationInvitationUpdateRequest>,
) -> Result<Json<OrganizationInvitation>> {
    let invitation = pending(cx).await?;
    changed(cx, invitation, request.promises()).await
}

pub(super) fn of_address_operation() -> Operation {
    declared(Operation::patch(LIST), "updateOrgInvites")
        .summary("Update the invitation of one person to one organization")
        .handler(change_of_address)
}

async fn change_of_address(
    cx: &mut Cx<Org>,
    Body(request): &Body<OrganizationInvitationRequest>,
) -> Result<Json<OrganizationInvitation>> {
    let (org, now, address) = (cx.scope.id, cx.now(), fold_address(&request.username)?);
    let found = store::pending_in_org(&mut cx.tx, org, &address, now).await?.pop();
    let invitation = found.ok_or_else(|| not_found(cx))?;
    changed(cx, invitation, request.promises()).await
}

async fn changed(
    cx: &mut Cx<Org>,
    mut invitation: Invitation,
    promises: Promises,
) -> Result<Json<OrganizationInvitation>> {
    let Promises { org_roles, project_roles, team_ids } = promises;
    let granted = (org_roles.as_deref(), project_roles.as_deref(), team_ids.as_deref());
    let org = cx.scope.id;
    check_grants(cx, org, granted.0.unwrap_or_default(), granted.1.unwrap_or_default(), granted.2.unwrap_or_default())
        .await?;
    if let Some(org_roles) = org_roles {
        invitation.org_roles = without_repetition(&org_roles);
    }
    if let Some(project_roles) = project_roles {
        invitation.project_roles = merged(project_roles);
    }
    if let Some(team_ids) = team_ids {
        invitation.team_ids = without_repetition(&team_ids);
    }
    store::update(&mut cx.tx, &invitation).await?;
    Ok(Json(printed(cx, invitation)))
}
