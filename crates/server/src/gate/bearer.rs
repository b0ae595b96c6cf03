//! Service accounts: access tokens, and the accounts and secrets behind them.

use std::sync::Arc;

use telamon_api::Refusal;
use telamon_authn::{Claims, TokenError, token_fingerprint};
use telamon_store::{Sql, args, sql};
use telamon_wire::{ClientId, Failure, SecretId};

use super::{CredentialGate, Known, unavailable};

/// A token whose signature was good, as it was in one generation.
pub(super) struct Verified {
    generation: u64,
    claims: Claims,
    known: Arc<Known>,
}

static REVOKED: Sql = sql!("SELECT jti FROM revoked_token WHERE jti = $1");

impl CredentialGate {
    /// The account of a token that is signed by us, not expired, not revoked, and whose secret is still good.
    pub(super) async fn enter_by_token(&self, token: &str) -> Result<Arc<Known>, Refusal> {
        let now = self.services.clock.now();
        let generation = self.generation().await.map_err(unavailable)?;
        let fingerprint = token_fingerprint(token);
        let remembered = self.tokens.get(&fingerprint);
        let verified = match remembered {
            Some(verified) if verified.generation == generation => verified,
            older => {
                let claims = older.map(|older| older.claims.clone());
                let verified = self.verify(token, claims, generation).await?;
                self.tokens.insert(fingerprint, Arc::clone(&verified));
                verified
            }
        };
        let Verified { claims, known, .. } = &*verified;
        let secret: Option<SecretId> = claims.sid.as_deref().and_then(|sid| sid.parse().ok());
        let good = now.as_seconds() < claims.exp && secret.is_some_and(|secret| known.has_secret(secret, now));
        if good { Ok(Arc::clone(known)) } else { Err(invalid_token()) }
    }

    /// Verifies a token, or looks again whether one whose signature is known to be good still counts.
    async fn verify(&self, token: &str, claims: Option<Claims>, generation: u64) -> Result<Arc<Verified>, Refusal> {
        let now = self.services.clock.now();
        let keys = self.signing_keys().await.map_err(unavailable)?;
        let claims = match claims.filter(|_| keys.verifies(token)) {
            Some(claims) => claims,
            None => match keys.verify(token, now, &self.issuer) {
                // Another node may have a key that this one has not seen yet.
                Err(TokenError::UnknownKey) => {
                    self.look().await.map_err(unavailable)?;
                    let keys = self.signing_keys().await.map_err(unavailable)?;
                    keys.verify(token, now, &self.issuer).map_err(|_| invalid_token())?
                }
                verified => verified.map_err(|_| invalid_token())?,
            },
        };
        let client_id: ClientId = claims.cid.parse().map_err(|_| invalid_token())?;
        let mut tx = self.db.begin_read().await.map_err(unavailable)?;
        let revoked: Option<String> = tx.optional(REVOKED, &args![claims.jti.as_str()]).await.map_err(unavailable)?;
        tx.end();
        if revoked.is_some() {
            return Err(invalid_token());
        }
        let known = self.service_account(client_id).await.map_err(unavailable)?.ok_or_else(invalid_token)?;
        Ok(Arc::new(Verified { generation, claims, known }))
    }

    /// A service account by its client id.
    pub async fn service_account(&self, client_id: ClientId) -> Result<Option<Arc<Known>>, Failure> {
        let generation = self.generation().await?;
        let name = client_id.to_string();
        if let Some(known) = self.known.get(&name).filter(|known| known.generation == generation) {
            return Ok(Some(known));
        }
        let mut tx = self.db.begin_read().await?;
        let known = Known::service_account(&mut tx, generation, client_id).await?.map(Arc::new);
        tx.end();
        if let Some(known) = &known {
            self.known.insert(name, Arc::clone(known));
        }
        Ok(known)
    }
}

/// Source: RFC 6750, section 3.1.
fn invalid_token() -> Refusal {
    Refusal::Challenge(vec![r#"Bearer error="invalid_token""#.to_owned()])
}
