//! The deprecated operations of a project's list of invitations, and the one that adds people to a project.

mod access;
mod change;
mod create;
mod delete;
mod read;

use telamon_api::{Builder, Cx, Operation, Project, Route};
use telamon_authz::ProjectRole;
use telamon_wire::{Result, Version};

use super::{
    SUNSET, check_grants, demand_pending,
    model::{Invitation, ProjectGrant, without_repetition},
    wire::GroupInvitation,
};
use crate::resources::{rates, roles};

/// The operations of this list.
pub fn operations() -> Vec<Operation> {
    vec![
        access::operation(),
        read::list_operation(),
        create::operation(),
        change::of_address_operation(),
        read::get_operation(),
        change::operation(),
        delete::operation(),
    ]
}

const LIST: &str = "/api/atlas/v2/groups/{groupId}/invites";
const ONE: &str = "/api/atlas/v2/groups/{groupId}/invites/{invitationId}";

/// The day on which people could be added to a project in another way.
const REPLACED: Version = Version::Date(2023, 10, 4);

/// What the declarations have in common: owners call them.
fn declared(route: Route, id: &'static str) -> Builder<Project> {
    let builder = route.operation::<Project>(id, "Projects", Project::needs(&[ProjectRole::Owner]), &rates::PROJECT);
    builder.deprecated(REPLACED, SUNSET)
}

/// The invitation of the path, which can still be accepted.
async fn pending(cx: &mut Cx<Project>) -> Result<Invitation> {
    let (Project { id, org, .. }, invitation) = (cx.scope.clone(), super::path_id(cx)?);
    demand_pending(cx, org, Some(id), invitation).await
}

/// The roles of a body, which the caller may grant.
async fn granted(cx: &mut Cx<Project>, names: &[String]) -> Result<Vec<ProjectRole>> {
    let Project { id, org, .. } = cx.scope;
    let roles = without_repetition(&roles::parse_in_project(names, id)?);
    let grant = ProjectGrant { project: id, roles };
    check_grants(cx, org, &[], std::slice::from_ref(&grant), &[]).await?;
    Ok(grant.roles)
}

fn printed(cx: &Cx<Project>, invitation: Invitation) -> GroupInvitation {
    let Project { id, name, .. } = &cx.scope;
    GroupInvitation::new(invitation, *id, name.clone())
}
