use proptest::prelude::*;
use telamon_wire::Id;

use super::*;
use crate::test_entropy::Sequence;

const ISSUER: &str = "https://telamon.example";

fn now() -> Timestamp {
    Timestamp::parse("2026-08-10T03:05:48Z").unwrap()
}

fn claims() -> Claims {
    let entropy = Sequence::default();
    let client = "mdb_sa_id_6a79400c1111111111111111".parse().unwrap();
    Claims::of_client(ISSUER, client, SecretId::new(now(), &entropy), now(), &entropy)
}

fn key() -> (SigningKey, KeySet) {
    let new = SigningKey::generate().unwrap();
    let mut set = KeySet::new();
    set.insert(&new.public_jwk).unwrap();
    (SigningKey::load(&new.pkcs8).unwrap(), set)
}

fn json_of(part: &str) -> Value {
    serde_json::from_slice(&URL_SAFE_NO_PAD.decode(part).unwrap()).unwrap()
}

/// A token with any header and payload, signed with `key`.
fn signed(key: &SigningKey, header: &Value, payload: &Value) -> String {
    let signed =
        format!("{}.{}", URL_SAFE_NO_PAD.encode(header.to_string()), URL_SAFE_NO_PAD.encode(payload.to_string()));
    let signature = key.pair.sign(&SystemRandom::new(), signed.as_bytes()).unwrap();
    format!("{signed}.{}", URL_SAFE_NO_PAD.encode(signature))
}

#[test]
fn a_token_says_what_it_was_issued_for() {
    let (key, set) = key();
    let token = key.issue(&claims()).unwrap();
    let parts: Vec<_> = token.split('.').collect();
    assert_eq!(json_of(parts[0]), json!({ "alg": "ES512", "kid": key.kid(), "typ": "JWT" }));
    let client = "mdb_sa_id_6a79400c1111111111111111";
    let expected = json!({
        "iss": ISSUER, "aud": "api://admin", "sub": client, "cid": client, "actorId": client,
        "sid": claims().sid, "iat": 1_786_331_148, "exp": 1_786_334_748, "jti": claims().jti,
    });
    assert_eq!(json_of(parts[1]), expected);
    assert_eq!(URL_SAFE_NO_PAD.decode(parts[2]).unwrap().len(), 132);
    assert_eq!(set.verify(&token, now(), ISSUER), Ok(claims()));
}

#[test]
fn a_token_of_a_person_names_the_person_the_program_and_the_sign_in() {
    let entropy = Sequence::default();
    let (person, sign_in) = (PersonId::new(now(), &entropy), RefreshTokenId::new(now(), &entropy));
    let claims = Claims::of_person(ISSUER, person, "program", sign_in, now(), &entropy);
    let said = [&claims.sub, &claims.actor_id, &claims.cid, claims.sid.as_ref().unwrap()];
    assert_eq!(said, [&person.to_string(), &person.to_string(), "program", &sign_in.to_string()]);
}

#[test]
fn an_identity_is_no_access_token() {
    let (key, set) = key();
    let (iat, exp) = (claims().iat, claims().exp);
    let identity = |aud: &str| IdentityClaims {
        iss: ISSUER.into(),
        aud: aud.into(),
        sub: "6a79400c1111111111111111".into(),
        email: "ada@example.com".into(),
        name: "Ada".into(),
        iat,
        exp,
    };
    for aud in ["program", AUDIENCE] {
        let token = key.issue_identity(&identity(aud)).unwrap();
        assert_eq!(set.verify(&token, now(), ISSUER), Err(TokenError::Malformed), "{aud}");
    }
}

#[test]
fn a_token_lasts_an_hour() {
    let (key, set) = key();
    let token = key.issue(&claims()).unwrap();
    let at = |seconds| set.verify(&token, now().plus_seconds(seconds), ISSUER);
    assert_eq!(at(3599), Ok(claims()));
    assert_eq!(at(3600), Err(TokenError::Expired));
    assert_eq!(at(-60), Ok(claims()));
    assert_eq!(at(-61), Err(TokenError::NotYetValid));
}

