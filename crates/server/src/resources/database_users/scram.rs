//! Passwords of database users: what is refused, and the verifier that is kept instead of the password.
//!
//! The verifier is what MongoDB keeps for SCRAM-SHA-256 (RFC 5802, RFC 7677): salt, iteration count, `StoredKey`,
//! `ServerKey`. It takes some milliseconds to make, so it is made before a transaction begins.

use std::num::NonZeroU32;

use aws_lc_rs::{
    digest::{SHA256, digest},
    hmac::{self, HMAC_SHA256},
    pbkdf2::{self, PBKDF2_HMAC_SHA256},
};
use base64::{Engine, engine::general_purpose::STANDARD};
use serde::Serialize;
use telamon_wire::{ApiError, Entropy, ErrorCode, random_array};
use zeroize::Zeroizing;

/// The fewest characters of a password.
const MIN_PASSWORD: usize = 8;
/// MongoDB's default for SCRAM-SHA-256.
const ITERATIONS: NonZeroU32 = NonZeroU32::new(15_000).expect("it is not zero");
/// MongoDB's length of salts for SCRAM-SHA-256, in bytes.
const SALT_LEN: usize = 28;

/// Passwords of at least eight characters that guessers try first, in lower case.
const COMMON_PASSWORDS: &[&str] = &[
    "00000000",
    "11111111",
    "11223344",
    "12341234",
    "12345678",
    "123456789",
    "1234567890",
    "123123123",
    "1q2w3e4r",
    "1q2w3e4r5t",
    "1qaz2wsx",
    "87654321",
    "88888888",
    "987654321",
    "aa123456",
    "abc12345",
    "abcd1234",
    "abcdefgh",
    "admin123",
    "administrator",
    "asdfghjk",
    "asdfghjkl",
    "baseball",
    "changeit",
    "changeme",
    "charlie1",
    "computer",
    "dragon12",
    "football",
    "iloveyou",
    "internet",
    "jennifer",
    "letmein1",
    "liverpool",
    "master12",
    "michelle",
    "mongodb1",
    "monkey12",
    "p@ssw0rd",
    "p@ssword",
    "passw0rd",
    "password",
    "password1",
    "password12",
    "password123",
    "password1234",
    "princess",
    "qazwsxedc",
    "qwerty12",
    "qwerty123",
    "qwertyui",
    "qwertyuiop",
    "samantha",
    "starwars",
    "sunshine",
    "superman",
    "test1234",
    "trustno1",
    "welcome1",
    "welcome123",
    "whatever",
    "zaq12wsx",
    "zxcvbnm1",
];

/// What proves a password without being it; as secret as a password hash.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Credentials<'a> {
    iteration_count: u32,
    salt: &'a str,
    server_key: &'a str,
    stored_key: &'a str,
}

/// Refuses a password that is too short or that guessers try first.
pub fn check_password(password: &str) -> Result<(), ApiError> {
    if password.chars().count() < MIN_PASSWORD {
        return Err(ErrorCode::WEAK_PASSWORD.into());
    }
    if COMMON_PASSWORDS.contains(&password.to_lowercase().as_str()) {
        return Err(ErrorCode::COMMON_PASSWORD.into());
    }
    Ok(())
}

/// Checks a password and makes its verifier: a JSON document, to be sealed.
pub fn verifier(password: &str, entropy: &dyn Entropy) -> Result<Zeroizing<Vec<u8>>, ApiError> {
    check_password(password)?;
    let prepared = stringprep::saslprep(password).map_err(|_| {
        ApiError::invalid_field("password", "must not have control or unassigned characters (RFC 4013).")
    })?;
    let prepared = Zeroizing::new(prepared.into_owned());
    let salt: [u8; SALT_LEN] = random_array(entropy);
    let (stored_key, server_key) = keys(&prepared, &salt, ITERATIONS);
    let text = |bytes: &[u8]| Zeroizing::new(STANDARD.encode(bytes));
    let credentials = Credentials {
        iteration_count: ITERATIONS.get(),
        salt: &text(&salt),
        server_key: &text(&server_key[..]),
        stored_key: &text(&stored_key[..]),
    };
    let document = serde_json::to_vec(&serde_json::json!({ "SCRAM-SHA-256": credentials })).unwrap_or_default();
    Ok(Zeroizing::new(document))
}

