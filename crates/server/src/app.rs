//! The wiring: from the parts of a server to one router.

use std::{
    any::Any,
    collections::{HashMap, HashSet},
    net::SocketAddr,
    panic::AssertUnwindSafe,
    pin::pin,
    sync::{Arc, Mutex, PoisonError},
    time::{Duration, Instant},
};

use axum::{Router, body::Body, extract::State, response::Response};
use futures_util::FutureExt;
use http::{HeaderName, HeaderValue, Method, Request, StatusCode, header};
use ipnet::IpNet;
use metrics_exporter_prometheus::PrometheusHandle;
use serde_json::Value;
use telamon_api::{
    Dispatcher, Gate, Overrides, RateLimiter, Registry, RequestId, Services, Work, document, plain_error, read_body,
    report, security_headers,
};
use telamon_authn::SealingKey;
use telamon_store::Db;
use telamon_wire::{ApiError, Clock, Entropy, ErrorCode, Failure, ProjectId, Version};
use tokio::time::timeout;
use tokio_util::{sync::CancellationToken, task::TaskTracker};
use tracing::Instrument;

use crate::{
    bootstrap,
    console::Console,
    control_plane::ControlPlane,
    device::{self, Device, DeviceLimits},
    gate::CredentialGate,
    health,
    jobs::Jobs,
    keys::Keys,
    limits::ResourceLimits,
    mail::{Links, Mailer},
    mongodb::MongoDbVersions,
    oauth::{self, Oauth, TokenLimits},
    resources::{operations, rate_limits::RateCatalog, refusals::Refusals, x509},
    retention::Retention,
    transport::{Origin, Origins},
    usage::Usage,
};

/// Everything that a server is made of.
#[expect(clippy::struct_excessive_bools, reason = "independent switches of a configuration")]
pub struct AppOptions {
    /// The database, migrated.
    pub db: Db,
    /// The keys.
    pub keys: Keys,
    /// The time.
    pub clock: Arc<dyn Clock>,
    /// Randomness for ids, secrets and nonces.
    pub entropy: Arc<dyn Entropy>,
    /// What sends mail.
    pub mail: Arc<Mailer>,
    /// How many of each resource there may be.
    pub limits: ResourceLimits,
    /// For how long is kept what nobody needs to be served.
    pub retention: Retention,
    /// The versions of MongoDB that deployments have.
    pub mongodb_versions: MongoDbVersions,
    /// Limits of rate.
    pub rates: RateSettings,
    /// The addresses of this server, as the world is told.
    pub control_plane: ControlPlane,
    /// The issuer of tokens; `None`: the one that the database remembers.
    pub issuer: Option<String>,
    /// What links begin with; `None`: scheme and host of the request.
    pub public_url: Option<String>,
    /// What links in mails begin with.
    pub mail_url: String,
    /// Whether requests arrive over TLS that ends here.
    pub tls: bool,
    /// Proxies whose `X-Forwarded-*` headers are believed.
    pub trusted_proxies: Vec<IpNet>,
    /// Versions that are answered with 410.
    pub gone_versions: HashSet<Version>,
    /// The metrics, if they are collected.
    pub metrics: Option<PrometheusHandle>,
    /// Whether `/metrics` is served beside the API; it is, if the listener is a loopback one.
    pub metrics_on_main: bool,
    /// Whether browsers are told to use TLS only.
    pub hsts: bool,
    /// Whether the issue of a token is an event.
    pub record_token_events: bool,
}

/// Limits of rate.
#[derive(Clone, Debug)]
pub struct RateSettings {
    /// Whether they are enforced, or only counted.
    pub enforced: bool,
    /// Capacity and refill of endpoint sets, by id.
    pub overrides: Overrides,
    /// Tokens of one service account that live at the same time.
    pub live_tokens: u32,
    /// Token requests per minute from one address for one account.
    pub token_requests_per_minute: u32,
}

