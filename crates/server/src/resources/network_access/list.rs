//! Lists the entries of the access list of a project.

use telamon_api::{Cx, Listed, Operation, Paged, Project};
use telamon_wire::{PageQuery, Result};

use super::{COLLECTION, READERS, TAG, store, wire::NetworkPermissionEntry};
use crate::resources::rates;

pub fn operation() -> Operation {
    Operation::get(COLLECTION)
        .operation::<Project>("listGroupAccessListEntries", TAG, Project::needs(READERS), &rates::NETWORK_ACCESS)
        .summary("Return the IP access list of one project, in the order of creation")
        .handler(list)
}

async fn list(cx: &mut Cx<Project>, Paged(page): &Paged) -> Result<Listed<NetworkPermissionEntry>> {
    page_of(cx, page).await
}

/// A page of the list.
pub async fn page_of(cx: &mut Cx<Project>, page: &PageQuery) -> Result<Listed<NetworkPermissionEntry>> {
    let (project, now) = (cx.scope.id, cx.now());
    let entries = store::list(&mut cx.tx, project, now, page.limit() + 1, page.offset()).await?;
    let total = if page.include_count { store::count(&mut cx.tx, project, now).await? } else { 0 };
    Ok(Listed { items: entries.into_iter().map(|entry| NetworkPermissionEntry::new(cx, entry)).collect(), total })
}
