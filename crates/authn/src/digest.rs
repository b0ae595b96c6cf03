//! HTTP digest authentication (RFC 2617, RFC 7616) with MD5 and `qop=auth`: what API keys sign with.
//!
//! A nonce is signed, not stored, so every node accepts those of every other: 24 bytes, of which 6 are the time in
//! milliseconds, 6 are random, and 12 are an HMAC-SHA256 over both and an epoch. A caller who lost its record of the
//! counts that were used starts a new epoch, and no older nonce is accepted again.
//!
//! MD5 is what the clients of this API can do; its weakness is in collisions, which do not help to forge a response.

use std::borrow::Cow;

use aws_lc_rs::{constant_time::verify_slices_are_equal, hmac};
use base64::{Engine, engine::general_purpose::STANDARD};
use data_encoding::HEXLOWER;
use md5::{Digest as _, Md5};
use telamon_wire::{Entropy, Timestamp, random_array};

use crate::DigestHeader;

/// The realm of every challenge; part of each H(A1), so it can never change.
pub const REALM: &str = "MMS Public API";
/// How long a nonce is accepted.
pub const NONCE_LIFETIME_SECONDS: i64 = 300;

/// How far ahead the clock of the node that made a nonce may be.
pub(crate) const CLOCK_TOLERANCE_SECONDS: i64 = 60;
const TIME_LENGTH: usize = 6;
const ID_LENGTH: usize = 12;
const NONCE_LENGTH: usize = 24;

/// The part of a nonce that tells it from all others: what used counts are recorded under.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct NonceId(pub [u8; 12]);

/// What a nonce is worth.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NonceState {
    /// Ours, and young enough.
    Fresh {
        /// When the challenge went out.
        issued_at: Timestamp,
        /// When the nonce ends, and with it the record of its counts.
        expires_at: Timestamp,
        /// What its counts are recorded under.
        id: NonceId,
    },
    /// Ours, but too old.
    Stale,
    /// Not ours, or of an earlier epoch. Whoever signed it with the right key was challenged by an earlier epoch and
    /// gets `stale=true` (RFC 7616 section 3.3), which makes a client try again; anybody else a plain challenge.
    Forged,
}

/// Makes and checks challenges.
pub struct Digest {
    key: hmac::Key,
}

impl Digest {
    /// With the key that signs nonces: the same on every node, from [`crate::SealingKey::derive`].
    pub fn new(key: &[u8; 32]) -> Self {
        Self { key: hmac::Key::new(hmac::HMAC_SHA256, key) }
    }

    /// The value of a `WWW-Authenticate` header with a fresh nonce. `stale` tells the client that its key is right and
    /// only its nonce is not.
    ///
    /// Clients take this text apart by `", "` and refuse parameters that they do not know, so it stays as it is.
    pub fn challenge(&self, stale: bool, now: Timestamp, epoch: &[u8], entropy: &dyn Entropy) -> String {
        let nonce = self.nonce(now, epoch, entropy);
        format!(r#"Digest realm="{REALM}", domain="", nonce="{nonce}", algorithm=MD5, qop="auth", stale={stale}"#)
    }

    /// A fresh nonce: 32 characters of base64.
    fn nonce(&self, now: Timestamp, epoch: &[u8], entropy: &dyn Entropy) -> String {
        let millis = u64::try_from(now.as_micros().div_euclid(1000)).unwrap_or_default();
        let mut nonce = [0; NONCE_LENGTH];
        nonce[..TIME_LENGTH].copy_from_slice(&millis.to_be_bytes()[2..]);
        nonce[TIME_LENGTH..ID_LENGTH].copy_from_slice(&random_array::<{ ID_LENGTH - TIME_LENGTH }>(entropy));
        let tag = self.tag(&nonce[..ID_LENGTH], epoch);
        nonce[ID_LENGTH..].copy_from_slice(&tag.as_ref()[..NONCE_LENGTH - ID_LENGTH]);
        STANDARD.encode(nonce)
    }

    fn tag(&self, id: &[u8], epoch: &[u8]) -> hmac::Tag {
        let mut context = hmac::Context::with_key(&self.key);
        context.update(id);
        context.update(epoch);
        context.sign()
    }

    /// What a nonce that came back is worth. `epoch` is the one that [`Self::challenge`] was given.
    pub fn check_nonce(&self, nonce: &str, now: Timestamp, epoch: &[u8]) -> NonceState {
        let mut bytes = [0; NONCE_LENGTH];
        // The buffer is as long as a nonce: other lengths either fail here or fill less of it.
        let Ok(NONCE_LENGTH) = STANDARD.decode_slice(nonce, &mut bytes) else { return NonceState::Forged };
        let (id, tag) = bytes.split_at(ID_LENGTH);
        if verify_slices_are_equal(&self.tag(id, epoch).as_ref()[..tag.len()], tag).is_err() {
            return NonceState::Forged;
        }
        let millis = id[..TIME_LENGTH].iter().fold(0, |sum, byte| sum << 8 | i64::from(*byte));
        let issued_at = Timestamp::from_micros(millis.saturating_mul(1000));
        let expires_at = issued_at.plus_seconds(NONCE_LIFETIME_SECONDS);
        if now >= expires_at || issued_at > now.plus_seconds(CLOCK_TOLERANCE_SECONDS) {
            return NonceState::Stale;
        }
        let mut number = [0; ID_LENGTH];
        number.copy_from_slice(id);
        NonceState::Fresh { issued_at, expires_at, id: NonceId(number) }
    }
}

impl std::fmt::Debug for Digest {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Digest")
    }
}

