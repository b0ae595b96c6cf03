//! Access tokens and requests to the token endpoint. The first byte says what the rest is.
#![no_main]

use std::sync::LazyLock;

use aws_lc_rs::{
    rand::SystemRandom,
    signature::{ECDSA_P521_SHA512_FIXED_SIGNING, EcdsaKeyPair},
};
use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use libfuzzer_sys::fuzz_target;
use telamon_authn::{
    AUDIENCE, KeySet, RevokeRequest, SigningKey, TokenError, TokenRequest, read_basic, read_client,
    read_form,
};
use telamon_wire::Timestamp;

const ISSUER: &str = "http://localhost";
const NOW: i64 = 1_786_331_148;

struct Keys {
    set: KeySet,
    pair: EcdsaKeyPair,
    header: String,
}

static KEYS: LazyLock<Keys> = LazyLock::new(|| {
    let new = SigningKey::generate().expect("a key");
    let mut set = KeySet::new();
    set.insert(&new.public_jwk).expect("a public key");
    // The key of the tokens among the seeds, so that a change to one of them reaches the signature.
    set.insert(&serde_json::from_str(include_str!("../known_key.json")).expect("JSON")).expect("the known key");
    let pair = EcdsaKeyPair::from_pkcs8(&ECDSA_P521_SHA512_FIXED_SIGNING, &new.pkcs8).expect("the key again");
    let header = format!(r#"{{"alg":"ES512","kid":"{}","typ":"JWT"}}"#, new.kid);
    Keys { set, pair, header }
});

fuzz_target!(|input: &[u8]| {
    let Some((kind, rest)) = input.split_first() else { return };
    let text = std::str::from_utf8(rest);
    match (kind, text) {
        // A whole token.
        (b't', Ok(token)) => {
            KEYS.set.knows_key_of(token);
            let _ = verify(token);
        }
        // The claims of a token with a good signature.
        (b'c', _) => drop(verify(&signed(KEYS.header.as_bytes(), rest))),
        // The header of a token whose signature is good for the key of this process.
        (b'h', _) => assert_ne!(verify(&signed(rest, b"{}")), Ok(())),
        (b'b', Ok(header)) => {
            if let Ok(client) = read_basic(Some(header)) {
                assert!(!format!("{client:?}").contains("hunter2") || client.id.contains("hunter2"));
            }
        }
        (b'f', _) => forms(rest),
        _ => {}
    }
});

fn signed(header: &[u8], payload: &[u8]) -> String {
    let signed = format!("{}.{}", URL_SAFE_NO_PAD.encode(header), URL_SAFE_NO_PAD.encode(payload));
    let signature = KEYS.pair.sign(&SystemRandom::new(), signed.as_bytes()).expect("a signature");
    format!("{signed}.{}", URL_SAFE_NO_PAD.encode(signature))
}

fn verify(token: &str) -> Result<(), TokenError> {
    let claims = KEYS.set.verify(token, Timestamp::from_seconds(NOW), ISSUER)?;
    assert_eq!((claims.iss.as_str(), claims.aud.as_str()), (ISSUER, AUDIENCE));
    assert!(claims.exp > NOW && claims.iat <= NOW + 60, "{claims:?}");
    Ok(())
}

fn forms(body: &[u8]) {
    let _ = read_client(None, body);
    let Ok(form) = read_form(body) else { return };
    for error in [TokenRequest::parse(&form).err(), RevokeRequest::parse(&form).err()].into_iter().flatten() {
        assert_eq!(error.status(), 400);
        serde_json::from_str::<serde_json::Value>(&error.body()).expect("an error is JSON");
    }
}
