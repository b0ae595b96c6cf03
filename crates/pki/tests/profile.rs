//! What certificates say, bit by bit, as another library reads them.

#[cfg(test)]
mod support;

use support::{Counting, PROJECT, at, authority, issue};
use telamon_pki::{Authority, ClientCertificate, ClientKey, CommonName, KeyKind, PkiError};
use x509_parser::asn1_rs::{Any, Tag};
use x509_parser::certificate::X509Certificate;
use x509_parser::extensions::ParsedExtension;
use x509_parser::oid_registry::{
    OID_KEY_TYPE_EC_PUBLIC_KEY, OID_PKCS1_RSAENCRYPTION, OID_SIG_ECDSA_WITH_SHA256, OID_X509_COMMON_NAME,
    OID_X509_ORGANIZATION_NAME, OID_X509_ORGANIZATIONAL_UNIT,
};
use x509_parser::x509::{X509Name, X509Version};

fn der(pem: &str) -> Vec<u8> {
    pem::parse(pem).expect("PEM").into_contents()
}

fn parse(der: &[u8]) -> X509Certificate<'_> {
    let (rest, certificate) = x509_parser::parse_x509_certificate(der).expect("a certificate");
    assert!(rest.is_empty());
    certificate
}

/// (type, string type, text) in the order of the encoding.
fn parts(name: &X509Name<'_>) -> Vec<(String, Tag, String)> {
    name.iter_rdn()
        .map(|part| {
            let attributes: Vec<_> = part.iter().collect();
            assert_eq!(attributes.len(), 1);
            let value: &Any<'_> = attributes[0].attr_value();
            let text = String::from_utf8(value.data.to_vec()).expect("text");
            (attributes[0].attr_type().to_id_string(), value.tag(), text)
        })
        .collect()
}

#[test]
fn an_authority() {
    let now = at("2026-02-28T12:00:00.75Z");
    let new = Authority::generate(PROJECT, now, &Counting::from(1)).unwrap();
    assert_eq!(new.certificate_der, der(&new.certificate_pem));
    assert_eq!(new.not_after, at("2036-02-28T12:00:00Z"));
    assert_eq!(format!("{new:?}"), format!("NewAuthority {{ not_after: {:?}, .. }}", new.not_after));

    let certificate = parse(&new.certificate_der);
    assert_eq!(certificate.version(), X509Version::V3);
    assert_eq!(certificate.validity().not_before.timestamp(), at("2026-02-27T12:00:00Z").as_seconds());
    assert_eq!(certificate.validity().not_after.timestamp(), new.not_after.as_seconds());
    assert_eq!(certificate.raw_serial(), 0x1e37_79b9_7f4a_7c15_u64.to_be_bytes());
    assert_eq!(certificate.subject().as_raw(), certificate.issuer().as_raw());
    let expected = [
        (OID_X509_COMMON_NAME.to_id_string(), Tag::PrintableString, PROJECT.to_owned()),
        (OID_X509_ORGANIZATIONAL_UNIT.to_id_string(), Tag::PrintableString, "Atlas".to_owned()),
        (OID_X509_ORGANIZATION_NAME.to_id_string(), Tag::PrintableString, "MongoDB Inc".to_owned()),
    ];
    assert_eq!(parts(certificate.subject()), expected);

    let mut seen = Vec::new();
    for extension in certificate.extensions() {
        seen.push(match extension.parsed_extension() {
            ParsedExtension::BasicConstraints(constraints) => {
                format!(
                    "CA:{} pathlen:{:?} critical:{}",
                    constraints.ca, constraints.path_len_constraint, extension.critical
                )
            }
            // Bits 5 and 6: keyCertSign, cRLSign.
            ParsedExtension::KeyUsage(usage) => format!("usage:{:#b} critical:{}", usage.flags, extension.critical),
            ParsedExtension::SubjectKeyIdentifier(id) => {
                format!("key id of {} critical:{}", id.0.len(), extension.critical)
            }
            other => format!("{other:?}"),
        });
    }
    seen.sort();
    assert_eq!(
        seen,
        ["CA:true pathlen:Some(0) critical:true", "key id of 20 critical:false", "usage:0b1100000 critical:true"]
    );
    certificate.verify_signature(None).unwrap();
}

