//! Reading the invitations of a project.

use telamon_api::{Cx, Json, Operation, Project, Query};
use telamon_wire::Result;

use super::{LIST, ONE, declared, pending, printed};
use crate::resources::invitations::{OfAddress, store, wire::GroupInvitation};

pub(super) fn list_operation() -> Operation {
    declared(Operation::get(LIST), "listGroupInvites")
        .summary("Return all invitations to one project that can be accepted")
        .handler(list)
}

async fn list(
    cx: &mut Cx<Project>,
    Query(OfAddress(address)): &Query<OfAddress>,
) -> Result<Json<Vec<GroupInvitation>>> {
    let (project, now) = (cx.scope.id, cx.now());
    let found = store::pending_in_project(&mut cx.tx, project, address, now).await?;
    Ok(Json(found.into_iter().map(|invitation| printed(cx, invitation)).collect()))
}

pub(super) fn get_operation() -> Operation {
    declared(Operation::get(ONE), "getGroupInvite").summary("Return one invitation to one project").handler(get)
}

async fn get(cx: &mut Cx<Project>, (): &()) -> Result<Json<GroupInvitation>> {
    let invitation = pending(cx).await?;
    Ok(Json(printed(cx, invitation)))
}
