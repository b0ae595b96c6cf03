//! Access tokens: JSON Web Tokens (RFC 7519) signed with ES512, the ECDSA of P-521 and SHA-512 (RFC 7518 section 3.4).
//!
//! ES512 is what the tokens of the service that this API comes from are signed with. The JWT library of this ecosystem
//! (`jsonwebtoken`, as of 11.1) does not offer it, so the compact serialization (RFC 7515 section 7.1) is put together
//! here: base64url and JSON. The keys, the signatures and their verification are those of `aws-lc-rs`.
//!
//! A key is known by its thumbprint (RFC 7638). A token that verifies was issued by this service and has not expired;
//! whether it was revoked is for the caller to look up, by `jti`: the text of a token is no identity, for ECDSA
//! signatures can be rewritten by anybody.

use std::{collections::BTreeMap, fmt};

use aws_lc_rs::{
    digest::{SHA256, digest},
    rand::SystemRandom,
    signature::{ECDSA_P521_SHA512_FIXED, ECDSA_P521_SHA512_FIXED_SIGNING, EcdsaKeyPair, KeyPair, ParsedPublicKey},
};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use serde::{Deserialize, Serialize, de::DeserializeOwned, de::IgnoredAny};
use serde_json::{Value, json};
use telamon_wire::{ClientId, Entropy, PersonId, RefreshTokenId, SecretId, Timestamp};
use zeroize::Zeroizing;

use crate::uuid_v4;

/// For whom every token is: the claim `aud`.
pub const AUDIENCE: &str = "api://admin";
/// How long a token lasts: `expires_in`.
pub const TOKEN_LIFETIME_SECONDS: i64 = 3600;

const ALGORITHM: &str = "ES512";
const CURVE: &str = "P-521";
const COORDINATE_LENGTH: usize = 66;
/// The longest token that is looked at, in bytes; ours have about 700, more with a long issuer.
const MAX_LENGTH: usize = 8 * 1024;
/// How far ahead the clock of the node that issued a token may be.
const CLOCK_TOLERANCE_SECONDS: i64 = 60;

/// A signing key cannot be made, read or used.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum SigningKeyError {
    /// The cryptographic provider gave up.
    #[error("the cryptographic provider could not make a P-521 key")]
    Generate,
    /// The bytes are not a P-521 key in PKCS#8.
    #[error("the signing key must be a P-521 private key in PKCS#8")]
    Pkcs8,
    /// The object is not a P-521 key, or its `kid` is not its thumbprint.
    #[error("the public key must be a JSON Web Key of a P-521 key whose kid is its RFC 7638 thumbprint")]
    Jwk,
    /// The cryptographic provider gave up.
    #[error("the cryptographic provider could not sign a token")]
    Sign,
}

/// A token is not accepted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum TokenError {
    /// Longer than this service reads.
    #[error("the token is longer than 8 KiB")]
    TooLong,
    /// Not a JWT in compact form with the claims of this service.
    #[error("the token must be a JSON Web Token in compact form")]
    Malformed,
    /// Another algorithm, `none` included.
    #[error("the token must be signed with ES512")]
    Algorithm,
    /// A key that this service does not have, or no longer.
    #[error("the token is signed with a key that this service does not have")]
    UnknownKey,
    /// The signature is not that of the token.
    #[error("the token's signature is wrong")]
    Signature,
    /// Issued by another service.
    #[error("the token is of another issuer")]
    Issuer,
    /// For another audience.
    #[error("the token must be for {AUDIENCE}")]
    Audience,
    /// Past `exp`.
    #[error("the token has expired")]
    Expired,
    /// Issued in the future.
    #[error("the token is issued in the future")]
    NotYetValid,
}

/// A signing key that was just made: what is stored of it.
pub struct NewSigningKey {
    /// Its id: the thumbprint of the public key.
    pub kid: String,
    /// The private key, to be sealed.
    pub pkcs8: Zeroizing<Vec<u8>>,
    /// The public key as RFC 7517 writes it, for [`KeySet::insert`].
    pub public_jwk: Value,
}

