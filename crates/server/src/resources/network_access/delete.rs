//! Removes one entry from the access list of a project.

use telamon_api::{Cx, NoContent, Operation, Project};
use telamon_wire::Result;

use super::{ONE, TAG, WRITERS, block_of_path, create::record, not_found, store};
use crate::resources::rates;

pub fn operation() -> Operation {
    Operation::delete(ONE)
        .operation::<Project>("deleteGroupAccessListEntry", TAG, Project::needs(WRITERS), &rates::NETWORK_ACCESS)
        .summary("Remove one entry from the IP access list of one project")
        .slashes_in("entryValue")
        .handler(delete)
}

async fn delete(cx: &mut Cx<Project>, (): &()) -> Result<NoContent> {
    let (project, now) = (cx.scope.id, cx.now());
    let block = block_of_path(cx)?;
    if !store::delete(&mut cx.tx, project, block, now).await? {
        return Err(not_found(cx).into());
    }
    record(cx, "NETWORK_PERMISSION_ENTRY_REMOVED", block).await?;
    Ok(NoContent)
}
