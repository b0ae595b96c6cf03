//! Who may come in: API keys by HTTP digest and service accounts by access token, both within their access lists, and
//! people by the access token that a program got for them.
//!
//! What always holds: a credential that was revoked, deleted or changed stops working at once on the node that handled
//! the change, and within a second on the others. What is remembered of credentials carries the generation in which it
//! was read; every change makes a new generation, and nothing of an older one is used. A change on another node is found
//! by looking at the change marker: what is remembered is used only if the last look that succeeded *began* less than
//! 800 ms ago.

mod bearer;
mod digest;
mod known;
mod nonces;
mod signing;

use std::{
    net::IpAddr,
    sync::{
        Arc,
        atomic::{AtomicI64, AtomicU64, Ordering},
    },
};

use http::{header, request::Parts};
use quick_cache::sync::Cache;
use telamon_api::{Decision, Entry, Gate, Marker, Presented, Refusal, Refused, RequestId, Services};
use telamon_authn::{Authorization, Digest, OauthError, SealingKey};
use telamon_store::Db;
use telamon_wire::{ApiError, ErrorCode, Failure};
use tokio::sync::Mutex;

pub use known::Known;
pub use signing::{SigningKeys, rotate};

use nonces::Nonces;

use crate::{
    resources::refusals::{Answer, Attempt, Refusals, Rule},
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
    generation: AtomicU64,
    looked_at: AtomicI64,
    marker: Mutex<Marker>,
    known: Cache<String, Arc<Known>>,
    tokens: Cache<[u8; 32], Arc<bearer::Verified>>,
    signing: signing::Shelf,
}

/// Whether a request comes for the first time, or was let in and is looked at again.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Visit {
    First,
    Again,
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
/// How old the last look at the change marker may be.
const FRESH_MICROS: i64 = 800_000;

impl CredentialGate {
    /// A gate that issues and accepts tokens of that issuer.
    pub async fn open(
        db: Db,
        services: Arc<Services>,
        sealing: Arc<SealingKey>,
        issuer: String,
    ) -> Result<Self, Failure> {
        let digest = Digest::new(&sealing.derive("digest nonces"));
        let nonces = Nonces::open(&db, &services).await?;
        Ok(Self {
            db,
            services,
            sealing,
            issuer,
            digest,
            nonces,
            generation: AtomicU64::new(1),
            looked_at: AtomicI64::new(i64::MIN),
            marker: Mutex::default(),
            known: Cache::new(REMEMBERED),
            tokens: Cache::new(REMEMBERED),
            signing: signing::Shelf::default(),
        })
    }

    /// The issuer of the tokens.
    pub fn issuer(&self) -> &str {
        &self.issuer
    }

    /// The generation that is good now, after a look at the change marker if the last one is too old.
    pub async fn generation(&self) -> Result<u64, Failure> {
        if !self.is_fresh() {
            let mut marker = self.marker.lock().await;
            // Those who waited for the lock use the look of whoever had it before them.
            if !self.is_fresh() {
                self.look_at(&mut marker).await?;
            }
        }
        Ok(self.generation.load(Ordering::Acquire))
    }

    fn is_fresh(&self) -> bool {
        let now = self.services.clock.now().as_micros();
        let age = now.saturating_sub(self.looked_at.load(Ordering::Acquire));
        (0..FRESH_MICROS).contains(&age)
    }

    /// Looks at the change marker; a change that was not there before begins a new generation.
    pub async fn look(&self) -> Result<(), Failure> {
        self.look_at(&mut *self.marker.lock().await).await
    }

    /// Looks at the change marker at once: whether a newer generation than this one is good now.
    pub async fn has_news_since(&self, generation: u64) -> Result<bool, Failure> {
        self.look().await?;
        Ok(self.generation.load(Ordering::Acquire) != generation)
    }

    async fn look_at(&self, marker: &mut Marker) -> Result<(), Failure> {
        let began = self.services.clock.now();
        let mut tx = self.db.begin_read().await?;
        if marker.look(&mut tx, began).await? {
            self.generation.fetch_add(1, Ordering::AcqRel);
        }
        tx.end();
        self.looked_at.store(began.as_micros(), Ordering::Release);
        Ok(())
    }

    /// Deletes what has expired of nonces.
    pub async fn tidy(&self) -> Result<(), Failure> {
        self.nonces.tidy(&self.db, self.services.clock.now()).await
    }

    /// The keys that sign and verify tokens now.
    pub async fn signing_keys(&self) -> Result<Arc<SigningKeys>, Failure> {
        let generation = self.generation().await?;
        self.signing.get(generation, &self.db, &self.services, &self.sealing).await
    }

    async fn enter(&self, presented: &Presented, visit: Visit) -> Result<Arc<Known>, Refusal> {
        let Presented { head, target, address } = presented;
        let mut headers = head.headers.get_all(header::AUTHORIZATION).iter();
        let (first, more) = (headers.next(), headers.next());
        let (Some(Ok(text)), None) = (first.map(http::HeaderValue::to_str), more) else {
            return Err(self.challenge(false).await);
        };
        let known = match Authorization::parse(text) {
            Ok(Authorization::Digest(signed)) => {
                self.enter_by_digest(&signed, head.method.as_str(), target, visit).await
            }
            Ok(Authorization::Bearer(token)) => self.enter_by_token(token).await,
            Ok(Authorization::Other) | Err(_) => return Err(self.challenge(false).await),
        };
        let known = known.and_then(|known| {
            let entry = known.admit_from(*address).map_err(|(rule, error)| Denied::of(&known, rule, error.into()))?;
            if let (Some(entry), Visit::First) = (entry, visit) {
                self.services.get::<Usage>().entry(&known.holder, entry, *address, self.services.clock.now());
            }
            Ok(known)
        });
        match known {
            Ok(known) => Ok(known),
            Err(denied) => {
                self.note(head, *address, &denied);
                Err(denied.refusal)
            }
        }
    }

    async fn enter_again(&self, entry: &Entry, presented: &Presented) -> Result<Entry, Refusal> {
        if self.generation().await.map_err(unavailable)? == entry.generation {
            return Ok(entry.clone());
        }
        self.enter(presented, Visit::Again).await.map(|known| known.entry())
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

impl Gate for CredentialGate {
    fn authenticate<'a>(&'a self, presented: &'a Presented) -> Decision<'a, Entry> {
        Box::pin(async move { self.enter(presented, Visit::First).await.map(|known| known.entry()) })
    }

    fn authenticate_again<'a>(&'a self, entry: &'a Entry, presented: &'a Presented) -> Decision<'a, Entry> {
        Box::pin(self.enter_again(entry, presented))
    }

    fn is_current(&self, generation: u64) -> bool {
        self.is_fresh() && self.generation.load(Ordering::Acquire) == generation
    }

    fn refused(&self, refused: Refused) {
        self.services.get::<Refusals>().at_an_operation(refused, self.services.clock.now());
    }

    fn credentials_changed(&self) {
        self.generation.fetch_add(1, Ordering::AcqRel);
    }
}

/// A failure of the database, as the refusal that it means.
fn unavailable(failure: impl Into<Failure>) -> Refusal {
    let failure = failure.into();
    if let Failure::Bug(source) = &failure {
        tracing::error!(error = %source, "unexpected error while authenticating");
    }
    let error = match failure {
        Failure::Retry => ApiError::new(ErrorCode::SERVICE_UNAVAILABLE),
        other => other.to_api_error(),
    };
    Refusal::Error(error)
}
