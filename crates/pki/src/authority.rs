//! A project's certificate authority.

use std::fmt;
use std::time::Duration;

use pem::{EncodeConfig, LineEnding, Pem};
use rcgen::string::PrintableString;
use rcgen::{
    BasicConstraints, CertificateParams, DistinguishedName, DnType, DnValue, IsCa, Issuer, KeyUsagePurpose,
    PublicKeyData as _,
};
use telamon_wire::{Entropy, Timestamp, random_array};
use x509_parser::certificate::X509Certificate;
use zeroize::Zeroizing;

use crate::key::Signer;
use crate::{KeyKind, PkiError};

const DAY: i64 = 24 * 3600;
/// The attribute type serialNumber: X.520, 6.2.9.
const SERIAL_NUMBER: [u64; 4] = [2, 5, 4, 5];
const LIFETIME_MONTHS: i32 = 10 * 12;
/// One month more than the longest client certificate, so that there is time to hand the next authority out.
const SUCCESSOR_MONTHS: i32 = 25;

/// A new authority, to be stored: the certificate in clear, the key sealed.
pub struct NewAuthority {
    /// The self-signed certificate, DER.
    pub certificate_der: Vec<u8>,
    /// The same in PEM, with a final newline.
    pub certificate_pem: String,
    /// The private key, unencrypted PKCS#8, DER. Wiped when dropped.
    pub private_key_pkcs8: Zeroizing<Vec<u8>>,
    /// When the authority ends.
    pub not_after: Timestamp,
}

impl fmt::Debug for NewAuthority {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("NewAuthority").field("not_after", &self.not_after).finish_non_exhaustive()
    }
}

/// An authority that can sign. Loading one parses certificate and key once; callers keep it.
///
/// The private key lives in the cryptographic provider, which wipes it when this is dropped.
pub struct Authority {
    certificate_der: Vec<u8>,
    certificate_pem: String,
    not_after: Timestamp,
    pub(crate) issuer: Issuer<'static, Signer>,
}

impl fmt::Debug for Authority {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Authority").field("not_after", &self.not_after).finish_non_exhaustive()
    }
}

impl Authority {
    /// Makes an authority with a P-256 key. `common_name` is the project's id.
    ///
    /// The certificate is self-signed, back-dated a day against clocks that are slow, and valid for ten years; it may
    /// sign client certificates and revocation lists but no further authorities (RFC 5280, 4.2.1.9: path length 0).
    pub fn generate(common_name: &str, now: Timestamp, entropy: &dyn Entropy) -> Result<NewAuthority, PkiError> {
        Self::generate_with(KeyKind::P256, common_name, now, entropy)
    }

    /// Makes the authority that follows those before it: `number` is 2 for the second of a project. Its name has a
    /// serialNumber besides, because client certificates name their authority by its name alone.
    pub fn generate_successor(
        common_name: &str,
        number: u32,
        now: Timestamp,
        entropy: &dyn Entropy,
    ) -> Result<NewAuthority, PkiError> {
        let mut name = authority_name(common_name)?;
        let number = PrintableString::try_from(number.to_string()).map_err(|_| PkiError::AuthorityName)?;
        name.push(DnType::CustomDnType(SERIAL_NUMBER.to_vec()), DnValue::PrintableString(number));
        Self::self_signed(KeyKind::P256, name, now, entropy)
    }

    /// The same with a key of the given kind.
    pub fn generate_with(
        kind: KeyKind,
        common_name: &str,
        now: Timestamp,
        entropy: &dyn Entropy,
    ) -> Result<NewAuthority, PkiError> {
        Self::self_signed(kind, authority_name(common_name)?, now, entropy)
    }

    fn self_signed(
        kind: KeyKind,
        name: DistinguishedName,
        now: Timestamp,
        entropy: &dyn Entropy,
    ) -> Result<NewAuthority, PkiError> {
        let now = whole_seconds(now);
        let not_after = now.plus_months(LIFETIME_MONTHS);
        let mut params = CertificateParams::default();
        set_validity(&mut params, now.plus_seconds(-DAY), not_after)?;
        params.serial_number = Some(random_serial(entropy).unsigned_abs().into());
        params.distinguished_name = name;
        params.is_ca = IsCa::Ca(BasicConstraints::Constrained(0));
        params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];

        let signer = Signer::generate(kind)?;
        let certificate_der = params.self_signed(&signer)?.der().to_vec();
        Ok(NewAuthority {
            certificate_pem: certificate_pem(&certificate_der),
            certificate_der,
            private_key_pkcs8: signer.to_pkcs8()?,
            not_after,
        })
    }

    /// Reads what [`Authority::generate`] made. Refuses a certificate that is not an authority's, and a key that does
    /// not belong to it.
    pub fn load(certificate_der: &[u8], private_key_pkcs8: &[u8]) -> Result<Self, PkiError> {
        let (rest, certificate) = x509_parser::parse_x509_certificate(certificate_der)
            .map_err(|_| PkiError::AuthorityCertificate("it is not an X.509 certificate in DER"))?;
        if !rest.is_empty() {
            return Err(PkiError::AuthorityCertificate("there are bytes after its end"));
        }
        if !certificate.is_ca() {
            return Err(PkiError::AuthorityCertificate("its basic constraints do not say CA:TRUE"));
        }
        refuse_ambiguous_subject(&certificate)?;
        let signer = Signer::from_pkcs8(private_key_pkcs8)?;
        if signer.der_bytes() != certificate.public_key().subject_public_key.as_ref() {
            return Err(PkiError::KeyMismatch);
        }
        Ok(Self {
            certificate_der: certificate_der.to_vec(),
            certificate_pem: certificate_pem(certificate_der),
            not_after: Timestamp::from_seconds(certificate.validity().not_after.timestamp()),
            issuer: Issuer::from_ca_cert_der(&certificate_der.into(), signer)?,
        })
    }

    /// The certificate, DER.
    pub fn certificate_der(&self) -> &[u8] {
        &self.certificate_der
    }

    /// The certificate in PEM, with a final newline.
    pub fn certificate_pem(&self) -> &str {
        &self.certificate_pem
    }

    /// When the authority ends. No certificate that it issues ends later.
    pub fn not_after(&self) -> Timestamp {
        self.not_after
    }

    /// Whether the next authority must be made now: the longest client certificate, made in a month from now, would
    /// outlive this one.
    pub fn needs_successor(&self, now: Timestamp) -> bool {
        self.not_after < now.plus_months(SUCCESSOR_MONTHS)
    }
}

