//! Access tokens of service accounts and of people, and what stands behind them: an account with its secrets, a person
//! and the sign-in that the token came with.

use std::{net::IpAddr, sync::Arc};

use telamon_api::{Expired, Proof, Proving, Refusal, expired};
use telamon_authn::{Claims, TokenError, token_fingerprint};
use telamon_store::{Fault, Sql, Tx, args, sql};
use telamon_wire::{ClientId, ErrorCode, Failure, PersonId, RefreshTokenId, SecretId, Timestamp};

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

    /// The generation in which it was like this.
    pub(super) fn generation(&self) -> u64 {
        self.generation
    }

    /// Who stands behind it.
    pub(super) fn known(&self) -> &Arc<Known> {
        &self.known
    }

    fn check(&self, now: Timestamp) -> Result<(), Denied> {
        let gone = match (now >= self.ends_at, self.is_vouched_for(now)) {
            (true, _) => Rule::TokenExpired,
            (_, false) => Rule::SecretGone,
            (false, true) => return Ok(()),
        };
        Err(Denied::of(&self.known, gone, invalid_token()))
    }
}

/// Revocations of tokens that would have expired by themselves.
pub(super) static EXPIRED: Expired = expired!("revoked_token", "jti", "expires_at");

static REVOKED: Sql = sql!("SELECT jti FROM revoked_token WHERE jti = $1");
static SIGN_IN: Sql =
    sql!("SELECT expires_at FROM refresh_token WHERE id = $1 AND person_id = $2 AND ended_at IS NULL");

impl CredentialGate {
    /// Who stands behind a token that is signed by us, not expired, not revoked, and whose secret or sign-in still counts.
    pub(super) async fn enter_by_token(&self, token: &str) -> Result<Arc<Verified>, Denied> {
        let now = self.services.clock.now();
        let mut verified = self.verified(token).await?;
        // A secret that another node has just made is not known here yet, and what was issued with it neither.
        if !verified.is_vouched_for(now)
            && self.generations.has_news_since(verified.generation).await.map_err(unavailable)?
        {
            verified = self.verified(token).await?;
        }
        verified.check(now)?;
        Ok(verified)
    }

    /// The token as it is in the generation that is good now.
    async fn verified(&self, token: &str) -> Result<Arc<Verified>, Denied> {
        let generation = self.generations.current().await.map_err(unavailable)?;
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
                    self.generations.look().await.map_err(unavailable)?;
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
        let Some(known) = self.behind(&claims).await.map_err(unavailable)? else {
            let suspect = older.map(|older| (Arc::clone(&older.known), Rule::CredentialGone));
            return Err(Denied { refusal: invalid_token(), suspect });
        };
        let mut tx = self.db.begin_read().await.map_err(unavailable)?;
        let ends_at = ends_at(&mut tx, &claims).await.map_err(unavailable)?;
        tx.end();
        let Some(ends_at) = ends_at else { return Err(Denied::of(&known, Rule::TokenRevoked, invalid_token())) };
        Ok(Arc::new(Verified { generation, claims, known, ends_at }))
    }

    /// A service account by its client id.
    pub async fn service_account(&self, client_id: ClientId) -> Result<Option<Arc<Known>>, Failure> {
        self.subject(Subject::ServiceAccount(client_id)).await
    }

    /// Whom a token stands for, in the generation that is good now.
    async fn behind(&self, claims: &Claims) -> Result<Option<Arc<Known>>, Failure> {
        match Subject::of(claims) {
            Some(subject) => self.subject(subject).await,
            None => Ok(None),
        }
    }

    async fn subject(&self, subject: Subject) -> Result<Option<Arc<Known>>, Failure> {
        let generation = self.generations.current().await?;
        let name = subject.name();
        if let Some(known) = self.known.get(&name).filter(|known| known.generation == generation) {
            return Ok(Some(known));
        }
        let mut tx = self.db.begin_read().await?;
        let known = subject.read(&mut tx, generation).await?.map(Arc::new);
        tx.end();
        if let Some(known) = &known {
            self.known.insert(name, Arc::clone(known));
        }
        Ok(known)
    }
}

/// Whom a token can stand for.
#[derive(Clone, Copy)]
enum Subject {
    ServiceAccount(ClientId),
    Person(PersonId),
}

impl Subject {
    /// The subject of a token says so; a program of a person names itself as it likes.
    fn of(claims: &Claims) -> Option<Self> {
        let account = claims.sub.parse().map(Self::ServiceAccount);
        account.or_else(|_| claims.sub.parse().map(Self::Person)).ok()
    }

    fn name(self) -> String {
        match self {
            Self::ServiceAccount(client_id) => client_id.to_string(),
            Self::Person(id) => id.to_string(),
        }
    }

    async fn read(self, tx: &mut Tx, generation: u64) -> Result<Option<Known>, Failure> {
        match self {
            Self::ServiceAccount(client_id) => Known::service_account(tx, generation, client_id).await,
            Self::Person(id) => Known::person(tx, generation, id).await,
        }
    }
}

/// That the token was verified was seen when the request came.
impl Proof for Verified {
    fn caller<'a>(&'a self, tx: &'a mut Tx, address: IpAddr, now: Timestamp) -> Proving<'a> {
        Box::pin(async move {
            let gone = || Failure::from(ErrorCode::UNAUTHORIZED);
            let ends_at = ends_at(tx, &self.claims).await?.ok_or_else(gone)?;
            let subject = Subject::of(&self.claims).ok_or_else(gone)?;
            let known = subject.read(tx, self.generation).await?.ok_or_else(gone)?;
            if now >= ends_at || !known.still_vouches(self.claims.sid.as_deref(), now) {
                return Err(gone());
            }
            known.admit_from(address).map_err(|(_, error)| error)?;
            Ok(known.caller)
        })
    }
}

/// A service account that showed a secret, where tokens are issued and revoked: its access list does not count there.
pub(super) struct BySecret {
    pub client_id: ClientId,
    pub secret: SecretId,
}

impl Proof for BySecret {
    fn caller<'a>(&'a self, tx: &'a mut Tx, _: IpAddr, now: Timestamp) -> Proving<'a> {
        Box::pin(async move {
            let known = Known::service_account(tx, 0, self.client_id).await?;
            let known = known.filter(|known| known.has_secret(self.secret, now));
            known.map(|known| known.caller).ok_or_else(|| ErrorCode::UNAUTHORIZED.into())
        })
    }
}

/// When a token ends: with itself, and that of a person with the sign-in that it came with. `None` if it is over. The
/// sign-in is read with the token, not with the person: a token may be used the moment after its sign-in, on a node that
/// has not heard of it.
async fn ends_at(tx: &mut Tx, claims: &Claims) -> Result<Option<Timestamp>, Fault> {
    if tx.optional::<String>(REVOKED, &args![claims.jti.as_str()]).await?.is_some() {
        return Ok(None);
    }
    let ends_at = Timestamp::from_seconds(claims.exp);
    let Some(Subject::Person(person)) = Subject::of(claims) else { return Ok(Some(ends_at)) };
    let Some(sign_in) = claims.sid.as_deref().and_then(|sid| sid.parse::<RefreshTokenId>().ok()) else {
        return Ok(None);
    };
    let sign_in: Option<Timestamp> = tx.optional(SIGN_IN, &args![sign_in, person]).await?;
    Ok(sign_in.map(|sign_in_ends_at| ends_at.min(sign_in_ends_at)))
}

/// Source: RFC 6750, section 3.1.
fn invalid_token() -> Refusal {
    Refusal::Challenge(vec![r#"Bearer error="invalid_token""#.to_owned()])
}
