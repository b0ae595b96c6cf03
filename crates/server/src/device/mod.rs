//! Programs that sign a person in: they show a code, which the person enters on a page of this server (RFC 8628).
//!
//! Paths and answers are those that the Atlas CLI knows. A refresh token is replaced each time it is used; whoever comes
//! later with an older one ends the sign-in, because one of the two who had it stole it (RFC 9700, section 4.14.2). All
//! tokens of a sign-in can be made again by this installation: so any of them is known, and the one before the newest may
//! be used for another minute, by two processes at once or after a lost answer, and leads to the same successor.

mod model;
mod sign_ins;
mod store;

use std::{net::IpAddr, sync::Arc};

use axum::response::Response;
use http::{HeaderValue, Method, StatusCode, header};
use serde_json::{Value, json};
use telamon_api::{Actor, Services, UnitOfWork, Work, report};
use telamon_authn::{Form, Mac, SealingKey, SecretHash, random_token, read_form};
use telamon_wire::{ApiError, ErrorCode, Failure};

use crate::{
    attempts::{Attempts, source},
    gate::CredentialGate,
    oauth::{uncached, uncached_error},
    transport::Origin,
};

pub use model::{RefreshTokens, UserCode};
pub use store::Asking;

use model::{CODE_LIFETIME_SECONDS, client_id, demand, scope};

/// What the paths of the endpoints begin with.
pub const PREFIX: &str = "/api/private/unauth/account/device/";
/// The page on which a code is entered.
pub const VERIFICATION_PATH: &str = "/account/connect";

const DEVICE_CODE: &str = "urn:ietf:params:oauth:grant-type:device_code";
const REFRESH_TOKEN: &str = "refresh_token";

/// How long a program waits before it asks again, in seconds.
const INTERVAL: i64 = 10;

/// How often a program may ask.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DeviceLimits {
    /// Whether the limits are enforced.
    pub enforced: bool,
    /// Codes per minute for one address.
    pub per_minute: u32,
}

/// The endpoints.
pub struct Device {
    work: Work,
    gate: Arc<CredentialGate>,
    services: Arc<Services>,
    limits: DeviceLimits,
    codes: Mac,
    refresh_tokens: RefreshTokens,
    requests: Attempts,
    polls: Attempts,
}

impl Device {
    /// The endpoints of one server.
    pub fn new(work: Work, gate: Arc<CredentialGate>, sealing: &SealingKey, limits: DeviceLimits) -> Self {
        // A second less: the program's clock, or the way here, may have been a little quicker.
        let (polls, window) = if limits.enforced { (1, INTERVAL - 1) } else { (u32::MAX, 1) };
        Self {
            services: Arc::clone(work.services()),
            work,
            gate,
            limits,
            codes: Mac::new(&sealing.derive("device user codes")),
            refresh_tokens: RefreshTokens::of(sealing),
            requests: Attempts::new(if limits.enforced { limits.per_minute } else { u32::MAX }, 60),
            polls: Attempts::new(polls, window),
        }
    }

    /// Answers a request to one of the endpoints.
    pub(crate) async fn answer(&self, method: &Method, path: &str, body: &[u8], origin: &Origin) -> Response {
        let endpoint = path.strip_prefix(PREFIX).unwrap_or_default();
        let allowed = match endpoint {
            "authorize" | "token" | "revoke" => Method::POST,
            "registration" => Method::GET,
            _ => return uncached_error(&ApiError::new(ErrorCode::RESOURCE_NOT_FOUND).with(path)),
        };
        if *method != allowed {
            let error = ApiError::new(ErrorCode::METHOD_NOT_ALLOWED).with(method.as_str()).with(path);
            let mut response = uncached_error(&error);
            let allow = HeaderValue::from_static(if allowed == Method::GET { "GET" } else { "POST" });
            response.headers_mut().insert(header::ALLOW, allow);
            return response;
        }
        let answer = match (endpoint, read_form(body)) {
            ("registration", _) => Ok(json!({ "registrationUrl": format!("{}/account/sign-in", origin.base_url) })),
            (_, Err(error)) => Err(ApiError::new(ErrorCode::VALIDATION_ERROR).with(error.to_string()).into()),
            ("authorize", Ok(form)) => self.authorize(&form, origin).await,
            ("token", Ok(form)) => self.token(&form, origin.address).await,
            (_, Ok(form)) => self.revoke(&form, origin.address).await,
        };
        match answer {
            Ok(Value::Null) => uncached(StatusCode::OK, String::new()),
            Ok(body) => uncached(StatusCode::OK, body.to_string()),
            Err(failure) => {
                report(&failure);
                uncached_error(&failure.to_api_error())
            }
        }
    }

