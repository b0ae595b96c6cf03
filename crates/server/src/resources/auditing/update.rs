//! `updateGroupAuditLog`.

use telamon_api::{Accepted, Body, Cx, Operation, Project};
use telamon_wire::Result;

use super::{
    OWNERS, PATH, TAG, model, store,
    wire::{AuditLog, AuditLogChange},
};
use crate::resources::{
    events::{Event, record},
    rates,
};

pub fn operation() -> Operation {
    Operation::patch(PATH)
        .operation::<Project>("updateGroupAuditLog", TAG, Project::needs(OWNERS), &rates::AUDITING)
        .summary("Update the auditing configuration of one project")
        .handler(update)
}

async fn update(cx: &mut Cx<Project>, Body(change): &Body<AuditLogChange>) -> Result<Accepted<AuditLog>> {
    let Project { id, org, .. } = cx.scope;
    let before = store::get(&mut cx.tx, id).await?;
    let mut after = before.clone();
    model::apply(&mut after, change)?;
    if after != before {
        store::put(&mut cx.tx, id, &after).await?;
        record(cx, Event::in_project("AUDIT_LOG_CONFIGURATION_UPDATED", org, id)).await?;
    }
    Ok(Accepted(after))
}
