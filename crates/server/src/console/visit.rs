//! One cookie: who visits, and that a form comes from a page that was shown to them.
//!
//! A visitor gets a random token. Signing in replaces it, and makes a session of its SHA-256. Forms carry a code of the
//! token that only this installation can make, so no other site can send one on the visitor's behalf.

use std::{net::IpAddr, sync::Arc};

use axum::response::Response;
use http::{HeaderMap, HeaderValue, header};
use maud::{Markup, html};
use telamon_api::{Actor, Proof, Proving};
use telamon_authn::{Form, Mac, Secret, SecretHash, random_token};
use telamon_store::Tx;
use telamon_wire::{Entropy, ErrorCode, Timestamp};

use super::store;
use crate::{
    gate::Known,
    sign_in::{LONGEST_SECONDS, Person},
};

/// Over https the browser keeps it to this host and to https.
const SECURE_NAME: &str = "__Host-telamon";
const PLAIN_NAME: &str = "telamon";
const TOKEN_LENGTH: usize = 43;
/// The field of a form that proves where it comes from.
const PROOF: &str = "proof";

/// A visitor, as far as one request tells.
pub struct Visit {
    /// Who is signed in.
    pub person: Option<Person>,
    token: Secret,
    proof: Secret,
    secure: bool,
    cookie: Cookie,
}

#[derive(Clone, Copy)]
enum Cookie {
    /// The browser has it.
    There,
    /// For this visit of the browser.
    New,
    /// For as long as the session may last.
    Session,
    /// It is taken away.
    Over,
}

impl Visit {
    /// The visitor of a request; a new one if it has no cookie.
    pub fn of(headers: &HeaderMap, secure: bool, proofs: &Mac, entropy: &dyn Entropy) -> Self {
        let name = if secure { SECURE_NAME } else { PLAIN_NAME };
        let cookies = headers.get_all(header::COOKIE).iter().filter_map(|value| value.to_str().ok());
        let mut pairs = cookies.flat_map(|value| value.split(';')).filter_map(|pair| pair.trim().split_once('='));
        let found = pairs.find(|(key, value)| *key == name && is_token(value)).map(|(_, value)| value.to_owned());
        let cookie = if found.is_some() { Cookie::There } else { Cookie::New };
        let token = found.map_or_else(|| random_token(entropy), Secret::from);
        let proof = proofs.text_of(token.expose());
        Self { person: None, token, proof, secure, cookie }
    }

    /// The visitor of another visit with a new token, which is that of a session.
    pub fn session(proofs: &Mac, entropy: &dyn Entropy, other: &Self) -> Self {
        let token = random_token(entropy);
        let proof = proofs.text_of(token.expose());
        Self { person: other.person.clone(), token, proof, secure: other.secure, cookie: Cookie::Session }
    }

    /// Somebody of whom nothing is known, who keeps the cookie that they have.
    pub fn unknown(secure: bool) -> Self {
        let (token, proof) = (Secret::from(String::new()), Secret::from(String::new()));
        Self { person: None, token, proof, secure, cookie: Cookie::There }
    }

    /// The same visitor without a token.
    pub fn signed_out(self) -> Self {
        Self { person: None, cookie: Cookie::Over, ..self }
    }

    /// Who does what they ask for from that address: whoever is signed in, or a stranger.
    pub fn actor(&self, address: IpAddr) -> Actor {
        match self.person {
            Some(_) => Actor::proven_by(address, Arc::new(BySession(self.hash()))),
            None => Actor::stranger(address),
        }
    }

    /// What a session is found by.
    pub fn hash(&self) -> SecretHash {
        SecretHash::of(self.token.expose())
    }

    /// The hidden field that every form has.
    pub fn proof(&self) -> Markup {
        html! { input type="hidden" name=(PROOF) value=(self.proof.expose()); }
    }

    /// Whether a form comes from a page that was shown to this visitor.
    pub fn sent(&self, form: &Form) -> bool {
        let presented = form.get(PROOF).map(|proof| Secret::from(proof.to_owned()));
        matches!(self.cookie, Cookie::There) && presented.is_some_and(|presented| presented == self.proof)
    }

    /// Sets the cookie, if it is another than the browser has.
    pub fn keep(&self, response: &mut Response) {
        let (value, age) = match self.cookie {
            Cookie::There => return,
            Cookie::New => (self.token.expose(), String::new()),
            Cookie::Session => (self.token.expose(), format!("; Max-Age={LONGEST_SECONDS}")),
            Cookie::Over => ("", "; Max-Age=0".to_owned()),
        };
        let (name, secure) = if self.secure { (SECURE_NAME, "; Secure") } else { (PLAIN_NAME, "") };
        let cookie = format!("{name}={value}; Path=/; HttpOnly; SameSite=Lax{secure}{age}");
        if let Ok(cookie) = HeaderValue::from_str(&cookie) {
            response.headers_mut().insert(header::SET_COOKIE, cookie);
        }
    }
}

/// A session, as long as it is there.
struct BySession(SecretHash);

impl Proof for BySession {
    fn caller<'a>(&'a self, tx: &'a mut Tx, _: IpAddr, now: Timestamp) -> Proving<'a> {
        Box::pin(async move {
            let Some(session) = store::session(tx, self.0.as_bytes(), now).await? else {
                return Err(ErrorCode::UNAUTHORIZED.into());
            };
            let known = Known::person(tx, 0, session.person.id).await?;
            known.map(|known| known.caller).ok_or_else(|| ErrorCode::UNAUTHORIZED.into())
        })
    }
}

fn is_token(text: &str) -> bool {
    text.len() == TOKEN_LENGTH && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_".contains(&byte))
}
