//! Making service accounts.

use telamon_api::{Body, Created, Cx, Operation, Org};
use telamon_authz::OrgRole;
use telamon_wire::{ApiError, ErrorCode, OrgId, Result, Version};

use super::{
    AccountCredential, insert_given_account, model, store,
    wire::{NewServiceAccount, OrgServiceAccount},
};
use crate::{
    limits::ResourceLimits,
    resources::{
        events::{self, Event},
        organizations, rates, roles,
    },
};

pub(super) fn operation() -> Operation {
    Operation::post("/api/atlas/v2/orgs/{orgId}/serviceAccounts")
        .operation::<Org>(
            "createOrgServiceAccount",
            "Service Accounts",
            Org::needs(&[OrgRole::Owner]),
            &rates::ORG_SERVICE_ACCOUNTS,
        )
        .summary("Create one service account in an organization")
        .since(Version::V2024_08_05)
        .handler(create)
}

async fn create(cx: &mut Cx<Org>, Body(new): &Body<NewServiceAccount>) -> Result<Created<OrgServiceAccount>> {
    let org = cx.scope.id;
    roles::demand_grantable(cx.caller().as_deref(), org, &new.roles)?;
    create_in_org(cx, org, new).await.map(Created)
}

/// Makes a service account with a new secret, which the answer holds in clear, and records it. The organization's limits
/// are checked; whether the caller may grant the roles is the caller's affair, because the maker of a new organization
/// has no role in it yet.
pub async fn create_in_org<S>(cx: &mut Cx<S>, org: OrgId, new: &NewServiceAccount) -> Result<OrgServiceAccount> {
    let settings = organizations::load_settings(&mut cx.tx, org).await?;
    model::check_new(new, model::max_hours(&settings))?;
    let services = cx.services();
    if let Some(most) = services.get::<ResourceLimits>().service_accounts_per_org
        && store::count(&mut cx.tx, org).await? >= most
    {
        return Err(ApiError::new(ErrorCode::MAX_SERVICE_ACCOUNTS_PER_ORG_EXCEEDED).with(most).into());
    }
    let now = cx.now();
    let credential = AccountCredential::generate(now, cx.entropy());
    let account = insert_given_account(&mut cx.tx, org, new, &credential, now, &*services.entropy).await?;
    let event = Event::in_org("SERVICE_ACCOUNT_CREATED", org).with("clientId", account.client_id.to_string());
    events::record(cx, event).await?;
    cx.credentials_changed();
    Ok(account)
}