impl Default for RateSettings {
    fn default() -> Self {
        Self { enforced: true, overrides: Overrides::new(), live_tokens: 100, token_requests_per_minute: 10 }
    }
}

/// Why a server does not start.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// The database failed.
    #[error("the database failed: {0:?}")]
    Database(Failure),
    /// Nobody said under which URL the server is reached.
    #[error("the issuer of tokens is not known: set `server.public_url`, or run `telamon init`")]
    NoIssuer,
    /// Two operations overlap: a defect.
    #[error("the declarations of the operations contradict each other: {0}")]
    Operations(#[from] telamon_api::Conflict),
}

impl From<Failure> for StartError {
    fn from(failure: Failure) -> Self {
        Self::Database(failure)
    }
}

/// A running server, without its listener.
#[derive(Clone)]
pub struct App(Arc<Parts>);

struct Parts {
    db: Db,
    work: Work,
    registry: Arc<Registry>,
    dispatcher: Dispatcher,
    oauth: Oauth,
    device: Arc<Device>,
    console: Console,
    jobs: Jobs,
    origins: Origins,
    metrics: Option<PrometheusHandle>,
    metrics_on_main: bool,
    hsts: bool,
    /// The texts of the documents, without the address that the request came to.
    documents: Mutex<HashMap<Option<Version>, Arc<str>>>,
    tasks: TaskTracker,
    stop: CancellationToken,
}

/// How long changes and jobs may go on after the last request was answered.
const LAST_TASKS: Duration = Duration::from_secs(10);

/// The largest form.
const MAX_FORM_BYTES: usize = 64 << 10;

impl App {
    /// Wires a server. Its jobs run once they are started: [`Jobs::start`].
    pub async fn wire(options: AppOptions) -> Result<Self, StartError> {
        let registry = Arc::new(Registry::new(operations())?);
        let limiter = Arc::new(RateLimiter::new(options.rates.enforced, options.rates.overrides.clone()));
        let sealing = Arc::clone(options.keys.sealing());
        let services = Services::new(options.clock, options.entropy)
            .with(Arc::new(options.keys))
            .with(options.mail)
            .with(Arc::new(Links::beginning_with(&options.mail_url)))
            .with(Arc::new(options.limits))
            .with(Arc::new(options.control_plane))
            .with(Arc::new(options.mongodb_versions))
            .with(Arc::clone(&limiter))
            .with(Arc::new(Refusals::default()))
            .with(Arc::new(Usage::default()))
            .with(Arc::new(RateCatalog::of(registry.operations())))
            .with(Arc::new(options.retention));
        let issuer = issuer(options.issuer, &options.db).await?;
        let (tasks, stop) = (TaskTracker::new(), CancellationToken::new());
        let work = Work::new(options.db.clone(), services, tasks.clone());
        let gate = CredentialGate::open(options.db.clone(), work.clone(), Arc::clone(&sealing), issuer).await?;
        let gate = Arc::new(gate);
        let RateSettings { enforced, live_tokens, token_requests_per_minute, .. } = options.rates;
        let token_limits = TokenLimits { enforced, live: live_tokens, per_minute: token_requests_per_minute };
        let oauth =
            Oauth::new(work.clone(), Arc::clone(&gate), token_limits, options.record_token_events, tasks.clone());
        let limits = DeviceLimits { enforced, per_minute: token_requests_per_minute };
        let (device, console) = sign_in(&work, &gate, &sealing, limits, &tasks);
        let dispatcher = Dispatcher::new(
            Arc::clone(&registry),
            Arc::clone(&gate) as Arc<dyn Gate>,
            work.clone(),
            limiter,
            options.gone_versions,
        );
        let jobs = Jobs::new(work.clone(), stop.clone(), tasks.clone());
        Ok(Self(Arc::new(Parts {
            db: options.db,
            work,
            registry,
            dispatcher,
            oauth,
            device,
            console,
            jobs,
            origins: Origins { public_url: options.public_url, tls: options.tls, trusted: options.trusted_proxies },
            metrics: options.metrics,
            metrics_on_main: options.metrics_on_main,
            hsts: options.hsts,
            documents: Mutex::default(),
            tasks,
            stop,
        })))
    }

