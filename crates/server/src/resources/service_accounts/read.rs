//! Reading service accounts.

use telamon_api::{Cx, Json, Listed, Operation, Org, Paged, Parameter, Query, QueryParams};
use telamon_authz::OrgRole;
use telamon_wire::{ApiError, Result, Version, parse_bool};

use super::{client_id, not_found, store, wire::OrgServiceAccount};
use crate::resources::rates;

pub(super) fn list_operation() -> Operation {
    Operation::get("/api/atlas/v2/orgs/{orgId}/serviceAccounts")
        .operation::<Org>(
            "listOrgServiceAccounts",
            "Service Accounts",
            Org::needs(&[OrgRole::ReadOnly]),
            &rates::ORG_SERVICE_ACCOUNTS,
        )
        .summary("Return all service accounts of an organization")
        .since(Version::V2024_08_05)
        .handler(list)
}

/// Whether accounts that the service itself manages are wanted too. There are none here.
pub(super) struct SystemManaged;

impl QueryParams for SystemManaged {
    fn parse(pairs: &[(String, String)]) -> Result<Self, ApiError> {
        for (name, value) in pairs.iter().filter(|(name, _)| name == "includeSystemManaged") {
            parse_bool(name, value)?;
        }
        Ok(Self)
    }

    fn parameters() -> Vec<Parameter> {
        let description = "Whether accounts that the service itself manages are listed too. There are none here.";
        vec![Parameter::boolean("includeSystemManaged", description, false)]
    }
}

async fn list(
    cx: &mut Cx<Org>,
    (Paged(page), Query(SystemManaged)): &(Paged<false>, Query<SystemManaged>),
) -> Result<Listed<OrgServiceAccount>> {
    let id = cx.scope.id;
    let items = store::list(&mut cx.tx, id, *page).await?;
    let total = store::count(&mut cx.tx, id).await?;
    Ok(Listed { items, total })
}

pub(super) fn get_operation() -> Operation {
    Operation::get("/api/atlas/v2/orgs/{orgId}/serviceAccounts/{clientId}")
        .operation::<Org>(
            "getOrgServiceAccount",
            "Service Accounts",
            Org::needs(&[OrgRole::ReadOnly]),
            &rates::ORG_SERVICE_ACCOUNTS,
        )
        .summary("Return one service account of an organization")
        .since(Version::V2024_08_05)
        .handler(get)
}

async fn get(cx: &mut Cx<Org>, (): &()) -> Result<Json<OrgServiceAccount>> {
    let id = cx.scope.id;
    let client_id = client_id(cx)?;
    let account = store::find(&mut cx.tx, id, client_id).await?.ok_or_else(|| not_found(client_id))?;
    Ok(Json(account))
}
