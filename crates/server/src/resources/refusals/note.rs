//! Noting reasons: in memory first, because a refusal must cost the server little, and written behind.

use std::{
    collections::VecDeque,
    net::IpAddr,
    sync::{Arc, Mutex, PoisonError},
};

use telamon_api::{Access, Actor, Caller, Refused, UnitOfWork, Work};
use telamon_authn::OauthError;
use telamon_wire::{ApiError, OrgId, Result, Timestamp};

use super::{
    model::{Place, Rule},
    store,
};
use crate::attempts::Attempts;

/// A request that was refused, and the credential that it came with.
#[derive(Clone, Debug)]
pub struct Attempt {
    /// The id of the request.
    pub request_id: String,
    /// Its method.
    pub method: String,
    /// Its path, without the query.
    pub path: String,
    /// Where it came from.
    pub address: IpAddr,
    /// Who called, or who claimed to call.
    pub caller: Arc<Caller>,
}

/// A refusal that is not written yet.
#[derive(Clone, Debug)]
pub struct Noted {
    pub attempt: Attempt,
    pub at: Timestamp,
    pub operation: Option<&'static str>,
    pub access: Option<Access>,
    pub place: Place,
    pub rule: Rule,
    pub answer: Answer,
}

/// What the caller was told.
#[derive(Clone, Debug)]
pub struct Answer {
    /// Its status.
    pub status: u16,
    /// Its error code.
    pub error_code: String,
    /// The message for people.
    pub detail: String,
}

impl From<&ApiError> for Answer {
    fn from(error: &ApiError) -> Self {
        Self { status: error.status(), error_code: error.code.wire_name().to_owned(), detail: error.detail() }
    }
}

impl From<&OauthError> for Answer {
    fn from(error: &OauthError) -> Self {
        Self { status: error.status(), error_code: error.code().to_owned(), detail: error.description() }
    }
}

/// Where refusals are noted.
pub struct Refusals {
    pending: Mutex<VecDeque<Noted>>,
    by_credential: Attempts,
    /// One at a time writes: who comes while another one does may ask for a reason that is being written.
    writing: tokio::sync::Mutex<()>,
}

/// So many reasons of one credential are kept in a minute: one that is refused on and on does not displace the others.
const OF_ONE_CREDENTIAL: u32 = 100;
/// So many characters of a path are kept.
const PATH_LENGTH: usize = 1_000;
/// So many wait to be written; of more, the oldest are forgotten.
const PENDING: usize = 1_000;

impl Default for Refusals {
    fn default() -> Self {
        Self {
            pending: Mutex::default(),
            by_credential: Attempts::new(OF_ONE_CREDENTIAL, 60),
            writing: tokio::sync::Mutex::default(),
        }
    }
}

impl Refusals {
    /// Somebody could not prove who they are, or may not call from where they do.
    pub fn at_the_gate(&self, attempt: Attempt, rule: Rule, answer: Answer, at: Timestamp) {
        self.note(Noted { attempt, at, operation: None, access: None, place: Place::Nowhere, rule, answer });
    }

    /// Somebody who is known may not do what they want to.
    pub fn at_an_operation(&self, refused: Refused, at: Timestamp) {
        let Refused { caller, operation, access, error, info } = refused;
        let id = |name| info.path_values.get(name).map(String::as_str).unwrap_or_default();
        let place = match access {
            Access::Org(_) => id("orgId").parse().map_or(Place::Nowhere, Place::Org),
            Access::Project(_) => id("groupId").parse().map_or(Place::Nowhere, Place::Project),
            Access::Anyone | Access::Public => Place::Nowhere,
        };
        self.note(Noted {
            at,
            operation: Some(operation),
            access: Some(access),
            place,
            rule: Rule::of(error.code),
            answer: Answer::from(&error),
            attempt: Attempt {
                request_id: info.request_id.clone(),
                method: info.method.to_string(),
                path: info.path.clone(),
                address: info.address,
                caller,
            },
        });
    }

    fn note(&self, mut noted: Noted) {
        if !self.by_credential.take(&noted.attempt.caller.holder_id(), noted.at) {
            return;
        }
        if let Some((end, _)) = noted.attempt.path.char_indices().nth(PATH_LENGTH) {
            noted.attempt.path.truncate(end);
            noted.attempt.path.push('…');
        }
        let mut pending = self.pending.lock().unwrap_or_else(PoisonError::into_inner);
        if pending.len() == PENDING {
            pending.pop_front();
        }
        pending.push_back(noted);
    }

    /// Writes what is pending. What cannot be written is pending again, as far as there is room for it.
    pub async fn write(&self, work: &Work) -> Result<()> {
        let _writing = self.writing.lock().await;
        let pending = Arc::new(std::mem::take(&mut *self.pending.lock().unwrap_or_else(PoisonError::into_inner)));
        if pending.is_empty() {
            return Ok(());
        }
        let written = work.run(&Actor::system(), Arc::clone(&pending), write_all).await;
        if written.is_err() {
            let mut later = self.pending.lock().unwrap_or_else(PoisonError::into_inner);
            let room = PENDING.saturating_sub(later.len());
            for noted in Arc::unwrap_or_clone(pending).into_iter().rev().take(room) {
                later.push_front(noted);
            }
        }
        written
    }
}

async fn write_all(unit: &mut UnitOfWork, pending: &Arc<VecDeque<Noted>>) -> Result<()> {
    for noted in &**pending {
        store::insert(unit, noted).await?;
    }
    Ok(())
}

impl Noted {
    /// The organization of the credential. A person may belong to several: then it is the one of the place alone.
    pub fn home(&self) -> Option<OrgId> {
        self.attempt.caller.org()
    }
}
