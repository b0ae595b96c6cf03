//! OAuth 2.0: tokens for service accounts, their revocation, and the documents that describe the server.
//!
//! Sources: RFC 6749 (client credentials, section 4.4), RFC 7009 (revocation), RFC 8414 (server metadata), RFC 7517 (keys).

use std::{
    net::IpAddr,
    sync::{Arc, Mutex, PoisonError},
};

use axum::{body::Body, response::Response};
use http::{HeaderMap, HeaderValue, Method, StatusCode, header, request::Parts};
use serde_json::{Value, json};
use telamon_api::{Actor, Ephemeral, Services, UnitOfWork, Work, plain_error, report, security_headers};
use telamon_authn::{
    Claims, ClientCredentials, OauthError, RevokeRequest, TOKEN_LIFETIME_SECONDS, TokenRequest, read_client,
};
use telamon_store::{Sql, args, sql};
use telamon_wire::{ApiError, ClientId, ErrorCode, Failure, SecretId, Timestamp};
use tokio_util::task::TaskTracker;

use crate::{
    attempts::{Attempts, source},
    gate::{CredentialGate, Known},
    resources::events::{Event, record},
    usage::Usage,
};

/// The path of the token endpoint.
pub const TOKEN_PATH: &str = "/api/oauth/token";
/// The path of the revocation endpoint.
pub const REVOKE_PATH: &str = "/api/oauth/revoke";
/// The path of the key set.
pub const JWKS_PATH: &str = "/api/oauth/jwks";
/// The path of the server metadata (RFC 8414, section 3).
pub const METADATA_PATH: &str = "/.well-known/oauth-authorization-server";

/// The token endpoint and what belongs to it.
pub struct Oauth {
    work: Work,
    gate: Arc<CredentialGate>,
    services: Arc<Services>,
    limits: TokenLimits,
    /// Whether the issue of a token is an event.
    record_events: bool,
    /// What is written behind; the server stops after it.
    tasks: TaskTracker,
    /// The requests of an address for an account, in a minute.
    requests: Attempts,
    /// When the tokens that live end.
    live: Mutex<Ephemeral<ClientId, Vec<Timestamp>>>,
}

/// How many tokens a service account may have and ask for; per node, in memory.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TokenLimits {
    /// Whether the two numbers are enforced.
    pub enforced: bool,
    /// Tokens of one account that live at the same time.
    pub live: u32,
    /// Requests per minute from one address for one account.
    pub per_minute: u32,
}

/// Why a request for a token failed.
enum Denial {
    Oauth(OauthError),
    Api(ApiError),
}

impl From<OauthError> for Denial {
    fn from(error: OauthError) -> Self {
        Self::Oauth(error)
    }
}

impl From<Failure> for Denial {
    fn from(failure: Failure) -> Self {
        report(&failure);
        match failure {
            Failure::Bug(_) => Self::Oauth(OauthError::ServerError),
            other => Self::Api(other.to_api_error()),
        }
    }
}

/// A token that its service account takes back.
struct Revocation {
    jti: String,
    expires_at: Timestamp,
    client_id: ClientId,
}

static REVOKE: Sql = sql!("INSERT INTO revoked_token (jti, expires_at) VALUES ($1, $2) ON CONFLICT (jti) DO NOTHING");

impl Oauth {
    /// The endpoints of one server.
    pub fn new(
        work: Work,
        gate: Arc<CredentialGate>,
        limits: TokenLimits,
        record_events: bool,
        tasks: TaskTracker,
    ) -> Self {
        let requests = Attempts::new(limits.per_minute, 60);
        let services = Arc::clone(work.services());
        Self { work, gate, services, limits, record_events, tasks, requests, live: Mutex::default() }
    }

    /// `POST /api/oauth/token`.
    pub async fn token(&self, head: &Parts, body: &[u8], address: IpAddr) -> Response {
        match self.issue(head, body, address).await {
            Ok(token) => {
                let body =
                    json!({ "access_token": token, "expires_in": TOKEN_LIFETIME_SECONDS, "token_type": "Bearer" });
                uncached(StatusCode::OK, body.to_string())
            }
            Err(denial) => denied(&denial),
        }
    }

