//! Whose access list a request is about.

use ipnet::IpNet;
use telamon_api::{Caller, Cx, Identity, Org, Project};
use telamon_wire::{ApiError, ApiKeyId, ClientId, ErrorCode, OrgId, Result};

use super::{model, store};
use crate::resources::{api_keys, events::Event, roles, service_accounts};

/// A credential that has an access list.
pub enum Holder {
    ApiKey { id: ApiKeyId, public_key: String },
    Account(ClientId),
}

/// What happened to an entry.
#[derive(Clone, Copy)]
pub enum Change {
    Added,
    Removed,
}

impl Holder {
    /// The API key of the path.
    pub async fn api_key(cx: &mut Cx<Org>) -> Result<Self> {
        let (org, id) = (cx.scope.id, api_keys::key_id(cx)?);
        let found = store::api_key(&mut cx.tx, org, id).await?;
        let public_key = found.ok_or_else(|| api_keys::not_found(id))?;
        Ok(Self::ApiKey { id, public_key })
    }

    /// The service account of the path, in the organization.
    pub async fn account_in_org(cx: &mut Cx<Org>) -> Result<Self> {
        let (org, client_id) = (cx.scope.id, service_accounts::client_id(cx)?);
        if !store::has_account(&mut cx.tx, org, client_id.0).await? {
            return Err(service_accounts::not_found(client_id).into());
        }
        Ok(Self::Account(client_id))
    }

    /// The service account of the path, if it has a role in the project.
    pub async fn account_in_project(cx: &mut Cx<Project>) -> Result<Self> {
        let (org, project, client_id) = (cx.scope.org, cx.scope.id, service_accounts::client_id(cx)?);
        let is_there = store::has_account(&mut cx.tx, org, client_id.0).await?
            && !roles::in_project(&mut cx.tx, &client_id.0.to_string(), project).await?.is_empty();
        if !is_there {
            return Err(service_accounts::not_found(client_id).into());
        }
        Ok(Self::Account(client_id))
    }

    /// The same, to change its list: that concerns whatever else the account may do, so whoever changes it must be able
    /// to grant all of that.
    pub async fn account_to_change(cx: &mut Cx<Project>) -> Result<Self> {
        let holder = Self::account_in_project(cx).await?;
        let (org, caller) = (cx.scope.org, cx.caller());
        roles::demand_all_of(&mut cx.tx, caller.as_deref(), &holder.id(), org).await?;
        Ok(holder)
    }

    /// The id under which its entries are kept.
    pub fn id(&self) -> String {
        match self {
            Self::ApiKey { id, .. } => id.to_string(),
            Self::Account(client_id) => client_id.0.to_string(),
        }
    }

    /// Whether it is the one that calls.
    pub fn is_caller(&self, caller: Option<&Caller>) -> bool {
        caller.is_some_and(|caller| caller.holder_id() == self.id())
    }

    /// An entry that is not on its list.
    pub fn not_found(&self, entry: &str) -> ApiError {
        match self {
            Self::ApiKey { id, .. } => {
                ApiError::new(ErrorCode::API_KEY_ACCESS_LIST_NOT_FOUND).with(entry).with(id.to_string())
            }
            Self::Account(client_id) => ApiError::new(ErrorCode::RESOURCE_NOT_FOUND)
                .with(format!("{entry} on the access list of the service account with client ID {client_id}")),
        }
    }

    /// The event of a change of its list.
    pub fn event(&self, org: OrgId, change: Change, block: IpNet) -> Event {
        let event = match (self, change) {
            (Self::ApiKey { .. }, Change::Added) => Event::in_org("API_KEY_ACCESS_LIST_ENTRY_ADDED", org),
            (Self::ApiKey { .. }, Change::Removed) => Event::in_org("API_KEY_ACCESS_LIST_ENTRY_DELETED", org),
            (Self::Account(_), Change::Added) => Event::in_org("SERVICE_ACCOUNT_ACCESS_LIST_ENTRY_ADDED", org),
            (Self::Account(_), Change::Removed) => Event::in_org("SERVICE_ACCOUNT_ACCESS_LIST_ENTRY_DELETED", org),
        };
        let event = match self {
            Self::ApiKey { public_key, .. } => event.with("targetPublicKey", public_key.as_str()),
            Self::Account(client_id) => event.with("clientId", client_id.to_string()),
        };
        event.with("whitelistEntry", model::name(block))
    }
}

/// Whether a caller is one of those that have access lists: people have none.
pub fn has_access_list(caller: &Caller) -> bool {
    match caller.identity {
        Identity::ApiKey { .. } | Identity::ServiceAccount { .. } => true,
        Identity::Person { .. } => false,
    }
}
