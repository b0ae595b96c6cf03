//! What a handler works with.

use std::{
    ops::{Deref, DerefMut},
    sync::Arc,
};

use telamon_wire::Link;

use crate::{RequestInfo, UnitOfWork};

/// A request that may be carried out: its scope, and the unit of work that carries it out, whose fields and methods are
/// this value's own.
///
/// Only the dispatcher makes one. On a write the transaction is committed when the handler returns `Ok`, and rolled
/// back otherwise; a handler may be run again after a conflict, and must have no effect except through this value.
pub struct Cx<S> {
    /// What the request is about.
    pub scope: S,
    pub(crate) unit: UnitOfWork,
    pub(crate) info: Arc<RequestInfo>,
}

impl<S> Deref for Cx<S> {
    type Target = UnitOfWork;

    fn deref(&self) -> &UnitOfWork {
        &self.unit
    }
}

impl<S> DerefMut for Cx<S> {
    fn deref_mut(&mut self) -> &mut UnitOfWork {
        &mut self.unit
    }
}

impl<S> Cx<S> {
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
}