    /// The router: every request, with the peer's address as an extension of type [`SocketAddr`].
    pub fn router(&self) -> Router {
        Router::new().fallback(handle).with_state(self.clone())
    }

    /// What carries out units of work, for those who have one.
    pub fn work(&self) -> &Work {
        &self.0.work
    }

    /// Whether these are two names of one server.
    pub fn is(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.0, &other.0)
    }

    /// Its jobs.
    pub fn jobs(&self) -> &Jobs {
        &self.0.jobs
    }

    /// Ends the background work and writes what is still in memory.
    pub async fn stop(&self) {
        self.0.stop.cancel();
        self.0.tasks.close();
        let ended = async {
            self.0.tasks.wait().await;
            self.0.jobs.stop().await;
        };
        if timeout(LAST_TASKS, ended).await.is_err() {
            tracing::warn!("changes or jobs did not end and are abandoned: the database may not answer");
        }
        self.0.db.close().await;
    }
}

/// How people sign in: with programs, and on the pages.
fn sign_in(
    work: &Work,
    gate: &Arc<CredentialGate>,
    sealing: &SealingKey,
    limits: DeviceLimits,
    tasks: &TaskTracker,
) -> (Arc<Device>, Console) {
    let enforced = limits.enforced;
    let device = Device::new(work.clone(), Arc::clone(gate), sealing, limits);
    let device = Arc::new(device);
    let console = Console::new(work.clone(), Arc::clone(&device), sealing, enforced, tasks.clone());
    (device, console)
}

/// The issuer of tokens: the one that was named, or else the one that the database remembers.
async fn issuer(named: Option<String>, db: &Db) -> Result<String, StartError> {
    match named {
        Some(issuer) => Ok(issuer),
        None => bootstrap::issuer(db).await?.ok_or(StartError::NoIssuer),
    }
}

async fn handle(State(app): State<App>, mut request: Request<Body>) -> Response {
    let began = Instant::now();
    let (method, path) = (request.method().clone(), Console::loggable(request.uri().path()));
    let id = request_id(&app, &request);
    request.extensions_mut().insert(RequestId(id.to_str().unwrap_or_default().to_owned()));
    let span = tracing::info_span!("request", id = %id.to_str().unwrap_or_default());
    let mut response = app.0.answer(request, &path).instrument(span.clone()).await;
    response.headers_mut().insert(HeaderName::from_static("x-request-id"), id);
    let operation = response.extensions().get::<&'static str>().copied().unwrap_or("other");
    let status = response.status().as_u16();
    metrics::counter!("telamon_requests_total", "operation" => operation, "status" => status.to_string()).increment(1);
    metrics::histogram!("telamon_request_seconds", "operation" => operation).record(began.elapsed());
    let millis = began.elapsed().as_secs_f64() * 1e3;
    span.in_scope(|| tracing::info!(%method, path, operation, status, millis, "answered"));
    response
}

/// The id that the client gave, if it is a short plain text, or a new one.
fn request_id(app: &App, request: &Request<Body>) -> HeaderValue {
    let given = request.headers().get("x-request-id");
    let plain = |value: &&HeaderValue| {
        let bytes = value.as_bytes();
        (1..=64).contains(&bytes.len()) && bytes.iter().all(|b| b.is_ascii_alphanumeric() || b"-_.".contains(b))
    };
    given.filter(plain).cloned().unwrap_or_else(|| {
        let id = telamon_authn::uuid_v4(&*app.0.work.services().entropy);
        HeaderValue::from_str(&id).unwrap_or_else(|_| HeaderValue::from_static("unknown"))
    })
}

