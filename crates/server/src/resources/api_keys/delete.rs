//! Deleting an API key.

use telamon_api::{Cx, NoContent, Operation, Org};
use telamon_authz::OrgRole;
use telamon_wire::Result;

use super::{key_id, not_found, store};
use crate::resources::{
    events::{self, Event},
    rates, roles,
};

pub(super) fn operation() -> Operation {
    Operation::delete("/api/atlas/v2/orgs/{orgId}/apiKeys/{apiUserId}")
        .operation::<Org>(
            "deleteOrgApiKey",
            "Programmatic API Keys",
            Org::needs(&[OrgRole::Owner]),
            &rates::ORG_API_KEYS,
        )
        .summary("Remove one API key from an organization")
        .handler(delete)
}

async fn delete(cx: &mut Cx<Org>, (): &()) -> Result<NoContent> {
    let (org, id) = (cx.scope.id, key_id(cx)?);
    let key = store::find(&mut cx.tx, org, id).await?.ok_or_else(|| not_found(id))?;
    roles::demand_another_owner(&mut cx.tx, &id.to_string(), org).await?;
    store::delete(&mut cx.tx, id).await?;
    cx.credentials_changed();
    events::record(cx, Event::in_org("API_KEY_DELETED", org).with("targetPublicKey", key.public_key)).await?;
    Ok(NoContent)
}