#[test]
fn a_client_certificate() {
    let now = at("2026-03-31T01:02:03.999Z");
    let authority = authority(now);
    let issued = issue(&authority, "user389", KeyKind::P256, now);
    let encoded = der(&issued.certificate_pem);
    let certificate = parse(&encoded);
    let signer = parse(authority.certificate_der());

    assert_eq!(certificate.version(), X509Version::V3);
    assert_eq!(certificate.signature_algorithm.algorithm, OID_SIG_ECDSA_WITH_SHA256);
    assert_eq!(certificate.public_key().algorithm.algorithm, OID_KEY_TYPE_EC_PUBLIC_KEY);
    assert!(issued.serial > 0);
    assert_eq!(certificate.raw_serial(), u64::try_from(issued.serial).unwrap().to_be_bytes());
    assert_eq!(certificate.issuer().as_raw(), signer.subject().as_raw());
    let common_name = |tag, text: &str| [(OID_X509_COMMON_NAME.to_id_string(), tag, text.to_owned())];
    assert_eq!(parts(certificate.subject()), common_name(Tag::PrintableString, "user389"));
    assert_eq!((issued.not_before, issued.not_after), (at("2026-03-31T00:02:03Z"), at("2026-06-30T01:02:03Z")));
    assert_eq!(certificate.validity().not_before.timestamp(), issued.not_before.as_seconds());
    assert_eq!(certificate.validity().not_after.timestamp(), issued.not_after.as_seconds());
    assert_eq!((issued.subject.as_str(), issued.subject_openssl.as_str()), ("CN=user389", "CN=user389"));
    certificate.verify_signature(Some(signer.public_key())).unwrap();

    let extensions: Vec<_> =
        certificate.extensions().iter().map(|e| (e.oid.to_id_string(), e.critical, e.value.to_vec())).collect();
    let digital_signature = vec![0x03, 0x02, 0x07, 0x80];
    let client_auth = vec![0x30, 0x0a, 0x06, 0x08, 0x2b, 0x06, 0x01, 0x05, 0x05, 0x07, 0x03, 0x02];
    let expected = [("2.5.29.15".to_owned(), true, digital_signature), ("2.5.29.37".to_owned(), true, client_auth)];
    assert_eq!(extensions, expected);
    let usage = certificate.extended_key_usage().unwrap().unwrap();
    assert!(usage.value.client_auth && !usage.value.server_auth && !usage.value.any && usage.value.other.is_empty());

    let other = issue(&authority, "user_389é", KeyKind::P256, now);
    assert_eq!(parts(parse(&der(&other.certificate_pem)).subject()), common_name(Tag::Utf8String, "user_389é"));
}

#[test]
fn certificate_then_key_in_pem() {
    let now = at("2026-03-31T01:02:03Z");
    let issued = issue(&authority(now), "alice", KeyKind::P256, now);
    let text = issued.pem();
    let blocks = pem::parse_many(text.as_bytes()).unwrap();
    assert_eq!(blocks.iter().map(pem::Pem::tag).collect::<Vec<_>>(), ["CERTIFICATE", "PRIVATE KEY"]);
    assert_eq!(*text, format!("{}{}", issued.certificate_pem, *issued.private_key_pem));
    assert!(text.starts_with("-----BEGIN CERTIFICATE-----\nMII") && text.ends_with("\n-----END PRIVATE KEY-----\n"));
    assert!(!text.contains('\r') && text.lines().all(|line| line.len() <= 64));
    let debug = format!("{issued:?}");
    assert!(!debug.contains("BEGIN") && debug.contains("CN=alice"), "{debug}");
}

