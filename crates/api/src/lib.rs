//! The operation: its declaration, the dispatcher, the registry, OpenAPI.
//!
//! Everything about an operation is declared once, as an [`Operation`], beside its handler. Routes, version
//! negotiation, role checks, transactions, rate limits, metrics and the OpenAPI document are derived from it.
//!
//! What always holds: a handler runs only with a [`Cx`], a [`Cx`] is made only by the dispatcher, and the dispatcher
//! makes it only after it has found the organization or project of the path and checked the caller's roles there.

mod actor;
mod caller;
mod context;
mod dispatch;
mod edition;
mod ephemeral;
mod expired;
mod gate;
mod generations;
mod handler;
mod input;
mod job;
mod marker;
mod openapi;
mod operation;
mod output;
mod rate;
mod registry;
mod render;
mod report;
mod request;
mod router;
mod scope;
mod services;
mod work;

pub use actor::{Actor, Proof, Proving};
pub use caller::{Caller, Identity};
pub use context::Cx;
pub use dispatch::{Dispatcher, MAX_BODY_BYTES, plain_error, read_body};
pub use edition::Edition;
pub use ephemeral::Ephemeral;
pub use expired::Expired;
pub use gate::{Decision, Gate, Presented, Refusal, Refused};
pub use generations::Generations;
pub use handler::Handler;
pub use input::{Body, Input, OptionalBody, Paged, Query, QueryParams};
pub use job::{Bell, Job, Nodes, Run};
pub use marker::{MARKS, Marker, mark as mark_change};
pub use openapi::{OperationDoc, Parameter, document};
pub use operation::{Access, Builder, Deprecated, Operation, Route};
pub use output::{
    Accepted, Created, CreatedAt, CreatedInList, Done, Json, Listed, NoContent, Nothing, Output, PemCreated, PlainText,
};
pub use rate::{EndpointSet, Overrides, REFILL_SECONDS, RateLimiter, RateScope};
pub use registry::{Conflict, Registry};
pub use render::{Reply, security_headers};
pub use report::report;
pub use request::{Incoming, RequestId, RequestInfo};
pub use scope::{Anyone, Org, Project, Public, Scope};
pub use services::Services;
pub use work::{UnitOfWork, Work};
