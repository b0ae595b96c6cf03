//! `getOrgDelegationSettings` and `updateOrgDelegationSettings`: what programs may do in the name of people. telamon keeps
//! the settings; it lets no program act in anybody's name by them.

use telamon_api::{Body, Cx, Json, Operation, Org};
use telamon_authz::OrgRole;
use telamon_wire::{Result, Version};

use super::{
    model,
    wire::{OrgDelegationSettings, OrgDelegationSettingsUpdate},
};
use crate::resources::{
    events::{Event, record},
    rates,
    settings::{Settings, settings},
};

const PATH: &str = "/api/atlas/v2/orgs/{orgId}/delegationSettings";

pub fn get() -> Operation {
    Operation::get(PATH)
        .operation::<Org>("getOrgDelegationSettings", "Organizations", Org::needs(&[OrgRole::Member]), &rates::ORG)
        .summary("Return the delegation settings of one organization")
        .since(Version::V2025_03_12)
        .handler(read)
}

pub fn update() -> Operation {
    Operation::patch(PATH)
        .operation::<Org>("updateOrgDelegationSettings", "Organizations", Org::needs(&[OrgRole::Owner]), &rates::ORG)
        .summary("Update the delegation settings of one organization")
        .since(Version::V2025_03_12)
        .handler(write)
}

static SETTINGS: Settings<OrgDelegationSettings> = settings!("organization", "delegation_settings");

async fn read(cx: &mut Cx<Org>, (): &()) -> Result<Json<OrgDelegationSettings>> {
    let org = cx.scope.id;
    Ok(Json(SETTINGS.load(&mut cx.tx, org).await?))
}

async fn write(
    cx: &mut Cx<Org>,
    Body(change): &Body<OrgDelegationSettingsUpdate>,
) -> Result<Json<OrgDelegationSettings>> {
    let org = cx.scope.id;
    let before = SETTINGS.load(&mut cx.tx, org).await?;
    let after = model::delegation(&before, change)?;
    if after != before {
        SETTINGS.store(&mut cx.tx, org, &after).await?;
        record(cx, Event::in_org("ORG_DELEGATION_SETTINGS_UPDATED", org)).await?;
    }
    Ok(Json(after))
}