#[test]
fn tokens_of_others_are_refused() {
    let (key, set) = key();
    let (other, other_set) = self::key();
    let token = key.issue(&claims()).unwrap();
    assert_eq!(other_set.verify(&token, now(), ISSUER), Err(TokenError::UnknownKey));
    assert_eq!(set.verify(&token, now(), "https://another.example"), Err(TokenError::Issuer));
    let elsewhere = Claims { aud: "api://other".into(), ..claims() };
    assert_eq!(set.verify(&key.issue(&elsewhere).unwrap(), now(), ISSUER), Err(TokenError::Audience));
    // Another key that claims to be ours.
    let forged = signed(&other, &json!({ "alg": "ES512", "kid": key.kid() }), &json!(claims()));
    assert_eq!(set.verify(&forged, now(), ISSUER), Err(TokenError::Signature));
    assert_eq!(KeySet::new().verify(&token, now(), ISSUER), Err(TokenError::UnknownKey));
}

#[test]
fn other_algorithms_and_critical_headers_are_refused() {
    let (key, set) = key();
    let payload = json!(claims());
    let kid = key.kid();
    let cases = [
        (json!({ "alg": "none", "kid": kid }), TokenError::Algorithm),
        (json!({ "alg": "NONE", "kid": kid }), TokenError::Algorithm),
        (json!({ "alg": "HS512", "kid": kid }), TokenError::Algorithm),
        (json!({ "alg": "ES256", "kid": kid }), TokenError::Algorithm),
        (json!({ "alg": "es512", "kid": kid }), TokenError::Algorithm),
        (json!({ "kid": kid }), TokenError::Malformed),
        (json!({ "alg": ["ES512"], "kid": kid }), TokenError::Malformed),
        (json!({ "alg": "ES512" }), TokenError::UnknownKey),
        (json!({ "alg": "ES512", "kid": kid, "crit": ["b64"], "b64": false }), TokenError::Malformed),
        (json!([]), TokenError::Malformed),
    ];
    for (header, error) in cases {
        assert_eq!(set.verify(&signed(&key, &header, &payload), now(), ISSUER), Err(error), "{header}");
    }
    let unsigned = format!(
        "{}.{}.",
        URL_SAFE_NO_PAD.encode(json!({ "alg": "none" }).to_string()),
        URL_SAFE_NO_PAD.encode(payload.to_string())
    );
    assert_eq!(set.verify(&unsigned, now(), ISSUER), Err(TokenError::Algorithm));
}

#[test]
fn altered_tokens_are_refused() {
    let (key, set) = key();
    let token = key.issue(&claims()).unwrap();
    for at in (0..token.len()).step_by(7) {
        let mut altered = token.clone().into_bytes();
        altered[at] = if altered[at] == b'A' { b'B' } else { b'A' };
        let altered = String::from_utf8(altered).unwrap();
        assert!(set.verify(&altered, now(), ISSUER).is_err(), "{at}");
    }
    let parts: Vec<_> = token.split('.').collect();
    let more = Claims { exp: i64::MAX, ..claims() };
    let payload = URL_SAFE_NO_PAD.encode(serde_json::to_vec(&more).unwrap());
    let stretched = format!("{}.{payload}.{}", parts[0], parts[2]);
    assert_eq!(set.verify(&stretched, now(), ISSUER), Err(TokenError::Signature));
    for end in [0, 1, parts[0].len(), parts[0].len() + 1, token.len() - parts[2].len(), token.len() - 1] {
        assert!(set.verify(&token[..end], now(), ISSUER).is_err(), "{end}");
    }
    for text in [format!("{token}."), format!(".{token}"), format!("{token}="), format!(" {token}")] {
        assert!(set.verify(&text, now(), ISSUER).is_err(), "{text}");
    }
    assert_eq!(set.verify(&"a".repeat(8193), now(), ISSUER), Err(TokenError::TooLong));
}

#[test]
fn the_key_set_publishes_its_keys_and_reads_them_back() {
    let (first, second) = (SigningKey::generate().unwrap(), SigningKey::generate().unwrap());
    let mut set = KeySet::new();
    for key in [&first, &second, &first] {
        set.insert(&key.public_jwk).unwrap();
    }
    let mut sorted = [&first, &second];
    sorted.sort_by_key(|key| &key.kid);
    assert_eq!(set.jwks(), json!({ "keys": sorted.map(|key| &key.public_jwk) }));
    let jwk = first.public_jwk.as_object().unwrap();
    let names: Vec<_> = jwk.keys().map(String::as_str).collect();
    assert_eq!(names, ["alg", "crv", "kid", "kty", "use", "x", "y"]);
    assert_eq!((jwk["crv"].as_str(), jwk["alg"].as_str()), (Some("P-521"), Some("ES512")));
    assert_eq!(SigningKey::load(&first.pkcs8).unwrap().kid(), first.kid);
    assert!(set.remove(&first.kid));
    assert!(!set.remove(&first.kid));
    let token = SigningKey::load(&first.pkcs8).unwrap().issue(&claims()).unwrap();
    assert_eq!(set.verify(&token, now(), ISSUER), Err(TokenError::UnknownKey));
}

