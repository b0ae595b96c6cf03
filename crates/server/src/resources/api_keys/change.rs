//! Changing an API key.

use std::collections::BTreeSet;

use telamon_api::{Body, Cx, Json, Operation, Org};
use telamon_authz::OrgRole;
use telamon_wire::Result;

use super::{
    key_id, masked, model, not_found, store,
    wire::{ApiKeyChange, ApiKeyUserDetails},
};
use crate::resources::{
    events::{self, Event},
    rates, roles,
};

pub(super) fn operation() -> Operation {
    Operation::patch("/api/atlas/v2/orgs/{orgId}/apiKeys/{apiUserId}")
        .operation::<Org>(
            "updateOrgApiKey",
            "Programmatic API Keys",
            Org::needs(&[OrgRole::Owner]),
            &rates::ORG_API_KEYS,
        )
        .summary("Update one API key of an organization")
        .handler(change)
}

async fn change(cx: &mut Cx<Org>, Body(change): &Body<ApiKeyChange>) -> Result<Json<ApiKeyUserDetails>> {
    let (org, id) = (cx.scope.id, key_id(cx)?);
    let mut key = store::find(&mut cx.tx, org, id).await?.ok_or_else(|| not_found(id))?;
    let (desc, wanted) = model::asked(change.desc.as_deref(), change.roles.as_deref())?;
    let public_key = key.public_key.clone();
    let about = |event_type| Event::in_org(event_type, org).with("targetPublicKey", public_key.as_str());
    if let Some(desc) = desc.filter(|desc| *desc != key.desc) {
        store::describe(&mut cx.tx, id, desc).await?;
        desc.clone_into(&mut key.desc);
        events::record(cx, about("API_KEY_DESCRIPTION_CHANGED")).await?;
    }
    if let Some(wanted) = wanted {
        let (holder, now) = (id.to_string(), cx.now());
        let held = roles::in_org(&mut cx.tx, &holder, org).await?;
        if BTreeSet::from_iter(wanted) != BTreeSet::from_iter(&held) {
            roles::demand_grantable(cx.caller().as_deref(), org, wanted)?;
            if !wanted.contains(&OrgRole::Owner) {
                roles::demand_another_owner(&mut cx.tx, &holder, org).await?;
            }
            roles::replace_in_org(&mut cx.tx, &holder, org, wanted, now).await?;
            cx.credentials_changed();
            key.roles = store::all_roles(&mut cx.tx, org, id).await?;
            events::record(cx, about("API_KEY_ROLES_CHANGED")).await?;
        }
    }
    Ok(Json(masked(cx, org, key)))
}
