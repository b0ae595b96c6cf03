//! Deleting a service account.

use telamon_api::{Cx, NoContent, Operation, Org};
use telamon_authz::OrgRole;
use telamon_wire::{Result, Version};

use super::{client_id, not_found, store};
use crate::resources::{
    events::{self, Event},
    rates, roles,
};

pub(super) fn operation() -> Operation {
    Operation::delete("/api/atlas/v2/orgs/{orgId}/serviceAccounts/{clientId}")
        .operation::<Org>(
            "deleteOrgServiceAccount",
            "Service Accounts",
            Org::needs(&[OrgRole::Owner]),
            &rates::ORG_SERVICE_ACCOUNTS,
        )
        .summary("Remove one service account from an organization")
        .since(Version::V2024_08_05)
        .handler(delete)
}

async fn delete(cx: &mut Cx<Org>, (): &()) -> Result<NoContent> {
    let (org, client_id) = (cx.scope.id, client_id(cx)?);
    let account = store::find(&mut cx.tx, org, client_id).await?.ok_or_else(|| not_found(client_id))?;
    roles::demand_another_owner(&mut cx.tx, &client_id.0.to_string(), org).await?;
    store::delete(&mut cx.tx, client_id.0).await?;
    cx.credentials_changed();
    let about = |event_type| Event::in_org(event_type, org).with("clientId", client_id.to_string());
    // One event for each secret, as when they are removed one by one, and then the account's.
    for _ in &account.secrets {
        events::record(cx, about("SERVICE_ACCOUNT_SECRET_DELETED")).await?;
    }
    events::record(cx, about("SERVICE_ACCOUNT_DELETED")).await?;
    Ok(NoContent)
}
