//! Withdrawing an invitation to an organization.

use telamon_api::{Cx, NoContent, Operation, Org};
use telamon_wire::{ErrorCode, Result};

use super::{ONE, declared, pending};
use crate::resources::invitations::{change, path_id, store};

pub(super) fn operation() -> Operation {
    declared(Operation::delete(ONE), "deleteOrgInvite")
        .summary("Withdraw one invitation to one organization")
        .handler(delete)
}

async fn delete(cx: &mut Cx<Org>, (): &()) -> Result<NoContent> {
    let (org, id) = (cx.scope.id, path_id(cx)?);
    let found = store::find(&mut cx.tx, id).await?;
    if found.is_some_and(|found| found.org == org && found.project.is_some()) {
        return Err(ErrorCode::CANNOT_DELETE_GROUP_INVITATION.into());
    }
    let invitation = pending(cx).await?;
    change::withdraw(cx, &invitation).await?;
    Ok(NoContent)
}
