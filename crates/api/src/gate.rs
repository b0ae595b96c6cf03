//! Who comes in: what a request presents, and what decides about it.

use std::{future::Future, net::IpAddr, pin::Pin, sync::Arc};

use http::request::Parts;
use telamon_wire::ApiError;

use crate::{Access, Actor, Caller, RequestInfo};

/// Why a request was turned away before anything of it was looked at.
#[derive(Debug)]
pub enum Refusal {
    /// No credential, or a wrong one: 401 with these challenges, one `WWW-Authenticate` line each.
    Challenge(Vec<String>),
    /// A good credential that may not be used here (403), or may not now (503).
    Error(ApiError),
}

impl From<ApiError> for Refusal {
    fn from(error: ApiError) -> Self {
        Self::Error(error)
    }
}

/// The future of a decision about who may come in.
pub type Decision<'a, T> = Pin<Box<dyn Future<Output = Result<T, Refusal>> + Send + 'a>>;

/// A request of a good credential that was refused all the same: 401 or 403.
#[derive(Debug)]
pub struct Refused {
    /// Who called.
    pub caller: Arc<Caller>,
    /// The operation id.
    pub operation: &'static str,
    /// What the operation demands.
    pub access: Access,
    /// What was answered.
    pub error: ApiError,
    /// The request.
    pub info: Arc<RequestInfo>,
}

/// What a request presents to be let in.
#[derive(Clone, Debug)]
pub struct Presented {
    /// The method and the headers.
    pub head: Parts,
    /// The path and query exactly as sent.
    pub target: String,
    /// The client's address.
    pub address: IpAddr,
}

/// What authenticates requests.
pub trait Gate: Send + Sync {
    /// Finds out who calls.
    fn authenticate<'a>(&'a self, presented: &'a Presented) -> Decision<'a, Actor>;

    /// Keeps the reason of a refusal for those who may ask for it.
    fn refused(&self, refused: Refused);
}
