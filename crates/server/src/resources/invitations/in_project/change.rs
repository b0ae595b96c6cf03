//! Changing what an invitation to a project promises.

use telamon_api::{Body, Cx, Json, Operation, Project};
use telamon_wire::Result;

use super::{LIST, ONE, declared, granted, pending, printed};
use crate::resources::invitations::{
    fold_address,
    invite::not_found,
    model::Invitation,
    store,
    wire::{GroupInvitation, GroupInvitationRequest, GroupInvitationUpdateRequest},
};

pub(super) fn operation() -> Operation {
    declared(Operation::patch(ONE), "updateGroupInviteById")
        .summary("Update one invitation to one project")
        .without_documented_pretty()
        .handler(change)
}

async fn change(
    cx: &mut Cx<Project>,
    Body(request): &Body<GroupInvitationUpdateRequest>,
) -> Result<Json<GroupInvitation>> {
    let invitation = pending(cx).await?;
    changed(cx, invitation, &request.roles).await
}

pub(super) fn of_address_operation() -> Operation {
    declared(Operation::patch(LIST), "updateGroupInvites")
        .summary("Update the invitation of one person to one project")
        .handler(change_of_address)
}

async fn change_of_address(
    cx: &mut Cx<Project>,
    Body(request): &Body<GroupInvitationRequest>,
) -> Result<Json<GroupInvitation>> {
    let (project, now, address) = (cx.scope.id, cx.now(), fold_address(&request.username)?);
    let found = store::pending_in_project(&mut cx.tx, project, &address, now).await?.pop();
    let invitation = found.ok_or_else(|| not_found(cx))?;
    changed(cx, invitation, &request.roles).await
}

async fn changed(cx: &mut Cx<Project>, mut invitation: Invitation, roles: &[String]) -> Result<Json<GroupInvitation>> {
    if !roles.is_empty() {
        let roles = granted(cx, roles).await?;
        invitation.set_roles_in(cx.scope.id, roles);
        store::update(&mut cx.tx, &invitation).await?;
    }
    Ok(Json(printed(cx, invitation)))
}