impl DigestHeader {
    /// Whether the key behind `ha1` (see [`crate::ha1`]) signed this header for a request of this method, in constant
    /// time. Says nothing of the nonce, its count or the target.
    pub fn is_signed_by(&self, ha1: &str, method: &str) -> bool {
        let ha2 = md5_hex(&[method, &self.uri]);
        let expected = md5_hex(&[ha1, &self.nonce, &self.nc_text, &self.cnonce, "auth", &ha2]);
        verify_slices_are_equal(expected.as_bytes(), self.response.as_bytes()).is_ok()
    }

    /// Whether the target that was signed is the one of the request. `target` is the request's as it was sent: path
    /// and query, or the absolute form (RFC 9112 section 3.2.2); either may have been signed.
    pub fn is_for_target(&self, target: &str) -> bool {
        self.uri == target || origin_form(&self.uri) == origin_form(target)
    }
}

/// Path and query of a target in absolute form, where an empty path means `/`; other forms as they are.
fn origin_form(target: &str) -> Cow<'_, str> {
    let is_http = |scheme: &str| scheme.eq_ignore_ascii_case("http") || scheme.eq_ignore_ascii_case("https");
    match target.split_once("://") {
        Some((scheme, rest)) if is_http(scheme) => match rest.find(['/', '?']) {
            None => Cow::Borrowed("/"),
            Some(at) if rest[at..].starts_with('?') => Cow::Owned(format!("/{}", &rest[at..])),
            Some(at) => Cow::Borrowed(&rest[at..]),
        },
        _ => Cow::Borrowed(target),
    }
}