#[test]
fn rsa_keys_have_the_size_that_was_asked_for() {
    let now = at("2026-03-31T01:02:03Z");
    let authority = authority(now);
    let issued = issue(&authority, "alice", KeyKind::Rsa2048, now);
    let encoded = der(&issued.certificate_pem);
    let certificate = parse(&encoded);
    assert_eq!(certificate.public_key().algorithm.algorithm, OID_PKCS1_RSAENCRYPTION);
    let x509_parser::public_key::PublicKey::RSA(key) = certificate.public_key().parsed().unwrap() else {
        panic!("an RSA key");
    };
    assert_eq!((key.key_size(), key.try_exponent().unwrap()), (2048, 65537));
    certificate.verify_signature(Some(parse(authority.certificate_der()).public_key())).unwrap();
}

#[test]
fn an_rsa_authority_signs_too() {
    let now = at("2026-03-31T01:02:03Z");
    let new = Authority::generate_with(KeyKind::Rsa2048, PROJECT, now, &Counting::from(1)).unwrap();
    let authority = Authority::load(&new.certificate_der, &new.private_key_pkcs8).unwrap();
    let issued = issue(&authority, "alice", KeyKind::P256, now);
    let encoded = der(&issued.certificate_pem);
    parse(&encoded).verify_signature(Some(parse(authority.certificate_der()).public_key())).unwrap();
}

#[test]
fn validity_is_never_shortened() {
    let now = at("2026-01-15T00:00:00Z");
    let authority = authority(now);
    let common_name = CommonName::new("alice").unwrap();
    let issue = |months, now| {
        let request = ClientCertificate { common_name: &common_name, months, now };
        authority.issue(&request, ClientKey::generate(KeyKind::P256).unwrap(), &Counting::from(1))
    };
    assert_eq!(issue(24, now).unwrap().not_after, at("2028-01-15T00:00:00Z"));
    assert!(matches!(issue(0, now), Err(PkiError::Months(0))));
    assert!(matches!(issue(25, now), Err(PkiError::Months(25))));

    assert!(!authority.needs_successor(at("2033-12-15T00:00:00Z")));
    assert!(authority.needs_successor(at("2033-12-15T00:00:01Z")));
    assert_eq!(issue(24, at("2034-01-15T00:00:00Z")).unwrap().not_after, authority.not_after());
    let refused = issue(24, at("2034-01-15T00:00:01Z"));
    assert!(matches!(refused, Err(PkiError::OutlivesAuthority { .. })), "{refused:?}");
}

#[test]
fn only_an_authority_and_its_own_key_are_loaded() {
    let now = at("2026-01-15T00:00:00Z");
    let first = Authority::generate(PROJECT, now, &Counting::from(1)).unwrap();
    let second = Authority::generate(PROJECT, now, &Counting::from(1)).unwrap();
    let load = Authority::load;
    assert!(matches!(load(&first.certificate_der, &second.private_key_pkcs8), Err(PkiError::KeyMismatch)));
    assert!(matches!(load(&first.certificate_der, b"key"), Err(PkiError::AuthorityKey)));
    assert!(matches!(load(b"certificate", &first.private_key_pkcs8), Err(PkiError::AuthorityCertificate(_))));
    let long = [first.certificate_der.as_slice(), b"\0"].concat();
    assert!(matches!(load(&long, &first.private_key_pkcs8), Err(PkiError::AuthorityCertificate(_))));

    let authority = load(&first.certificate_der, &first.private_key_pkcs8).unwrap();
    assert_eq!(authority.certificate_der(), first.certificate_der);
    assert_eq!(authority.certificate_pem(), first.certificate_pem);
    assert_eq!(authority.not_after(), first.not_after);
    assert_eq!(format!("{authority:?}"), format!("Authority {{ not_after: {:?}, .. }}", first.not_after));
    let leaf = issue(&authority, "alice", KeyKind::P256, now);
    let refused = load(&der(&leaf.certificate_pem), &der(&leaf.private_key_pem));
    assert!(matches!(refused, Err(PkiError::AuthorityCertificate(_))), "{refused:?}");
}