#[test]
fn what_is_no_p521_key_is_refused() {
    let good = SigningKey::generate().unwrap();
    let changed = |name: &str, value: Value| {
        let mut jwk = good.public_jwk.clone();
        jwk[name] = value;
        jwk
    };
    let cases = [
        json!({}),
        json!("key"),
        changed("kty", json!("RSA")),
        changed("crv", json!("P-256")),
        changed("x", json!("AAAA")),
        changed("x", json!(URL_SAFE_NO_PAD.encode([1; 66]))),
        changed("kid", json!("another")),
    ];
    for jwk in cases {
        assert_eq!(KeySet::new().insert(&jwk), Err(SigningKeyError::Jwk), "{jwk}");
    }
    assert_eq!(SigningKey::load(b"").unwrap_err(), SigningKeyError::Pkcs8);
    assert_eq!(SigningKey::load(&good.pkcs8[1..]).unwrap_err(), SigningKeyError::Pkcs8);
}

#[test]
fn the_example_of_rfc_7515_verifies() {
    // Appendix A.4: the payload is the text "Payload", signed with ES512.
    let jwk = json!({
        "kty": "EC",
        "crv": "P-521",
        "x": "AekpBQ8ST8a8VcfVOTNl353vSrDCLLJXmPk06wTjxrrjcBpXp5EOnYG_NjFZ6OvLFV1jSfS9tsz4qUxcWceqwQGk",
        "y": "ADSmRA43Z1DSNx_RvcLI87cdL07l6jQyyBXMoxVg_l2Th-x3S1WDhjDly79ajL4Kkd0AZMaZmh9ubmf63e3kyMj2",
    });
    let mut set = KeySet::new();
    set.insert(&jwk).unwrap();
    let signed = "eyJhbGciOiJFUzUxMiJ9.UGF5bG9hZA";
    let signature = concat!(
        "AdwMgeerwtHoh-l192l60hp9wAHZFVJbLfD_UxMi70cwnZOYaRI1bKPWROc-mZZqwqT2SI-KGDKB34XO0aw_7Xdt",
        "AG8GaSwFKdCAPZgoXD2YBJZCPEX3xKpRwcdOO8KpEHwJjyqOgzDO7iKvU8vcnwNrmxYbSW9ERBXukOXolLzeO_Jn",
    );
    let key = set.keys.values().next().unwrap();
    let bytes = URL_SAFE_NO_PAD.decode(signature).unwrap();
    key.key.verify_sig(signed.as_bytes(), &bytes).unwrap();
}

#[test]
fn debug_shows_no_private_key() {
    let new = SigningKey::generate().unwrap();
    assert_eq!(format!("{new:?}"), format!("NewSigningKey {{ kid: {:?}, .. }}", new.kid));
    let loaded = SigningKey::load(&new.pkcs8).unwrap();
    assert_eq!(format!("{loaded:?}"), format!("SigningKey {{ kid: {:?}, .. }}", new.kid));
}

#[test]
fn a_fingerprint_is_the_sha256_of_the_token() {
    let expected = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
    assert_eq!(data_encoding::HEXLOWER.encode(&token_fingerprint("abc")), expected);
}

proptest! {
    #[test]
    fn any_text_is_refused(token in "([A-Za-z0-9_=-]{0,40}\\.){0,4}.*", header in ".*", payload in ".*") {
        let set = KeySet::new();
        prop_assert!(set.verify(&token, now(), ISSUER).is_err());
        let encoded = format!("{}.{}.AAAA", URL_SAFE_NO_PAD.encode(header), URL_SAFE_NO_PAD.encode(payload));
        prop_assert!(set.verify(&encoded, now(), ISSUER).is_err());
    }
}
