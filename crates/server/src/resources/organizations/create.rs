//! `createOrg`.

use telamon_api::{Anyone, Body, Caller, Created, Cx, Operation};
use telamon_authz::OrgRole;
use telamon_wire::{ApiError, ErrorCode, OrgId, PersonId, Result};

use super::{
    get,
    model::check_name,
    store,
    wire::{CreateOrganizationRequest, CreateOrganizationResponse},
};
use crate::resources::{
    api_keys,
    events::{Event, record},
    rates, roles, service_accounts,
};

pub fn operation() -> Operation {
    Operation::post("/api/atlas/v2/orgs")
        .operation::<Anyone>("createOrg", "Organizations", Anyone::authenticated(), &rates::ORG_LIST)
        .summary("Create one organization")
        .handler(create)
}

async fn create(
    cx: &mut Cx<Anyone>,
    Body(new): &Body<CreateOrganizationRequest>,
) -> Result<Created<CreateOrganizationResponse>> {
    let caller = cx.demand_caller()?;
    let home = demand_owner(&caller)?;
    check(new)?;
    let owner = owner(cx, &home, new.org_owner_id.as_deref()).await?;

    let (id, now) = (cx.new_id::<OrgId>(), cx.now());
    let skip_default_alerts = new.skip_default_alerts_settings.unwrap_or(false);
    let org = (id, new.name.clone(), skip_default_alerts);
    store::insert(&mut cx.tx, &org, now).await?;
    record(cx, Event::in_org("ORG_CREATED", id)).await?;
    if let Some(person) = owner {
        roles::add_in_org(&mut cx.tx, &person.to_string(), id, OrgRole::Owner, now).await?;
        let username = store::username(&mut cx.tx, person).await?;
        record(cx, Event::in_org("JOINED_ORG", id).with("targetUsername", username)).await?;
    }
    let api_key = match &new.api_key {
        Some(key) => Some(api_keys::create_in_org(cx, id, key).await?),
        None => None,
    };
    let service_account = match &new.service_account {
        Some(account) => Some(service_accounts::create_in_org(cx, id, account).await?),
        None => None,
    };
    cx.credentials_changed();
    Ok(Created(CreateOrganizationResponse {
        api_key,
        federation_settings_id: new.federation_settings_id.clone(),
        org_owner_id: owner.map(|person| person.to_string()),
        organization: get::single(cx, org),
        service_account,
        skip_default_alerts_settings: skip_default_alerts,
    }))
}

/// The organizations that the caller owns: `API_KEY_CANNOT_CREATE_ORG` if there is none.
fn demand_owner(caller: &Caller) -> Result<Vec<OrgId>, ApiError> {
    let mut owned: Vec<_> =
        caller.orgs.iter().filter(|(_, roles)| roles.imply(OrgRole::Owner)).map(|(org, _)| *org).collect();
    owned.sort();
    if owned.is_empty() { Err(ErrorCode::API_KEY_CANNOT_CREATE_ORG.into()) } else { Ok(owned) }
}

fn check(new: &CreateOrganizationRequest) -> Result<(), ApiError> {
    check_name(&new.name)?;
    if new.api_key.is_some() && new.service_account.is_some() {
        let why = "It excludes apiKey: an organization begins with one credential.";
        return Err(ApiError::new(ErrorCode::INVALID_ATTRIBUTE).with("serviceAccount").with(why));
    }
    // An id of another kind has the same form.
    if let Some(id) = &new.federation_settings_id
        && id.parse::<OrgId>().is_err()
    {
        let why = "It must have 24 lower-case hexadecimal digits.";
        return Err(ApiError::new(ErrorCode::INVALID_ATTRIBUTE).with("federationSettingsId").with(why));
    }
    Ok(())
}

/// The person who will own the organization: the one that the request names, who must belong to an organization that the
/// caller owns, else the oldest owner of the caller's own.
async fn owner(cx: &mut Cx<Anyone>, home: &[OrgId], asked: Option<&str>) -> Result<Option<PersonId>> {
    if let Some(text) = asked.filter(|text| !text.is_empty()) {
        let not_found = || ApiError::new(ErrorCode::USER_NOT_FOUND).with(text);
        let person: PersonId = text.parse().map_err(|_| not_found())?;
        for org in home {
            if store::has_member(&mut cx.tx, *org, person).await? {
                return Ok(Some(person));
            }
        }
        return Err(not_found().into());
    }
    for org in home {
        if let Some(person) = store::oldest_owner(&mut cx.tx, *org).await? {
            return Ok(Some(person));
        }
    }
    Ok(None)
}
