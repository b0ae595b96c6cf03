//! Secrets of service accounts and API keys: how they are made, what of them is stored, how they are masked.
//!
//! A secret is shown once. Of a service account's secret a SHA-256 stays: it has 240 random bits, so a slow hash
//! would only cost time. Of an API key H(A1) stays (RFC 2617 section 3.2.2.2), which is as good as the key and is
//! therefore sealed by the caller. Beside either stays the tail that its mask shows.

use std::fmt;

use aws_lc_rs::{
    constant_time::verify_slices_are_equal,
    digest::{SHA256, digest},
};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use data_encoding::HEXLOWER;
use md5::{Digest as _, Md5};
use telamon_wire::{Entropy, random_array};
use zeroize::Zeroizing;

use crate::REALM;

/// What the secret of every service account starts with.
pub const SERVICE_ACCOUNT_SECRET_PREFIX: &str = "mdb_sa_sk_";
/// How many characters of a service account's secret its mask shows.
pub const SERVICE_ACCOUNT_SECRET_TAIL: usize = 4;
/// How many characters of an API key's private key its mask shows.
pub const PRIVATE_KEY_TAIL: usize = 12;

const RANDOM_PART: usize = 40;

/// A text that must not reach a log: its memory is overwritten when it goes, and `Debug` does not show it.
#[derive(Clone)]
pub struct Secret(Zeroizing<String>);

impl Secret {
    /// The text itself, for the one answer that shows it or for a comparison.
    pub fn expose(&self) -> &str {
        &self.0
    }

    /// The last `count` characters: what a mask shows.
    pub fn tail(&self, count: usize) -> &str {
        let start = self.0.char_indices().rev().nth(count.saturating_sub(1)).map_or(0, |(at, _)| at);
        if count == 0 { "" } else { &self.0[start..] }
    }
}

/// In constant time, but for the length.
impl PartialEq for Secret {
    fn eq(&self, other: &Self) -> bool {
        verify_slices_are_equal(self.0.as_bytes(), other.0.as_bytes()).is_ok()
    }
}

impl Eq for Secret {}

impl From<String> for Secret {
    fn from(text: String) -> Self {
        Self(Zeroizing::new(text))
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret")
    }
}

/// The SHA-256 of a secret: what the database holds.
#[derive(Clone, Copy)]
pub struct SecretHash([u8; 32]);

impl SecretHash {
    /// The hash of a secret.
    pub fn of(secret: &str) -> Self {
        let mut hash = [0; 32];
        hash.copy_from_slice(digest(&SHA256, secret.as_bytes()).as_ref());
        Self(hash)
    }

    /// The hash that the database holds; nothing if it is not 32 bytes.
    pub fn from_bytes(bytes: &[u8]) -> Option<Self> {
        bytes.try_into().ok().map(Self)
    }

    /// The bytes to store.
    pub fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }

    /// Whether this is the hash of `secret`, in constant time.
    pub fn matches(&self, secret: &str) -> bool {
        *self == Self::of(secret)
    }
}

/// In constant time.
impl PartialEq for SecretHash {
    fn eq(&self, other: &Self) -> bool {
        verify_slices_are_equal(&self.0, &other.0).is_ok()
    }
}

impl Eq for SecretHash {}

impl fmt::Debug for SecretHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SecretHash")
    }
}

/// A new token that says nothing by itself: 256 random bits, in the base64url alphabet.
pub fn random_token(entropy: &dyn Entropy) -> Secret {
    let random = Zeroizing::new(random_array::<32>(entropy));
    Secret::from(URL_SAFE_NO_PAD.encode(random.as_slice()))
}

/// A new secret of a service account: `mdb_sa_sk_` and 40 characters of the base64url alphabet.
pub fn service_account_secret(entropy: &dyn Entropy) -> Secret {
    let random = Zeroizing::new(random_array::<30>(entropy));
    let mut text = String::with_capacity(SERVICE_ACCOUNT_SECRET_PREFIX.len() + RANDOM_PART);
    text.push_str(SERVICE_ACCOUNT_SECRET_PREFIX);
    URL_SAFE_NO_PAD.encode_string(random.as_slice(), &mut text);
    Secret::from(text)
}

/// `mdb_sa_sk_`, stars, and the tail of the secret: as long as the secret itself.
pub fn mask_service_account_secret(tail: &str) -> String {
    let stars = RANDOM_PART.saturating_sub(tail.chars().count());
    format!("{SERVICE_ACCOUNT_SECRET_PREFIX}{}{tail}", "*".repeat(stars))
}

/// `********-****-****-` and the last group of the private key; the third group of four is not shown, as in the
/// service that this API comes from.
pub fn mask_private_key(tail: &str) -> String {
    format!("********-****-****-{tail}")
}

/// The two halves of a new API key.
#[derive(Debug, Clone)]
pub struct ApiKeyPair {
    /// 8 lower-case letters: the user name of HTTP digest.
    pub public_key: String,
    /// A version 4 UUID: the password of HTTP digest.
    pub private_key: Secret,
}

