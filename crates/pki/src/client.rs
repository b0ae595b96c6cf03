//! Client certificates of managed X.509 users.

use std::fmt;

use rcgen::string::PrintableString;
use rcgen::{CertificateParams, CustomExtension, DistinguishedName, DnType, DnValue, IsCa, KeyUsagePurpose};
use telamon_wire::{Entropy, Timestamp};
use zeroize::Zeroizing;

use crate::authority::{certificate_pem, random_serial, set_validity, to_pem, whole_seconds};
use crate::{Authority, ClientKey, CommonName, PkiError};

/// The longest validity of a client certificate, in calendar months.
pub const MAX_MONTHS: u8 = 24;

/// Back-dating against clocks that are slow, in seconds.
const BACK_DATED: i64 = 3600;

/// extKeyUsage (RFC 5280, 4.2.1.12).
const EXTENDED_KEY_USAGE: &[u64] = &[2, 5, 29, 37];
/// `SEQUENCE { OBJECT IDENTIFIER id-kp-clientAuth (1.3.6.1.5.5.7.3.2) }`
const CLIENT_AUTH: &[u8] = &[0x30, 0x0a, 0x06, 0x08, 0x2b, 0x06, 0x01, 0x05, 0x05, 0x07, 0x03, 0x02];

/// What a client certificate shall say.
#[derive(Clone, Copy, Debug)]
pub struct ClientCertificate<'a> {
    /// Whom it names.
    pub common_name: &'a CommonName,
    /// For how many calendar months from now it is valid: 1 to [`MAX_MONTHS`].
    pub months: u8,
    /// The current time.
    pub now: Timestamp,
}

/// An issued client certificate and its key. The key is wiped when this is dropped.
pub struct Issued {
    /// The serial number: positive, 63 bits, random.
    pub serial: i64,
    /// The certificate in PEM, with a final newline.
    pub certificate_pem: String,
    /// The private key: unencrypted PKCS#8 in PEM, with a final newline.
    pub private_key_pem: Zeroizing<String>,
    /// The subject as RFC 2253 text, UTF-8 kept raw.
    pub subject: String,
    /// The subject as MongoDB looks it up in `$external` (see [`CommonName::to_openssl_rfc2253`]).
    pub subject_openssl: String,
    /// From when the certificate is valid: an hour ago, whole seconds.
    pub not_before: Timestamp,
    /// Until when the certificate is valid, whole seconds.
    pub not_after: Timestamp,
}

impl Issued {
    /// Certificate, then private key: what a driver takes as `tlsCertificateKeyFile`.
    pub fn pem(&self) -> Zeroizing<String> {
        let mut text = String::with_capacity(self.certificate_pem.len() + self.private_key_pem.len());
        text.push_str(&self.certificate_pem);
        text.push_str(&self.private_key_pem);
        Zeroizing::new(text)
    }
}

impl fmt::Debug for Issued {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Issued")
            .field("serial", &self.serial)
            .field("subject", &self.subject)
            .field("not_before", &self.not_before)
            .field("not_after", &self.not_after)
            .finish_non_exhaustive()
    }
}

impl Authority {
    /// Issues a client certificate for `key`.
    ///
    /// X.509 v3; the subject is the one common name; the extensions are `KeyUsage` (digitalSignature) and
    /// `ExtendedKeyUsage` (clientAuth), both critical, and no others. Fails rather than shorten the validity: see
    /// [`Authority::needs_successor`].
    #[expect(clippy::needless_pass_by_value, reason = "a key belongs to one certificate, and is wiped afterwards")]
    pub fn issue(
        &self,
        request: &ClientCertificate<'_>,
        key: ClientKey,
        entropy: &dyn Entropy,
    ) -> Result<Issued, PkiError> {
        if !(1..=MAX_MONTHS).contains(&request.months) {
            return Err(PkiError::Months(request.months));
        }
        let now = whole_seconds(request.now);
        let not_before = now.plus_seconds(-BACK_DATED);
        let not_after = now.plus_months(i32::from(request.months));
        if not_after > self.not_after() {
            return Err(PkiError::OutlivesAuthority { not_after, authority_not_after: self.not_after() });
        }
        let serial = random_serial(entropy);
        let mut params = CertificateParams::default();
        set_validity(&mut params, not_before, not_after)?;
        params.serial_number = Some(serial.unsigned_abs().into());
        params.distinguished_name = subject(request.common_name);
        params.is_ca = IsCa::NoCa;
        params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
        params.custom_extensions = vec![client_auth()];
        let certificate = params.signed_by(&key, &self.issuer)?;
        Ok(Issued {
            serial,
            certificate_pem: certificate_pem(certificate.der()),
            private_key_pem: Zeroizing::new(to_pem("PRIVATE KEY", key.pkcs8())),
            subject: request.common_name.to_rfc2253(),
            subject_openssl: request.common_name.to_openssl_rfc2253(),
            not_before,
            not_after,
        })
    }
}

/// A `PrintableString` where the name permits, else UTF-8 (RFC 5280, 4.1.2.4).
fn subject(common_name: &CommonName) -> DistinguishedName {
    let text = common_name.as_str();
    let value =
        PrintableString::try_from(text).map_or_else(|_| DnValue::Utf8String(text.to_owned()), DnValue::PrintableString);
    let mut name = DistinguishedName::new();
    name.push(DnType::CommonName, value);
    name
}

/// rcgen writes its own `ExtendedKeyUsage` as not critical.
fn client_auth() -> CustomExtension {
    let mut extension = CustomExtension::from_oid_content(EXTENDED_KEY_USAGE, CLIENT_AUTH.to_vec());
    extension.set_criticality(true);
    extension
}
