//! What a new installation begins with: its first organization, its owner, and the first credentials.

use std::sync::Arc;

use serde::{Deserialize, Serialize};
use telamon_api::{Actor, UnitOfWork, Work};
use telamon_authn::{SealingKey, hash_password};
use telamon_authz::{OrgRole, ProjectRole};
use telamon_store::{Db, Sql, args, sql};
use telamon_wire::{Entropy, Failure, OrgId, PersonId, ProjectId, random_array};

use crate::resources::{
    api_keys, events, organizations,
    people::{self, Profile},
    projects, roles, service_accounts, x509,
};

/// What is made.
#[derive(Clone, Debug)]
pub struct First {
    /// The name of the organization.
    pub organization: String,
    /// The name of a project, if one is wanted.
    pub project: Option<String>,
    /// The e-mail address of the owner, a person.
    pub owner: String,
}

/// The credentials of a new installation, as the file holds them.
#[derive(Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Credentials {
    /// Where the server answers.
    pub base_url: String,
    /// The organization.
    pub org_id: String,
    /// The project.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub group_id: Option<String>,
    /// The client id of a service account that owns the organization.
    pub client_id: String,
    /// Its secret.
    pub client_secret: String,
    /// The public half of an API key that owns the organization.
    pub public_key: String,
    /// Its private half.
    pub private_key: String,
    /// The owner's e-mail address.
    pub username: String,
    /// The owner's password.
    pub password: String,
    /// The authority to trust, where the server has a certificate of its own making.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ca_file: Option<String>,
}

/// The sealing key is not the one that the database was made with.
#[derive(Debug, thiserror::Error)]
pub enum SealingKeyError {
    /// Another key.
    #[error("this is not the key that the database was sealed with")]
    AnotherKey,
    /// The database failed.
    #[error("the database failed: {0:?}")]
    Database(Failure),
}

impl From<Failure> for SealingKeyError {
    fn from(failure: Failure) -> Self {
        Self::Database(failure)
    }
}

impl From<telamon_store::Fault> for SealingKeyError {
    fn from(fault: telamon_store::Fault) -> Self {
        Self::Database(fault.into())
    }
}

static REMEMBER: Sql = sql!(
    "INSERT INTO installation (name, value) VALUES ($1, $2) ON CONFLICT (name) DO UPDATE SET value = excluded.value"
);
static RECALL: Sql = sql!("SELECT value FROM installation WHERE name = $1");
static ORGANIZATIONS: Sql = sql!("SELECT COUNT(*) FROM organization");
/// Where the first owner lives as long as nobody says: clients expect a country of everybody.
const COUNTRY: &str = "US";
const ISSUER: &str = "issuer";
const SEALING_CHECK: &str = "sealing_key_check";

/// The issuer that the database remembers.
pub async fn issuer(db: &Db) -> Result<Option<String>, Failure> {
    recall(db, ISSUER).await
}

/// Remembers the issuer, the same for all nodes.
pub async fn remember_issuer(work: &Work, url: &str) -> Result<(), Failure> {
    work.run(&Actor::system(), (ISSUER, url.to_owned()), remember).await
}

/// Remembers which sealing key the database is sealed with, without keeping anything of the key.
pub async fn remember_sealing_key(work: &Work, key: &SealingKey) -> Result<(), Failure> {
    use base64::{Engine as _, engine::general_purpose::STANDARD};
    work.run(&Actor::system(), (SEALING_CHECK, STANDARD.encode(key.check_value())), remember).await
}

/// Refuses another sealing key than the remembered one.
pub async fn check_sealing_key(db: &Db, key: &SealingKey) -> Result<(), SealingKeyError> {
    use base64::{Engine as _, engine::general_purpose::STANDARD};
    let check = recall(db, SEALING_CHECK).await?.and_then(|text| STANDARD.decode(text).ok()).unwrap_or_default();
    if key.matches(&check) { Ok(()) } else { Err(SealingKeyError::AnotherKey) }
}

/// Whether there is no organization yet.
pub async fn is_empty(db: &Db) -> Result<bool, Failure> {
    let mut tx = db.begin_read().await?;
    Ok(tx.one::<i64>(ORGANIZATIONS, &[]).await? == 0)
}

/// The certificate authorities of a project that are still trusted, as PEM.
pub async fn project_authorities(db: &Db, project: ProjectId) -> Result<Vec<String>, Failure> {
    let mut tx = db.begin_read().await?;
    x509::certificate_authorities(&mut tx, project).await
}

/// Makes the first organization, with an owner, a service account and an API key that own it, and perhaps a project.
pub async fn create_first(
    work: &Work,
    sealing: &Arc<SealingKey>,
    first: First,
    base_url: &str,
) -> Result<Credentials, Failure> {
    let entropy = &*work.services().entropy;
    let password = random_password(entropy);
    let hash = hash_password(&password, entropy).map_err(|error| Failure::Bug(error.into()))?;
    let made = work.run(&Actor::system(), (first, Arc::clone(sealing), hash), create).await?;
    Ok(Credentials { base_url: base_url.to_owned(), password, ..made })
}

async fn create(
    unit: &mut UnitOfWork,
    (first, sealing, password_hash): &(First, Arc<SealingKey>, String),
) -> Result<Credentials, Failure> {
    let (now, services, org) = (unit.now(), unit.services(), unit.new_id::<OrgId>());
    let (entropy, roles_of_owner) = (&*services.entropy, [OrgRole::Owner]);
    organizations::insert(&mut unit.tx, &(org, first.organization.clone(), false), now).await?;
    let person: PersonId = unit.new_id();
    people::insert(&mut unit.tx, person, &first.owner, password_hash, &Profile::without_name(COUNTRY, now)).await?;
    roles::add_in_org(&mut unit.tx, &person.to_string(), org, OrgRole::Owner, now).await?;
    let account = service_accounts::insert_account(
        &mut unit.tx,
        org,
        "Owner",
        "Made with the organization",
        &roles_of_owner,
        now,
        entropy,
    )
    .await?;
    let described = "Made with the organization";
    let key = api_keys::insert_key(&mut unit.tx, sealing, org, described, &roles_of_owner, now, entropy).await?;
    let mut group_id = None;
    if let Some(name) = &first.project {
        let project = projects::insert_project(&mut unit.tx, sealing, org, name, now, entropy).await?;
        roles::add_in_project(&mut unit.tx, &person.to_string(), project, ProjectRole::Owner, now).await?;
        events::record(unit, events::Event::in_org_about("GROUP_CREATED", org, project)).await?;
        group_id = Some(project.to_string());
    }
    unit.credentials_changed();
    Ok(Credentials {
        base_url: String::new(),
        org_id: org.to_string(),
        group_id,
        client_id: account.client_id.to_string(),
        client_secret: account.secret.expose().to_owned(),
        public_key: key.public_key,
        private_key: key.private_key.expose().to_owned(),
        username: first.owner.clone(),
        password: String::new(),
        ca_file: None,
    })
}

/// 24 characters of an alphabet of 64: 144 bits.
pub(crate) fn random_password(entropy: &dyn Entropy) -> String {
    use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
    URL_SAFE_NO_PAD.encode(random_array::<18>(entropy))
}

async fn remember(unit: &mut UnitOfWork, (name, value): &(&'static str, String)) -> Result<(), Failure> {
    unit.tx.run(REMEMBER, &args![*name, value]).await?;
    Ok(())
}

async fn recall(db: &Db, name: &str) -> Result<Option<String>, Failure> {
    let mut tx = db.begin_read().await?;
    Ok(tx.optional(RECALL, &args![name]).await?)
}
