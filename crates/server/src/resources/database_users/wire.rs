//! Database users as they stand on the wire.

use percent_encoding::{AsciiSet, CONTROLS, utf8_percent_encode};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::json;
use telamon_api::Cx;
use telamon_wire::{Link, ProjectId, RequestBody, Timestamp};

use super::{
    authentication::{AwsIamType, Database, LdapAuthType, OidcAuthType, X509Type},
    grants::{DatabaseUserRole, UserScope},
    model::StoredUser,
};

/// A label of a user.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ComponentLabel {
    /// 1 to 255 characters.
    #[schemars(length(min = 1, max = 255))]
    #[serde(default)]
    pub key: String,
    /// 1 to 255 characters.
    #[schemars(length(min = 1, max = 255))]
    #[serde(default)]
    pub value: String,
}

/// A user that is to be made.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
#[schemars(example = json!({
    "databaseName": "admin",
    "username": "ada",
    "password": "correct horse battery staple",
    "roles": [{ "databaseName": "shop", "roleName": "readWrite" }],
}))]
pub struct NewDatabaseUser {
    #[serde(rename = "awsIAMType")]
    pub aws_iam_type: Option<AwsIamType>,
    pub database_name: Database,
    pub delete_after_date: Option<Timestamp>,
    #[schemars(length(max = 100))]
    pub description: Option<String>,
    pub group_id: Option<String>,
    pub labels: Option<Vec<ComponentLabel>>,
    pub ldap_auth_type: Option<LdapAuthType>,
    pub oidc_auth_type: Option<OidcAuthType>,
    #[schemars(length(min = 8))]
    pub password: Option<String>,
    pub roles: Option<Vec<DatabaseUserRole>>,
    pub scopes: Option<Vec<UserScope>>,
    #[schemars(length(min = 1, max = 1024))]
    pub username: String,
    pub x509_type: Option<X509Type>,
}

impl RequestBody for NewDatabaseUser {
    const READ_ONLY: &'static [&'static str] = &["links"];
}

/// What is to become different of a user.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
#[schemars(example = json!({ "roles": [{ "databaseName": "shop", "roleName": "read" }] }))]
pub struct DatabaseUserChange {
    #[serde(rename = "awsIAMType")]
    pub aws_iam_type: Option<AwsIamType>,
    pub database_name: Option<Database>,
    pub delete_after_date: Option<Timestamp>,
    #[schemars(length(max = 100))]
    pub description: Option<String>,
    pub group_id: Option<String>,
    pub labels: Option<Vec<ComponentLabel>>,
    pub ldap_auth_type: Option<LdapAuthType>,
    pub oidc_auth_type: Option<OidcAuthType>,
    pub password: Option<String>,
    pub roles: Option<Vec<DatabaseUserRole>>,
    pub scopes: Option<Vec<UserScope>>,
    pub username: Option<String>,
    pub x509_type: Option<X509Type>,
}

impl RequestBody for DatabaseUserChange {
    const READ_ONLY: &'static [&'static str] = &["links"];
}

/// A user. The password is never in it.
#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct DatabaseUser {
    #[serde(rename = "awsIAMType")]
    aws_iam_type: AwsIamType,
    database_name: Database,
    #[serde(skip_serializing_if = "Option::is_none")]
    delete_after_date: Option<Timestamp>,
    #[serde(skip_serializing_if = "Option::is_none")]
    description: Option<String>,
    // The published description calls it write-only; the service returns it all the same, and Terraform needs it.
    #[schemars(skip)]
    group_id: ProjectId,
    labels: Vec<ComponentLabel>,
    ldap_auth_type: LdapAuthType,
    links: Vec<Link>,
    oidc_auth_type: OidcAuthType,
    roles: Vec<DatabaseUserRole>,
    scopes: Vec<UserScope>,
    username: String,
    x509_type: X509Type,
}

/// What a segment of a path must escape; `$`, `@`, `=` and `,` stay, as the service prints them.
const SEGMENT: &AsciiSet = &CONTROLS
    .add(b' ')
    .add(b'"')
    .add(b'#')
    .add(b'%')
    .add(b'/')
    .add(b'<')
    .add(b'>')
    .add(b'?')
    .add(b'[')
    .add(b'\\')
    .add(b']')
    .add(b'^')
    .add(b'`')
    .add(b'{')
    .add(b'|')
    .add(b'}');

impl DatabaseUser {
    /// A user of that project.
    pub fn new<S>(cx: &Cx<S>, project: ProjectId, user: StoredUser) -> Self {
        let (aws_iam_type, ldap_auth_type, oidc_auth_type, x509_type) = user.authentication.types();
        let name = utf8_percent_encode(&user.username, SEGMENT);
        let path = format!("/api/atlas/v2/groups/{project}/databaseUsers/{}/{name}", user.database.as_str());
        Self {
            aws_iam_type,
            database_name: user.database,
            delete_after_date: user.delete_after,
            description: user.description,
            group_id: project,
            labels: user.labels,
            ldap_auth_type,
            links: vec![cx.link("self", &path)],
            oidc_auth_type,
            roles: user.roles,
            scopes: user.scopes,
            username: user.username,
            x509_type,
        }
    }
}
