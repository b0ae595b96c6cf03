//! The keys that sign access tokens.
//!
//! One signs, those before it still verify: a retired key stays until the last token that it signed has expired.

use std::sync::Arc;

use serde_json::Value;
use telamon_api::{Actor, UnitOfWork, Work};
use telamon_authn::{Claims, IdentityClaims, KeySet, SealingKey, SigningKey, TOKEN_LIFETIME_SECONDS, TokenError};
use telamon_store::{Sql, Tx, args, sql};
use telamon_wire::{Failure, Timestamp};
use tokio::sync::RwLock;

/// The keys of one generation.
pub struct SigningKeys {
    generation: u64,
    signing: SigningKey,
    verifying: KeySet,
}

impl SigningKeys {
    /// Signs a token.
    pub fn issue(&self, claims: &Claims) -> Result<String, Failure> {
        self.signing.issue(claims).map_err(|error| Failure::Bug(error.into()))
    }

    /// Signs an ID token.
    pub fn issue_identity(&self, claims: &IdentityClaims) -> Result<String, Failure> {
        self.signing.issue_identity(claims).map_err(|error| Failure::Bug(error.into()))
    }

    /// The claims of a good token.
    pub fn verify(&self, token: &str, now: Timestamp, issuer: &str) -> Result<Claims, TokenError> {
        self.verifying.verify(token, now, issuer)
    }

    /// The claims of a token that was signed by one of these keys, at whatever time.
    pub(super) fn verify_origin(&self, token: &str, issuer: &str) -> Result<Claims, TokenError> {
        self.verifying.verify_origin(token, issuer)
    }

    /// Whether the key that signed a token is still among these.
    pub(super) fn verifies(&self, token: &str) -> bool {
        self.verifying.knows_key_of(token)
    }

    /// The public halves, as a JSON Web Key Set (RFC 7517).
    pub fn jwks(&self) -> Value {
        self.verifying.jwks()
    }
}

/// Where the keys of the current generation are kept.
#[derive(Default)]
pub(super) struct Shelf(RwLock<Option<Arc<SigningKeys>>>);

impl Shelf {
    pub(super) async fn get(
        &self,
        generation: u64,
        work: &Work,
        sealing: &SealingKey,
    ) -> Result<Arc<SigningKeys>, Failure> {
        if let Some(keys) = self.0.read().await.as_ref().filter(|keys| keys.generation == generation) {
            return Ok(Arc::clone(keys));
        }
        let mut place = self.0.write().await;
        if let Some(keys) = place.as_ref().filter(|keys| keys.generation == generation) {
            return Ok(Arc::clone(keys));
        }
        let mut tx = work.read().await?;
        let loaded = load(&mut tx, generation, sealing).await?;
        tx.end();
        let keys = if let Some(keys) = loaded {
            keys
        } else {
            // If another node makes one at the same time, that one is loaded.
            make(work, sealing, Making::First).await?;
            let mut tx = work.read().await?;
            let made = load(&mut tx, generation, sealing).await?;
            tx.end();
            made.ok_or(Failure::Retry)?
        };
        let keys = Arc::new(keys);
        *place = Some(Arc::clone(&keys));
        Ok(keys)
    }
}

static ALL: Sql =
    sql!("SELECT kid, private_key, public_jwk, retired_at FROM signing_key ORDER BY created_at DESC, kid");
static ANY: Sql = sql!("SELECT 1 FROM signing_key WHERE retired_at IS NULL LIMIT 1");
static RETIRE: Sql = sql!("UPDATE signing_key SET retired_at = $1 WHERE retired_at IS NULL");
static INSERT: Sql = sql!(
    "INSERT INTO signing_key (kid, private_key, public_jwk, created_at, retired_at) VALUES ($1, $2, $3, $4, NULL)"
);
static FORGET: Sql = sql!("DELETE FROM signing_key WHERE retired_at < $1");

async fn load(tx: &mut Tx, generation: u64, sealing: &SealingKey) -> Result<Option<SigningKeys>, Failure> {
    let rows: Vec<(String, Vec<u8>, String, Option<i64>)> = tx.all(ALL, &[]).await?;
    let (mut signing, mut verifying) = (None, KeySet::new());
    for (kid, sealed, jwk, retired_at) in rows {
        let jwk: Value = serde_json::from_str(&jwk).map_err(|error| Failure::Bug(error.into()))?;
        verifying.insert(&jwk).map_err(|error| Failure::Bug(error.into()))?;
        if retired_at.is_none() && signing.is_none() {
            let key = sealing.open(&sealing_context(&kid), &sealed).map_err(|error| Failure::Bug(error.into()))?;
            signing = Some(SigningKey::load(&key).map_err(|error| Failure::Bug(error.into()))?);
        }
    }
    Ok(signing.map(|signing| SigningKeys { generation, signing, verifying }))
}

/// Makes a new signing key and retires the one before it, which verifies for another hour and a margin. Answers the id
/// of the new key.
pub async fn rotate(work: &Work, sealing: &SealingKey) -> Result<String, Failure> {
    make(work, sealing, Making::Next).await
}

/// Which key is made.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Making {
    /// The first one, unless there is one.
    First,
    /// The next one.
    Next,
}

async fn make(work: &Work, sealing: &SealingKey, making: Making) -> Result<String, Failure> {
    let new = SigningKey::generate().map_err(|error| Failure::Bug(error.into()))?;
    let private_key = sealing.seal(&sealing_context(&new.kid), &new.pkcs8);
    let sealed = Sealed { kid: new.kid.clone(), private_key, public_jwk: new.public_jwk.to_string() };
    work.run(&Actor::system(), (sealed, making), insert).await?;
    Ok(new.kid)
}

/// A key as it is kept.
struct Sealed {
    kid: String,
    private_key: Vec<u8>,
    public_jwk: String,
}

async fn insert(unit: &mut UnitOfWork, (new, making): &(Sealed, Making)) -> Result<(), Failure> {
    if *making == Making::First && unit.tx.optional::<i64>(ANY, &[]).await?.is_some() {
        return Ok(());
    }
    let now = unit.now();
    unit.tx.run(FORGET, &args![now.plus_seconds(-2 * TOKEN_LIFETIME_SECONDS)]).await?;
    unit.tx.run(RETIRE, &args![now]).await?;
    unit.tx.run(INSERT, &args![&new.kid, new.private_key.clone(), &new.public_jwk, now]).await?;
    unit.credentials_changed();
    Ok(())
}

fn sealing_context(kid: &str) -> String {
    format!("signing_key/{kid}")
}