    async fn issue(&self, head: &Parts, body: &[u8], address: IpAddr) -> Result<String, Denial> {
        let now = self.services.clock.now();
        let (credentials, form) = read_client(authorization(&head.headers), body)?;
        self.count_request(&credentials, address, now)?;
        let (client_id, known, secret) = self.authenticate(&credentials, head, address).await?;
        demand_form(&head.headers)?;
        TokenRequest::parse(&form)?;
        self.count_token(client_id, now)?;
        let claims = Claims::of_client(self.gate.issuer(), client_id, secret, now, &*self.services.entropy);
        let token = self.gate.signing_keys().await?.issue(&claims)?;
        self.services.get::<Usage>().secret(secret, now);
        if self.record_events {
            self.record("OAUTH_TOKEN_ISSUED", &known, client_id, address);
        }
        metrics::counter!("telamon_tokens_issued_total").increment(1);
        Ok(token)
    }

    /// `POST /api/oauth/revoke`.
    pub async fn revoke(&self, head: &Parts, body: &[u8], address: IpAddr) -> Response {
        match self.withdraw(head, body, address).await {
            Ok(()) => uncached(StatusCode::OK, String::new()),
            Err(denial) => denied(&denial),
        }
    }

    async fn withdraw(&self, head: &Parts, body: &[u8], address: IpAddr) -> Result<(), Denial> {
        let (credentials, form) = read_client(authorization(&head.headers), body)?;
        let (client_id, known, secret) = self.authenticate(&credentials, head, address).await?;
        demand_form(&head.headers)?;
        let request = RevokeRequest::parse(&form)?;
        let now = self.services.clock.now();
        let keys = self.gate.signing_keys().await?;
        // A token that is unknown, expired or another client's is no error: RFC 7009, section 2.2.
        let Ok(claims) = keys.verify(request.token.expose(), now, self.gate.issuer()) else { return Ok(()) };
        if claims.cid != client_id.to_string() {
            return Ok(());
        }
        let revocation = Revocation { jti: claims.jti, expires_at: Timestamp::from_seconds(claims.exp), client_id };
        let actor = self.gate.actor_by_secret(client_id, &known, secret, address);
        if !self.work.run(&actor, revocation, revoke).await? {
            return Ok(());
        }
        let mut live = self.live.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(live) = live.get_mut(&client_id)
            && let Some(at) = live.iter().position(|expires_at| expires_at.as_seconds() == claims.exp)
        {
            live.swap_remove(at);
        }
        Ok(())
    }

    async fn authenticate(
        &self,
        credentials: &ClientCredentials,
        head: &Parts,
        address: IpAddr,
    ) -> Result<(ClientId, Arc<Known>, SecretId), Denial> {
        let client_id: ClientId = credentials.id.parse().map_err(|_| OauthError::InvalidClient)?;
        let mut known = self.gate.service_account(client_id).await?.ok_or(OauthError::InvalidClient)?;
        let matching = |known: &Known| known.secret(credentials.secret.expose(), self.services.clock.now());
        let mut secret = matching(&known);
        // A secret that another node has just made is not known here yet.
        if secret.is_none() && self.gate.has_news_since(&known).await? {
            known = self.gate.service_account(client_id).await?.ok_or(OauthError::InvalidClient)?;
            secret = matching(&known);
        }
        let Some(secret) = secret else {
            let error = OauthError::InvalidClient;
            self.gate.note_wrong_secret(head, address, &known, &error);
            return Err(error.into());
        };
        Ok((client_id, known, secret))
    }

    fn count_request(&self, credentials: &ClientCredentials, address: IpAddr, now: Timestamp) -> Result<(), Denial> {
        let (true, Ok(client)) = (self.limits.enforced, credentials.id.parse::<ClientId>()) else { return Ok(()) };
        let allowed = self.requests.take(&format!("{} {client}", source(address)), now);
        if allowed { Ok(()) } else { Err(limited(self.limits.per_minute, 1)) }
    }

    fn count_token(&self, client: ClientId, now: Timestamp) -> Result<(), Denial> {
        if !self.limits.enforced {
            return Ok(());
        }
        let mut live = self.live.lock().unwrap_or_else(PoisonError::into_inner);
        let live = live.entry(client, |live| live.iter().any(|expires_at| *expires_at > now)).or_default();
        live.retain(|expires_at| *expires_at > now);
        if live.len() >= self.limits.live as usize {
            return Err(limited(self.limits.live, TOKEN_LIFETIME_SECONDS / 60));
        }
        live.push(now.plus_seconds(TOKEN_LIFETIME_SECONDS));
        Ok(())
    }