/// CN, OU, O in this order on the wire, each a `PrintableString`: drivers and scripts compare this very name.
fn authority_name(common_name: &str) -> Result<DistinguishedName, PkiError> {
    let mut name = DistinguishedName::new();
    let attributes = [
        (DnType::CommonName, common_name),
        (DnType::OrganizationalUnitName, "Atlas"),
        (DnType::OrganizationName, "MongoDB Inc"),
    ];
    for (kind, value) in attributes {
        let value = PrintableString::try_from(value).map_err(|_| PkiError::AuthorityName)?;
        name.push(kind, DnValue::PrintableString(value));
    }
    Ok(name)
}

/// rcgen keeps one value per attribute type: any other subject would come out changed as the issuer of a certificate,
/// and no verifier would find the way back.
fn refuse_ambiguous_subject(certificate: &X509Certificate<'_>) -> Result<(), PkiError> {
    let mut kinds = Vec::new();
    for name in certificate.subject().iter_rdn() {
        let mut attributes = name.iter();
        let (Some(attribute), None) = (attributes.next(), attributes.next()) else {
            return Err(PkiError::AuthorityCertificate("a part of its subject does not have exactly one attribute"));
        };
        if kinds.contains(&attribute.attr_type()) {
            return Err(PkiError::AuthorityCertificate("its subject has an attribute type twice"));
        }
        kinds.push(attribute.attr_type());
    }
    Ok(())
}

pub(crate) fn certificate_pem(der: &[u8]) -> String {
    to_pem("CERTIFICATE", der)
}

pub(crate) fn to_pem(label: &str, der: &[u8]) -> String {
    let block = Pem::new(label, der);
    let text = pem::encode_config(&block, EncodeConfig::new().set_line_ending(LineEnding::LF));
    drop(Zeroizing::new(block.into_contents()));
    text
}

/// A positive number of 63 bits: RFC 5280 forbids 0, and the wire knows signed 64-bit numbers only.
pub(crate) fn random_serial(entropy: &dyn Entropy) -> i64 {
    (i64::from_be_bytes(random_array(entropy)) & i64::MAX).max(1)
}

/// Certificates know whole seconds only.
pub(crate) fn whole_seconds(time: Timestamp) -> Timestamp {
    Timestamp::from_seconds(time.as_seconds())
}

/// Dates a certificate. A [`Timestamp`] ends with the year 9999, as X.509 does.
pub(crate) fn set_validity(
    params: &mut CertificateParams,
    not_before: Timestamp,
    not_after: Timestamp,
) -> Result<(), PkiError> {
    let since_epoch = |time: Timestamp| {
        let seconds = u64::try_from(time.as_seconds()).map_err(|_| PkiError::Time(time))?;
        Ok::<_, PkiError>(rcgen::date_time_ymd(1970, 1, 1) + Duration::from_secs(seconds))
    };
    params.not_before = since_epoch(not_before)?;
    params.not_after = since_epoch(not_after)?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Fixed([u8; 8]);
    impl Entropy for Fixed {
        fn fill(&self, bytes: &mut [u8]) {
            bytes.copy_from_slice(&self.0);
        }
    }

    #[test]
    fn serials_are_positive_and_use_all_63_bits() {
        assert_eq!(random_serial(&Fixed([0; 8])), 1);
        assert_eq!(random_serial(&Fixed([0xff; 8])), i64::MAX);
        assert_eq!(random_serial(&Fixed([0x80, 0, 0, 0, 0, 0, 1, 2])), 0x102);
    }

    #[test]
    fn nothing_is_dated_before_1970() {
        let early = Timestamp::from_seconds(-1);
        let refused = Authority::generate("65f0c0ffee0123456789abcd", early, &Fixed([1; 8]));
        assert!(matches!(refused, Err(PkiError::Time(_))), "{refused:?}");
    }

    #[test]
    fn a_name_that_is_no_printable_string_is_refused() {
        let refused = Authority::generate("pr\u{f6}ject", Timestamp::from_seconds(1_800_000_000), &Fixed([1; 8]));
        assert!(matches!(refused, Err(PkiError::AuthorityName)), "{refused:?}");
    }

    #[test]
    fn an_authority_can_be_shared_between_threads() {
        fn shared<T: Send + Sync>() {}
        shared::<Authority>();
    }
}
