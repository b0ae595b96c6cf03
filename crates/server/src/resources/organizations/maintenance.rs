//! `getOrgMaintenanceSettings`, `updateOrgMaintenanceSettings` and `resetOrgMaintenanceSettings`: who decides in which
//! order the projects of an organization are maintained.

use telamon_api::{Body, Cx, Json, Operation, Org};
use telamon_authz::OrgRole;
use telamon_wire::Result;

use super::wire::{OrgMaintenance, OrganizationMaintenanceSettings, OrganizationMaintenanceSettingsUpdate};
use crate::resources::{
    events::{Event, record},
    rates,
    settings::{Settings, settings},
};

const PATH: &str = "/api/atlas/v2/orgs/{orgId}/maintenanceSettings";

pub fn get() -> Operation {
    Operation::get(PATH)
        .operation::<Org>("getOrgMaintenanceSettings", "Organizations", Org::needs(&[OrgRole::Member]), &rates::ORG)
        .summary("Return the maintenance settings of one organization")
        .only_preview()
        .handler(read)
}

pub fn update() -> Operation {
    Operation::patch(PATH)
        .operation::<Org>("updateOrgMaintenanceSettings", "Organizations", Org::needs(&[OrgRole::Owner]), &rates::ORG)
        .summary("Update the maintenance settings of one organization")
        .only_preview()
        .handler(write)
}

pub fn reset() -> Operation {
    Operation::post("/api/atlas/v2/orgs/{orgId}/maintenanceSettings:reset")
        .operation::<Org>("resetOrgMaintenanceSettings", "Organizations", Org::needs(&[OrgRole::Owner]), &rates::ORG)
        .summary("Give one organization the default maintenance settings")
        .only_preview()
        .handler(forget)
}

static SETTINGS: Settings<OrgMaintenance> = settings!("organization", "maintenance_settings");

async fn read(cx: &mut Cx<Org>, (): &()) -> Result<Json<OrganizationMaintenanceSettings>> {
    let org = cx.scope.id;
    Ok(Json(SETTINGS.load(&mut cx.tx, org).await?.into()))
}

async fn write(
    cx: &mut Cx<Org>,
    Body(change): &Body<OrganizationMaintenanceSettingsUpdate>,
) -> Result<Json<OrganizationMaintenanceSettings>> {
    let org = cx.scope.id;
    let before = SETTINGS.load(&mut cx.tx, org).await?;
    let after = OrgMaintenance { wave_assignment_mode: change.wave_assignment_mode.or(before.wave_assignment_mode) };
    keep(cx, before, after).await
}

async fn forget(cx: &mut Cx<Org>, (): &()) -> Result<Json<OrganizationMaintenanceSettings>> {
    let org = cx.scope.id;
    let before = SETTINGS.load(&mut cx.tx, org).await?;
    keep(cx, before, OrgMaintenance::default()).await
}

async fn keep(
    cx: &mut Cx<Org>,
    before: OrgMaintenance,
    after: OrgMaintenance,
) -> Result<Json<OrganizationMaintenanceSettings>> {
    let org = cx.scope.id;
    if after != before {
        SETTINGS.store(&mut cx.tx, org, &after).await?;
        record(cx, Event::in_org(after.effective().event(), org)).await?;
    }
    Ok(Json(after.into()))
}