/// A key that signs tokens.
pub struct SigningKey {
    pair: EcdsaKeyPair,
    public: PublicKey,
    /// The first part of every token and its dot: always the same.
    header: String,
}

impl SigningKey {
    /// A new P-521 key from the cryptographic provider.
    pub fn generate() -> Result<NewSigningKey, SigningKeyError> {
        let document = EcdsaKeyPair::generate_pkcs8(&ECDSA_P521_SHA512_FIXED_SIGNING, &SystemRandom::new())
            .map_err(|_| SigningKeyError::Generate)?;
        let pkcs8 = Zeroizing::new(document.as_ref().to_vec());
        let key = Self::load(&pkcs8)?;
        Ok(NewSigningKey { kid: key.kid().to_owned(), public_jwk: key.public_jwk(), pkcs8 })
    }

    /// Reads what [`Self::generate`] made.
    pub fn load(pkcs8: &[u8]) -> Result<Self, SigningKeyError> {
        let pair =
            EcdsaKeyPair::from_pkcs8(&ECDSA_P521_SHA512_FIXED_SIGNING, pkcs8).map_err(|_| SigningKeyError::Pkcs8)?;
        let public = PublicKey::from_point(pair.public_key().as_ref()).ok_or(SigningKeyError::Pkcs8)?;
        let json = format!(r#"{{"alg":"{ALGORITHM}","kid":"{}","typ":"JWT"}}"#, public.kid);
        let header = URL_SAFE_NO_PAD.encode(json) + ".";
        Ok(Self { pair, public, header })
    }

    /// The key's id.
    pub fn kid(&self) -> &str {
        &self.public.kid
    }

    /// The public key as RFC 7517 writes it.
    pub fn public_jwk(&self) -> Value {
        self.public.to_jwk()
    }

    /// Signs a token.
    pub fn issue(&self, claims: &Claims) -> Result<String, SigningKeyError> {
        self.sign(claims)
    }

    /// Signs what a program may know of the person who signed in.
    pub fn issue_identity(&self, claims: &IdentityClaims) -> Result<String, SigningKeyError> {
        self.sign(claims)
    }

    fn sign(&self, claims: &impl Serialize) -> Result<String, SigningKeyError> {
        let payload = serde_json::to_vec(claims).map_err(|_| SigningKeyError::Sign)?;
        let mut token = String::with_capacity(self.header.len() + payload.len() * 4 / 3 + 184);
        token.push_str(&self.header);
        URL_SAFE_NO_PAD.encode_string(&payload, &mut token);
        let signature = self.pair.sign(&SystemRandom::new(), token.as_bytes()).map_err(|_| SigningKeyError::Sign)?;
        token.push('.');
        URL_SAFE_NO_PAD.encode_string(signature.as_ref(), &mut token);
        Ok(token)
    }
}

/// What a token says.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Claims {
    /// Who issued it: the service's public address.
    pub iss: String,
    /// For whom: [`AUDIENCE`].
    pub aud: String,
    /// Whom it stands for: the client id of a service account, or the id of a person.
    pub sub: String,
    /// The client id; in a person's token that of the program, which names itself as it likes.
    pub cid: String,
    /// Who acts: as `sub`.
    pub actor_id: String,
    /// The secret or the refresh token that it was issued with, whose end ends the token.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sid: Option<String>,
    /// When it was issued, in seconds since the epoch.
    pub iat: i64,
    /// When it ends, in seconds since the epoch.
    pub exp: i64,
    /// Its own id, by which it is revoked: a version 4 UUID.
    pub jti: String,
}

impl Claims {
    /// Refuses a token whose time is over or has not come.
    pub fn check_time(&self, now: Timestamp) -> Result<(), TokenError> {
        if now.as_seconds() >= self.exp {
            return Err(TokenError::Expired);
        }
        if self.iat > now.as_seconds().saturating_add(CLOCK_TOLERANCE_SECONDS) {
            return Err(TokenError::NotYetValid);
        }
        Ok(())
    }

