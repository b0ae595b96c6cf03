//! `updateOrg`.

use telamon_api::{Body, Cx, Json, Operation, Org};
use telamon_authz::OrgRole;
use telamon_wire::Result;

use super::{
    get,
    model::check_name,
    store,
    wire::{AtlasOrganization, OrganizationUpdate},
};
use crate::resources::{
    events::{Event, record},
    rates,
};

pub fn operation() -> Operation {
    Operation::patch("/api/atlas/v2/orgs/{orgId}")
        .operation::<Org>("updateOrg", "Organizations", Org::needs(&[OrgRole::Owner]), &rates::ORG)
        .summary("Update one organization")
        .handler(update)
}

async fn update(cx: &mut Cx<Org>, Body(change): &Body<OrganizationUpdate>) -> Result<Json<AtlasOrganization>> {
    let id = cx.scope.id;
    let (_, old_name, skip_default_alerts) = store::one(&mut cx.tx, id).await?;
    let name = change.name.clone().unwrap_or_else(|| old_name.clone());
    check_name(&name)?;
    let renamed = name != old_name;
    let org = (id, name, change.skip_default_alerts_settings.unwrap_or(skip_default_alerts));
    store::update(&mut cx.tx, &org).await?;
    if renamed {
        record(cx, Event::in_org("ORG_RENAMED", id)).await?;
    }
    if org.2 != skip_default_alerts {
        record(cx, Event::in_org("ORG_SETTINGS_UPDATED", id)).await?;
    }
    Ok(Json(get::single(cx, org)))
}
