//! The sign-ins of programs: from the code to the tokens, from one refresh token to the next, and their end.

use std::net::IpAddr;

use serde_json::{Value, json};
use telamon_api::{Actor, UnitOfWork};
use telamon_authn::{Claims, Form, IdentityClaims, Secret, SecretHash, TOKEN_LIFETIME_SECONDS, random_token};
use telamon_store::{Fault, Tx};
use telamon_wire::{ApiError, ErrorCode, Failure, PersonId, RefreshTokenId, Timestamp};

use super::{
    Device, INTERVAL, RefreshTokens,
    model::{REPLACEMENT_GRACE_SECONDS, client_id, demand},
    store::{self, APPROVED, Answered, DENIED, SignIn},
};
use crate::{
    gate::SigningKeys,
    sign_in::{self, Person},
};

impl Device {
    /// Redeems a device code: once, by the program that asked, after a person approved.
    pub(super) async fn redeem(&self, client_id: &str, device_code: &str, address: IpAddr) -> Result<Value, Failure> {
        let now = self.services.clock.now();
        let hash = SecretHash::of(device_code);
        let mut tx = self.work.read().await?;
        let answered = store::answered(&mut tx, hash.as_bytes()).await?;
        tx.end();
        let answered = answered.filter(|answered| answered.client_id == client_id && answered.expires_at > now);
        let Some(answered) = answered else { return Err(ErrorCode::DEVICE_AUTHORIZATION_EXPIRED.into()) };
        match (answered.status.as_str(), answered.person) {
            (APPROVED, Some(person)) => {
                let keys = self.gate.signing_keys().await?;
                let (sign_in, person) =
                    self.work.run(&Actor::stranger(address), (hash, person, answered), begin).await?;
                self.tokens(&keys, &sign_in, &person, now)
            }
            (DENIED, _) => Err(ErrorCode::DEVICE_AUTHORIZATION_DENIED.into()),
            _ if self.polls.take(device_code, now) => Err(ErrorCode::DEVICE_AUTHORIZATION_PENDING.into()),
            _ => Err(ApiError::new(ErrorCode::DEVICE_AUTHORIZATION_SLOW_DOWN).with(INTERVAL).into()),
        }
    }

    /// Gives new tokens for a refresh token, and replaces it.
    pub(super) async fn refresh(&self, client_id: &str, token: &str, address: IpAddr) -> Result<Value, Failure> {
        let now = self.services.clock.now();
        let token = Secret::from(token.to_owned());
        // Looked up without a wish to write first: strangers shall not keep the writer busy.
        let mut tx = self.work.read().await?;
        let known = find(&mut tx, &self.refresh_tokens, &token).await?;
        tx.end();
        let usable = known.is_some_and(|(sign_in, _)| sign_in.client_id == client_id && sign_in.expires_at > now);
        if !usable {
            return Err(ErrorCode::INVALID_REFRESH_TOKEN.into());
        }
        let keys = self.gate.signing_keys().await?;
        let use_of = Refresh { tokens: self.refresh_tokens.clone(), client_id: client_id.to_owned(), token };
        let replaced = self.work.run(&Actor::stranger(address), use_of, replace).await?;
        let Some((sign_in, person)) = replaced else { return Err(ErrorCode::INVALID_REFRESH_TOKEN.into()) };
        self.tokens(&keys, &sign_in, &person, now)
    }

    /// Ends a sign-in by its refresh token or one of its access tokens. One that is unknown, over or another program's is
    /// no error: RFC 7009, section 2.2.
    pub(super) async fn revoke(&self, form: &Form, address: IpAddr) -> Result<Value, Failure> {
        let (client_id, token) = (client_id(form)?, demand(form, "token")?);
        let now = self.services.clock.now();
        let claims = self.gate.signing_keys().await?.verify(token, now, self.gate.issuer()).ok();
        let id = if let Some(id) = claims.and_then(|claims| claims.sid?.parse().ok()) {
            Some(id)
        } else {
            let mut tx = self.work.read().await?;
            let found = find(&mut tx, &self.refresh_tokens, &Secret::from(token.to_owned())).await?;
            tx.end();
            found.map(|(sign_in, _)| sign_in.id)
        };
        if let Some(id) = id {
            self.work.run(&Actor::stranger(address), (id, client_id.to_owned()), end).await?;
        }
        Ok(Value::Null)
    }

