//! Keys of client certificates and of authorities.

use std::fmt;

use aws_lc_rs::encoding::{AsDer, Pkcs8V1Der};
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::rsa;
use aws_lc_rs::signature::{ECDSA_P256_SHA256_ASN1_SIGNING, EcdsaKeyPair, KeyPair as _, RSA_PKCS1_SHA256, RsaKeyPair};
use rcgen::{PKCS_ECDSA_P256_SHA256, PKCS_RSA_SHA256, PublicKeyData, SignatureAlgorithm, SigningKey};
use zeroize::Zeroizing;

use crate::PkiError;

/// Which keys are made.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum KeyKind {
    /// ECDSA on P-256 (NIST SP 800-186), signing with SHA-256. Made in some ten microseconds.
    #[default]
    P256,
    /// RSA with 2048 bits, e = 65537, signing PKCS#1 v1.5 with SHA-256.
    Rsa2048,
    /// RSA with 4096 bits. Takes about a second to make: see [`KeyPool`](crate::KeyPool).
    Rsa4096,
}

/// The key pair of a client certificate that is yet to be issued. Wiped when dropped.
pub struct ClientKey {
    kind: KeyKind,
    public: Vec<u8>,
    pkcs8: Zeroizing<Vec<u8>>,
}

impl ClientKey {
    /// Makes a key pair.
    pub fn generate(kind: KeyKind) -> Result<Self, PkiError> {
        Signer::generate(kind)?.into_client_key(kind)
    }

    /// Which kind of key this is.
    pub fn kind(&self) -> KeyKind {
        self.kind
    }

    pub(crate) fn pkcs8(&self) -> &[u8] {
        &self.pkcs8
    }
}

impl fmt::Debug for ClientKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ClientKey").field("kind", &self.kind).finish_non_exhaustive()
    }
}

impl PublicKeyData for ClientKey {
    fn der_bytes(&self) -> &[u8] {
        &self.public
    }

    fn algorithm(&self) -> &'static SignatureAlgorithm {
        match self.kind {
            KeyKind::P256 => &PKCS_ECDSA_P256_SHA256,
            KeyKind::Rsa2048 | KeyKind::Rsa4096 => &PKCS_RSA_SHA256,
        }
    }
}

/// A key pair that can sign. The private half lives in the provider alone, which wipes it.
pub(crate) enum Signer {
    P256(EcdsaKeyPair),
    Rsa(RsaKeyPair),
}

impl Signer {
    pub(crate) fn generate(kind: KeyKind) -> Result<Self, PkiError> {
        let rsa = |size| RsaKeyPair::generate(size).map(Self::Rsa);
        match kind {
            KeyKind::P256 => EcdsaKeyPair::generate(&ECDSA_P256_SHA256_ASN1_SIGNING).map(Self::P256),
            KeyKind::Rsa2048 => rsa(rsa::KeySize::Rsa2048),
            KeyKind::Rsa4096 => rsa(rsa::KeySize::Rsa4096),
        }
        .map_err(|_| PkiError::KeyGeneration)
    }

    pub(crate) fn from_pkcs8(pkcs8: &[u8]) -> Result<Self, PkiError> {
        EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_ASN1_SIGNING, pkcs8)
            .map(Self::P256)
            .or_else(|_| RsaKeyPair::from_pkcs8(pkcs8).map(Self::Rsa))
            .map_err(|_| PkiError::AuthorityKey)
    }

    pub(crate) fn to_pkcs8(&self) -> Result<Zeroizing<Vec<u8>>, PkiError> {
        match self {
            Self::P256(key) => key.to_pkcs8v1().map(|der| Zeroizing::new(der.as_ref().to_vec())),
            Self::Rsa(key) => {
                AsDer::<Pkcs8V1Der<'static>>::as_der(key).map(|der| Zeroizing::new(der.as_ref().to_vec()))
            }
        }
        .map_err(|_| PkiError::KeyGeneration)
    }

    fn into_client_key(self, kind: KeyKind) -> Result<ClientKey, PkiError> {
        Ok(ClientKey { kind, public: self.der_bytes().to_vec(), pkcs8: self.to_pkcs8()? })
    }
}

impl PublicKeyData for Signer {
    fn der_bytes(&self) -> &[u8] {
        match self {
            Self::P256(key) => key.public_key().as_ref(),
            Self::Rsa(key) => key.public_key().as_ref(),
        }
    }

    fn algorithm(&self) -> &'static SignatureAlgorithm {
        match self {
            Self::P256(_) => &PKCS_ECDSA_P256_SHA256,
            Self::Rsa(_) => &PKCS_RSA_SHA256,
        }
    }
}

impl SigningKey for Signer {
    fn sign(&self, message: &[u8]) -> Result<Vec<u8>, rcgen::Error> {
        let random = SystemRandom::new();
        match self {
            Self::P256(key) => key.sign(&random, message).map(|signature| signature.as_ref().to_vec()),
            Self::Rsa(key) => {
                let mut signature = vec![0; key.public_modulus_len()];
                key.sign(&RSA_PKCS1_SHA256, &random, message, &mut signature).map(|()| signature)
            }
        }
        .map_err(|_| rcgen::Error::RingUnspecified)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn debug_shows_the_kind_alone() {
        let key = ClientKey::generate(KeyKind::P256).unwrap();
        assert_eq!(format!("{key:?}"), "ClientKey { kind: P256, .. }");
    }

    #[test]
    fn a_key_that_was_written_is_the_same_when_read() {
        for kind in [KeyKind::P256, KeyKind::Rsa2048] {
            let key = ClientKey::generate(kind).unwrap();
            assert_eq!(Signer::from_pkcs8(key.pkcs8()).unwrap().der_bytes(), key.der_bytes());
        }
    }
}
