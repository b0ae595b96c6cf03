//! What is known of a credential: its caller, its secrets, and from where it may be used.

use std::{collections::HashMap, net::IpAddr, sync::Arc};

use ipnet::IpNet;
use serde_json::Value;
use telamon_api::{Caller, Identity, Proof, Proving};
use telamon_authn::{SealingKey, SecretHash, is_key_pair};
use telamon_store::{Sql, Tx, args, sql};
use telamon_wire::{ApiError, ApiKeyId, ClientId, ErrorCode, Failure, OrgId, PersonId, SecretId, Timestamp};
use zeroize::Zeroizing;

use crate::resources::{access_lists::AccessList, api_keys, refusals::Rule, roles};

/// A credential, as it was in one generation.
pub struct Known {
    pub(super) generation: u64,
    pub(crate) caller: Arc<Caller>,
    pub(super) evidence: Evidence,
    pub(super) holder: Arc<str>,
    admission: Admission,
}

/// From where a credential may be used.
#[derive(Default)]
struct Admission {
    list: AccessList,
    /// Whether its organization demands one.
    demanded: bool,
}

/// What a credential proves itself with.
pub(super) enum Evidence {
    /// H(A1) of an API key.
    Ha1(Zeroizing<String>),
    /// The secrets of a service account.
    Secrets(Vec<(SecretId, SecretHash, Timestamp)>),
    /// The sign-in of a person: each token names its own, which is looked up with the token.
    SignIn,
}

static API_KEY: Sql = sql!("SELECT id, org_id, ha1 FROM api_key WHERE public_key = $1");
static ORG_OF_API_KEY: Sql = sql!("SELECT org_id FROM api_key WHERE id = $1");
static SERVICE_ACCOUNT: Sql = sql!("SELECT org_id FROM service_account WHERE id = $1");
static SECRETS: Sql = sql!(
    "SELECT id, hash, expires_at FROM service_account_secret WHERE service_account_id = $1 ORDER BY created_at, id"
);
static PERSON: Sql = sql!("SELECT username FROM person WHERE id = $1");
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
        let evidence = Evidence::Ha1(Zeroizing::new(ha1));
        Self::of(tx, generation, identity, &id.to_string(), org, evidence).await.map(Some)
    }

    /// The caller that an API key makes whose two halves these are, for who shows both instead of signing. `None` if
    /// there is no such key; an address that its access list does not hold is refused as everywhere.
    pub async fn of_key_pair(
        tx: &mut Tx,
        sealing: &SealingKey,
        public_key: &str,
        private_key: &str,
        address: IpAddr,
    ) -> Result<Option<Arc<Caller>>, Failure> {
        let Some(known) = Self::api_key(tx, sealing, 0, public_key).await? else { return Ok(None) };
        if !matches!(&known.evidence, Evidence::Ha1(ha1) if is_key_pair(ha1, public_key, private_key)) {
            return Ok(None);
        }
        known.admit_from(address).map_err(|(_, error)| error)?;
        Ok(Some(known.caller))
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
        let evidence = Evidence::Secrets(rows.into_iter().filter_map(hashed).collect());
        Self::of(tx, generation, Identity::ServiceAccount { client_id }, &holder, org, evidence).await.map(Some)
    }

    /// The person of that id, with the roles that they and their teams hold. No access list of a credential binds people.
    pub async fn person(tx: &mut Tx, generation: u64, id: PersonId) -> Result<Option<Self>, Failure> {
        let Some(username) = tx.optional::<String>(PERSON, &args![id]).await? else { return Ok(None) };
        let roles::Everywhere { orgs, projects } = roles::of_person(tx, id).await?;
        let caller = Arc::new(Caller { identity: Identity::Person { id, username }, orgs, projects });
        let holder = id.to_string().into();
        Ok(Some(Self { generation, caller, evidence: Evidence::SignIn, holder, admission: Admission::default() }))
    }

    async fn of(
        tx: &mut Tx,
        generation: u64,
        identity: Identity,
        holder: &str,
        org: OrgId,
        evidence: Evidence,
    ) -> Result<Self, Failure> {
        let (caller, admission) = read(tx, identity, holder, org).await?;
        Ok(Self { generation, caller, evidence, holder: holder.into(), admission })
    }

    /// The entry of the access list that admits an address; none if there is no list. Refuses an address that the list
    /// does not hold, and a credential without a list where one is demanded.
    pub(super) fn admit_from(&self, address: IpAddr) -> Result<Option<IpNet>, (Rule, ApiError)> {
        self.admission.admit(address)
    }

    /// The caller that it makes.
    pub fn caller(&self) -> &Caller {
        &self.caller
    }

    /// The secret of a service account that is this one and has not expired.
    pub fn secret(&self, presented: &str, now: Timestamp) -> Option<SecretId> {
        let Evidence::Secrets(secrets) = &self.evidence else { return None };
        // Every hash is compared, so that the time taken does not tell which one matched.
        secrets.iter().fold(None, |found, (id, hash, expires)| {
            let good = hash.matches(presented) && *expires > now;
            if good { Some(*id) } else { found }
        })
    }

    /// Whether what a token was issued with still counts: the secret of that id is there and has not expired.
    pub(super) fn still_vouches(&self, sid: Option<&str>, now: Timestamp) -> bool {
        match &self.evidence {
            Evidence::Secrets(_) => sid.and_then(|sid| sid.parse().ok()).is_some_and(|id| self.has_secret(id, now)),
            Evidence::SignIn => true,
            Evidence::Ha1(_) => false,
        }
    }

    /// Whether the secret of that id is there and has not expired.
    pub(super) fn has_secret(&self, id: SecretId, now: Timestamp) -> bool {
        let Evidence::Secrets(secrets) = &self.evidence else { return false };
        secrets.iter().any(|(other, _, expires)| *other == id && *expires > now)
    }
}

