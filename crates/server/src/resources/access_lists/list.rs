//! Reading access lists.

use telamon_api::{Cx, Listed, Operation, Org, Paged, Project};
use telamon_authz::{OrgRole, ProjectRole};
use telamon_wire::{PageQuery, Result, Version};

use super::{
    holder::Holder,
    store::{self, Entry},
    wire::{AccountEntry, ApiKeyEntry},
};
use crate::resources::rates;

pub(super) fn of_account_in_org_operation() -> Operation {
    Operation::get("/api/atlas/v2/orgs/{orgId}/serviceAccounts/{clientId}/accessList")
        .operation::<Org>(
            "listOrgServiceAccountAccessList",
            "Service Accounts",
            Org::needs(&[OrgRole::ReadOnly]),
            &rates::ORG_SERVICE_ACCOUNTS,
        )
        .summary("Return the access list of one service account of an organization")
        .since(Version::V2024_08_05)
        .handler(of_account_in_org)
}

async fn of_account_in_org(cx: &mut Cx<Org>, Paged(page): &Paged) -> Result<Listed<AccountEntry>> {
    let holder = Holder::account_in_org(cx).await?;
    account_entries(cx, &holder, *page).await
}

pub(super) fn of_account_in_project_operation() -> Operation {
    Operation::get("/api/atlas/v2/groups/{groupId}/serviceAccounts/{clientId}/accessList")
        .operation::<Project>(
            "listGroupServiceAccountAccessList",
            "Service Accounts",
            Project::needs(&[ProjectRole::ReadOnly]),
            &rates::PROJECT_SERVICE_ACCOUNTS,
        )
        .summary("Return the access list of one service account of a project")
        .since(Version::V2024_08_05)
        .handler(of_account_in_project)
}

async fn of_account_in_project(cx: &mut Cx<Project>, Paged(page): &Paged) -> Result<Listed<AccountEntry>> {
    let holder = Holder::account_in_project(cx).await?;
    account_entries(cx, &holder, *page).await
}

pub(super) fn of_api_key_operation() -> Operation {
    Operation::get("/api/atlas/v2/orgs/{orgId}/apiKeys/{apiUserId}/accessList")
        .operation::<Org>(
            "listOrgApiKeyAccessListEntries",
            "Programmatic API Keys",
            Org::needs(&[OrgRole::Member]),
            &rates::ORG_API_KEYS,
        )
        .summary("Return the access list of one API key of an organization")
        .handler(of_api_key)
}

async fn of_api_key(cx: &mut Cx<Org>, Paged(page): &Paged) -> Result<Listed<ApiKeyEntry>> {
    let holder = Holder::api_key(cx).await?;
    key_entries(cx, &holder, *page).await
}

/// A page of the access list of a service account.
pub(super) async fn account_entries<S>(
    cx: &mut Cx<S>,
    holder: &Holder,
    page: PageQuery,
) -> Result<Listed<AccountEntry>> {
    let Listed { items, total } = entries(cx, holder, page).await?;
    Ok(Listed { items: items.into_iter().map(AccountEntry::from).collect(), total })
}

/// A page of the access list of an API key.
pub(super) async fn key_entries(cx: &mut Cx<Org>, holder: &Holder, page: PageQuery) -> Result<Listed<ApiKeyEntry>> {
    let Listed { items, total } = entries(cx, holder, page).await?;
    Ok(Listed { items: items.into_iter().map(|entry| key_entry(cx, holder, entry)).collect(), total })
}

/// An entry of the access list of an API key, with its link.
pub(super) fn key_entry(cx: &Cx<Org>, holder: &Holder, entry: Entry) -> ApiKeyEntry {
    let list = format!("/api/atlas/v2/orgs/{}/apiKeys/{}/accessList", cx.scope.id, holder.id());
    ApiKeyEntry::of(entry, |name| cx.link("self", &format!("{list}/{name}")))
}

async fn entries<S>(cx: &mut Cx<S>, holder: &Holder, page: PageQuery) -> Result<Listed<Entry>> {
    let items = store::page(&mut cx.tx, &holder.id(), page).await?;
    let total = if page.include_count { store::count(&mut cx.tx, &holder.id()).await? } else { 0 };
    Ok(Listed { items, total })
}
