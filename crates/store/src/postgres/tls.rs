//! The URL, and TLS when it asks for it. The server's certificate is always verified: a mode that encrypts without
//! knowing to whom is not offered.

use std::sync::Arc;

use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;
use rustls::{ClientConfig, RootCertStore};
use tokio_postgres::Config;
use tokio_postgres::config::SslMode;
use tokio_postgres_rustls::MakeRustlsConnect;

use super::fault::describe;
use crate::OpenError;

/// The configuration, and the connector if `sslmode` asks for TLS.
pub(super) fn read_url(url: &str) -> Result<(Config, Option<MakeRustlsConnect>), OpenError> {
    let (url, roots) = take_roots(url);
    let mut config: Config = url.parse().map_err(|error| OpenError::Url(describe(&error)))?;
    match (config.get_ssl_mode(), roots) {
        (SslMode::Require, Some(roots)) => Ok((config, Some(connector(&roots)?))),
        (SslMode::Require, None) => Err(OpenError::Tls(
            "sslmode asks for it, so sslrootcert must name a PEM file with the authorities to trust, such as \
             sslrootcert=/etc/ssl/certs/ca-certificates.crt"
                .into(),
        )),
        (SslMode::Prefer, Some(roots)) => {
            config.ssl_mode(SslMode::Require);
            Ok((config, Some(connector(&roots)?)))
        }
        _ => Ok((config, None)),
    }
}

/// Takes `sslrootcert` out of the query, and makes one of the modes that verify, which the driver does not tell apart.
fn take_roots(url: &str) -> (String, Option<String>) {
    let Some((base, query)) = url.split_once('?') else { return (url.to_owned(), None) };
    let mut roots = None;
    let mut kept = Vec::new();
    for pair in query.split('&') {
        match pair.split_once('=') {
            Some(("sslrootcert", path)) => roots = Some(path.replace("%2F", "/").replace("%2f", "/")),
            Some(("sslmode", "verify-ca" | "verify-full")) => kept.push("sslmode=require"),
            _ => kept.push(pair),
        }
    }
    (format!("{base}?{}", kept.join("&")), roots)
}

fn connector(roots: &str) -> Result<MakeRustlsConnect, OpenError> {
    let failed = |error: &dyn std::error::Error| OpenError::Tls(format!("{roots}: {}", describe(error)));
    let mut store = RootCertStore::empty();
    for certificate in CertificateDer::pem_file_iter(roots).map_err(|error| failed(&error))? {
        store.add(certificate.map_err(|error| failed(&error))?).map_err(|error| failed(&error))?;
    }
    if store.is_empty() {
        return Err(OpenError::Tls(format!("{roots} holds no certificate")));
    }
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let config = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(|error| failed(&error))?
        .with_root_certificates(store)
        .with_no_client_auth();
    Ok(MakeRustlsConnect::new(config))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_authorities_are_taken_out_of_the_url() {
        let (url, roots) = take_roots("postgres://u:p@h/db?sslmode=verify-full&sslrootcert=/ca.pem&application_name=x");
        assert_eq!(url, "postgres://u:p@h/db?sslmode=require&application_name=x");
        assert_eq!(roots.as_deref(), Some("/ca.pem"));
    }

    #[test]
    fn tls_without_authorities_is_refused() {
        let refused = read_url("postgres://u:p@h/db?sslmode=require").err().map(|error| error.to_string());
        assert!(refused.is_some_and(|text| text.contains("sslrootcert")));
        assert!(read_url("postgres://u:p@h/db").is_ok_and(|(_, tls)| tls.is_none()));
    }
}