impl Admission {
    fn admit(&self, address: IpAddr) -> Result<Option<IpNet>, (Rule, ApiError)> {
        let (rule, code) = match self.list.holding(address) {
            Some(entry) => return Ok(Some(entry)),
            None if !self.list.is_empty() => (Rule::AddressNotOnList, ErrorCode::IP_ADDRESS_NOT_ON_ACCESS_LIST),
            None if self.demanded => (Rule::ListDemanded, ErrorCode::ORG_REQUIRES_ACCESS_LIST),
            None => return Ok(None),
        };
        Err((rule, ApiError::new(code).with(address.to_string())))
    }
}

/// An API key: that a request was signed with it was seen when the request came, and each signature is good once.
impl Proof for Known {
    fn caller<'a>(&'a self, tx: &'a mut Tx, address: IpAddr, _: Timestamp) -> Proving<'a> {
        Box::pin(async move {
            let org: Option<OrgId> = tx.optional(ORG_OF_API_KEY, &args![&*self.holder]).await?;
            let Some(org) = org else { return Err(ErrorCode::UNAUTHORIZED.into()) };
            let (caller, admission) = read(tx, self.caller.identity.clone(), &self.holder, org).await?;
            admission.admit(address).map_err(|(_, error)| error)?;
            Ok(caller)
        })
    }
}

/// The roles of a credential of a program, and from where it may be used.
async fn read(tx: &mut Tx, identity: Identity, holder: &str, org: OrgId) -> Result<(Arc<Caller>, Admission), Failure> {
    let in_org = roles::in_org(tx, holder, org).await?.into_iter().collect();
    let mut projects: HashMap<_, telamon_authz::ProjectRoles> = HashMap::new();
    for (project, role) in roles::in_projects(tx, holder).await? {
        projects.entry(project).or_default().insert(role);
    }
    let blocks: Vec<String> = tx.all(ALLOWED, &args![holder]).await?;
    let settings: Option<String> = tx.optional(SETTINGS, &args![org]).await?;
    let caller = Arc::new(Caller { identity, orgs: HashMap::from([(org, in_org)]), projects });
    let demanded = settings.is_some_and(|text| demands_list(&text));
    Ok((caller, Admission { list: AccessList::of(&blocks), demanded }))
}

fn demands_list(settings: &str) -> bool {
    let settings: Option<Value> = serde_json::from_str(settings).ok();
    settings.is_some_and(|settings| settings["apiAccessListRequired"] == true)
}
