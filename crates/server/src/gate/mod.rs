//! Who may come in: API keys by HTTP digest and service accounts by access token, both within their access lists, and
//! people by the access token that a program got for them.
//!
//! What always holds: a credential that was revoked, deleted or changed stops working at once on the node that handled
//! the change, and within a second on the others: see [`Generations`].

mod bearer;
mod digest;
mod known;
mod nonces;
mod signing;

use std::{net::IpAddr, sync::Arc};

use http::{header, request::Parts};
use quick_cache::sync::Cache;
use telamon_api::{
    Actor, Decision, Gate, Generations, Job, MARKS, Presented, Proof, Refusal, Refused, RequestId, Services, Work,
    report,
};
use telamon_authn::{Authorization, Digest, OauthError, SealingKey};
use telamon_store::Db;
use telamon_wire::{ApiError, ClientId, ErrorCode, Failure, SecretId};

pub use known::Known;
pub use signing::{SigningKeys, rotate};

use nonces::Nonces;

use crate::{
    resources::refusals::{Answer, Attempt, Refusals, Rule},
    retention::{Retention, TIDY_EVERY},
    usage::Usage,
};

/// Authenticates requests.
pub struct CredentialGate {
    db: Db,
    services: Arc<Services>,
    sealing: Arc<SealingKey>,
    issuer: String,
    digest: Digest,
    nonces: Nonces,
    generations: Arc<Generations>,
    work: Work,
    known: Cache<String, Arc<Known>>,
    tokens: Cache<[u8; 32], Arc<bearer::Verified>>,
    signing: signing::Shelf,
}

/// Why somebody is not let in, and what that has to do with a credential that is known.
struct Denied {
    refusal: Refusal,
    suspect: Option<(Arc<Known>, Rule)>,
}

impl Denied {
    fn of(known: &Arc<Known>, rule: Rule, refusal: Refusal) -> Self {
        Self { refusal, suspect: Some((Arc::clone(known), rule)) }
    }
}

impl From<Refusal> for Denied {
    fn from(refusal: Refusal) -> Self {
        Self { refusal, suspect: None }
    }
}

/// How many credentials, and how many verified tokens, are remembered.
const REMEMBERED: usize = 10_000;

impl CredentialGate {
    /// A gate that issues and accepts tokens of that issuer.
    pub async fn open(db: Db, work: Work, sealing: Arc<SealingKey>, issuer: String) -> Result<Self, Failure> {
        let digest = Digest::new(&sealing.derive("digest nonces"));
        let services = Arc::clone(work.services());
        let nonces = Nonces::open(&db, &services).await?;
        Ok(Self {
            db,
            services,
            sealing,
            issuer,
            digest,
            nonces,
            generations: Arc::clone(work.generations()),
            work,
            known: Cache::new(REMEMBERED),
            tokens: Cache::new(REMEMBERED),
            signing: signing::Shelf::default(),
        })
    }

    /// The issuer of the tokens.
    pub fn issuer(&self) -> &str {
        &self.issuer
    }

    /// Whether more is known now than when this was read, after a look at the change marker.
    pub async fn has_news_since(&self, known: &Known) -> Result<bool, Failure> {
        self.generations.has_news_since(known.generation).await
    }

    /// A service account that proved itself with that secret.
    pub fn actor_by_secret(&self, client_id: ClientId, known: &Known, secret: SecretId, address: IpAddr) -> Actor {
        let proof = Arc::new(bearer::BySecret { client_id, secret });
        Actor::proven(Arc::clone(&known.caller), address, known.generation, proof)
    }

    /// The keys that sign and verify tokens now.
    pub async fn signing_keys(&self) -> Result<Arc<SigningKeys>, Failure> {
        let generation = self.generations.current().await?;
        self.signing.get(generation, &self.work, &self.sealing).await
    }