    /// The claims of a new token of a service account.
    pub fn of_client(issuer: &str, client: ClientId, secret: SecretId, now: Timestamp, entropy: &dyn Entropy) -> Self {
        let client = client.to_string();
        Self::new(issuer, client.clone(), client, secret.to_string(), now, entropy)
    }

    /// The claims of a new token of a person, for the program of that client id.
    pub fn of_person(
        issuer: &str,
        person: PersonId,
        program: &str,
        sign_in: RefreshTokenId,
        now: Timestamp,
        entropy: &dyn Entropy,
    ) -> Self {
        Self::new(issuer, person.to_string(), program.to_owned(), sign_in.to_string(), now, entropy)
    }

    fn new(issuer: &str, sub: String, cid: String, sid: String, now: Timestamp, entropy: &dyn Entropy) -> Self {
        Self {
            iss: issuer.to_owned(),
            aud: AUDIENCE.to_owned(),
            actor_id: sub.clone(),
            sub,
            cid,
            sid: Some(sid),
            iat: now.as_seconds(),
            exp: now.as_seconds().saturating_add(TOKEN_LIFETIME_SECONDS),
            jti: uuid_v4(entropy),
        }
    }
}

/// What an ID token says (`OpenID` Connect Core 1.0, section 2): who the person is. It is for the program that it names,
/// and no access token.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct IdentityClaims {
    /// Who issued it: the service's public address.
    pub iss: String,
    /// The client id of the program.
    pub aud: String,
    /// The id of the person.
    pub sub: String,
    /// Their e-mail address.
    pub email: String,
    /// Their name.
    pub name: String,
    /// When it was issued, in seconds since the epoch.
    pub iat: i64,
    /// When it ends, in seconds since the epoch.
    pub exp: i64,
}

/// The public keys whose tokens are accepted.
#[derive(Debug, Default)]
pub struct KeySet {
    keys: BTreeMap<String, PublicKey>,
}

impl KeySet {
    /// Without keys: accepts nothing.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a key as [`NewSigningKey::public_jwk`] has it; the same key again changes nothing.
    pub fn insert(&mut self, public_jwk: &Value) -> Result<(), SigningKeyError> {
        let key = PublicKey::from_jwk(public_jwk).ok_or(SigningKeyError::Jwk)?;
        self.keys.insert(key.kid.clone(), key);
        Ok(())
    }

    /// Takes a key away; whether it was there. Its tokens are no longer accepted.
    pub fn remove(&mut self, kid: &str) -> bool {
        self.keys.remove(kid).is_some()
    }

    /// Whether the key that a token names is here. Says nothing of the token itself.
    pub fn knows_key_of(&self, token: &str) -> bool {
        let header = token.split('.').next().and_then(|header| decode::<Header>(header).ok());
        header.is_some_and(|header| self.keys.contains_key(&header.kid))
    }

    /// The JSON Web Key Set (RFC 7517 section 5), sorted by key id.
    pub fn jwks(&self) -> Value {
        json!({ "keys": self.keys.values().map(PublicKey::to_jwk).collect::<Vec<_>>() })
    }

    /// The claims of a token that `issuer` issued and that has not expired.
    ///
    /// Costs some hundred microseconds: callers keep the outcome by [`token_fingerprint`].
    pub fn verify(&self, token: &str, now: Timestamp, issuer: &str) -> Result<Claims, TokenError> {
        let claims = self.verify_origin(token, issuer)?;
        claims.check_time(now)?;
        Ok(claims)
    }