    fn tokens(&self, keys: &SigningKeys, sign_in: &SignIn, person: &Person, now: Timestamp) -> Result<Value, Failure> {
        let (issuer, entropy) = (self.gate.issuer(), &*self.services.entropy);
        let claims = Claims::of_person(issuer, person.id, &sign_in.client_id, sign_in.id, now, entropy);
        let identity = IdentityClaims {
            iss: issuer.to_owned(),
            aud: sign_in.client_id.clone(),
            sub: person.id.to_string(),
            email: person.username.clone(),
            name: person.name(),
            iat: claims.iat,
            exp: claims.exp,
        };
        let refresh_token = self.refresh_tokens.token(sign_in.id, sign_in.generation, &sign_in.seed);
        metrics::counter!("telamon_tokens_issued_total").increment(1);
        Ok(json!({
            "access_token": keys.issue(&claims)?,
            "expires_in": TOKEN_LIFETIME_SECONDS,
            "id_token": keys.issue_identity(&identity)?,
            "refresh_token": refresh_token.expose(),
            "scope": sign_in.scope,
            "token_type": "Bearer",
        }))
    }
}

/// Begins a sign-in of the person who approved, by its device code.
async fn begin(
    unit: &mut UnitOfWork,
    (device_code, person, answered): &(SecretHash, PersonId, Answered),
) -> Result<(SignIn, Person), Failure> {
    let now = unit.now();
    let sign_in = SignIn {
        id: unit.new_id(),
        person: *person,
        client_id: answered.client_id.clone(),
        scope: answered.scope.clone(),
        created_at: now,
        expires_at: sign_in::ends_at(now, now),
        replaced_at: now,
        seed: random_token(unit.entropy()).expose().to_owned(),
        generation: 1,
    };
    let person = sign_in::person(&mut unit.tx, *person).await?;
    let (Some(person), true) = (person, store::use_up(&mut unit.tx, device_code.as_bytes()).await?) else {
        return Err(ErrorCode::DEVICE_AUTHORIZATION_EXPIRED.into());
    };
    store::begin(&mut unit.tx, &sign_in).await?;
    sign_in::authenticated(&mut unit.tx, person.id, now).await?;
    Ok((sign_in, person))
}

/// The sign-in of a refresh token, and of which generation the token is.
async fn find(tx: &mut Tx, tokens: &RefreshTokens, token: &Secret) -> Result<Option<(SignIn, i64)>, Fault> {
    let Some((id, generation)) = RefreshTokens::claimed(token.expose()) else { return Ok(None) };
    let Some(sign_in) = store::sign_in(tx, id).await? else { return Ok(None) };
    // None is newer than the newest, unless the database is older than the token.
    let is_genuine =
        (1..=sign_in.generation).contains(&generation) && tokens.token(id, generation, &sign_in.seed) == *token;
    Ok(is_genuine.then_some((sign_in, generation)))
}

/// A program that uses a refresh token.
struct Refresh {
    tokens: RefreshTokens,
    client_id: String,
    token: Secret,
}

/// Replaces a refresh token by the next; none if it is not good any more.
async fn replace(unit: &mut UnitOfWork, use_of: &Refresh) -> Result<Option<(SignIn, Person)>, Failure> {
    let (Refresh { tokens, client_id, token }, now) = (use_of, unit.now());
    let found = find(&mut unit.tx, tokens, token).await?;
    let found = found.filter(|(sign_in, _)| sign_in.client_id == *client_id && sign_in.expires_at > now);
    let Some((mut sign_in, generation)) = found else { return Ok(None) };
    match sign_in.generation - generation {
        0 => {
            sign_in.generation += 1;
            let expires_at = sign_in::ends_at(sign_in.created_at, now);
            store::replace(&mut unit.tx, sign_in.id, sign_in.generation, now, expires_at).await?;
        }
        1 if now.seconds_since(sign_in.replaced_at) <= REPLACEMENT_GRACE_SECONDS => {}
        _ => {
            tracing::warn!(person = %sign_in.person, client_id, "an old refresh token was used: its sign-in is ended");
            end(unit, &(sign_in.id, client_id.clone())).await?;
            return Ok(None);
        }
    }
    let person = sign_in::person(&mut unit.tx, sign_in.person).await?;
    sign_in::authenticated(&mut unit.tx, sign_in.person, now).await?;
    Ok(person.map(|person| (sign_in, person)))
}

/// Ends a sign-in, and every access token that came with it.
async fn end(unit: &mut UnitOfWork, (id, client_id): &(RefreshTokenId, String)) -> Result<(), Failure> {
    let now = unit.now();
    if store::end(&mut unit.tx, *id, client_id, now).await? {
        unit.credentials_changed();
    }
    Ok(())
}
