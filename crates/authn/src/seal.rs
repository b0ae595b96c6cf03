//! Sealed values: what the database holds encrypted under a key that is kept outside it.
//!
//! A sealed value is `version (1) | key id (4) | nonce (12) | AES-256-GCM ciphertext and tag`. The place where it is
//! stored is associated data, so a value that is moved to another row does not open. The sealing, the key id and every
//! derived key come out of the configured key through HKDF-SHA256 with different labels.

use std::fmt;

use aws_lc_rs::{
    aead::{AES_256_GCM, Aad, NONCE_LEN, Nonce, RandomizedNonceKey},
    hkdf::{HKDF_SHA256, Prk, Salt},
    rand::{self, SystemRandom},
};
use base64::{Engine, engine::general_purpose::STANDARD};
use zeroize::Zeroizing;

const VERSION: u8 = 1;
const KEY_ID_LEN: usize = 4;
const HEADER_LEN: usize = 1 + KEY_ID_LEN + NONCE_LEN;
const CHECK_CONTEXT: &str = "check value";
const CHECK_PLAINTEXT: &[u8] = b"telamon";

/// A text is not a sealing key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum KeyError {
    /// The text is not base64.
    #[error("the sealing key must be base64 text of 32 bytes, and this is not base64")]
    NotBase64,
    /// The text has another number of bytes.
    #[error("the sealing key must be 32 bytes in base64, and this is {0} bytes")]
    Length(usize),
    /// The cryptographic provider has no key.
    #[error("the cryptographic provider could not make a sealing key")]
    Provider,
}

/// A sealed value does not open.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum SealError {
    /// It was sealed with another key.
    #[error("this value was sealed with another key; configure the key that the database was made with")]
    WrongKey,
    /// It is cut off, altered, of another version, or belongs to another row.
    #[error("this sealed value is damaged or belongs elsewhere; restore it from a backup")]
    Corrupt,
}

/// The key under which values are sealed, and from which other keys are derived.
pub struct SealingKey {
    bytes: Zeroizing<[u8; 32]>,
    prk: Prk,
    cipher: RandomizedNonceKey,
    id: [u8; KEY_ID_LEN],
}

impl SealingKey {
    /// Reads 32 bytes in standard base64; white space around them, such as the end of a file's line, is ignored.
    pub fn from_base64(text: &str) -> Result<Self, KeyError> {
        let bytes = Zeroizing::new(STANDARD.decode(text.trim()).map_err(|_| KeyError::NotBase64)?);
        let key: [u8; 32] = bytes.as_slice().try_into().map_err(|_| KeyError::Length(bytes.len()))?;
        Self::from_bytes(Zeroizing::new(key))
    }

    /// A new key from the cryptographic provider.
    pub fn generate() -> Result<Self, KeyError> {
        let random = rand::generate::<[u8; 32]>(&SystemRandom::new()).map_err(|_| KeyError::Provider)?;
        Self::from_bytes(Zeroizing::new(random.expose()))
    }

    fn from_bytes(bytes: Zeroizing<[u8; 32]>) -> Result<Self, KeyError> {
        let prk = Salt::new(HKDF_SHA256, b"telamon sealing key").extract(bytes.as_slice());
        let cipher_key = Zeroizing::new(expand(&prk, &[b"cipher"]));
        let cipher = RandomizedNonceKey::new(&AES_256_GCM, cipher_key.as_slice()).map_err(|_| KeyError::Provider)?;
        let full_id = expand(&prk, &[b"key id"]);
        let mut id = [0; KEY_ID_LEN];
        id.copy_from_slice(&full_id[..KEY_ID_LEN]);
        Ok(Self { bytes, prk, cipher, id })
    }

    /// The text that [`Self::from_base64`] reads: what the key file holds.
    pub fn to_base64(&self) -> Zeroizing<String> {
        Zeroizing::new(STANDARD.encode(self.bytes.as_slice()))
    }

    /// Four bytes that tell this key from others and give nothing of it away.
    pub fn id(&self) -> [u8; 4] {
        self.id
    }

    /// Seals `plaintext` for one place; `context` names its table, column and row.
    ///
    /// # Panics
    /// Never for values below 64 GiB, the limit of AES-GCM.
    pub fn seal(&self, context: &str, plaintext: &[u8]) -> Vec<u8> {
        let mut body = plaintext.to_vec();
        let nonce = self
            .cipher
            .seal_in_place_append_tag(Aad::from(context), &mut body)
            .expect("AES-256-GCM refuses only plaintexts of more than 64 GiB");
        let mut sealed = Vec::with_capacity(HEADER_LEN + body.len());
        sealed.push(VERSION);
        sealed.extend_from_slice(&self.id);
        sealed.extend_from_slice(nonce.as_ref());
        sealed.append(&mut body);
        sealed
    }

    /// Opens what [`Self::seal`] made for the same `context`.
    pub fn open(&self, context: &str, sealed: &[u8]) -> Result<Zeroizing<Vec<u8>>, SealError> {
        let (header, body) = sealed.split_at_checked(HEADER_LEN).ok_or(SealError::Corrupt)?;
        let (&version, rest) = header.split_first().ok_or(SealError::Corrupt)?;
        let (id, nonce) = rest.split_at(KEY_ID_LEN);
        if version != VERSION {
            return Err(SealError::Corrupt);
        }
        if id != self.id {
            return Err(SealError::WrongKey);
        }
        let nonce = Nonce::try_assume_unique_for_key(nonce).map_err(|_| SealError::Corrupt)?;
        let mut buffer = Zeroizing::new(body.to_vec());
        let length = self
            .cipher
            .open_in_place(nonce, Aad::from(context), buffer.as_mut_slice())
            .map_err(|_| SealError::Corrupt)?
            .len();
        buffer.truncate(length);
        Ok(buffer)
    }

