//! User security as it stands on the wire.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use telamon_wire::{Link, RequestBody};

use super::model::{Ldap, Settings};

/// How the name that a user gives becomes the name of an LDAP entry.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub struct UserToDnMapping {
    /// A query that finds the entry.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ldap_query: Option<String>,
    /// The regular expression that the given name must match.
    #[serde(rename = "match")]
    pub pattern: String,
    /// The name of the entry, with `{0}` for what matched.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub substitution: Option<String>,
}

/// What is to become different.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
#[schemars(example = json!({ "ldap": { "hostname": "ldap.example.com", "port": 636 } }))]
pub struct UserSecurityChange {
    pub customer_x509: Option<CustomerX509Change>,
    pub ldap: Option<LdapChange>,
}

impl RequestBody for UserSecurityChange {
    const READ_ONLY: &'static [&'static str] = &["links"];
}

/// The authorities that the customer wants trusted.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct CustomerX509Change {
    /// Certificates in PEM; an empty text stands for none.
    pub cas: Option<String>,
    // Read-only: clients may send back what they were given.
    #[schemars(skip)]
    #[serde(rename = "links")]
    _links: Option<Value>,
}

/// What is to become different of the directory.
#[derive(Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub struct LdapChange {
    pub authentication_enabled: Option<bool>,
    pub authorization_enabled: Option<bool>,
    #[schemars(length(max = 4096))]
    pub authz_query_template: Option<String>,
    #[schemars(length(max = 4096))]
    pub bind_password: Option<String>,
    #[schemars(length(max = 4096))]
    pub bind_username: Option<String>,
    pub ca_certificate: Option<String>,
    #[schemars(length(max = 255))]
    pub hostname: Option<String>,
    // Read-only: clients may send back what they were given.
    #[schemars(skip)]
    #[serde(rename = "links")]
    _links: Option<Value>,
    #[schemars(range(min = 1, max = 65535))]
    pub port: Option<i32>,
    #[serde(rename = "userToDNMapping")]
    pub user_to_dn_mapping: Option<Vec<UserToDnMapping>>,
}

/// The settings of a project.
#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct UserSecurity {
    customer_x509: CustomerX509,
    ldap: LdapSecurity,
    // Part of the published description; the service leaves it out, here and below.
    #[serde(skip_serializing_if = "Option::is_none")]
    links: Option<Vec<Link>>,
}

/// The customer's own authorities.
#[derive(Serialize, JsonSchema)]
struct CustomerX509 {
    #[serde(skip_serializing_if = "Option::is_none")]
    cas: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    links: Option<Vec<Link>>,
}

/// The directory. Its password is never in it.
#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
struct LdapSecurity {
    authentication_enabled: bool,
    authorization_enabled: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    authz_query_template: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    bind_username: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    ca_certificate: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    hostname: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    links: Option<Vec<Link>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    port: Option<u16>,
    #[serde(rename = "userToDNMapping", skip_serializing_if = "Option::is_none")]
    user_to_dn_mapping: Option<Vec<UserToDnMapping>>,
}

impl From<Settings> for UserSecurity {
    fn from(Settings { customer_cas, ldap }: Settings) -> Self {
        let Ldap {
            authentication_enabled,
            authorization_enabled,
            authz_query_template,
            sealed_bind_password: _,
            bind_username,
            ca_certificate,
            hostname,
            port,
            user_to_dn_mapping,
        } = ldap;
        Self {
            customer_x509: CustomerX509 { cas: customer_cas, links: None },
            ldap: LdapSecurity {
                authentication_enabled,
                authorization_enabled,
                authz_query_template,
                bind_username,
                ca_certificate,
                hostname,
                links: None,
                port,
                user_to_dn_mapping,
            },
            links: None,
        }
    }
}
