//! Inviting somebody to an organization.

use telamon_api::{Body, Cx, Json, Operation, Org};
use telamon_authz::OrgRole;
use telamon_wire::Result;

use super::{LIST, declared, printed};
use crate::resources::invitations::{
    check_grants, invite,
    model::NewInvitation,
    wire::{OrganizationInvitation, OrganizationInvitationRequest},
};

pub(super) fn operation() -> Operation {
    declared(Operation::post(LIST), "createOrgInvite").summary("Invite one person to one organization").handler(create)
}

async fn create(
    cx: &mut Cx<Org>,
    Body(request): &Body<OrganizationInvitationRequest>,
) -> Result<Json<OrganizationInvitation>> {
    let (org, promises) = (cx.scope.id, request.promises());
    let new = NewInvitation {
        org,
        project: None,
        username: request.username.clone(),
        org_roles: promises.org_roles.unwrap_or_else(|| vec![OrgRole::Member]),
        project_roles: promises.project_roles.unwrap_or_default(),
        team_ids: promises.team_ids.unwrap_or_default(),
    };
    check_grants(cx, org, &new.org_roles, &new.project_roles, &new.team_ids).await?;
    let invitation = invite(cx, new).await?;
    Ok(Json(printed(cx, invitation)))
}
