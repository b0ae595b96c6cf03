//! `getOrgSettings` and `updateOrgSettings`.

use telamon_api::{Body, Cx, Json, Operation, Org};
use telamon_authz::OrgRole;
use telamon_store::Tx;
use telamon_wire::{OrgId, Result};

use super::{
    model,
    wire::{OrgSettings, OrganizationSettingsUpdate},
};
use crate::resources::{
    access_lists,
    events::{Event, record},
    rates,
    settings::{Settings, settings},
};

const PATH: &str = "/api/atlas/v2/orgs/{orgId}/settings";

pub fn get() -> Operation {
    Operation::get(PATH)
        .operation::<Org>("getOrgSettings", "Organizations", Org::needs(&[OrgRole::Member]), &rates::ORG_SETTINGS)
        .summary("Return the settings of one organization")
        .handler(read)
}

pub fn update() -> Operation {
    Operation::patch(PATH)
        .operation::<Org>("updateOrgSettings", "Organizations", Org::needs(&[OrgRole::Owner]), &rates::ORG_SETTINGS)
        .summary("Update the settings of one organization")
        .handler(write)
}

static SETTINGS: Settings<OrgSettings> = settings!("organization", "settings");

/// The settings of an organization that is known to be there.
pub async fn load_settings(tx: &mut Tx, org: OrgId) -> Result<OrgSettings> {
    SETTINGS.load(tx, org).await
}

async fn read(cx: &mut Cx<Org>, (): &()) -> Result<Json<OrgSettings>> {
    let id = cx.scope.id;
    Ok(Json(load_settings(&mut cx.tx, id).await?))
}

async fn write(cx: &mut Cx<Org>, Body(change): &Body<OrganizationSettingsUpdate>) -> Result<Json<OrgSettings>> {
    let id = cx.scope.id;
    let before = load_settings(&mut cx.tx, id).await?;
    let mut after = before.clone();
    model::apply(&mut after, change)?;
    if after.api_access_list_required && !before.api_access_list_required {
        access_lists::demand_own_list(cx).await?;
    }
    SETTINGS.store(&mut cx.tx, id, &after).await?;
    for event in model::events(&before, &after) {
        record(cx, Event::in_org(event, id)).await?;
    }
    cx.credentials_changed();
    Ok(Json(after))
}