type Key = Zeroizing<[u8; 32]>;

/// `StoredKey` and `ServerKey` (RFC 5802, section 3).
fn keys(prepared: &str, salt: &[u8], iterations: NonZeroU32) -> (Key, Key) {
    let mut salted = Zeroizing::new([0; 32]);
    pbkdf2::derive(PBKDF2_HMAC_SHA256, iterations, salt, prepared.as_bytes(), salted.as_mut_slice());
    let salted = hmac::Key::new(HMAC_SHA256, salted.as_slice());
    let client_key = hmac::sign(&salted, b"Client Key");
    let stored_key = digest(&SHA256, client_key.as_ref());
    (key(stored_key.as_ref()), key(hmac::sign(&salted, b"Server Key").as_ref()))
}

fn key(bytes: &[u8]) -> Key {
    let mut key = Zeroizing::new([0; 32]);
    key.iter_mut().zip(bytes).for_each(|(to, from)| *to = *from);
    key
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Sevens;
    impl Entropy for Sevens {
        fn fill(&self, bytes: &mut [u8]) {
            bytes.fill(7);
        }
    }

    fn refusal(password: &str) -> String {
        verifier(password, &Sevens).map_or_else(|error| error.code.to_string(), |_| String::new())
    }

    #[test]
    fn the_keys_verify_the_exchange_of_rfc_7677() {
        let salt = STANDARD.decode("W22ZaJ0SNY7soEsUEjb6gQ==").unwrap();
        let (stored_key, server_key) = keys("pencil", &salt, NonZeroU32::new(4096).unwrap());
        let exchange = b"n=user,r=rOprNGfwEbeRWgbNEkqO,\
            r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096,\
            c=biws,r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0";
        let sign = |key: &[u8]| hmac::sign(&hmac::Key::new(HMAC_SHA256, key), exchange);
        let signature = STANDARD.encode(sign(server_key.as_slice()));
        assert_eq!(signature, "6rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4=");
        // The client proves itself by its key, masked; unmasked, it hashes to what is stored.
        let proof = STANDARD.decode("dHzbZapWIk4jUhN+Ute9ytag9zjfMHgsqmmiz7AndVQ=").unwrap();
        let mask = sign(stored_key.as_slice());
        let client_key: Vec<u8> = proof.iter().zip(mask.as_ref()).map(|(a, b)| a ^ b).collect();
        assert_eq!(digest(&SHA256, &client_key).as_ref(), stored_key.as_slice());
    }

    #[test]
    fn the_document_is_what_mongodb_keeps() {
        let document: serde_json::Value =
            serde_json::from_slice(&verifier("Passw0rdPassw0rd", &Sevens).unwrap()).unwrap();
        let (stored_key, server_key) = keys("Passw0rdPassw0rd", &[7; 28], ITERATIONS);
        assert_eq!(
            document,
            serde_json::json!({ "SCRAM-SHA-256": {
                "iterationCount": 15000,
                "salt": STANDARD.encode([7; 28]),
                "serverKey": STANDARD.encode(server_key.as_slice()),
                "storedKey": STANDARD.encode(stored_key.as_slice()),
            } })
        );
    }

    #[test]
    fn weak_and_common_passwords_are_refused() {
        for (password, expected) in [
            ("1234567", "WEAK_PASSWORD"),
            ("ünïcödé", "WEAK_PASSWORD"),
            ("Password123", "COMMON_PASSWORD"),
            ("correct\u{7}horse", "VALIDATION_ERROR"),
            ("correct horse", ""),
            ("pässwörter", ""),
        ] {
            assert_eq!(refusal(password), expected, "{password}");
        }
        assert!(COMMON_PASSWORDS.iter().all(|word| word.len() >= MIN_PASSWORD && *word == word.to_lowercase()));
    }

    #[test]
    fn equivalent_spellings_have_one_verifier() {
        assert_eq!(verifier("pa\u{aa}ssword-x", &Sevens).unwrap(), verifier("paassword-x", &Sevens).unwrap());
    }
}
