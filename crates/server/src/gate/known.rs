//! What is known of a credential: its caller, its secrets, and from where it may be used.

use std::{collections::HashMap, net::IpAddr, sync::Arc};

use ipnet::IpNet;
use serde_json::Value;
use telamon_api::{Caller, Identity, Refusal};
use telamon_authn::{SealingKey, SecretHash};
use telamon_store::{Sql, Tx, args, sql};
use telamon_wire::{ApiError, ApiKeyId, ClientId, ErrorCode, Failure, OrgId, SecretId, Timestamp};
use zeroize::Zeroizing;

use crate::resources::{api_keys, roles};

/// A credential, as it was in one generation.
pub struct Known {
    pub(super) generation: u64,
    pub(super) caller: Arc<Caller>,
    pub(super) proof: Proof,
    allowed: Vec<IpNet>,
    list_demanded: bool,
}

/// What a credential proves itself with.
pub(super) enum Proof {
    /// H(A1) of an API key.
    Ha1(Zeroizing<String>),
    /// The secrets of a service account.
    Secrets(Vec<(SecretId, SecretHash, Timestamp)>),
}

static API_KEY: Sql = sql!("SELECT id, org_id, ha1 FROM api_key WHERE public_key = $1");
static SERVICE_ACCOUNT: Sql = sql!("SELECT org_id FROM service_account WHERE id = $1");
static SECRETS: Sql = sql!(
    "SELECT id, hash, expires_at FROM service_account_secret WHERE service_account_id = $1 ORDER BY created_at, id"
);
static ALLOWED: Sql = sql!("SELECT cidr_block FROM credential_access_entry WHERE holder_id = $1 ORDER BY cidr_block");
static SETTINGS: Sql = sql!("SELECT settings FROM organization WHERE id = $1");

impl Known {
    /// The API key with that public half.
    pub(super) async fn api_key(
        tx: &mut Tx,
        sealing: &SealingKey,
        generation: u64,
        public_key: &str,
    ) -> Result<Option<Self>, Failure> {
        let row: Option<(ApiKeyId, OrgId, Vec<u8>)> = tx.optional(API_KEY, &args![public_key]).await?;
        let Some((id, org, sealed)) = row else { return Ok(None) };
        let ha1 = sealing.open(&api_keys::sealing_context(id), &sealed).map_err(|error| Failure::Bug(error.into()))?;
        let ha1 = String::from_utf8(ha1.to_vec()).map_err(|_| Failure::bug("an H(A1) that is not text"))?;
        let identity = Identity::ApiKey { id, public_key: public_key.to_owned() };
        let proof = Proof::Ha1(Zeroizing::new(ha1));
        Self::of(tx, generation, identity, &id.to_string(), org, proof).await.map(Some)
    }

    /// The service account with that client id.
    pub(super) async fn service_account(
        tx: &mut Tx,
        generation: u64,
        client_id: ClientId,
    ) -> Result<Option<Self>, Failure> {
        let holder = client_id.0.to_string();
        let org: Option<OrgId> = tx.optional(SERVICE_ACCOUNT, &args![holder.as_str()]).await?;
        let Some(org) = org else { return Ok(None) };
        let rows: Vec<(SecretId, Vec<u8>, Timestamp)> = tx.all(SECRETS, &args![holder.as_str()]).await?;
        let hashed =
            |(id, hash, expires): (SecretId, Vec<u8>, Timestamp)| Some((id, SecretHash::from_bytes(&hash)?, expires));
        let proof = Proof::Secrets(rows.into_iter().filter_map(hashed).collect());
        Self::of(tx, generation, Identity::ServiceAccount { client_id }, &holder, org, proof).await.map(Some)
    }

    async fn of(
        tx: &mut Tx,
        generation: u64,
        identity: Identity,
        holder: &str,
        org: OrgId,
        proof: Proof,
    ) -> Result<Self, Failure> {
        let in_org = roles::in_org(tx, holder, org).await?.into_iter().collect();
        let mut projects: HashMap<_, telamon_authz::ProjectRoles> = HashMap::new();
        for (project, role) in roles::in_projects(tx, holder).await? {
            projects.entry(project).or_default().insert(role);
        }
        let blocks: Vec<String> = tx.all(ALLOWED, &args![holder]).await?;
        let settings: Option<String> = tx.optional(SETTINGS, &args![org]).await?;
        let caller = Arc::new(Caller { identity, orgs: HashMap::from([(org, in_org)]), projects });
        Ok(Self {
            generation,
            caller,
            proof,
            // A block that cannot be read admits nobody: the list stays a list.
            allowed: blocks.iter().map(|block| block.parse().unwrap_or(NOWHERE)).collect(),
            list_demanded: settings.is_some_and(|text| demands_list(&text)),
        })
    }

    /// Refuses an address that the access list does not hold, and a credential without a list where one is demanded.
    pub(super) fn admit_from(&self, address: IpAddr) -> Result<(), Refusal> {
        let code = if self.allowed.is_empty() {
            if !self.list_demanded {
                return Ok(());
            }
            ErrorCode::ORG_REQUIRES_ACCESS_LIST
        } else if self.allowed.iter().any(|block| block.contains(&address)) {
            return Ok(());
        } else {
            ErrorCode::IP_ADDRESS_NOT_ON_ACCESS_LIST
        };
        Err(ApiError::new(code).with(address.to_string()).into())
    }

    /// The caller that it makes.
    pub fn caller(&self) -> &Caller {
        &self.caller
    }

    /// The organization that it belongs to.
    pub fn org(&self) -> Option<OrgId> {
        self.caller.orgs.keys().next().copied()
    }

    /// The secret of a service account that is this one and has not expired.
    pub fn secret(&self, presented: &str, now: Timestamp) -> Option<SecretId> {
        let Proof::Secrets(secrets) = &self.proof else { return None };
        // Every hash is compared, so that the time taken does not tell which one matched.
        secrets.iter().fold(None, |found, (id, hash, expires)| {
            let good = hash.matches(presented) && *expires > now;
            if good { Some(*id) } else { found }
        })
    }

    /// Whether the secret of that id is still there and has not expired.
    pub(super) fn has_secret(&self, id: SecretId, now: Timestamp) -> bool {
        let Proof::Secrets(secrets) = &self.proof else { return false };
        secrets.iter().any(|(other, _, expires)| *other == id && *expires > now)
    }
}

const NOWHERE: IpNet = IpNet::V4(ipnet::Ipv4Net::new_assert(std::net::Ipv4Addr::UNSPECIFIED, 32));

fn demands_list(settings: &str) -> bool {
    let settings: Option<Value> = serde_json::from_str(settings).ok();
    settings.is_some_and(|settings| settings["apiAccessListRequired"] == true)
}
