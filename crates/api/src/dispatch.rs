//! The way of a request: credential, operation, version, scope and role, rate, input, transaction, answer.
//!
//! The order is the service's: 401 before everything, 403 of access lists, 404 and 405 of paths, 406 of versions, then
//! the organization or project and the roles there, 429, 400 of inputs, and what the handler finds.

use std::{
    collections::HashSet,
    net::IpAddr,
    sync::{Arc, OnceLock},
    time::Duration,
};

use axum::{body::Body, response::Response};
use http::{HeaderName, Method, Request, Uri, header, request::Parts};
use http_body_util::BodyExt;
use telamon_wire::{ApiError, ErrorCode, Failure, Result, Version, parse_accept};
use tracing::Instrument;

use crate::{
    Access, Actor, Edition, EndpointSet, Gate, Operation, Presented, RateLimiter, RateScope, Refusal, Refused,
    Registry, Reply, RequestId, RequestInfo, Work,
    handler::{Admitted, Ids, Shared},
    operation::Deprecated,
    rate::{Allowance, REFILL_SECONDS},
    registry::Match,
    render::{challenge_response, error_response, set},
    report,
};

/// The largest body that is read: 1 MiB.
pub const MAX_BODY_BYTES: usize = 1 << 20;
/// A larger body is read up to here and thrown away, so that its sender reads the answer.
const DRAINED_BYTES: usize = 8 << 20;
/// Where nobody is asked for a credential: what is not there is not found.
const FOR_ANYBODY: [&str; 2] = ["/api/private/unauth/", "/api/atlas/v2/unauth/"];
/// How long a body may take.
const BODY_TIMEOUT: Duration = Duration::from_secs(30);

/// Answers requests by the operations of a registry.
pub struct Dispatcher {
    registry: Arc<Registry>,
    shared: Arc<Shared>,
    limiter: Arc<RateLimiter>,
    gone: HashSet<Version>,
}

/// What is known of a request before its operation is.
struct Arrival {
    presented: Presented,
    path: String,
    edition: Edition,
    query: Vec<(String, String)>,
    base_url: String,
}

impl Arrival {
    fn head(&self) -> &Parts {
        &self.presented.head
    }

    fn flag(&self, name: &str) -> bool {
        self.query.iter().any(|(key, value)| key == name && value.eq_ignore_ascii_case("true"))
    }

    fn error(&self, error: &ApiError) -> Response {
        let envelope = self.flag("envelope") && self.head().method != Method::HEAD;
        error_response(error, envelope, self.flag("pretty"))
    }
}

impl Dispatcher {
    /// A dispatcher. Requests for the versions of `gone` are answered with 410.
    pub fn new(
        registry: Arc<Registry>,
        gate: Arc<dyn Gate>,
        work: Work,
        limiter: Arc<RateLimiter>,
        gone: HashSet<Version>,
    ) -> Self {
        Self { registry, shared: Arc::new(Shared { gate, work }), limiter, gone }
    }

    /// Answers a request from that address; links begin with `base_url`.
    pub async fn answer(&self, request: Request<Body>, address: IpAddr, base_url: String) -> Response {
        let (head, body) = request.into_parts();
        let arrival = match arrival(head, base_url, address) {
            Ok(arrival) => arrival,
            Err(error) => return plain_error(&error),
        };
        let edition = arrival.edition;
        let version = edition.version(accepted(arrival.head()));
        let matched = self.registry.find(&arrival.head().method, &edition.declared_path(&arrival.path), version);
        let public = match &matched {
            Match::Operation(operation, _) => operation.access == Access::Public,
            _ => FOR_ANYBODY.iter().any(|prefix| arrival.path.starts_with(prefix)),
        };
        let actor = if public {
            Actor::stranger(address)
        } else {
            match self.shared.gate.authenticate(&arrival.presented).await {
                Ok(actor) => actor,
                Err(refusal) => {
                    // A stranger's body is thrown away, and not kept until they are told.
                    drop(read_body(body, 0).await);
                    return match refusal {
                        Refusal::Challenge(challenges) => challenge_response(&challenges),
                        Refusal::Error(error) => arrival.error(&error),
                    };
                }
            }
        };
        let body = read_body(body, MAX_BODY_BYTES).await;
        match matched {
            Match::Operation(operation, found) => {
                let span = tracing::info_span!("operation", id = operation.id);
                let info = Arc::new(RequestInfo {
                    base_url: arrival.base_url.clone(),
                    path: arrival.path.clone(),
                    query: arrival.query.clone(),
                    method: arrival.head().method.clone(),
                    address,
                    request_id: arrival.head().extensions.get::<RequestId>().cloned().unwrap_or_default().0,
                    edition,
                    version: (operation.versioned && edition.is_negotiated()).then_some(match version {
                        Some(Version::Preview) => Version::Preview,
                        _ => operation.since,
                    }),
                    path_values: found.values,
                    envelope: arrival.flag("envelope") && arrival.head().method != Method::HEAD,
                    pretty: arrival.flag("pretty"),
                });
                let names_version = info.version.is_some();
                let mut response = self.carry_out(operation, &arrival, info, actor, body).instrument(span).await;
                if names_version {
                    announce_sunset(operation, &mut response);
                }
                response.extensions_mut().insert(operation.id);
                response
            }
            Match::WrongMethod(allowed) => {
                let error = ApiError::new(ErrorCode::METHOD_NOT_ALLOWED).with(arrival.head().method.as_str());
                let mut response = arrival.error(&error.with(arrival.path.clone()));
                set(&mut response, header::ALLOW, &allowed.join(", "));
                response
            }
            Match::WrongVersion if edition.is_negotiated() => arrival.error(&ErrorCode::INVALID_VERSION_DATE.into()),
            Match::BadValue(bad) => arrival.error(&ApiError::new(ErrorCode::INVALID_PATH_PARAMETER).with(bad.0)),
            // What is younger than an edition is not in it.
            Match::WrongVersion | Match::Nothing => {
                arrival.error(&ApiError::new(ErrorCode::RESOURCE_NOT_FOUND).with(arrival.path.clone()))
            }
        }
    }

