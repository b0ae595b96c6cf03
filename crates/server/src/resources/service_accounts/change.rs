//! Changing a service account.

use std::collections::BTreeSet;

use telamon_api::{Body, Cx, Json, Operation, Org};
use telamon_authz::OrgRole;
use telamon_wire::{OrgId, Result, Version};

use super::{
    client_id, model, not_found, store,
    wire::{OrgServiceAccount, ServiceAccountChange},
};
use crate::resources::{
    events::{self, Event},
    rates, roles,
};

pub(super) fn operation() -> Operation {
    Operation::patch("/api/atlas/v2/orgs/{orgId}/serviceAccounts/{clientId}")
        .operation::<Org>(
            "updateOrgServiceAccount",
            "Service Accounts",
            Org::needs(&[OrgRole::Owner]),
            &rates::ORG_SERVICE_ACCOUNTS,
        )
        .summary("Update one service account of an organization")
        .since(Version::V2024_08_05)
        .handler(change)
}

async fn change(cx: &mut Cx<Org>, Body(change): &Body<ServiceAccountChange>) -> Result<Json<OrgServiceAccount>> {
    let (org, client_id) = (cx.scope.id, client_id(cx)?);
    let mut account = store::find(&mut cx.tx, org, client_id).await?.ok_or_else(|| not_found(client_id))?;
    model::check_change(change.name.as_deref(), change.description.as_deref(), change.roles.as_deref())?;
    change_details(cx, org, &mut account, change.name.as_deref(), change.description.as_deref()).await?;
    if let Some(wanted) = &change.roles
        && BTreeSet::from_iter(wanted) != BTreeSet::from_iter(&account.roles)
    {
        set_roles(cx, &account, wanted).await?;
        account.roles = roles::in_org(&mut cx.tx, &client_id.0.to_string(), org).await?;
    }
    Ok(Json(account))
}

/// Gives an account another name or description, if they are others, and records it.
pub(super) async fn change_details<S>(
    cx: &mut Cx<S>,
    org: OrgId,
    account: &mut OrgServiceAccount,
    name: Option<&str>,
    description: Option<&str>,
) -> Result<()> {
    let name = name.unwrap_or(&account.name).to_owned();
    let description = description.unwrap_or(&account.description).to_owned();
    if (&name, &description) == (&account.name, &account.description) {
        return Ok(());
    }
    store::rename(&mut cx.tx, account.client_id.0, &name, &description).await?;
    (account.name, account.description) = (name, description);
    let event = Event::in_org("SERVICE_ACCOUNT_DETAILS_CHANGED", org).with("clientId", account.client_id.to_string());
    events::record(cx, event).await
}

async fn set_roles(cx: &mut Cx<Org>, account: &OrgServiceAccount, wanted: &[OrgRole]) -> Result<()> {
    let (org, now, holder) = (cx.scope.id, cx.now(), account.client_id.0.to_string());
    roles::demand_grantable(cx.caller().as_deref(), org, wanted)?;
    if !wanted.contains(&OrgRole::Owner) {
        roles::demand_another_owner(&mut cx.tx, &holder, org).await?;
    }
    roles::replace_in_org(&mut cx.tx, &holder, org, wanted, now).await?;
    cx.credentials_changed();
    let event = Event::in_org("SERVICE_ACCOUNT_ROLES_CHANGED", org).with("clientId", account.client_id.to_string());
    events::record(cx, event).await
}
