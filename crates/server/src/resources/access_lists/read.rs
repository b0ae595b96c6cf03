//! `getOrgApiKeyAccessListEntry`.

use telamon_api::{Cx, Json, Operation, Org};
use telamon_authz::OrgRole;
use telamon_wire::Result;

use super::{holder::Holder, list::key_entry, model, store, wire::ApiKeyEntry};
use crate::resources::rates;

pub(super) fn operation() -> Operation {
    Operation::get("/api/atlas/v2/orgs/{orgId}/apiKeys/{apiUserId}/accessList/{ipAddress}")
        .operation::<Org>(
            "getOrgApiKeyAccessListEntry",
            "Programmatic API Keys",
            Org::needs(&[OrgRole::Member]),
            &rates::ORG_API_KEYS,
        )
        .summary("Return one entry of the access list of one API key of an organization")
        .slashes_in("ipAddress")
        .handler(get)
}

async fn get(cx: &mut Cx<Org>, (): &()) -> Result<Json<ApiKeyEntry>> {
    let holder = Holder::api_key(cx).await?;
    let text = cx.path_value("ipAddress").to_owned();
    let block = model::named(&text).ok_or_else(|| holder.not_found(&text))?;
    let found = store::find(&mut cx.tx, &holder.id(), &block.to_string()).await?;
    let entry = found.ok_or_else(|| holder.not_found(&text))?;
    Ok(Json(key_entry(cx, &holder, entry)))
}
