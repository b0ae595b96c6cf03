//! The cryptography alone, with the library that the server uses.

use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::signature::{
    ECDSA_P256_SHA256_ASN1_SIGNING, ECDSA_P521_SHA512_FIXED_SIGNING, EcdsaKeyPair, EcdsaSigningAlgorithm,
};

use super::Step;

/// About as much as the header and the claims of an access token.
const TOKEN: [u8; 600] = [b'a'; 600];
/// About as much as the signed part of a client certificate.
const CERTIFICATE: [u8; 350] = [b'a'; 350];

fn key(algorithm: &'static EcdsaSigningAlgorithm) -> anyhow::Result<EcdsaKeyPair> {
    Ok(EcdsaKeyPair::generate(algorithm)?)
}

/// One ES512 signature.
pub fn signatures() -> anyhow::Result<Step> {
    let (key, random) = (key(&ECDSA_P521_SHA512_FIXED_SIGNING)?, SystemRandom::new());
    Ok(Box::new(move || {
        std::hint::black_box(key.sign(&random, &TOKEN)?);
        Ok(1)
    }))
}

/// One P-256 key and one signature by another.
pub fn keys() -> anyhow::Result<Step> {
    let (authority, random) = (key(&ECDSA_P256_SHA256_ASN1_SIGNING)?, SystemRandom::new());
    Ok(Box::new(move || {
        std::hint::black_box(key(&ECDSA_P256_SHA256_ASN1_SIGNING)?);
        std::hint::black_box(authority.sign(&random, &CERTIFICATE)?);
        Ok(1)
    }))
}
