//! The projects in which a service account has roles.

use telamon_api::{Cx, Listed, Operation, Org, Paged};
use telamon_authz::OrgRole;
use telamon_wire::{Result, Version};

use super::{client_id, not_found, store, wire::ServiceAccountGroup};
use crate::resources::rates;

pub(super) fn operation() -> Operation {
    Operation::get("/api/atlas/v2/orgs/{orgId}/serviceAccounts/{clientId}/groups")
        .operation::<Org>(
            "getOrgServiceAccountGroups",
            "Service Accounts",
            Org::needs(&[OrgRole::ReadOnly]),
            &rates::ORG_SERVICE_ACCOUNTS,
        )
        .summary("Return all projects that one service account is assigned to")
        .since(Version::V2024_08_05)
        .handler(list)
}

async fn list(cx: &mut Cx<Org>, Paged(page): &Paged<false>) -> Result<Listed<ServiceAccountGroup>> {
    let id = cx.scope.id;
    let client_id = client_id(cx)?;
    store::find(&mut cx.tx, id, client_id).await?.ok_or_else(|| not_found(client_id))?;
    let items = store::list_projects(&mut cx.tx, client_id.0, *page).await?;
    let total = store::count_projects(&mut cx.tx, client_id.0).await?;
    Ok(Listed { items, total })
}