/// The MD5 of the parts with colons between them.
fn md5_hex(parts: &[&str]) -> String {
    let mut md5 = Md5::new();
    for (at, part) in parts.iter().enumerate() {
        if at > 0 {
            md5.update(":");
        }
        md5.update(part);
    }
    HEXLOWER.encode(&md5.finalize())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::{ha1, test_entropy::Sequence};

    fn now() -> Timestamp {
        Timestamp::parse("2026-08-10T03:05:48.123456Z").unwrap()
    }

    fn issued() -> Timestamp {
        Timestamp::parse("2026-08-10T03:05:48.123Z").unwrap()
    }

    fn nonce_of(challenge: &str) -> &str {
        challenge.split('"').nth(5).unwrap()
    }

    #[test]
    fn the_challenge_is_the_one_that_clients_know() {
        let digest = Digest::new(&[7; 32]);
        let challenge = digest.challenge(false, now(), b"epoch", &Sequence::default());
        let nonce = nonce_of(&challenge);
        assert_eq!(nonce.len(), 32);
        assert_eq!(
            challenge,
            format!(
                r#"Digest realm="MMS Public API", domain="", nonce="{nonce}", algorithm=MD5, qop="auth", stale=false"#
            )
        );
        assert!(digest.challenge(true, now(), b"epoch", &Sequence::default()).ends_with(", stale=true"));
    }

    #[test]
    fn a_nonce_lives_five_minutes() {
        let digest = Digest::new(&[7; 32]);
        let nonce = digest.nonce(now(), b"epoch", &Sequence::default());
        let id = NonceId(STANDARD.decode(&nonce).unwrap()[..12].try_into().unwrap());
        let expires_at = issued().plus_seconds(300);
        let fresh = NonceState::Fresh { issued_at: issued(), expires_at, id };
        let just_before = Timestamp::from_micros(expires_at.as_micros() - 1);
        for at in [now(), issued().plus_seconds(-60), just_before] {
            assert_eq!(digest.check_nonce(&nonce, at, b"epoch"), fresh, "{at}");
        }
        for at in [expires_at, issued().plus_seconds(-61), now().plus_seconds(86_400)] {
            assert_eq!(digest.check_nonce(&nonce, at, b"epoch"), NonceState::Stale, "{at}");
        }
    }

    #[test]
    fn what_was_not_signed_here_is_forged() {
        let digest = Digest::new(&[7; 32]);
        let nonce = digest.nonce(now(), b"epoch", &Sequence::default());
        assert_eq!(Digest::new(&[8; 32]).check_nonce(&nonce, now(), b"epoch"), NonceState::Forged);
        assert_eq!(digest.check_nonce(&nonce, now(), b"later epoch"), NonceState::Forged);
        let bytes = STANDARD.decode(&nonce).unwrap();
        for at in 0..bytes.len() {
            let mut altered = bytes.clone();
            altered[at] ^= 1;
            let altered = STANDARD.encode(altered);
            assert_eq!(digest.check_nonce(&altered, now(), b"epoch"), NonceState::Forged, "byte {at}");
        }
        for text in ["", "AAAA", &nonce[..31], &format!("{nonce}AAAA"), &format!("{nonce}="), &format!(" {nonce}")] {
            assert_eq!(digest.check_nonce(text, now(), b"epoch"), NonceState::Forged, "{text}");
        }
    }

    #[test]
    fn the_examples_of_the_rfcs_verify() {
        // RFC 2617 section 3.5.
        let header = DigestHeader::parse(
            r#"username="Mufasa", realm="testrealm@host.com", nonce="dcd98b7102dd2f0e8b11d0f600bfb0c093",
            uri="/dir/index.html", qop=auth, nc=00000001, cnonce="0a4f113b",
            response="6629fae49393a05397450978507c4ef1", opaque="5ccc069c403ebaf9f0171e9517f40e41""#
                .replace('\n', "")
                .as_str(),
        )
        .unwrap();
        let key = ha1("Mufasa", "testrealm@host.com", "Circle Of Life");
        assert!(header.is_signed_by(&key, "GET"));
        assert!(!header.is_signed_by(&key, "POST"));
        assert!(!header.is_signed_by(&ha1("Mufasa", "testrealm@host.com", "Circle of Life"), "GET"));
        assert!(!DigestHeader { uri: "/dir/other.html".into(), ..header.clone() }.is_signed_by(&key, "GET"));
        assert!(!DigestHeader { cnonce: String::new(), ..header.clone() }.is_signed_by(&key, "GET"));
        assert!(!DigestHeader { nc_text: "00000002".into(), nc: 2, ..header }.is_signed_by(&key, "GET"));

        // RFC 7616 section 3.9.1.
        let header = DigestHeader::parse(concat!(
            r#"username="Mufasa", realm="http-auth@example.org", uri="/dir/index.html", algorithm=MD5, "#,
            r#"nonce="7ypf/xlj9XXwfDPEoM4URrv/xwf94BcCAzFZH4GiTo0v", nc=00000001, "#,
            r#"cnonce="f2/wE4q74E6zIJEtWaHKaf5wv/H5QzzpXusqGemxURZJ", qop=auth, "#,
            r#"response="8ca523f5e9506fed4657c9700eebdbec", opaque="FQhe/qaU925kfnzjCev0ciny7QMkPqMAFRtzCUYo5tdS""#,
        ))
        .unwrap();
        assert!(header.is_signed_by(&ha1("Mufasa", "http-auth@example.org", "Circle of Life"), "GET"));
    }

    #[test]
    fn a_count_in_capitals_is_checked_as_it_was_signed() {
        let key = ha1("u", REALM, "p");
        let response = md5_hex(&[&key, "n", "0000000A", "c", "auth", &md5_hex(&["GET", "/"])]);
        let header = DigestHeader::parse(&format!(
            r#"username="u", realm="{REALM}", nonce="n", uri="/", response="{response}", qop=auth, nc=0000000A, cnonce="c""#
        ))
        .unwrap();
        assert!(header.is_signed_by(&key, "GET"));
    }

    #[test]
    fn the_signed_target_must_be_the_requests() {
        let signed = |uri: &str| DigestHeader {
            username: String::new(),
            realm: String::new(),
            nonce: String::new(),
            uri: uri.into(),
            response: String::new(),
            nc: 1,
            nc_text: String::new(),
            cnonce: String::new(),
            opaque: None,
        };
        let cases = [
            ("/api?a=b", "/api?a=b", true),
            ("http://h:8080/api?a=b", "/api?a=b", true),
            ("HTTPS://h/api?a=b", "/api?a=b", true),
            ("/api", "http://h/api", true),
            ("http://h", "/", true),
            ("http://h?a", "/?a", true),
            ("/api", "/api?a=b", false),
            ("/api?a=b", "/api", false),
            ("/api/", "/api", false),
            ("/%61pi", "/api", false),
            ("http://h/other", "/api", false),
            ("", "/", false),
            ("/go?to=http://h/api", "/api", false),
        ];
        for (uri, target, accepted) in cases {
            assert_eq!(signed(uri).is_for_target(target), accepted, "{uri} for {target}");
        }
    }

    proptest! {
        #[test]
        fn any_nonce_and_target_is_judged(nonce in ".*", target in ".*", uri in "(https?://)?[/?a]{0,4}") {
            let digest = Digest::new(&[7; 32]);
            prop_assert_eq!(digest.check_nonce(&nonce, now(), b""), NonceState::Forged);
            let _ = (origin_form(&target), origin_form(&uri));
        }
    }
}
