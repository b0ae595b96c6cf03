//! Reading API keys.

use telamon_api::{Cx, Json, Listed, Operation, Org, Paged};
use telamon_authz::OrgRole;
use telamon_wire::Result;

use super::{key_id, masked, not_found, store, wire::ApiKeyUserDetails};
use crate::resources::rates;

pub(super) fn list_operation() -> Operation {
    Operation::get("/api/atlas/v2/orgs/{orgId}/apiKeys")
        .operation::<Org>(
            "listOrgApiKeys",
            "Programmatic API Keys",
            Org::needs(&[OrgRole::Member]),
            &rates::ORG_API_KEYS,
        )
        .summary("Return all API keys of an organization")
        .handler(list)
}

async fn list(cx: &mut Cx<Org>, Paged(page): &Paged) -> Result<Listed<ApiKeyUserDetails>> {
    let org = cx.scope.id;
    let keys = store::list(&mut cx.tx, org, *page).await?;
    let total = if page.include_count { store::count(&mut cx.tx, org).await? } else { 0 };
    Ok(Listed { items: keys.into_iter().map(|key| masked(cx, org, key)).collect(), total })
}

pub(super) fn get_operation() -> Operation {
    Operation::get("/api/atlas/v2/orgs/{orgId}/apiKeys/{apiUserId}")
        .operation::<Org>("getOrgApiKey", "Programmatic API Keys", Org::needs(&[OrgRole::Member]), &rates::ORG_API_KEYS)
        .summary("Return one API key of an organization")
        .handler(get)
}

async fn get(cx: &mut Cx<Org>, (): &()) -> Result<Json<ApiKeyUserDetails>> {
    let (org, id) = (cx.scope.id, key_id(cx)?);
    let key = store::find(&mut cx.tx, org, id).await?.ok_or_else(|| not_found(id))?;
    Ok(Json(masked(cx, org, key)))
}
