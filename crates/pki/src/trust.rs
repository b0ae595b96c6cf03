//! Judges the authorities that customers bring themselves.

use aws_lc_rs::digest::{SHA256, digest};
use data_encoding::HEXLOWER;
use telamon_wire::Timestamp;
use x509_parser::certificate::X509Certificate;
use x509_parser::x509::X509Version;

use crate::DistinguishedName;

/// The longest chain that is read, in bytes: some two hundred certificates.
pub const MAX_CHAIN_BYTES: usize = 256 * 1024;

/// An authority that passed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CaSummary {
    /// The subject as RFC 2253 text.
    pub subject: String,
    /// When it ends.
    pub not_after: Timestamp,
    /// SHA-256 of the DER certificate, 64 lower-case hexadecimal digits.
    pub fingerprint: String,
}

/// Why a chain was refused. Never quotes what was sent, apart from a subject.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum TrustError {
    /// Longer than [`MAX_CHAIN_BYTES`].
    #[error("the chain is longer than {MAX_CHAIN_BYTES} bytes")]
    TooLong,
    /// No certificate in it.
    #[error("there is no certificate: blocks that begin with -----BEGIN CERTIFICATE----- are wanted")]
    Empty,
    /// The text is not well-formed PEM (RFC 7468).
    #[error("the text is not well-formed PEM: each block needs its END line and base64 between")]
    Malformed,
    /// There is a private key, which nobody should send.
    #[error("there is a private key in the chain: send certificates only, and replace that key")]
    PrivateKey,
    /// There is a block of another kind.
    #[error("block {block} is not a CERTIFICATE")]
    NotCertificate {
        /// Which block, counted from 1.
        block: usize,
    },
    /// A block does not hold an X.509 version 3 certificate.
    #[error("certificate {block} is not an X.509 version 3 certificate")]
    NotX509 {
        /// Which block, counted from 1.
        block: usize,
    },
    /// A certificate that may not sign others.
    #[error("{subject} is not a certificate authority: it needs CA:TRUE, and keyCertSign if it names key usages")]
    NotAuthority {
        /// Its subject.
        subject: String,
    },
    /// An authority that has ended.
    #[error("the certificate authority {subject} expired {not_after}")]
    Expired {
        /// Its subject.
        subject: String,
        /// When it ended.
        not_after: Timestamp,
    },
}

/// Checks the authorities that a customer wants trusted: one or more certificates in PEM, each one of an authority
/// that has not expired. Text between the blocks is ignored, as RFC 7468 has it.
pub fn check_customer_cas(pem_chain: &str, now: Timestamp) -> Result<Vec<CaSummary>, TrustError> {
    if pem_chain.len() > MAX_CHAIN_BYTES {
        return Err(TrustError::TooLong);
    }
    // First of all, so that a key is named even in a chain that is broken besides.
    if pem_chain.lines().any(|line| line.contains("-----BEGIN ") && line.contains("PRIVATE KEY-----")) {
        return Err(TrustError::PrivateKey);
    }
    let blocks = pem::parse_many(pem_chain).map_err(|_| TrustError::Malformed)?;
    // The parser stops without a word at a block that has no end.
    if blocks.len() != pem_chain.matches("-----BEGIN ").count() {
        return Err(TrustError::Malformed);
    }
    if blocks.is_empty() {
        return Err(TrustError::Empty);
    }
    blocks.iter().zip(1..).map(|(block, number)| check_block(block, number, now)).collect()
}

fn check_block(block: &pem::Pem, number: usize, now: Timestamp) -> Result<CaSummary, TrustError> {
    if block.tag() != "CERTIFICATE" {
        return Err(TrustError::NotCertificate { block: number });
    }
    let certificate = match x509_parser::parse_x509_certificate(block.contents()) {
        Ok(([], certificate)) if certificate.version() == X509Version::V3 => certificate,
        _ => return Err(TrustError::NotX509 { block: number }),
    };
    let subject = DistinguishedName::from_certificate(certificate.subject()).to_string();
    if !may_sign_certificates(&certificate) {
        return Err(TrustError::NotAuthority { subject });
    }
    let not_after = Timestamp::from_seconds(certificate.validity().not_after.timestamp());
    if not_after < now {
        return Err(TrustError::Expired { subject, not_after });
    }
    Ok(CaSummary { subject, not_after, fingerprint: HEXLOWER.encode(digest(&SHA256, block.contents()).as_ref()) })
}

/// CA:TRUE, and keyCertSign where there is a key usage at all (RFC 5280, 4.2.1.3 and 4.2.1.9).
fn may_sign_certificates(certificate: &X509Certificate<'_>) -> bool {
    let is_authority = matches!(certificate.basic_constraints(), Ok(Some(constraints)) if constraints.value.ca);
    let may_sign = match certificate.key_usage() {
        Ok(usage) => usage.is_none_or(|usage| usage.value.key_cert_sign()),
        Err(_) => false,
    };
    is_authority && may_sign
}