    async fn carry_out(
        &self,
        operation: &Operation,
        arrival: &Arrival,
        info: Arc<RequestInfo>,
        actor: Actor,
        body: Result<Vec<u8>, ApiError>,
    ) -> Response {
        if self.gone.contains(&operation.since) {
            let path = arrival.path.trim_start_matches('/');
            return arrival.error(&ApiError::new(ErrorCode::VERSION_GONE).with(operation.since.to_string()).with(path));
        }
        let body = body.and_then(|body| refuse_encoded(arrival.head(), body));
        let content_type =
            arrival.head().headers.get(header::CONTENT_TYPE).and_then(|v| v.to_str().ok()).map(str::to_owned);
        let request = Arc::new(Admitted { info, actor, body, content_type });
        let allowance = OnceLock::new();
        let mut response = match self.admit_and_run(operation, &request, &allowance).await {
            Ok(reply) => reply.render(&request.info),
            Err(failure) => {
                report(&failure);
                self.note_refusal(operation, &request, &failure);
                arrival.error(&failure.to_api_error())
            }
        };
        if let Some(allowance) = allowance.into_inner() {
            tell_allowance(request.info.version.is_some(), allowance, &mut response);
        }
        response
    }

    /// A 401 or 403 of somebody who is known: the owners of the organization may ask why.
    fn note_refusal(&self, operation: &Operation, request: &Admitted, failure: &Failure) {
        if let (Failure::Known(error), Some(caller)) = (failure, request.caller())
            && matches!(error.status(), 401 | 403)
        {
            self.shared.gate.refused(Refused {
                caller: Arc::clone(caller),
                operation: operation.id,
                access: operation.access,
                error: error.clone(),
                info: Arc::clone(&request.info),
            });
        }
    }

    /// Loads what the request is about, takes a token from its bucket, and carries it out.
    async fn admit_and_run(
        &self,
        operation: &Operation,
        request: &Arc<Admitted>,
        allowance: &OnceLock<Allowance>,
    ) -> Result<Reply> {
        let charge = |ids| {
            let taken = *allowance.get_or_init(|| self.charge(operation.rate, request, ids));
            let Some(seconds) = taken.retry_after else { return Ok(()) };
            let path = request.info.path.trim_start_matches('/').to_owned();
            let error = ApiError::new(ErrorCode::RATE_LIMITED_TOKEN_BUCKET).with(path);
            Err(error.with(seconds).with(taken.limit).with(taken.refill).with(REFILL_SECONDS).into())
        };
        if operation.writes {
            operation.run.admit(&self.shared, request, &charge).await?;
            self.write(operation, request).await
        } else {
            operation.run.read(&self.shared, request, &charge).await
        }
    }

    /// Runs a change as a task of its own: a client that hangs up cannot stop it half-way.
    async fn write(&self, operation: &Operation, request: &Arc<Admitted>) -> Result<Reply> {
        let (shared, run, request) = (Arc::clone(&self.shared), Arc::clone(&operation.run), Arc::clone(request));
        self.shared.work.apart(async move { run.write(&shared, &request).await }).await
    }

