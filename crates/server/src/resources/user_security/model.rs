//! The settings of user security, and what a change makes of them.

use serde::{Deserialize, Serialize};
use telamon_pki::{TrustError, check_customer_cas};
use telamon_wire::{ApiError, ErrorCode, Timestamp};

use super::wire::{LdapChange, UserToDnMapping};

/// The longest text of the directory's settings, in characters.
const MAX_TEXT: usize = 4096;
/// The longest certificate of the directory, in bytes.
const MAX_CERTIFICATE: usize = 256 * 1024;

/// The settings of a project.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Settings {
    /// The customer's own authorities, PEM.
    pub customer_cas: Option<String>,
    /// The directory.
    pub ldap: Ldap,
}

/// The directory: the document that is stored.
#[derive(Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Ldap {
    pub authentication_enabled: bool,
    pub authorization_enabled: bool,
    pub authz_query_template: Option<String>,
    /// Sealed, in base64.
    pub sealed_bind_password: Option<String>,
    pub bind_username: Option<String>,
    pub ca_certificate: Option<String>,
    pub hostname: Option<String>,
    pub port: Option<u16>,
    pub user_to_dn_mapping: Option<Vec<UserToDnMapping>>,
}

impl std::fmt::Debug for Ldap {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Ldap").field("hostname", &self.hostname).finish_non_exhaustive()
    }
}

impl Ldap {
    /// Changes what the body names: an empty text or list clears, null leaves. `seal` seals the password.
    pub fn apply(&mut self, change: &LdapChange, seal: impl FnOnce(&str) -> String) {
        let LdapChange { authentication_enabled, authorization_enabled, port, .. } = *change;
        self.authentication_enabled = authentication_enabled.unwrap_or(self.authentication_enabled);
        self.authorization_enabled = authorization_enabled.unwrap_or(self.authorization_enabled);
        self.port = port.and_then(|port| port.try_into().ok()).or(self.port);
        set(&mut self.authz_query_template, change.authz_query_template.as_ref());
        set(&mut self.bind_username, change.bind_username.as_ref());
        set(&mut self.ca_certificate, change.ca_certificate.as_ref());
        set(&mut self.hostname, change.hostname.as_ref());
        let password = change
            .bind_password
            .as_ref()
            .map(|password| if password.is_empty() { String::new() } else { seal(password) });
        set(&mut self.sealed_bind_password, password.as_ref());
        if let Some(mapping) = &change.user_to_dn_mapping {
            self.user_to_dn_mapping = Some(mapping.clone()).filter(|mapping| !mapping.is_empty());
        }
    }
}

fn set(place: &mut Option<String>, sent: Option<&String>) {
    if let Some(text) = sent {
        *place = Some(text.clone()).filter(|text| !text.is_empty());
    }
}

/// Refuses what no directory can be reached by.
pub fn check_ldap(change: &LdapChange) -> Result<(), ApiError> {
    let wrong = |field: &str, rule: &str| Err(ApiError::invalid_field(format!("ldap.{field}"), rule));
    if change.port.is_some_and(|port| !(1..=65535).contains(&port)) {
        return wrong("port", "must be a number from 1 to 65535.");
    }
    let is_host =
        |host: &str| host.len() <= 255 && host.chars().all(|c| c.is_ascii_alphanumeric() || ".-:_".contains(c));
    if change.hostname.as_deref().is_some_and(|host| !is_host(host)) {
        return wrong("hostname", "must be a host name or an address.");
    }
    let texts = [
        ("authzQueryTemplate", &change.authz_query_template),
        ("bindPassword", &change.bind_password),
        ("bindUsername", &change.bind_username),
    ];
    for (field, text) in texts {
        if text.as_ref().is_some_and(|text| text.chars().count() > MAX_TEXT || text.chars().any(char::is_control)) {
            return wrong(field, &format!("must have at most {MAX_TEXT} characters and no control characters."));
        }
    }
    if change.ca_certificate.as_deref().is_some_and(|text| !text.is_empty() && !are_certificates(text)) {
        return wrong("caCertificate", "must be one or more certificates in PEM, and nothing else.");
    }
    for mapping in change.user_to_dn_mapping.iter().flatten() {
        let given = |text: &Option<String>| text.as_ref().is_some_and(|text| !text.is_empty());
        if given(&mapping.ldap_query) == given(&mapping.substitution) {
            return Err(ApiError::new(ErrorCode::MISSING_ONE_OF_ATTRIBUTES).with("ldapQuery").with("substitution"));
        }
        if mapping.pattern.is_empty() {
            return Err(ApiError::new(ErrorCode::MISSING_ATTRIBUTE).with("ldap.userToDNMapping.match"));
        }
    }
    Ok(())
}

/// Certificates alone: what is kept here is read back, so it must not hold a key.
fn are_certificates(text: &str) -> bool {
    let blocks = pem::parse_many(text).unwrap_or_default();
    text.len() <= MAX_CERTIFICATE
        && !blocks.is_empty()
        && blocks.len() == text.matches("-----BEGIN ").count()
        && blocks.iter().all(|block| block.tag() == "CERTIFICATE" && is_x509(block.contents()))
}