    /// The claims of a token that was issued by this service, at whatever time.
    pub fn verify_origin(&self, token: &str, issuer: &str) -> Result<Claims, TokenError> {
        if token.len() > MAX_LENGTH {
            return Err(TokenError::TooLong);
        }
        let (signed, signature) = token.rsplit_once('.').ok_or(TokenError::Malformed)?;
        let (header, payload) = signed.split_once('.').ok_or(TokenError::Malformed)?;
        let header: Header = decode(header)?;
        if header.alg != ALGORITHM {
            return Err(TokenError::Algorithm);
        }
        // RFC 7515 section 4.1.11: what is critical and not understood makes the token invalid.
        if header.crit.is_some() {
            return Err(TokenError::Malformed);
        }
        let key = self.keys.get(&header.kid).ok_or(TokenError::UnknownKey)?;
        let signature = URL_SAFE_NO_PAD.decode(signature).map_err(|_| TokenError::Malformed)?;
        key.key.verify_sig(signed.as_bytes(), &signature).map_err(|_| TokenError::Signature)?;

        let claims: Claims = decode(payload)?;
        if claims.iss != issuer {
            return Err(TokenError::Issuer);
        }
        if claims.aud != AUDIENCE {
            return Err(TokenError::Audience);
        }
        Ok(claims)
    }
}

/// The SHA-256 of a token: what a cache knows it by, without keeping it.
pub fn token_fingerprint(token: &str) -> [u8; 32] {
    let mut fingerprint = [0; 32];
    fingerprint.copy_from_slice(digest(&SHA256, token.as_bytes()).as_ref());
    fingerprint
}

#[derive(Deserialize)]
struct Header {
    alg: String,
    #[serde(default)]
    kid: String,
    crit: Option<IgnoredAny>,
}

fn decode<T: DeserializeOwned>(part: &str) -> Result<T, TokenError> {
    let json = URL_SAFE_NO_PAD.decode(part).map_err(|_| TokenError::Malformed)?;
    serde_json::from_slice(&json).map_err(|_| TokenError::Malformed)
}

struct PublicKey {
    kid: String,
    x: String,
    y: String,
    key: ParsedPublicKey,
}

#[derive(Deserialize)]
struct Jwk {
    kty: String,
    crv: String,
    x: String,
    y: String,
    kid: Option<String>,
}

impl PublicKey {
    /// From an uncompressed point (SEC 1 section 2.3.3): 4, x, y.
    fn from_point(point: &[u8]) -> Option<Self> {
        let coordinates = point.strip_prefix(&[4]).filter(|rest| rest.len() == 2 * COORDINATE_LENGTH)?;
        let (x, y) = coordinates.split_at(COORDINATE_LENGTH);
        let (x, y) = (URL_SAFE_NO_PAD.encode(x), URL_SAFE_NO_PAD.encode(y));
        let key = ParsedPublicKey::new(&ECDSA_P521_SHA512_FIXED, point).ok()?;
        // RFC 7638 section 3: the required members alone, sorted, without white space.
        let thumbprint = format!(r#"{{"crv":"{CURVE}","kty":"EC","x":"{x}","y":"{y}"}}"#);
        let kid = URL_SAFE_NO_PAD.encode(digest(&SHA256, thumbprint.as_bytes()));
        Some(Self { kid, x, y, key })
    }

    fn from_jwk(jwk: &Value) -> Option<Self> {
        let jwk = Jwk::deserialize(jwk).ok()?;
        if jwk.kty != "EC" || jwk.crv != CURVE {
            return None;
        }
        let mut point = vec![4];
        for coordinate in [&jwk.x, &jwk.y] {
            let bytes = URL_SAFE_NO_PAD.decode(coordinate).ok()?;
            if bytes.len() != COORDINATE_LENGTH {
                return None;
            }
            point.extend_from_slice(&bytes);
        }
        Self::from_point(&point).filter(|key| jwk.kid.is_none_or(|kid| kid == key.kid))
    }

    fn to_jwk(&self) -> Value {
        json!({
            "alg": ALGORITHM,
            "crv": CURVE,
            "kid": self.kid,
            "kty": "EC",
            "use": "sig",
            "x": self.x,
            "y": self.y,
        })
    }
}

impl fmt::Debug for PublicKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PublicKey").field("kid", &self.kid).finish_non_exhaustive()
    }
}

impl fmt::Debug for SigningKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SigningKey").field("kid", &self.public.kid).finish_non_exhaustive()
    }
}

impl fmt::Debug for NewSigningKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("NewSigningKey").field("kid", &self.kid).finish_non_exhaustive()
    }
}

#[cfg(test)]
#[path = "token_tests.rs"]
mod tests;
