//! Adding somebody to a project: at once, or by an invitation to its organization.

use telamon_api::{Body, Cx, Json, NoContent, Operation, OperationDoc, Output, Project, Reply};
use telamon_authz::ProjectRole;
use telamon_wire::{Result, Version};

use super::{REPLACED, SUNSET, granted};
use crate::resources::{
    invitations::{
        Invited, invite_to_project, store,
        wire::{GroupInvitationRequest, OrganizationInvitation},
    },
    rates,
};

pub(super) fn operation() -> Operation {
    Operation::post("/api/atlas/v2/groups/{groupId}/access")
        .operation::<Project>("addGroupAccessUser", "Projects", Project::needs(&[ProjectRole::Owner]), &rates::PROJECT)
        .summary("Add one person to one project")
        .since(Version::V2023_02_01)
        .deprecated(REPLACED, SUNSET)
        .handler(add)
}

/// What became of them.
enum Access {
    /// They have the roles: 204.
    Added,
    /// They were invited to the organization: 200.
    Invited(Box<OrganizationInvitation>),
}

impl Output for Access {
    const STATUS: u16 = Json::<OrganizationInvitation>::STATUS;

    fn into_reply(self) -> Result<Reply> {
        match self {
            Self::Added => NoContent.into_reply(),
            Self::Invited(invitation) => Json(invitation).into_reply(),
        }
    }

    fn describe(doc: &mut OperationDoc<'_>) {
        Json::<OrganizationInvitation>::describe(doc);
        NoContent::describe(doc);
    }
}

async fn add(cx: &mut Cx<Project>, Body(request): &Body<GroupInvitationRequest>) -> Result<Access> {
    let roles = granted(cx, &request.roles).await?;
    let Project { id, org, .. } = cx.scope;
    let invitation = match invite_to_project(cx, org, id, &request.username, &roles).await? {
        Invited::Added(_) => return Ok(Access::Added),
        Invited::Pending(invitation) => invitation,
    };
    let name = store::org_name(&mut cx.tx, org).await?;
    Ok(Access::Invited(Box::new(OrganizationInvitation::new(invitation, name))))
}