    /// A program asks for codes: RFC 8628, sections 3.1 and 3.2.
    async fn authorize(&self, form: &Form, origin: &Origin) -> Result<Value, Failure> {
        let (client_id, scope) = (client_id(form)?, scope(form)?);
        self.count_request(origin.address)?;
        let now = self.services.clock.now();
        let asking = Asking {
            client_id: client_id.to_owned(),
            scope: scope.to_owned(),
            address: origin.address.to_string(),
            asked_at: now,
        };
        let stranger = Actor::stranger(origin.address);
        let (device_code, user_code) = self.work.run(&stranger, (asking, self.codes.clone()), ask).await?;
        Ok(json!({
            "device_code": device_code,
            "expires_in": CODE_LIFETIME_SECONDS,
            "interval": INTERVAL,
            "user_code": user_code.as_str(),
            "verification_uri": format!("{}{VERIFICATION_PATH}", origin.base_url),
        }))
    }

    fn count_request(&self, address: IpAddr) -> Result<(), ApiError> {
        if self.requests.take(&source(address).to_string(), self.services.clock.now()) {
            return Ok(());
        }
        let error = ApiError::new(ErrorCode::RATE_LIMITED).with(format!("{PREFIX}authorize"));
        Err(error.with(self.limits.per_minute).with(1))
    }

    /// A program asks for tokens, with a code (RFC 8628, section 3.4) or a refresh token (RFC 6749, section 6).
    async fn token(&self, form: &Form, address: IpAddr) -> Result<Value, Failure> {
        let client_id = client_id(form)?;
        match demand(form, "grant_type")? {
            DEVICE_CODE => self.redeem(client_id, demand(form, "device_code")?, address).await,
            REFRESH_TOKEN => self.refresh(client_id, demand(form, REFRESH_TOKEN)?, address).await,
            other => Err(ApiError::new(ErrorCode::INVALID_GRANT_TYPE).with(other).into()),
        }
    }

    /// Which program waits with that code.
    pub async fn asking(&self, code: &UserCode) -> Result<Option<Asking>, Failure> {
        let mut tx = self.work.read().await?;
        let found = store::asking(&mut tx, &self.codes.of(code.as_str()), self.services.clock.now()).await?;
        tx.end();
        Ok(found)
    }

    /// Lets the program with that code in as the person who acts, or turns it away; `false` if it does not wait any more.
    pub async fn decide(&self, actor: &Actor, code: &UserCode, approve: bool) -> Result<bool, Failure> {
        let status = if approve { store::APPROVED } else { store::DENIED };
        self.work.run(actor, (self.codes.of(code.as_str()), status), decide).await
    }
}

/// Answers a program with a device code, and a code for people.
async fn ask(unit: &mut UnitOfWork, (asking, codes): &(Asking, Mac)) -> Result<(String, UserCode), Failure> {
    let (device_code, user_code) = (random_token(unit.entropy()), UserCode::generate(unit.entropy()));
    let hash = SecretHash::of(device_code.expose());
    let expires_at = asking.asked_at.plus_seconds(CODE_LIFETIME_SECONDS);
    let mac = codes.of(user_code.as_str());
    if !store::ask(&mut unit.tx, hash.as_bytes(), &mac, asking, expires_at).await? {
        // Another program waits with the same code: another code, another try.
        return Err(Failure::Retry);
    }
    Ok((device_code.expose().to_owned(), user_code))
}

async fn decide(unit: &mut UnitOfWork, (mac, status): &([u8; 32], &'static str)) -> Result<bool, Failure> {
    let (now, person) = (unit.now(), unit.demand_person()?);
    Ok(store::decide(&mut unit.tx, mac, status, person, now).await?)
}