    /// A value to keep in the database, so that [`Self::matches`] can tell at the start whether the key is the right
    /// one.
    pub fn check_value(&self) -> Vec<u8> {
        self.seal(CHECK_CONTEXT, CHECK_PLAINTEXT)
    }

    /// Whether `check` came from [`Self::check_value`] of this same key.
    pub fn matches(&self, check: &[u8]) -> bool {
        self.open(CHECK_CONTEXT, check).is_ok_and(|plaintext| plaintext.as_slice() == CHECK_PLAINTEXT)
    }

    /// A key for one other purpose (nonces, cookies): HKDF-SHA256, the same on every node.
    pub fn derive(&self, purpose: &str) -> Zeroizing<[u8; 32]> {
        Zeroizing::new(expand(&self.prk, &[b"purpose ", purpose.as_bytes()]))
    }
}

fn expand(prk: &Prk, info: &[&[u8]]) -> [u8; 32] {
    let mut key = [0; 32];
    prk.expand(info, HKDF_SHA256)
        .and_then(|okm| okm.fill(&mut key))
        .expect("HKDF-SHA256 gives any key of up to 8160 bytes");
    key
}

impl fmt::Debug for SealingKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SealingKey")
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn key() -> SealingKey {
        SealingKey::from_base64("AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=\n").unwrap()
    }

    #[test]
    fn a_key_reads_back_and_opens_what_it_sealed() {
        let generated = SealingKey::generate().unwrap();
        let same = SealingKey::from_base64(&generated.to_base64()).unwrap();
        let sealed = generated.seal("api_key.ha1 1", b"value");
        assert_eq!(sealed.len(), 1 + 4 + 12 + 5 + 16);
        assert_eq!(same.open("api_key.ha1 1", &sealed).unwrap().as_slice(), b"value");
        assert_ne!(generated.seal("api_key.ha1 1", b"value"), sealed, "the nonce is random");
    }

    #[test]
    fn texts_that_are_no_key_are_refused_by_what_is_wrong() {
        assert_eq!(SealingKey::from_base64("not base64!").unwrap_err(), KeyError::NotBase64);
        assert_eq!(SealingKey::from_base64("AAEC").unwrap_err(), KeyError::Length(3));
        assert_eq!(SealingKey::from_base64("").unwrap_err(), KeyError::Length(0));
    }

    #[test]
    fn another_key_is_told_from_damage() {
        let (ours, other) = (key(), SealingKey::generate().unwrap());
        let sealed = ours.seal("a", b"value");
        assert_eq!(other.open("a", &sealed).unwrap_err(), SealError::WrongKey);
        assert_eq!(ours.open("b", &sealed).unwrap_err(), SealError::Corrupt);
        assert_eq!(ours.open("a", &sealed[..sealed.len() - 1]).unwrap_err(), SealError::Corrupt);
        assert_eq!(ours.open("a", &[]).unwrap_err(), SealError::Corrupt);
        for at in (0..sealed.len()).filter(|at| !(1..5).contains(at)) {
            let mut altered = sealed.clone();
            altered[at] ^= 1;
            assert_eq!(ours.open("a", &altered).unwrap_err(), SealError::Corrupt, "byte {at}");
        }
    }

    #[test]
    fn the_check_value_tells_a_wrong_key() {
        let (ours, other) = (key(), SealingKey::generate().unwrap());
        assert!(ours.matches(&ours.check_value()));
        assert!(!other.matches(&ours.check_value()));
        assert!(!ours.matches(b""));
        assert!(!ours.matches(&ours.seal("another context", CHECK_PLAINTEXT)));
    }

    #[test]
    fn derived_keys_differ_by_purpose_and_stay_the_same() {
        assert_eq!(key().derive("nonce"), key().derive("nonce"));
        assert_ne!(key().derive("nonce"), key().derive("cookie"));
        assert_ne!(key().derive("nonce").as_slice(), &key().bytes[..]);
        // Pinned: another value would make every node's nonces and cookies strangers to each other in an upgrade.
        assert_eq!(data_encoding::HEXLOWER.encode(&key().derive("nonce")[..8]), "5d26325db383c85f");
        assert_eq!(data_encoding::HEXLOWER.encode(&key().id()), "52af5769");
    }

    #[test]
    fn debug_shows_nothing_of_the_key() {
        assert_eq!(format!("{:?}", key()), "SealingKey");
    }

    proptest! {
        #[test]
        fn any_bytes_are_opened_or_refused(context in ".*", bytes in prop::collection::vec(any::<u8>(), 0..80)) {
            let mut sealed = vec![VERSION];
            sealed.extend_from_slice(&key().id());
            sealed.extend_from_slice(&bytes);
            prop_assert_eq!(key().open(&context, &sealed), Err(SealError::Corrupt));
            prop_assert!(key().open(&context, &bytes).is_err());
        }
    }
}
