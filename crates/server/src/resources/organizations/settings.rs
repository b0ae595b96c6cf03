//! `getOrgSettings` and `updateOrgSettings`.

use telamon_api::{Body, Cx, Json, Operation, Org};
use telamon_authz::OrgRole;
use telamon_store::{Sql, Tx, args, sql};
use telamon_wire::{Failure, OrgId, Result};

use super::{
    model,
    wire::{OrgSettings, OrganizationSettingsUpdate},
};
use crate::resources::{
    access_lists,
    events::{Event, record},
    rates,
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

static LOAD: Sql = sql!("SELECT settings FROM organization WHERE id = $1");
static STORE: Sql = sql!("UPDATE organization SET settings = $2 WHERE id = $1");

/// The settings of an organization that is known to be there.
pub async fn load_settings(tx: &mut Tx, org: OrgId) -> Result<OrgSettings> {
    let stored: String = tx.one(LOAD, &args![org]).await?;
    serde_json::from_str(&stored).map_err(|error| Failure::Bug(error.into()))
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
    let stored = serde_json::to_string(&after).map_err(|error| Failure::Bug(error.into()))?;
    cx.tx.run(STORE, &args![id, stored]).await?;
    for event in model::events(&before, &after) {
        record(cx, Event::in_org(event, id)).await?;
    }
    cx.credentials_changed();
    Ok(Json(after))
}