impl Parts {
    async fn answer(&self, request: Request<Body>, loggable: &str) -> Response {
        // Pinned where it is: moving the future of a whole request costs.
        let routing = pin!(self.route(request));
        let mut response =
            AssertUnwindSafe(routing).catch_unwind().await.unwrap_or_else(|panic| panicked(&*panic, loggable));
        if self.hsts && !is_digest_challenge(&response) {
            let value = HeaderValue::from_static("max-age=31536000; includeSubdomains;");
            response.headers_mut().insert(header::STRICT_TRANSPORT_SECURITY, value);
        }
        response
    }

    async fn route(&self, request: Request<Body>) -> Response {
        let peer = request.extensions().get::<SocketAddr>().copied();
        let peer = peer.unwrap_or_else(|| SocketAddr::from(([0, 0, 0, 0], 0)));
        let origin = self.origins.of(peer.ip(), request.headers(), request.uri());
        let path = format!("/{}", request.uri().path().trim_start_matches('/'));
        let reads = matches!(*request.method(), Method::GET | Method::HEAD);
        match path.as_str() {
            "/healthz" if reads => health::healthz(),
            "/readyz" if reads => health::readyz(&self.db, &self.jobs).await,
            "/metrics" if reads && self.metrics_on_main => match &self.metrics {
                Some(handle) => health::metrics(handle),
                None => not_found(&path),
            },
            oauth::TOKEN_PATH | oauth::REVOKE_PATH => self.token_endpoint(&path, request, &origin).await,
            oauth::JWKS_PATH if reads => match self.oauth.jwks().await {
                Ok(keys) => json_response(&keys),
                Err(failure) => failed(&failure),
            },
            oauth::METADATA_PATH if reads => json_response(&self.oauth.metadata(&origin.base_url)),
            _ if Console::has(&path) => self.page(&path, request, &origin).await,
            _ if path.starts_with(device::PREFIX) => self.device(&path, request, &origin).await,
            _ if reads && path.starts_with("/api/openapi/") => self.openapi(&path, &origin),
            _ if reads && path.starts_with("/pki/projects/") => self.authorities(&path).await,
            _ => self.dispatcher.answer(request, origin.address, origin.base_url).await,
        }
    }

    async fn token_endpoint(&self, path: &str, request: Request<Body>, origin: &Origin) -> Response {
        let (head, body) = request.into_parts();
        if head.method != Method::POST {
            return oauth::wrong_method(&head.method, path);
        }
        let body = match read_body(body, MAX_FORM_BYTES).await {
            Ok(body) => body,
            Err(error) => return plain_error(&error),
        };
        let mut response = match path {
            oauth::TOKEN_PATH => self.oauth.token(&head, &body, origin.address).await,
            _ => self.oauth.revoke(&head, &body, origin.address).await,
        };
        response.extensions_mut().insert(if path == oauth::TOKEN_PATH { "token" } else { "revoke" });
        response
    }

    async fn device(&self, path: &str, request: Request<Body>, origin: &Origin) -> Response {
        let (head, body) = request.into_parts();
        match read_body(body, MAX_FORM_BYTES).await {
            Ok(body) => self.device.answer(&head.method, path, &body, origin).await,
            Err(error) => plain_error(&error),
        }
    }

    async fn page(&self, path: &str, request: Request<Body>, origin: &Origin) -> Response {
        let (head, body) = request.into_parts();
        let body = read_body(body, MAX_FORM_BYTES).await;
        let mut response = self
            .console
            .answer(&head.method, path, head.uri.query().unwrap_or_default(), &head.headers, body, origin)
            .await;
        response.extensions_mut().insert("page");
        response
    }

