//! Which authorities of customers pass.

#[cfg(test)]
mod program;
#[cfg(test)]
mod support;

use std::path::Path;

use program::{openssl, printed};
use rcgen::{BasicConstraints, CertificateParams, DnType, IsCa, KeyPair, KeyUsagePurpose, date_time_ymd};
use support::{at, authority, issue};
use telamon_pki::{CaSummary, KeyKind, MAX_CHAIN_BYTES, TrustError, check_customer_cas};

const NOW: &str = "2026-03-31T00:00:00Z";

fn check(chain: &str) -> Result<Vec<CaSummary>, TrustError> {
    check_customer_cas(chain, at(NOW))
}

/// A self-signed certificate that ends 2030-01-01, after `change`.
fn certificate(change: impl FnOnce(&mut CertificateParams)) -> String {
    let mut params = CertificateParams::default();
    params.distinguished_name = rcgen::DistinguishedName::new();
    params.distinguished_name.push(DnType::CountryName, "CH");
    params.distinguished_name.push(DnType::OrganizationName, "Example, Inc.");
    params.distinguished_name.push(DnType::CommonName, "Root Zürich");
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    params.not_before = date_time_ymd(2020, 1, 1);
    params.not_after = date_time_ymd(2030, 1, 1);
    change(&mut params);
    let key = KeyPair::generate().expect("a key");
    params.self_signed(&key).expect("a certificate").pem()
}

const SUBJECT: &str = r"CN=Root Zürich,O=Example\, Inc.,C=CH";

#[test]
fn authorities_pass_and_are_described() {
    let first = certificate(|_| ());
    let second = authority(at(NOW));
    let chain = format!("Comment: ours\n{first}\n\r\n  \n# theirs\n{}", second.certificate_pem());
    let summaries = check(&chain).unwrap();
    assert_eq!(summaries.len(), 2);
    assert_eq!((summaries[0].subject.as_str(), summaries[0].not_after), (SUBJECT, at("2030-01-01T00:00:00Z")));
    assert_eq!(summaries[1].subject, format!("O=MongoDB Inc,OU=Atlas,CN={}", support::PROJECT));
    assert_eq!(summaries[1].not_after, second.not_after());

    let folder = tempfile::tempdir().unwrap();
    assert_eq!(check(&first.replace('\n', "\r\n")).unwrap(), summaries[..1]);
    std::fs::write(folder.path().join("ca.pem"), &first).unwrap();
    let show = ["x509", "-in", "ca.pem", "-noout", "-fingerprint", "-sha256"];
    let Some(output) = openssl(Path::new(folder.path()), &show) else { return };
    let fingerprint = printed(&output).trim_end().rsplit('=').next().unwrap().replace(':', "").to_lowercase();
    assert_eq!(summaries[0].fingerprint, fingerprint);
}

#[test]
fn expired_authorities_are_named() {
    let expired = certificate(|params| params.not_after = date_time_ymd(2026, 3, 30));
    let chain = certificate(|_| ()) + &expired;
    let not_after = at("2026-03-30T00:00:00Z");
    assert_eq!(check(&chain), Err(TrustError::Expired { subject: SUBJECT.to_owned(), not_after }));
    let last_second = certificate(|params| params.not_after = date_time_ymd(2026, 3, 31));
    assert!(check(&last_second).is_ok());
}

#[test]
fn what_may_not_sign_is_no_authority() {
    let refused = Err(TrustError::NotAuthority { subject: SUBJECT.to_owned() });
    assert_eq!(check(&certificate(|params| params.is_ca = IsCa::ExplicitNoCa)), refused);
    assert_eq!(check(&certificate(|params| params.key_usages = vec![KeyUsagePurpose::DigitalSignature])), refused);
    assert!(check(&certificate(|params| params.key_usages = vec![KeyUsagePurpose::KeyCertSign])).is_ok());
    let leaf = issue(&authority(at(NOW)), "alice", KeyKind::P256, at(NOW));
    assert_eq!(check(&leaf.certificate_pem), Err(TrustError::NotAuthority { subject: "CN=alice".to_owned() }));
}

#[test]
fn private_keys_are_refused_and_not_repeated() {
    let leaf = issue(&authority(at(NOW)), "alice", KeyKind::P256, at(NOW));
    let truncated = &leaf.private_key_pem[..60];
    let encrypted = leaf.private_key_pem.replace("PRIVATE KEY", "ENCRYPTED PRIVATE KEY");
    for key in [&leaf.private_key_pem, truncated, &encrypted, "-----BEGIN RSA PRIVATE KEY-----"] {
        assert_eq!(check(&(certificate(|_| ()) + key)), Err(TrustError::PrivateKey));
    }
    let secret = leaf.private_key_pem.lines().nth(1).unwrap();
    let error = check(&leaf.pem()).unwrap_err();
    assert!(!format!("{error} {error:?}").contains(secret));
}

#[test]
fn everything_else_is_refused() {
    let good = certificate(|_| ());
    assert_eq!(check(""), Err(TrustError::Empty));
    assert_eq!(check("no certificate"), Err(TrustError::Empty));
    assert_eq!(check(&"x".repeat(MAX_CHAIN_BYTES + 1)), Err(TrustError::TooLong));
    let half = &good[..good.len() / 2];
    assert_eq!(check(half), Err(TrustError::Malformed));
    assert_eq!(check(&format!("{good}{half}")), Err(TrustError::Malformed));
    assert_eq!(check(&good.replace("MII", "M!I")), Err(TrustError::Malformed));
    let labelled = |label: &str| good.replace("CERTIFICATE", label);
    assert_eq!(check(&format!("{good}{}", labelled("X509 CRL"))), Err(TrustError::NotCertificate { block: 2 }));
    assert_eq!(check(&labelled("TRUSTED CERTIFICATE")), Err(TrustError::NotCertificate { block: 1 }));

    let block = |der: Vec<u8>| pem::encode(&pem::Pem::new("CERTIFICATE", der));
    let der = pem::parse(&good).unwrap().into_contents();
    assert_eq!(check(&block(b"garbage".to_vec())), Err(TrustError::NotX509 { block: 1 }));
    assert_eq!(check(&block([der.as_slice(), b"\0"].concat())), Err(TrustError::NotX509 { block: 1 }));
    assert_eq!(
        check(&format!("{good}{}", block(der[..der.len() - 1].to_vec()))),
        Err(TrustError::NotX509 { block: 2 })
    );
}