    fn charge(&self, set: &'static EndpointSet, request: &Admitted, (org, project): Ids) -> Allowance {
        let credential = || request.caller().map(|caller| caller.holder_id());
        let key = match set.scope {
            RateScope::Group => project.map(|id| id.to_string()),
            RateScope::Organization => org.map(|id| id.to_string()),
            RateScope::User => credential(),
            RateScope::Ip => None,
        };
        let key = key.unwrap_or_else(|| request.info.address.to_string());
        self.limiter.take(set, key, self.shared.work.now())
    }
}

fn arrival(head: Parts, base_url: String, address: IpAddr) -> Result<Arrival, ApiError> {
    let uri: &Uri = &head.uri;
    let target = uri.path_and_query().map_or_else(|| uri.path().to_owned(), ToString::to_string);
    let path = format!("/{}", uri.path().trim_start_matches('/'));
    let query = uri.query().unwrap_or_default().trim_start_matches('?');
    let query: Vec<(String, String)> = form_urlencoded::parse(query.as_bytes()).into_owned().collect();
    if let Some((name, _)) = query.iter().find(|(name, value)| name.contains('\0') || value.contains('\0')) {
        let error = ApiError::new(ErrorCode::INVALID_QUERY_PARAMETER).with(name.replace('\0', "\\u0000"));
        return Err(error.with("The character U+0000 is not allowed."));
    }
    let edition = Edition::of(&path);
    Ok(Arrival { presented: Presented { head, target, address }, path, edition, query, base_url })
}

/// The response for an error of what is no operation: neither in an envelope nor pretty.
pub fn plain_error(error: &ApiError) -> Response {
    error_response(error, false, false)
}

/// The version of the first `Accept` header that names one.
fn accepted(head: &Parts) -> Option<Version> {
    head.headers.get_all(header::ACCEPT).iter().find_map(|value| parse_accept(value.to_str().ok()?))
}

/// Reads a body of at most `max` bytes within 30 seconds; of a longer one a little is thrown away, so that its sender
/// reads the answer.
pub async fn read_body(mut body: Body, max: usize) -> Result<Vec<u8>, ApiError> {
    let reading = async {
        let (mut kept, mut arrived) = (Vec::new(), 0);
        while let Some(frame) = body.frame().await {
            let frame = frame.map_err(|_| ApiError::new(ErrorCode::MALFORMED_JSON).with("The body ended early."))?;
            let Ok(data) = frame.into_data() else { continue };
            arrived += data.len();
            if arrived <= max {
                kept.extend_from_slice(&data);
            } else if arrived > DRAINED_BYTES {
                break;
            }
        }
        if arrived > max { Err(ApiError::new(ErrorCode::PAYLOAD_TOO_LARGE).with(max)) } else { Ok(kept) }
    };
    let late = || ApiError::new(ErrorCode::REQUEST_TIMEOUT).with(BODY_TIMEOUT.as_secs());
    tokio::time::timeout(BODY_TIMEOUT, reading).await.unwrap_or_else(|_| Err(late()))
}

/// A compressed body is not read as if it were plain.
fn refuse_encoded(head: &Parts, body: Vec<u8>) -> Result<Vec<u8>, ApiError> {
    let encoding = head.headers.get(header::CONTENT_ENCODING).map(|value| String::from_utf8_lossy(value.as_bytes()));
    match encoding {
        Some(encoding) if !body.is_empty() && !encoding.eq_ignore_ascii_case("identity") => {
            Err(ApiError::new(ErrorCode::UNSUPPORTED_MEDIA_TYPE).with(format!("with the encoding {encoding}")))
        }
        _ => Ok(body),
    }
}

/// Tells a client how much more it may ask. Where there are no versions, as in older editions, it is told only that it
/// asked too much.
fn tell_allowance(names_version: bool, allowance: Allowance, response: &mut Response) {
    let Allowance { limit, remaining, retry_after, .. } = allowance;
    if names_version {
        set(response, HeaderName::from_static("ratelimit-limit"), &limit.to_string());
        set(response, HeaderName::from_static("ratelimit-remaining"), &remaining.to_string());
    }
    if let Some(seconds) = retry_after {
        set(response, header::RETRY_AFTER, &seconds.to_string());
    }
}

/// Announces the end of an older shape: `Deprecation` is the day on which its successor appeared.
fn announce_sunset(operation: &Operation, response: &mut Response) {
    let Some(Deprecated { since, sunset, .. }) = operation.deprecated else { return };
    set(response, HeaderName::from_static("deprecation"), &since.http_date());
    set(response, HeaderName::from_static("sunset"), &sunset.http_date());
}
