//! What a server's certificate says.

use anyhow::{Context, anyhow};
use telamon_wire::Timestamp;
use x509_parser::extensions::GeneralName;
use x509_parser::parse_x509_certificate;

/// The first certificate of a PEM file.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct ServerCertificate {
    pub(crate) not_before: Timestamp,
    pub(crate) not_after: Timestamp,
    /// The names that clients look for: DNS names and addresses of the subject alternative name.
    pub(crate) names: Vec<String>,
}

impl ServerCertificate {
    /// Whether a client that calls this host accepts the name.
    pub(crate) fn is_for(&self, host: &str) -> bool {
        let host = host.trim_start_matches('[').trim_end_matches(']');
        let parent = host.split_once('.').map(|(_, parent)| format!("*.{parent}"));
        self.names.iter().any(|name| {
            name.eq_ignore_ascii_case(host) || parent.as_deref().is_some_and(|p| name.eq_ignore_ascii_case(p))
        })
    }
}

pub(crate) fn read(pem_text: &[u8]) -> anyhow::Result<ServerCertificate> {
    let blocks = pem::parse_many(pem_text).context("it is not PEM")?;
    let block = blocks.iter().find(|block| block.tag() == "CERTIFICATE");
    let block = block.ok_or_else(|| anyhow!("there is no certificate in it"))?;
    let (_, certificate) = parse_x509_certificate(block.contents()).context("its first certificate is damaged")?;
    let alternatives = certificate.subject_alternative_name().ok().flatten();
    let names = alternatives.into_iter().flat_map(|alternatives| &alternatives.value.general_names);
    Ok(ServerCertificate {
        not_before: Timestamp::from_seconds(certificate.validity().not_before.timestamp()),
        not_after: Timestamp::from_seconds(certificate.validity().not_after.timestamp()),
        names: names.filter_map(print).collect(),
    })
}

fn print(name: &GeneralName<'_>) -> Option<String> {
    match name {
        GeneralName::DNSName(name) => Some((*name).to_owned()),
        GeneralName::IPAddress(bytes) => {
            let v4 = <[u8; 4]>::try_from(*bytes).map(std::net::IpAddr::from);
            let address = v4.or_else(|_| <[u8; 16]>::try_from(*bytes).map(std::net::IpAddr::from));
            address.ok().map(|address| address.to_string())
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use telamon_pki::LocalTls;

    use super::*;
    use crate::ambient::SystemEntropy;

    #[test]
    fn reads_the_end_and_the_names() {
        let made = LocalTls::generate(Timestamp::from_seconds(1_800_000_000), &SystemEntropy).unwrap();
        let found = read(made.certificate_pem.as_bytes()).unwrap();
        assert_eq!(found.not_after, made.not_after);
        assert_eq!(found.names, ["localhost", "127.0.0.1", "::1"]);
        assert!(found.is_for("127.0.0.1") && found.is_for("[::1]") && found.is_for("LOCALHOST"));
        assert!(!found.is_for("example.com"));
        assert!(read(b"nothing").is_err());
    }

    #[test]
    fn a_wildcard_stands_for_one_label() {
        let (not_before, not_after) = (Timestamp::from_seconds(0), Timestamp::from_seconds(1));
        let certificate = ServerCertificate { not_before, not_after, names: vec!["*.example.com".into()] };
        assert!(certificate.is_for("atlas.example.com"));
        assert!(!certificate.is_for("a.b.example.com") && !certificate.is_for("example.com"));
    }
}
