//! Changing what an invitation to a project promises.

use telamon_api::{Body, Cx, Json, Operation, Project};
use telamon_wire::Result;

use super::{LIST, ONE, declared, granted, pending, printed};
use crate::resources::invitations::{
    change, fold_address,
    invite::not_found,
    model::Invitation,
    store,
    wire::{GroupInvitation, GroupInvitationRequest, GroupInvitationUpdateRequest},
};

pub(super) fn operation() -> Operation {
    declared(Operation::patch(ONE), "updateGroupInviteById")
        .summary("Update one invitation to one project")
        .without_documented_pretty()
        .handler(by_id)
}

async fn by_id(
    cx: &mut Cx<Project>,
    Body(request): &Body<GroupInvitationUpdateRequest>,
) -> Result<Json<GroupInvitation>> {
    let invitation = pending(cx).await?;
    changed(cx, invitation, &request.roles).await
}

pub(super) fn of_address_operation() -> Operation {
    declared(Operation::patch(LIST), "updateGroupInvites")
        .summary("Update the invitation of one person to one project")
        .handler(by_address)
}

async fn by_address(
    cx: &mut Cx<Project>,
    Body(request): &Body<GroupInvitationRequest>,
) -> Result<Json<GroupInvitation>> {
    let (project, now, address) = (cx.scope.id, cx.now(), fold_address(&request.username)?);
    let found = store::pending_in_project(&mut cx.tx, project, &address, now).await?.pop();
    let invitation = found.ok_or_else(|| not_found(cx))?;
    changed(cx, invitation, &request.roles).await
}

async fn changed(cx: &mut Cx<Project>, before: Invitation, roles: &[String]) -> Result<Json<GroupInvitation>> {
    let mut invitation = before.clone();
    if !roles.is_empty() {
        let roles = granted(cx, roles).await?;
        invitation.set_roles_in(cx.scope.id, roles);
        change::change(cx, &before, &invitation).await?;
    }
    Ok(Json(printed(cx, invitation)))
}
