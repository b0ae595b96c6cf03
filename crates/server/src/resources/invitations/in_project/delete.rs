//! Withdrawing an invitation to a project.

use telamon_api::{Cx, NoContent, Operation, Project};
use telamon_wire::{ErrorCode, Result};

use super::{ONE, declared, pending};
use crate::resources::invitations::{change, path_id, store};

pub(super) fn operation() -> Operation {
    declared(Operation::delete(ONE), "deleteGroupInvite")
        .summary("Withdraw one invitation to one project")
        .without_documented_pretty()
        .handler(delete)
}

async fn delete(cx: &mut Cx<Project>, (): &()) -> Result<NoContent> {
    let (Project { org, .. }, id) = (cx.scope.clone(), path_id(cx)?);
    let found = store::find(&mut cx.tx, id).await?;
    if found.is_some_and(|found| found.org == org && found.project.is_none()) {
        return Err(ErrorCode::CANNOT_DELETE_ORG_INVITATION.into());
    }
    let invitation = pending(cx).await?;
    change::withdraw(cx, &invitation).await?;
    Ok(NoContent)
}
