//! Removing entries. The path names one by its address or its block; the slash of a block may be sent as it is.

use telamon_api::{Cx, NoContent, Operation, Org, Project};
use telamon_authz::{OrgRole, ProjectRole};
use telamon_wire::{ApiError, ErrorCode, OrgId, Result, Version};

use super::{
    holder::{Change, Holder},
    model::{self, AccessList},
    store,
};
use crate::resources::{events, rates};

pub(super) fn from_account_in_org_operation() -> Operation {
    Operation::delete("/api/atlas/v2/orgs/{orgId}/serviceAccounts/{clientId}/accessList/{ipAddress}")
        .operation::<Org>(
            "deleteOrgServiceAccountAccessListEntry",
            "Service Accounts",
            Org::needs(&[OrgRole::Owner]),
            &rates::ORG_SERVICE_ACCOUNTS,
        )
        .summary("Remove one entry from the access list of one service account of an organization")
        .since(Version::V2024_08_05)
        .slashes_in("ipAddress")
        .handler(from_account_in_org)
}

async fn from_account_in_org(cx: &mut Cx<Org>, (): &()) -> Result<NoContent> {
    let (org, holder) = (cx.scope.id, Holder::account_in_org(cx).await?);
    remove(cx, org, &holder).await
}

pub(super) fn from_account_in_project_operation() -> Operation {
    Operation::delete("/api/atlas/v2/groups/{groupId}/serviceAccounts/{clientId}/accessList/{ipAddress}")
        .operation::<Project>(
            "deleteGroupServiceAccountAccessListEntry",
            "Service Accounts",
            Project::needs(&[ProjectRole::AccessManager]),
            &rates::PROJECT_SERVICE_ACCOUNTS,
        )
        .summary("Remove one entry from the access list of one service account of a project")
        .since(Version::V2024_08_05)
        .slashes_in("ipAddress")
        .handler(from_account_in_project)
}

async fn from_account_in_project(cx: &mut Cx<Project>, (): &()) -> Result<NoContent> {
    let (org, holder) = (cx.scope.org, Holder::account_to_change(cx).await?);
    remove(cx, org, &holder).await
}

pub(super) fn from_api_key_operation() -> Operation {
    Operation::delete("/api/atlas/v2/orgs/{orgId}/apiKeys/{apiUserId}/accessList/{ipAddress}")
        .operation::<Org>(
            "deleteOrgApiKeyAccessListEntry",
            "Programmatic API Keys",
            Org::needs(&[OrgRole::Owner]).or_itself("apiUserId"),
            &rates::ORG_API_KEYS,
        )
        .summary("Remove one entry from the access list of one API key of an organization")
        .slashes_in("ipAddress")
        .handler(from_api_key)
}

async fn from_api_key(cx: &mut Cx<Org>, (): &()) -> Result<NoContent> {
    let (org, holder) = (cx.scope.id, Holder::api_key(cx).await?);
    remove(cx, org, &holder).await
}

async fn remove<S>(cx: &mut Cx<S>, org: OrgId, holder: &Holder) -> Result<NoContent> {
    let text = cx.path_value("ipAddress").to_owned();
    let block = model::named(&text).ok_or_else(|| holder.not_found(&text))?;
    if !store::delete(&mut cx.tx, &holder.id(), &block.to_string()).await? {
        return Err(holder.not_found(&text).into());
    }
    let address = cx.info().address.to_canonical();
    if holder.is_caller(cx.caller().as_deref()) && block.contains(&address) {
        let left = AccessList::of(&store::blocks(&mut cx.tx, &holder.id()).await?);
        if left.holding(address).is_none() {
            let error = ApiError::new(ErrorCode::CANNOT_REMOVE_CALLER_FROM_ACCESS_LIST);
            return Err(error.with(address.to_string()).into());
        }
    }
    events::record(cx, holder.event(org, Change::Removed, block)).await?;
    cx.credentials_changed();
    Ok(NoContent)
}
