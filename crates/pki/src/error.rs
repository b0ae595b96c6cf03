//! What can go wrong while certificates are made.

use telamon_wire::Timestamp;

/// Why an authority could not be made or loaded, or a certificate not be issued. Holds nothing secret.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum PkiError {
    /// The name of an authority must be a `PrintableString`.
    #[error("the authority's name may hold letters, digits, blanks and '()+,-./:=? only")]
    AuthorityName,
    /// What was handed in as an authority's certificate is not one that can issue here.
    #[error("the authority's certificate cannot be used: {0}")]
    AuthorityCertificate(&'static str),
    /// The key is neither a P-256 nor an RSA key in PKCS#8.
    #[error("the authority's private key is not an unencrypted P-256 or RSA key in PKCS#8")]
    AuthorityKey,
    /// The key is not the one that the certificate speaks of.
    #[error("the authority's private key does not belong to its certificate")]
    KeyMismatch,
    /// The validity lies outside what is allowed.
    #[error("a client certificate is valid for 1 to {max} months, not {0}", max = crate::MAX_MONTHS)]
    Months(u8),
    /// The certificate would be valid for longer than the authority that signs it.
    #[error(
        "the certificate would end {not_after}, after its authority ({authority_not_after}); the next authority must be made first"
    )]
    OutlivesAuthority {
        /// When the certificate would end.
        not_after: Timestamp,
        /// When the authority ends.
        authority_not_after: Timestamp,
    },
    /// X.509 can print the years 1970 to 9999 only.
    #[error("{0} cannot stand in a certificate: the year must be 1970 to 9999")]
    Time(Timestamp),
    /// The cryptographic provider failed to make a key.
    #[error("the cryptographic provider could not make a key")]
    KeyGeneration,
    /// The certificate could not be encoded or signed.
    #[error("the certificate could not be built: {0}")]
    Certificate(#[from] rcgen::Error),
    /// The thread that makes keys ahead could not be started.
    #[error("the thread that makes keys ahead could not be started: {0}")]
    Thread(#[source] std::io::Error),
}