fn is_x509(der: &[u8]) -> bool {
    matches!(x509_parser::parse_x509_certificate(der), Ok((rest, _)) if rest.is_empty())
}

/// Refuses authorities that could not vouch for anybody.
pub fn check_cas(chain: &str, now: Timestamp) -> Result<(), ApiError> {
    match check_customer_cas(chain, now) {
        Ok(_) => Ok(()),
        Err(TrustError::Expired { subject, not_after }) => {
            let error = ApiError::new(ErrorCode::EXPIRED_X509_CA_CERTIFICATE).with(subject);
            Err(error.with(not_after.to_string()))
        }
        Err(reason) => {
            let reason = reason.to_string();
            let mut letters = reason.chars();
            let first = letters.next().map(|c| c.to_uppercase().to_string()).unwrap_or_default();
            let sentence = format!("{first}{}.", letters.as_str());
            Err(ApiError::new(ErrorCode::INVALID_X509_CA_CERTIFICATE).with(sentence))
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};
    use telamon_wire::parse_body;

    use super::{super::wire::UserSecurityChange, *};

    fn change(ldap: &Value) -> LdapChange {
        let change: UserSecurityChange = parse_body(json!({ "ldap": ldap }).to_string().as_bytes()).unwrap();
        change.ldap.unwrap()
    }

    fn refusal(ldap: &Value) -> String {
        check_ldap(&change(ldap)).map_or_else(|error| error.detail(), |()| String::new())
    }

    fn applied(ldap: &mut Ldap, body: &Value) {
        ldap.apply(&change(body), |password| format!("sealed {password}"));
    }

    #[test]
    fn a_change_touches_what_it_names() {
        let mut ldap = Ldap::default();
        applied(
            &mut ldap,
            &json!({
                "authenticationEnabled": true, "bindPassword": "p", "bindUsername": "CN=a", "hostname": "h", "port": 636,
                "authzQueryTemplate": "{USER}?memberOf?base", "userToDNMapping": [{ "match": "(.+)", "substitution": "{0}" }],
            }),
        );
        let full = Ldap {
            authentication_enabled: true,
            authorization_enabled: false,
            authz_query_template: Some("{USER}?memberOf?base".to_owned()),
            sealed_bind_password: Some("sealed p".to_owned()),
            bind_username: Some("CN=a".to_owned()),
            ca_certificate: None,
            hostname: Some("h".to_owned()),
            port: Some(636),
            user_to_dn_mapping: Some(vec![UserToDnMapping {
                ldap_query: None,
                pattern: "(.+)".to_owned(),
                substitution: Some("{0}".to_owned()),
            }]),
        };
        assert_eq!(ldap, full);
        applied(&mut ldap, &json!({ "authorizationEnabled": true, "userToDNMapping": null }));
        assert_eq!(ldap, Ldap { authorization_enabled: true, ..full.clone() });
        applied(
            &mut ldap,
            &json!({ "authzQueryTemplate": "", "bindPassword": "", "userToDNMapping": [], "port": null }),
        );
        let cleared = Ldap { authz_query_template: None, sealed_bind_password: None, user_to_dn_mapping: None, ..full };
        assert_eq!(ldap, Ldap { authorization_enabled: true, ..cleared });
    }

    #[test]
    fn what_no_directory_can_be_reached_by_is_refused() {
        let key = "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n";
        let neither = "Exactly one of the attributes ldapQuery and substitution must be specified.";
        for (body, expected) in [
            (json!({ "hostname": "ldap.example.com", "port": 1636, "caCertificate": "" }), ""),
            (json!({ "hostname": "2001:db8::1" }), ""),
            (json!({ "hostname": "a b" }), "Invalid attribute ldap.hostname: must be a host name or an address."),
            (json!({ "port": 0 }), "Invalid attribute ldap.port: must be a number from 1 to 65535."),
            (json!({ "port": 65536 }), "Invalid attribute ldap.port: must be a number from 1 to 65535."),
            (
                json!({ "bindUsername": "a\nb" }),
                "Invalid attribute ldap.bindUsername: must have at most 4096 characters and no control characters.",
            ),
            (
                json!({ "caCertificate": key }),
                "Invalid attribute ldap.caCertificate: must be one or more certificates in PEM, and nothing else.",
            ),
            (json!({ "userToDNMapping": [{ "match": "(.+)" }] }), neither),
            (json!({ "userToDNMapping": [{ "match": "(.+)", "ldapQuery": "q", "substitution": "s" }] }), neither),
            (json!({ "userToDNMapping": [{ "match": "(.+)", "ldapQuery": "q", "substitution": "" }] }), ""),
        ] {
            assert_eq!(refusal(&body), expected, "{body}");
        }
    }

    #[test]
    fn debug_output_holds_no_password() {
        let mut ldap = Ldap::default();
        applied(&mut ldap, &json!({ "bindPassword": "hush" }));
        assert_eq!(format!("{ldap:?}"), "Ldap { hostname: None, .. }");
    }
}
