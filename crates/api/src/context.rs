//! What a handler works with.

use std::sync::Arc;

use telamon_store::Tx;
use telamon_wire::{Entropy, Failure, Id, Link, Result, Timestamp};

use crate::{Caller, RequestInfo, Services};

/// A request that may be carried out: its scope, its caller and the open transaction.
///
/// Only the dispatcher makes one. On a write the transaction is committed when the handler returns `Ok`, and rolled
/// back otherwise; a handler may be run again after a conflict, and must have no effect except through this value.
pub struct Cx<S> {
    /// What the request is about.
    pub scope: S,
    /// The open transaction.
    pub tx: Tx,
    pub(crate) caller: Option<Arc<Caller>>,
    pub(crate) info: Arc<RequestInfo>,
    pub(crate) services: Arc<Services>,
    pub(crate) now: Timestamp,
    pub(crate) credentials_changed: bool,
    pub(crate) moments: i64,
}

impl<S> Cx<S> {
    /// The time of the request: the same throughout.
    pub const fn now(&self) -> Timestamp {
        self.now
    }

    /// The time of the request, and a microsecond later each time: what orders things that one request makes.
    pub fn next_moment(&mut self) -> Timestamp {
        self.moments += 1;
        Timestamp::from_micros(self.now.as_micros() + self.moments - 1)
    }

    /// Randomness for ids, secrets and nonces.
    pub fn entropy(&self) -> &dyn Entropy {
        &*self.services.entropy
    }

    /// A new id of this second.
    pub fn new_id<I: Id>(&self) -> I {
        I::new(self.now, self.entropy())
    }

    /// A service of the program.
    pub fn service<T: Send + Sync + 'static>(&self) -> &T {
        self.services.get()
    }

    /// All services of the program.
    pub fn services(&self) -> Arc<Services> {
        Arc::clone(&self.services)
    }

    /// Who calls. `None` only where the operation needs no credential.
    pub fn caller(&self) -> Option<Arc<Caller>> {
        self.caller.clone()
    }

    /// Who calls an operation that needs a credential.
    pub fn demand_caller(&self) -> Result<Arc<Caller>> {
        self.caller().ok_or_else(|| Failure::bug("an authenticated operation without a caller"))
    }

    /// The request.
    pub fn info(&self) -> &RequestInfo {
        &self.info
    }

    /// A parameter of the path, decoded; empty if the path has none of that name.
    pub fn path_value(&self, name: &str) -> &str {
        self.info.path_values.get(name).map(String::as_str).unwrap_or_default()
    }

    /// A link to a path of this server, as it is declared.
    pub fn link(&self, rel: &str, path: &str) -> Link {
        Link::new(rel, format!("{}{}", self.info.base_url, self.info.edition.link(path)))
    }

    /// Says that this change touches credentials or roles: after the commit every node stops using what it remembers
    /// of them.
    pub fn credentials_changed(&mut self) {
        self.credentials_changed = true;
    }
}