    async fn enter(&self, presented: &Presented) -> Result<Actor, Refusal> {
        let Presented { head, target, address } = presented;
        let mut headers = head.headers.get_all(header::AUTHORIZATION).iter();
        let (first, more) = (headers.next(), headers.next());
        let (Some(Ok(text)), None) = (first.map(http::HeaderValue::to_str), more) else {
            return Err(self.challenge(false).await);
        };
        let entered = match Authorization::parse(text) {
            Ok(Authorization::Digest(signed)) => self
                .enter_by_digest(&signed, head.method.as_str(), target)
                .await
                .map(|known| (Arc::clone(&known), known.generation, known as Arc<dyn Proof>)),
            Ok(Authorization::Bearer(token)) => self
                .enter_by_token(token)
                .await
                .map(|token| (Arc::clone(token.known()), token.generation(), token as Arc<dyn Proof>)),
            Ok(Authorization::Other) | Err(_) => return Err(self.challenge(false).await),
        };
        let entered = entered.and_then(|(known, generation, proof)| {
            let entry = known.admit_from(*address).map_err(|(rule, error)| Denied::of(&known, rule, error.into()))?;
            if let Some(entry) = entry {
                self.services.get::<Usage>().entry(&known.holder, entry, *address, self.services.clock.now());
            }
            Ok(Actor::proven(Arc::clone(&known.caller), *address, generation, proof))
        });
        entered.map_err(|denied| {
            self.note(head, *address, &denied);
            denied.refusal
        })
    }

    /// Notes why a credential that is known was refused, for those who may ask.
    fn note(&self, head: &Parts, address: IpAddr, denied: &Denied) {
        let Some((known, rule)) = &denied.suspect else { return };
        let answer = match &denied.refusal {
            Refusal::Error(error) => Answer::from(error),
            Refusal::Challenge(_) => Answer::from(&ApiError::new(ErrorCode::UNAUTHORIZED)),
        };
        self.note_answer(head, address, known, *rule, answer);
    }

    fn note_answer(&self, head: &Parts, address: IpAddr, known: &Known, rule: Rule, answer: Answer) {
        let attempt = Attempt {
            request_id: head.extensions.get::<RequestId>().cloned().unwrap_or_default().0,
            method: head.method.to_string(),
            path: head.uri.path().to_owned(),
            address,
            caller: Arc::clone(&known.caller),
        };
        self.services.get::<Refusals>().at_the_gate(attempt, rule, answer, self.services.clock.now());
    }

    /// Notes that a service account came to the token endpoint with a secret that is none of its own.
    pub fn note_wrong_secret(&self, head: &Parts, address: IpAddr, known: &Known, error: &OauthError) {
        self.note_answer(head, address, known, Rule::WrongSecret, error.into());
    }

    /// The challenge of HTTP digest: one line, exactly as clients know it.
    async fn challenge(&self, stale: bool) -> Refusal {
        let epoch = self.nonces.epoch().await;
        let (now, entropy) = (self.services.clock.now(), &*self.services.entropy);
        Refusal::Challenge(vec![self.digest.challenge(stale, now, epoch.as_bytes(), entropy)])
    }
}

/// The jobs of what is remembered of credentials.
pub fn jobs(retention: &Retention) -> Vec<Job> {
    vec![
        Job::forgetting("expired nonces", TIDY_EVERY, nonces::EXPIRED, 0),
        Job::forgetting("expired revocations", TIDY_EVERY, bearer::EXPIRED, 0),
        Job::forgetting("old marks", TIDY_EVERY, MARKS, retention.markers),
    ]
}

impl Gate for CredentialGate {
    fn authenticate<'a>(&'a self, presented: &'a Presented) -> Decision<'a, Actor> {
        Box::pin(self.enter(presented))
    }

    fn refused(&self, refused: Refused) {
        self.services.get::<Refusals>().at_an_operation(refused, self.services.clock.now());
    }
}

/// A failure of the database, as the refusal that it means.
fn unavailable(failure: impl Into<Failure>) -> Refusal {
    let failure = failure.into();
    report(&failure);
    let error = match failure {
        Failure::Retry => ApiError::new(ErrorCode::SERVICE_UNAVAILABLE),
        other => other.to_api_error(),
    };
    Refusal::Error(error)
}