    fn record(&self, event_type: &'static str, known: &Known, client: ClientId, address: IpAddr) {
        let Some(org) = known.caller().org() else { return };
        let (work, actor) = (self.work.clone(), Actor::stranger(address));
        let event = Event::in_org(event_type, org).with("clientId", client.to_string());
        self.tasks.spawn(async move {
            if let Err(failure) = work.run(&actor, event, record_one).await {
                tracing::warn!("the issue of a token was not recorded");
                report(&failure);
            }
        });
    }

    /// `GET /.well-known/oauth-authorization-server`. The endpoints follow the address that the request came to.
    pub fn metadata(&self, base_url: &str) -> Value {
        json!({
            "issuer": self.gate.issuer(),
            "token_endpoint": format!("{base_url}{TOKEN_PATH}"),
            "revocation_endpoint": format!("{base_url}{REVOKE_PATH}"),
            "jwks_uri": format!("{base_url}{JWKS_PATH}"),
            "grant_types_supported": ["client_credentials"],
            "response_types_supported": [],
            "token_endpoint_auth_methods_supported": ["client_secret_basic", "client_secret_post"],
            "revocation_endpoint_auth_methods_supported": ["client_secret_basic", "client_secret_post"],
        })
    }

    /// `GET /api/oauth/jwks`.
    pub async fn jwks(&self) -> Result<Value, Failure> {
        Ok(self.gate.signing_keys().await?.jwks())
    }
}

/// Whether the token was not revoked before.
async fn revoke(unit: &mut UnitOfWork, revocation: &Revocation) -> Result<bool, Failure> {
    let Revocation { jti, expires_at, client_id } = revocation;
    if unit.tx.run(REVOKE, &args![jti, *expires_at]).await? == 0 {
        return Ok(false);
    }
    if let Some(org) = unit.demand_caller()?.org() {
        record(unit, Event::in_org("OAUTH_TOKEN_REVOKED", org).with("clientId", client_id.to_string())).await?;
    }
    unit.credentials_changed();
    Ok(true)
}

async fn record_one(unit: &mut UnitOfWork, event: &Event) -> Result<(), Failure> {
    record(unit, event.clone()).await
}

fn limited(requests: u32, minutes: impl Into<Value>) -> Denial {
    Denial::Api(ApiError::new(ErrorCode::RATE_LIMITED).with(TOKEN_PATH).with(requests).with(minutes))
}

/// The `Authorization` header; one that is no text is read as empty, not as absent.
fn authorization(headers: &HeaderMap) -> Option<&str> {
    headers.get(header::AUTHORIZATION).map(|value| value.to_str().unwrap_or_default())
}

/// Source: RFC 6749, section 4.4.2.
fn demand_form(headers: &HeaderMap) -> Result<(), OauthError> {
    let content_type = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let media_type = content_type.split(';').next().unwrap_or_default().trim();
    if media_type.eq_ignore_ascii_case("application/x-www-form-urlencoded") {
        Ok(())
    } else {
        Err(OauthError::InvalidRequest("The content type must be application/x-www-form-urlencoded.".into()))
    }
}

fn denied(denial: &Denial) -> Response {
    match denial {
        Denial::Oauth(error) => {
            let status = StatusCode::from_u16(error.status()).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
            let mut response = uncached(status, error.body());
            if status == StatusCode::UNAUTHORIZED {
                // RFC 6749, section 5.2: the scheme that the client used.
                let challenge = HeaderValue::from_static(r#"Basic realm="MMS Public API""#);
                response.headers_mut().insert(header::WWW_AUTHENTICATE, challenge);
            }
            response
        }
        Denial::Api(error) => uncached_error(error),
    }
}

/// Another method than `POST` at one of the two endpoints.
pub fn wrong_method(method: &Method, path: &str) -> Response {
    let error = ApiError::new(ErrorCode::METHOD_NOT_ALLOWED).with(method.as_str()).with(path);
    let mut response = uncached_error(&error);
    response.headers_mut().insert(header::ALLOW, HeaderValue::from_static("POST"));
    response
}

pub(crate) fn uncached(status: StatusCode, body: String) -> Response {
    let mut response = Response::new(Body::from(body));
    *response.status_mut() = status;
    response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
    security_headers(&mut response);
    keep_from_caches(&mut response);
    response
}

/// The response for an error that is no error of OAuth.
pub(crate) fn uncached_error(error: &ApiError) -> Response {
    let mut response = plain_error(error);
    keep_from_caches(&mut response);
    response
}

/// Source: RFC 6749, section 5.1.
fn keep_from_caches(response: &mut Response) {
    let headers = response.headers_mut();
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    headers.insert(header::PRAGMA, HeaderValue::from_static("no-cache"));
}
