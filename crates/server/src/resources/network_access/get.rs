//! Reads one entry of the access list of a project.

use telamon_api::{Cx, Json, Operation, Project};
use telamon_wire::Result;

use super::{ONE, READERS, TAG, block_of_path, not_found, store, wire::NetworkPermissionEntry};
use crate::resources::rates;

pub fn operation() -> Operation {
    Operation::get(ONE)
        .operation::<Project>("getGroupAccessListEntry", TAG, Project::needs(READERS), &rates::NETWORK_ACCESS)
        .summary("Return one entry of the IP access list of one project")
        .slashes_in("entryValue")
        .handler(get)
}

async fn get(cx: &mut Cx<Project>, (): &()) -> Result<Json<NetworkPermissionEntry>> {
    let (project, now) = (cx.scope.id, cx.now());
    let block = block_of_path(cx)?;
    match store::find(&mut cx.tx, project, block, now).await? {
        Some(entry) => Ok(Json(NetworkPermissionEntry::new(cx, entry))),
        None => Err(not_found(cx).into()),
    }
}
