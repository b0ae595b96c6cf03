//! Puts entries into the access list of a project. An entry of a block that has one already takes its place.

use telamon_api::{Body, CreatedInList, Cx, Operation, Paged, Project};
use telamon_wire::Result;

use super::{
    COLLECTION, TAG, WRITERS,
    expiry::remove_if_expired,
    list::page_of,
    model::{Block, Entry, entries},
    store,
    wire::{NetworkPermissionEntry, NewEntry},
};
use crate::resources::{
    events::{self, Event},
    limits::{Counted, demand_room},
    rates,
};

pub fn operation() -> Operation {
    Operation::post(COLLECTION)
        .operation::<Project>("createGroupAccessListEntry", TAG, Project::needs(WRITERS), &rates::NETWORK_ACCESS)
        .summary("Add entries to the IP access list of one project")
        .handler(create)
}

async fn create(
    cx: &mut Cx<Project>,
    (Body(body), Paged(page)): &(Body<Vec<NewEntry>>, Paged),
) -> Result<CreatedInList<NetworkPermissionEntry>> {
    for entry in entries(body, cx.scope.id, cx.now())? {
        put(cx, &entry).await?;
    }
    page_of(cx, page).await.map(CreatedInList)
}

async fn put(cx: &mut Cx<Project>, entry: &Entry) -> Result<()> {
    let (org, project, now) = (cx.scope.org, cx.scope.id, cx.now());
    if let Some(old) = store::find(&mut cx.tx, project, entry.block, now).await? {
        entry.check_replaces(&old)?;
        if *entry == old {
            return Ok(());
        }
        store::update(&mut cx.tx, project, entry).await?;
        return record(cx, "NETWORK_PERMISSION_ENTRY_UPDATED", entry.block).await;
    }
    remove_if_expired(cx, project, org, entry.block).await?;
    demand_room(cx, Counted::NetworkEntries).await?;
    let at = cx.next_moment();
    store::insert(&mut cx.tx, project, entry, at).await?;
    record(cx, "NETWORK_PERMISSION_ENTRY_ADDED", entry.block).await
}

/// Records what happened to the entry of that block.
pub async fn record(cx: &mut Cx<Project>, event_type: &'static str, block: Block) -> Result<()> {
    let event = Event::in_project(event_type, cx.scope.org, cx.scope.id);
    events::record(cx, event.with("whitelistEntry", block.event_name())).await
}
