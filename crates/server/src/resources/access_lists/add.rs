//! Adding entries: the answer is a page of the whole list.

use telamon_api::{Body, Cx, Listed, Operation, Org, Paged, Project};
use telamon_authz::{OrgRole, ProjectRole};
use telamon_wire::{ApiError, ErrorCode, OrgId, Result, Version};

use super::{
    holder::{Change, Holder},
    list,
    model::{self, AccessList, MOST_ENTRIES},
    store,
    wire::{AccountEntry, ApiKeyEntry, NewEntry},
};
use crate::resources::{events, rates};

type Entries = (Paged, Body<Vec<NewEntry>>);

pub(super) fn to_account_in_org_operation() -> Operation {
    Operation::post("/api/atlas/v2/orgs/{orgId}/serviceAccounts/{clientId}/accessList")
        .operation::<Org>(
            "createOrgServiceAccountAccessList",
            "Service Accounts",
            Org::needs(&[OrgRole::Owner]),
            &rates::ORG_SERVICE_ACCOUNTS,
        )
        .summary("Add entries to the access list of one service account of an organization")
        .since(Version::V2024_08_05)
        .handler(to_account_in_org)
}

async fn to_account_in_org(cx: &mut Cx<Org>, (Paged(page), Body(new)): &Entries) -> Result<Listed<AccountEntry>> {
    let (org, holder) = (cx.scope.id, Holder::account_in_org(cx).await?);
    add(cx, org, &holder, new).await?;
    list::account_entries(cx, &holder, *page).await
}

pub(super) fn to_account_in_project_operation() -> Operation {
    Operation::post("/api/atlas/v2/groups/{groupId}/serviceAccounts/{clientId}/accessList")
        .operation::<Project>(
            "createGroupServiceAccountAccessList",
            "Service Accounts",
            Project::needs(&[ProjectRole::AccessManager]),
            &rates::PROJECT_SERVICE_ACCOUNTS,
        )
        .summary("Add entries to the access list of one service account of a project")
        .since(Version::V2024_08_05)
        .handler(to_account_in_project)
}

async fn to_account_in_project(
    cx: &mut Cx<Project>,
    (Paged(page), Body(new)): &Entries,
) -> Result<Listed<AccountEntry>> {
    let (org, holder) = (cx.scope.org, Holder::account_to_change(cx).await?);
    add(cx, org, &holder, new).await?;
    list::account_entries(cx, &holder, *page).await
}

pub(super) fn to_api_key_operation() -> Operation {
    Operation::post("/api/atlas/v2/orgs/{orgId}/apiKeys/{apiUserId}/accessList")
        .operation::<Org>(
            "createOrgApiKeyAccessListEntry",
            "Programmatic API Keys",
            Org::needs(&[OrgRole::Owner]).or_itself("apiUserId"),
            &rates::ORG_API_KEYS,
        )
        .summary("Add entries to the access list of one API key of an organization")
        .handler(to_api_key)
}

async fn to_api_key(cx: &mut Cx<Org>, (Paged(page), Body(new)): &Entries) -> Result<Listed<ApiKeyEntry>> {
    let (org, holder) = (cx.scope.id, Holder::api_key(cx).await?);
    add(cx, org, &holder, new).await?;
    list::key_entries(cx, &holder, *page).await
}

async fn add<S>(cx: &mut Cx<S>, org: OrgId, holder: &Holder, new: &[NewEntry]) -> Result<()> {
    let blocks = model::asked(new)?;
    if blocks.is_empty() {
        return Ok(());
    }
    let id = holder.id();
    let mut list = store::blocks(&mut cx.tx, &id).await?;
    if let Some(known) = blocks.iter().find(|block| list.contains(&block.to_string())) {
        return Err(ApiError::new(ErrorCode::ADDRESS_ALREADY_IN_ACCESS_LIST).with(model::name(*known)).into());
    }
    let held = list.len();
    list.extend(blocks.iter().map(ToString::to_string));
    if list.len() > MOST_ENTRIES {
        let (more, why) = (blocks.len(), format!("An access list holds at most {MOST_ENTRIES} entries"));
        let why = format!("{why}: this one has {held}, and {more} more were sent.");
        return Err(ApiError::new(ErrorCode::VALIDATION_ERROR).with(why).into());
    }
    demand_own_address(cx, holder, &AccessList::of(&list))?;
    for block in blocks {
        let now = cx.next_moment();
        store::insert(&mut cx.tx, &id, &block.to_string(), now).await?;
        events::record(cx, holder.event(org, Change::Added, block)).await?;
    }
    cx.credentials_changed();
    Ok(())
}

/// Refuses the first entries of the caller's own list if they would shut out the caller.
fn demand_own_address<S>(cx: &Cx<S>, holder: &Holder, list: &AccessList) -> Result<()> {
    let address = cx.info().address.to_canonical();
    if !holder.is_caller(cx.caller().as_deref()) || list.holding(address).is_some() {
        return Ok(());
    }
    let why = format!(
        "These entries would shut out the credential that adds them: add {address}, from where it calls, as well."
    );
    Err(ApiError::new(ErrorCode::VALIDATION_ERROR).with(why).into())
}
