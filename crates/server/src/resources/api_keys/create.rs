//! Making API keys.

use telamon_api::{Body, Cx, Json, Operation, Org};
use telamon_authn::ApiKeyPair;
use telamon_authz::OrgRole;
use telamon_wire::{ApiError, ErrorCode, Failure, OrgId, Result};

use super::{
    insert_given_key, model, self_link, store,
    wire::{ApiKeyUserDetails, NewApiKey},
};
use crate::{
    keys::Keys,
    limits::ResourceLimits,
    resources::{
        events::{self, Event},
        rates, roles,
    },
};

pub(super) fn operation() -> Operation {
    Operation::post("/api/atlas/v2/orgs/{orgId}/apiKeys")
        .operation::<Org>(
            "createOrgApiKey",
            "Programmatic API Keys",
            Org::needs(&[OrgRole::Owner]),
            &rates::ORG_API_KEYS,
        )
        .summary("Create one API key in an organization")
        .handler(create)
}

async fn create(cx: &mut Cx<Org>, Body(new): &Body<NewApiKey>) -> Result<Json<ApiKeyUserDetails>> {
    let org = cx.scope.id;
    roles::demand_grantable(cx.caller().as_deref(), org, &new.roles)?;
    create_in_org(cx, org, new).await.map(Json)
}

/// Makes an API key, whose private half the answer holds in clear, and records it. The organization's limits are
/// checked; whether the caller may grant the roles is the caller's affair, because the maker of a new organization has no
/// role in it yet.
pub async fn create_in_org<S>(cx: &mut Cx<S>, org: OrgId, new: &NewApiKey) -> Result<ApiKeyUserDetails> {
    model::check_new(new)?;
    let (services, now) = (cx.services(), cx.now());
    if let Some(most) = services.get::<ResourceLimits>().api_keys_per_org
        && store::count(&mut cx.tx, org).await? >= most
    {
        return Err(ApiError::new(ErrorCode::MAX_API_KEYS_PER_ORG_EXCEEDED).with(most).into());
    }
    let pair = ApiKeyPair::generate(&*services.entropy);
    let sealing = services.get::<Keys>().sealing();
    let id = match insert_given_key(&mut cx.tx, sealing, org, new, &pair, now, &*services.entropy).await {
        Ok(id) => id,
        // The public half is random: another run draws another one.
        Err(fault) if fault.is_unique("api_key.public_key") => return Err(Failure::Retry),
        Err(fault) => return Err(fault.into()),
    };
    let event = Event::in_org("API_KEY_CREATED", org).with("targetPublicKey", pair.public_key.as_str());
    events::record(cx, event).await?;
    cx.credentials_changed();
    Ok(ApiKeyUserDetails {
        desc: new.desc.clone(),
        id,
        links: vec![self_link(cx, org, id)],
        private_key: pair.private_key.expose().to_owned(),
        roles: store::all_roles(&mut cx.tx, org, id).await?,
        public_key: pair.public_key,
    })
}
