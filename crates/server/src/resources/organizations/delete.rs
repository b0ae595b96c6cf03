//! `deleteOrg`.

use telamon_api::{Cx, NoContent, Operation, Org};
use telamon_authz::OrgRole;
use telamon_wire::{ApiError, ErrorCode, Result};

use super::store;
use crate::resources::{projects, rates};

pub fn operation() -> Operation {
    Operation::delete("/api/atlas/v2/orgs/{orgId}")
        .operation::<Org>("deleteOrg", "Organizations", Org::needs(&[OrgRole::Owner]), &rates::ORG)
        .summary("Remove one organization")
        .without_documented_pretty()
        .handler(delete)
}

/// The API has no event for it: nobody could read the list that it would stand in.
async fn delete(cx: &mut Cx<Org>, (): &()) -> Result<NoContent> {
    let (id, now) = (cx.scope.id, cx.now());
    if projects::count_living(&mut cx.tx, id).await? > 0 {
        return Err(ApiError::new(ErrorCode::ORG_NOT_EMPTY).with(id.to_string()).into());
    }
    store::bury(&mut cx.tx, id, now).await?;
    cx.credentials_changed();
    Ok(NoContent)
}
