//! Inviting somebody to a project.

use telamon_api::{Body, Cx, Json, Operation, Project};
use telamon_wire::Result;

use super::{LIST, declared, granted, printed};
use crate::resources::invitations::{
    invite,
    model::{NewInvitation, ProjectGrant},
    wire::{GroupInvitation, GroupInvitationRequest},
};

pub(super) fn operation() -> Operation {
    declared(Operation::post(LIST), "createGroupInvite").summary("Invite one person to one project").handler(create)
}

async fn create(cx: &mut Cx<Project>, Body(request): &Body<GroupInvitationRequest>) -> Result<Json<GroupInvitation>> {
    let roles = granted(cx, &request.roles).await?;
    let Project { id, org, .. } = cx.scope;
    let new = NewInvitation {
        org,
        project: Some(id),
        username: request.username.clone(),
        org_roles: Vec::new(),
        project_roles: vec![ProjectGrant { project: id, roles }],
        team_ids: Vec::new(),
    };
    let invitation = invite(cx, new).await?;
    Ok(Json(printed(cx, invitation)))
}