impl ApiKeyPair {
    /// A new key. The caller sees to it that the public key is not taken.
    pub fn generate(entropy: &dyn Entropy) -> Self {
        // 128 random bits for 26^8 names: no letter is likelier than another by more than 2^-90.
        let mut number = u128::from_be_bytes(random_array(entropy));
        let letters = "abcdefghijklmnopqrstuvwxyz".as_bytes();
        let public_key = std::iter::repeat_with(|| {
            let letter = usize::try_from(number % 26).unwrap_or_default();
            number /= 26;
            char::from(letters[letter])
        })
        .take(8)
        .collect();
        Self { public_key, private_key: Secret::from(uuid_v4(entropy)) }
    }
}

/// A version 4 UUID (RFC 9562 section 5.4), in lower case.
pub fn uuid_v4(entropy: &dyn Entropy) -> String {
    let mut bytes: [u8; 16] = random_array(entropy);
    bytes[6] = bytes[6] & 0x0f | 0x40;
    bytes[8] = bytes[8] & 0x3f | 0x80;
    let groups = [&bytes[..4], &bytes[4..6], &bytes[6..8], &bytes[8..10], &bytes[10..]];
    groups.map(|group| HEXLOWER.encode(group)).join("-")
}

/// H(A1) of HTTP digest with MD5 (RFC 2617 section 3.2.2.2): all that checking a key's signature takes.
pub fn ha1(public_key: &str, realm: &str, private_key: &str) -> Zeroizing<String> {
    let mut md5 = Md5::new();
    for part in [public_key, ":", realm, ":", private_key] {
        md5.update(part);
    }
    Zeroizing::new(HEXLOWER.encode(&md5.finalize()))
}

/// Whether these are the two halves of the API key behind a stored H(A1), in constant time.
pub fn is_key_pair(stored: &str, public_key: &str, private_key: &str) -> bool {
    let presented = ha1(public_key, REALM, private_key);
    verify_slices_are_equal(stored.as_bytes(), presented.as_bytes()).is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::test_entropy::{Constant, Sequence};

    #[test]
    fn a_service_accounts_secret_has_its_prefix_and_forty_characters() {
        let entropy = Sequence::default();
        let secret = service_account_secret(&entropy);
        let random = secret.expose().strip_prefix("mdb_sa_sk_").unwrap();
        assert_eq!(random.len(), 40);
        assert!(random.chars().all(|c| c.is_ascii_alphanumeric() || c == '-' || c == '_'), "{random}");
        assert_ne!(service_account_secret(&entropy), secret);
    }

    #[test]
    fn masks_show_the_tail_alone() {
        let secret = Secret::from("mdb_sa_sk_0123456789012345678901234567890123456789".to_owned());
        let mask = mask_service_account_secret(secret.tail(SERVICE_ACCOUNT_SECRET_TAIL));
        assert_eq!(mask, format!("mdb_sa_sk_{}6789", "*".repeat(36)));
        let private = Secret::from("1ce6aeb5-25b9-4d1c-8c2c-0123456789ab".to_owned());
        assert_eq!(mask_private_key(private.tail(PRIVATE_KEY_TAIL)), "********-****-****-0123456789ab");
        assert_eq!(Secret::from("äö".to_owned()).tail(1), "ö");
        assert_eq!(Secret::from("äö".to_owned()).tail(9), "äö");
        assert_eq!(Secret::from("äö".to_owned()).tail(0), "");
    }

    #[test]
    fn a_hash_matches_its_secret_and_no_other() {
        let hash = SecretHash::of("mdb_sa_sk_a");
        assert!(hash.matches("mdb_sa_sk_a"));
        assert!(!hash.matches("mdb_sa_sk_b"));
        assert_eq!(SecretHash::from_bytes(hash.as_bytes()), Some(hash));
        assert_eq!(SecretHash::from_bytes(&[0; 31]), None);
    }

    #[test]
    fn an_api_key_has_eight_letters_and_a_version_4_uuid() {
        let entropy = Sequence::default();
        for _ in 0..100 {
            let pair = ApiKeyPair::generate(&entropy);
            assert_eq!(pair.public_key.len(), 8);
            assert!(pair.public_key.chars().all(|c| c.is_ascii_lowercase()), "{}", pair.public_key);
            let groups: Vec<_> = pair.private_key.expose().split('-').collect();
            assert_eq!(groups.iter().map(|g| g.len()).collect::<Vec<_>>(), [8, 4, 4, 4, 12]);
            assert!(groups[2].starts_with('4') && groups[3].starts_with(['8', '9', 'a', 'b']));
        }
        let ones = ApiKeyPair::generate(&Constant(0xff));
        assert_eq!(ones.private_key.expose(), "ffffffff-ffff-4fff-bfff-ffffffffffff");
        assert_eq!(ApiKeyPair::generate(&Constant(0)).public_key, "aaaaaaaa");
    }

    #[test]
    fn ha1_is_that_of_the_rfc() {
        // RFC 2617 section 3.5.
        let ha1 = ha1("Mufasa", "testrealm@host.com", "Circle Of Life");
        assert_eq!(ha1.as_str(), "939e7578ed9e3c518a452acee763bce9");
    }

    #[test]
    fn debug_shows_nothing_secret() {
        let pair = ApiKeyPair { public_key: "abcdefgh".into(), private_key: Secret::from("hidden".to_owned()) };
        assert_eq!(format!("{pair:?}"), "ApiKeyPair { public_key: \"abcdefgh\", private_key: Secret }");
        assert_eq!(format!("{:?}", SecretHash::of("hidden")), "SecretHash");
    }
}
