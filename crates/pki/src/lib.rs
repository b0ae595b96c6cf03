//! Certificate authorities, client certificates and distinguished names.
//!
//! Each project has an [`Authority`] that issues the client certificates of its managed X.509 users; a `mongod` that
//! trusts the authority takes the subject of such a certificate as the user's name in `$external`. Customers who run
//! their own authority hand in its certificates, which [`check_customer_cas`] judges.
//!
//! What always holds: nothing here reads the clock, touches a file or the network; keys and signatures come from
//! aws-lc-rs, certificates are encoded by rcgen and read by x509-parser; a private key leaves this crate only in the
//! values that exist to carry it, is wiped when they are dropped, and never appears in `Debug` or in an error.

mod authority;
mod client;
mod dn;
mod error;
mod key;
mod local_tls;
mod pool;
mod trust;

pub use authority::{Authority, NewAuthority};
pub use client::{ClientCertificate, Issued, MAX_MONTHS};
pub use dn::{Attribute, AttributeValue, CommonName, DistinguishedName, NameError, parse_managed_username};
pub use error::PkiError;
pub use key::{ClientKey, KeyKind};
pub use local_tls::LocalTls;
pub use pool::KeyPool;
pub use trust::{CaSummary, MAX_CHAIN_BYTES, TrustError, check_customer_cas};
