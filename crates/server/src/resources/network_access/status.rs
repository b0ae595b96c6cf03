//! Says whether an entry is in force: it is, from the moment that it is there.

use telamon_api::{Cx, Json, Operation, Project};
use telamon_wire::Result;

use super::{
    READERS, TAG, block_of_path, not_found, store,
    wire::{EntryState, NetworkPermissionEntryStatus},
};
use crate::resources::rates;

pub fn operation() -> Operation {
    Operation::get("/api/atlas/v2/groups/{groupId}/accessList/{entryValue}/status")
        .operation::<Project>("getGroupAccessListStatus", TAG, Project::needs(READERS), &rates::NETWORK_ACCESS)
        .summary("Return whether one entry of the IP access list of one project is in force")
        .slashes_in("entryValue")
        .handler(status)
}

async fn status(cx: &mut Cx<Project>, (): &()) -> Result<Json<NetworkPermissionEntryStatus>> {
    let (project, now) = (cx.scope.id, cx.now());
    let block = block_of_path(cx)?;
    match store::find(&mut cx.tx, project, block, now).await? {
        Some(_) => Ok(Json(NetworkPermissionEntryStatus { status: EntryState::Active })),
        None => Err(not_found(cx).into()),
    }
}
