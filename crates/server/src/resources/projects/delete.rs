//! `deleteGroup`.

use telamon_api::{Cx, Done, Operation, Project};
use telamon_authz::ProjectRole;
use telamon_wire::Result;

use super::store;
use crate::resources::{
    events::{Event, record},
    rates,
};

pub fn operation() -> Operation {
    Operation::delete("/api/atlas/v2/groups/{groupId}")
        .operation::<Project>("deleteGroup", "Projects", Project::needs(&[ProjectRole::Owner]), &rates::PROJECT)
        .summary("Remove one project")
        .handler(delete)
}

async fn delete(cx: &mut Cx<Project>, (): &()) -> Result<Done> {
    let Project { id, org, .. } = cx.scope;
    let now = cx.now();
    store::bury(&mut cx.tx, id, now).await?;
    cx.credentials_changed();
    record(cx, Event::in_org_about("GROUP_DELETED", org, id)).await?;
    Ok(Done)
}