    /// `/api/openapi/v2.json`, and `/api/openapi/v2/2024-08-05.json` for the shapes in force on one day.
    fn openapi(&self, path: &str, origin: &Origin) -> Response {
        let on = match path {
            "/api/openapi/v2.json" => None,
            other => {
                let date = other.strip_prefix("/api/openapi/v2/").and_then(|rest| rest.strip_suffix(".json"));
                let asked = date.and_then(Version::parse);
                let Some(version) = asked.and_then(|asked| self.shapes_of(asked)) else { return not_found(path) };
                Some(version)
            }
        };
        let text = self.documents.lock().unwrap_or_else(PoisonError::into_inner).get(&on).cloned();
        let text = text.unwrap_or_else(|| {
            let text: Arc<str> = document(&self.registry, on, SERVER_URL).to_string().into();
            self.documents.lock().unwrap_or_else(PoisonError::into_inner).insert(on, Arc::clone(&text));
            text
        });
        let address = Value::from(origin.base_url.as_str()).to_string();
        json_text(text.replacen(&format!("\"{SERVER_URL}\""), &address, 1))
    }

    /// The day on which the newest shapes of that day appeared. There are few such days, and a stranger may ask for any.
    fn shapes_of(&self, asked: Version) -> Option<Version> {
        let changes = self
            .registry
            .operations()
            .iter()
            .flat_map(|o| [Some(o.since), o.deprecated.filter(|end| end.replaced).map(|end| end.since)]);
        if asked == Version::Preview { Some(asked) } else { changes.flatten().filter(|day| *day <= asked).max() }
    }

    /// `/pki/projects/{groupId}/ca.pem`: what a `mongod` trusts. Public: it is no secret.
    async fn authorities(&self, path: &str) -> Response {
        let id = path.strip_prefix("/pki/projects/").and_then(|rest| rest.strip_suffix("/ca.pem"));
        let Some(id) = id else { return not_found(path) };
        let Ok(project) = id.parse::<ProjectId>() else {
            return plain_error(&ApiError::new(ErrorCode::INVALID_GROUP_ID).with(id));
        };
        let read = async {
            let mut tx = self.db.begin_read().await?;
            x509::certificate_authorities(&mut tx, project).await
        };
        match read.await {
            Ok(found) if found.is_empty() => plain_error(&ApiError::new(ErrorCode::GROUP_NOT_FOUND).with(id)),
            Ok(found) => {
                let mut response = health::text(StatusCode::OK, "application/x-pem-file", found.concat());
                security_headers(&mut response);
                response
            }
            Err(failure) => failed(&failure),
        }
    }
}

/// The answer to a request that met a defect. What it changed is either committed or undone: a change is a task of its own,
/// and locks in memory are taken over from whoever panicked.
fn panicked(panic: &(dyn Any + Send), path: &str) -> Response {
    let said = panic.downcast_ref::<&str>().map(ToString::to_string).or_else(|| panic.downcast_ref().cloned());
    let failure = Failure::bug(format!("a panic: {}", said.unwrap_or_default()));
    if Console::has(path) { Console::failed(&failure, false) } else { failed(&failure) }
}

fn failed(failure: &Failure) -> Response {
    report(failure);
    plain_error(&failure.to_api_error())
}

/// What stands in a document for the address of the server.
const SERVER_URL: &str = "https://server.invalid";

fn not_found(path: &str) -> Response {
    plain_error(&ApiError::new(ErrorCode::RESOURCE_NOT_FOUND).with(path))
}

/// Whether this is the answer that asks for HTTP digest: it has few headers.
fn is_digest_challenge(response: &Response) -> bool {
    let challenges = response.headers().get_all(header::WWW_AUTHENTICATE);
    challenges.iter().any(|challenge| challenge.as_bytes().starts_with(b"Digest "))
}

fn json_response(value: &Value) -> Response {
    json_text(value.to_string())
}

fn json_text(text: String) -> Response {
    let mut response = health::text(StatusCode::OK, "application/json", text);
    security_headers(&mut response);
    response
}
