//! `getOrgDelegationSettings` and `updateOrgDelegationSettings`: what programs may do in the name of people. telamon keeps
//! the settings; it lets no program act in anybody's name by them.

use telamon_api::{Body, Cx, Json, Operation, Org};
use telamon_authz::OrgRole;
use telamon_store::{Sql, Tx, args, sql};
use telamon_wire::{Failure, OrgId, Result, Version};

use super::{
    model,
    wire::{OrgDelegationSettings, OrgDelegationSettingsUpdate},
};
use crate::resources::{
    events::{Event, record},
    rates,
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

static LOAD: Sql = sql!("SELECT delegation_settings FROM organization WHERE id = $1");
static STORE: Sql = sql!("UPDATE organization SET delegation_settings = $2 WHERE id = $1");

async fn load(tx: &mut Tx, org: OrgId) -> Result<OrgDelegationSettings> {
    let stored: String = tx.one(LOAD, &args![org]).await?;
    serde_json::from_str(&stored).map_err(|error| Failure::Bug(error.into()))
}

async fn read(cx: &mut Cx<Org>, (): &()) -> Result<Json<OrgDelegationSettings>> {
    let org = cx.scope.id;
    Ok(Json(load(&mut cx.tx, org).await?))
}

async fn write(
    cx: &mut Cx<Org>,
    Body(change): &Body<OrgDelegationSettingsUpdate>,
) -> Result<Json<OrgDelegationSettings>> {
    let org = cx.scope.id;
    let before = load(&mut cx.tx, org).await?;
    let after = model::delegation(&before, change)?;
    if after != before {
        let stored = serde_json::to_string(&after).map_err(|error| Failure::Bug(error.into()))?;
        cx.tx.run(STORE, &args![org, stored]).await?;
        record(cx, Event::in_org("ORG_DELEGATION_SETTINGS_UPDATED", org)).await?;
    }
    Ok(Json(after))
}
