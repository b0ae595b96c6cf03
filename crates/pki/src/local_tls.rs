//! A local authority and the certificate of a server on this machine, for development.

use std::fmt;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use rcgen::{
    BasicConstraints, CertificateParams, DistinguishedName, DnType, ExtendedKeyUsagePurpose, IsCa, Issuer,
    KeyUsagePurpose, SanType,
};
use telamon_wire::{Entropy, Timestamp};
use zeroize::Zeroizing;

use crate::authority::{certificate_pem, random_serial, set_validity, to_pem, whole_seconds};
use crate::key::Signer;
use crate::{KeyKind, PkiError};

const DAY: i64 = 24 * 3600;
/// The longest that Apple's clients take from an authority that a user has added (825 days), and some days less.
const LIFETIME_DAYS: i64 = 820;

/// A server certificate for `127.0.0.1`, `::1` and `localhost`, and the authority that issued it.
///
/// The authority's private key is thrown away once it has signed: who trusts the authority trusts this one server
/// certificate, and nobody can make another.
pub struct LocalTls {
    /// The authority's certificate, PEM: what a client is told to trust.
    pub authority_pem: String,
    /// The server's certificate, PEM.
    pub certificate_pem: String,
    /// The server's private key, PKCS#8, PEM.
    pub private_key_pem: Zeroizing<String>,
    /// When both certificates end.
    pub not_after: Timestamp,
}

impl fmt::Debug for LocalTls {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("LocalTls").field("not_after", &self.not_after).finish_non_exhaustive()
    }
}

impl LocalTls {
    /// Makes both, with P-256 keys, back-dated a day and valid for some two years.
    ///
    /// They hold what strict clients ask for (RFC 5280, 4.2.1.1 to 4.2.1.3): a key id in both, the authority's key id
    /// in the server's, and critical key usage in both.
    pub fn generate(now: Timestamp, entropy: &dyn Entropy) -> Result<Self, PkiError> {
        let now = whole_seconds(now);
        let not_after = now.plus_seconds(LIFETIME_DAYS * DAY);
        let validity = (now.plus_seconds(-DAY), not_after);

        let authority_key = Signer::generate(KeyKind::P256)?;
        let authority = authority_params(validity, entropy)?;
        let authority_der = authority.self_signed(&authority_key)?.der().to_vec();

        let server_key = Signer::generate(KeyKind::P256)?;
        let issuer = Issuer::new(authority, authority_key);
        let server_der = server_params(validity, entropy)?.signed_by(&server_key, &issuer)?.der().to_vec();
        Ok(Self {
            authority_pem: certificate_pem(&authority_der),
            certificate_pem: certificate_pem(&server_der),
            private_key_pem: Zeroizing::new(to_pem("PRIVATE KEY", &server_key.to_pkcs8()?)),
            not_after,
        })
    }
}

type Validity = (Timestamp, Timestamp);

fn authority_params(validity: Validity, entropy: &dyn Entropy) -> Result<CertificateParams, PkiError> {
    let serial = random_serial(entropy);
    // The serial number in the name: two of these in one trust store are told apart.
    let mut params = params(&format!("telamon local authority {serial:016x}"), serial, validity)?;
    params.is_ca = IsCa::Ca(BasicConstraints::Constrained(0));
    params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
    Ok(params)
}

fn server_params(validity: Validity, entropy: &dyn Entropy) -> Result<CertificateParams, PkiError> {
    let mut params = params("localhost", random_serial(entropy), validity)?;
    params.is_ca = IsCa::ExplicitNoCa;
    params.use_authority_key_identifier_extension = true;
    params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
    params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
    params.subject_alt_names = vec![
        SanType::DnsName("localhost".try_into()?),
        SanType::IpAddress(IpAddr::V4(Ipv4Addr::LOCALHOST)),
        SanType::IpAddress(IpAddr::V6(Ipv6Addr::LOCALHOST)),
    ];
    Ok(params)
}

fn params(common_name: &str, serial: i64, (from, to): Validity) -> Result<CertificateParams, PkiError> {
    let mut params = CertificateParams::default();
    set_validity(&mut params, from, to)?;
    params.serial_number = Some(serial.unsigned_abs().into());
    params.distinguished_name = DistinguishedName::new();
    params.distinguished_name.push(DnType::CommonName, common_name);
    Ok(params)
}

#[cfg(test)]
mod tests {
    use x509_parser::prelude::*;

    use super::*;

    struct Fixed;
    impl Entropy for Fixed {
        fn fill(&self, bytes: &mut [u8]) {
            bytes.fill(7);
        }
    }

    fn der(pem: &str) -> Vec<u8> {
        ::pem::parse(pem).unwrap().into_contents()
    }

    #[test]
    fn holds_what_strict_clients_look_for() {
        let made = LocalTls::generate(Timestamp::from_seconds(1_800_000_000), &Fixed).unwrap();
        let (authority, server) = (der(&made.authority_pem), der(&made.certificate_pem));
        let (_, authority) = X509Certificate::from_der(&authority).unwrap();
        let (_, server) = X509Certificate::from_der(&server).unwrap();
        server.verify_signature(Some(authority.public_key())).unwrap();

        let key_id = |of: &X509Certificate<'_>| {
            of.iter_extensions().find_map(|extension| match extension.parsed_extension() {
                ParsedExtension::SubjectKeyIdentifier(id) => Some(id.0.to_vec()),
                _ => None,
            })
        };
        let authority_key_id = server.iter_extensions().find_map(|extension| match extension.parsed_extension() {
            ParsedExtension::AuthorityKeyIdentifier(id) => id.key_identifier.as_ref().map(|id| id.0.to_vec()),
            _ => None,
        });
        assert!(key_id(&server).is_some());
        assert!(authority_key_id.is_some());
        assert_eq!(authority_key_id, key_id(&authority));

        let usage = authority.key_usage().unwrap().unwrap();
        assert!(usage.critical && usage.value.key_cert_sign() && usage.value.crl_sign());
        assert!(authority.basic_constraints().unwrap().unwrap().critical && authority.is_ca() && !server.is_ca());
        assert!(server.key_usage().unwrap().unwrap().critical);
        assert!(server.extended_key_usage().unwrap().unwrap().value.server_auth);
        let names = &server.subject_alternative_name().unwrap().unwrap().value.general_names;
        let loopback6 = Ipv6Addr::LOCALHOST.octets();
        assert_eq!(
            *names,
            [
                GeneralName::DNSName("localhost"),
                GeneralName::IPAddress(&[127, 0, 0, 1]),
                GeneralName::IPAddress(&loopback6),
            ]
        );
        assert_eq!(server.validity().not_after.timestamp(), made.not_after.as_seconds());
        assert_eq!(authority.validity(), server.validity());
    }
}
