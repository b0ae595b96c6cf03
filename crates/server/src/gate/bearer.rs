//! Access tokens of service accounts and of people, and what stands behind them: an account with its secrets, a person
//! and the sign-in that the token came with.

use std::sync::Arc;

use telamon_api::Refusal;
use telamon_authn::{Claims, TokenError, token_fingerprint};
use telamon_store::{Fault, Sql, Tx, args, sql};
use telamon_wire::{ClientId, Failure, PersonId, RefreshTokenId, Timestamp};

use super::{CredentialGate, Denied, Known, unavailable};
use crate::resources::refusals::Rule;

/// A token whose signature was good, as it was in one generation.
pub(super) struct Verified {
    generation: u64,
    claims: Claims,
    known: Arc<Known>,
    /// When it ends: with itself, or with the sign-in that it came with.
    ends_at: Timestamp,
}

impl Verified {
    /// Whether what the token was issued with still counts.
    fn is_vouched_for(&self, now: Timestamp) -> bool {
        self.known.still_vouches(self.claims.sid.as_deref(), now)
    }
}

static REVOKED: Sql = sql!("SELECT jti FROM revoked_token WHERE jti = $1");
static SIGN_IN: Sql = sql!("SELECT expires_at FROM refresh_token WHERE id = $1 AND person_id = $2");

impl CredentialGate {
    /// Who stands behind a token that is signed by us, not expired, not revoked, and whose secret or sign-in still counts.
    pub(super) async fn enter_by_token(&self, token: &str) -> Result<Arc<Known>, Denied> {
        let now = self.services.clock.now();
        let mut verified = self.verified(token).await?;
        // A secret that another node has just made is not known here yet, and what was issued with it neither.
        if !verified.is_vouched_for(now) && self.has_news_since(verified.generation).await.map_err(unavailable)? {
            verified = self.verified(token).await?;
        }
        let Verified { known, ends_at, .. } = &*verified;
        if now >= *ends_at {
            return Err(Denied::of(known, Rule::TokenExpired, invalid_token()));
        }
        if !verified.is_vouched_for(now) {
            return Err(Denied::of(known, Rule::SecretGone, invalid_token()));
        }
        Ok(Arc::clone(known))
    }

    /// The token as it is in the generation that is good now.
    async fn verified(&self, token: &str) -> Result<Arc<Verified>, Denied> {
        let generation = self.generation().await.map_err(unavailable)?;
        let fingerprint = token_fingerprint(token);
        let remembered = self.tokens.get(&fingerprint);
        match remembered {
            Some(verified) if verified.generation == generation => Ok(verified),
            older => {
                let verified = self.verify(token, older, generation).await?;
                self.tokens.insert(fingerprint, Arc::clone(&verified));
                Ok(verified)
            }
        }
    }

    /// Verifies a token, or looks again whether one whose signature is known to be good still counts.
    async fn verify(
        &self,
        token: &str,
        older: Option<Arc<Verified>>,
        generation: u64,
    ) -> Result<Arc<Verified>, Denied> {
        let now = self.services.clock.now();
        let keys = self.signing_keys().await.map_err(unavailable)?;
        let claims = older.as_ref().map(|older| older.claims.clone());
        let claims = match claims.filter(|_| keys.verifies(token)) {
            Some(claims) => claims,
            None => match keys.verify_origin(token, &self.issuer) {
                // Another node may have a key that this one has not seen yet.
                Err(TokenError::UnknownKey) => {
                    self.look().await.map_err(unavailable)?;
                    let keys = self.signing_keys().await.map_err(unavailable)?;
                    keys.verify_origin(token, &self.issuer).map_err(|_| invalid_token())?
                }
                verified => verified.map_err(|_| invalid_token())?,
            },
        };
        if claims.check_time(now).is_err() {
            let known = self.behind(&claims).await.map_err(unavailable)?;
            return Err(Denied { refusal: invalid_token(), suspect: known.map(|known| (known, Rule::TokenExpired)) });
        }
        let mut tx = self.db.begin_read().await.map_err(unavailable)?;
        let revoked: Option<String> = tx.optional(REVOKED, &args![claims.jti.as_str()]).await.map_err(unavailable)?;
        let sign_in_ends_at = sign_in_of(&mut tx, &claims).await.map_err(unavailable)?;
        tx.end();
        let Some(known) = self.behind(&claims).await.map_err(unavailable)? else {
            let suspect = older.map(|older| (Arc::clone(&older.known), Rule::CredentialGone));
            return Err(Denied { refusal: invalid_token(), suspect });
        };
        if revoked.is_some() {
            return Err(Denied::of(&known, Rule::TokenRevoked, invalid_token()));
        }
        let mut ends_at = Timestamp::from_seconds(claims.exp);
        if known.is_person() {
            let Some(sign_in_ends_at) = sign_in_ends_at else {
                return Err(Denied::of(&known, Rule::TokenRevoked, invalid_token()));
            };
            ends_at = ends_at.min(sign_in_ends_at);
        }
        Ok(Arc::new(Verified { generation, claims, known, ends_at }))
    }

    /// Whom a token stands for. Its subject says so; a program of a person names itself as it likes.
    async fn behind(&self, claims: &Claims) -> Result<Option<Arc<Known>>, Failure> {
        match (claims.sub.parse::<ClientId>(), claims.sub.parse::<PersonId>()) {
            (Ok(client_id), _) => self.service_account(client_id).await,
            (_, Ok(person)) => self.person(person).await,
            _ => Ok(None),
        }
    }

    async fn person(&self, id: PersonId) -> Result<Option<Arc<Known>>, Failure> {
        let generation = self.generation().await?;
        let name = id.to_string();
        if let Some(known) = self.known.get(&name).filter(|known| known.generation == generation) {
            return Ok(Some(known));
        }
        let mut tx = self.db.begin_read().await?;
        let known = Known::person(&mut tx, generation, id).await?.map(Arc::new);
        tx.end();
        if let Some(known) = &known {
            self.known.insert(name, Arc::clone(known));
        }
        Ok(known)
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

/// When the sign-in ends that a person's token came with. It is read with the token, not with the person: a token may
/// be used the moment after its sign-in, on a node that has not heard of it.
async fn sign_in_of(tx: &mut Tx, claims: &Claims) -> Result<Option<Timestamp>, Fault> {
    let sign_in: Option<RefreshTokenId> = claims.sid.as_deref().and_then(|sid| sid.parse().ok());
    let (Some(sign_in), Ok(person)) = (sign_in, claims.sub.parse::<PersonId>()) else { return Ok(None) };
    tx.optional(SIGN_IN, &args![sign_in, person]).await
}

/// Source: RFC 6750, section 3.1.
fn invalid_token() -> Refusal {
    Refusal::Challenge(vec![r#"Bearer error="invalid_token""#.to_owned()])
}
