//! Changing what an invitation to an organization promises.

use telamon_api::{Body, Cx, Json, Operation, Org};
use telamon_wire::Result;

use super::{LIST, ONE, declared, pending, printed};
use crate::resources::{
    invitations::{
        change, check_grants, fold_address,
        invite::{merged, not_found},
        model::{Invitation, without_repetition},
        store,
        wire::{OrganizationInvitation, OrganizationInvitationRequest, OrganizationInvitationUpdateRequest, Promises},
    },
    people::room,
};

pub(super) fn operation() -> Operation {
    declared(Operation::patch(ONE), "updateOrgInviteById")
        .summary("Update one invitation to one organization")
        .handler(by_id)
}

async fn by_id(
    cx: &mut Cx<Org>,
    Body(request): &Body<OrganizationInvitationUpdateRequest>,
) -> Result<Json<OrganizationInvitation>> {
    let invitation = pending(cx).await?;
    changed(cx, invitation, request.promises()).await
}

pub(super) fn of_address_operation() -> Operation {
    declared(Operation::patch(LIST), "updateOrgInvites")
        .summary("Update the invitation of one person to one organization")
        .handler(by_address)
}

async fn by_address(
    cx: &mut Cx<Org>,
    Body(request): &Body<OrganizationInvitationRequest>,
) -> Result<Json<OrganizationInvitation>> {
    let (org, now, address) = (cx.scope.id, cx.now(), fold_address(&request.username)?);
    let found = store::pending_in_org(&mut cx.tx, org, &address, now).await?.pop();
    let invitation = found.ok_or_else(|| not_found(cx))?;
    changed(cx, invitation, request.promises()).await
}

async fn changed(cx: &mut Cx<Org>, before: Invitation, promises: Promises) -> Result<Json<OrganizationInvitation>> {
    let Promises { org_roles, project_roles, team_ids } = promises;
    let granted = (org_roles.as_deref(), project_roles.as_deref(), team_ids.as_deref());
    let org = cx.scope.id;
    check_grants(cx, org, granted.0.unwrap_or_default(), granted.1.unwrap_or_default(), granted.2.unwrap_or_default())
        .await?;
    let mut invitation = before.clone();
    if let Some(org_roles) = org_roles {
        invitation.org_roles = without_repetition(&org_roles);
    }
    if let Some(project_roles) = project_roles {
        invitation.project_roles = merged(project_roles);
        room::demand_for(cx, org, &invitation.username, invitation.projects()).await?;
    }
    if let Some(team_ids) = team_ids {
        invitation.team_ids = without_repetition(&team_ids);
    }
    change::change(cx, &before, &invitation).await?;
    let new = invitation.team_ids.iter().copied().filter(|team| !before.team_ids.contains(team));
    room::demand_in_teams(cx, org, new).await?;
    Ok(Json(printed(cx, invitation)))
}
