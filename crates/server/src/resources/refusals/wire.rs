//! The answer.

use schemars::JsonSchema;
use serde::Serialize;

use super::model::Rule;

/// A refused request and why it was refused.
#[derive(Clone, Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct RefusalReason {
    /// Whose credential it was.
    pub credential: RefusedCredential,
    /// The error code of the answer.
    pub error_code: String,
    /// The roles that the credential had where it was refused.
    pub held_roles: Vec<String>,
    /// The method of the request.
    pub method: String,
    /// The operation that was wanted; absent if the request did not get that far.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub operation_id: Option<String>,
    /// The path of the request, without its query.
    pub path: String,
    /// The reason, for people.
    pub reason: String,
    /// When it was refused.
    pub refused_at: String,
    /// What would grant the request.
    pub remedy: String,
    /// The address that the request came from.
    pub remote_address: String,
    /// The id of the request.
    pub request_id: String,
    /// The roles of which one would have been enough.
    pub required_roles: Vec<String>,
    /// The rule that refused it.
    pub rule: Rule,
    /// The status of the answer.
    pub status: u16,
}

/// A credential, as far as the reader may know it.
#[derive(Clone, Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct RefusedCredential {
    /// Its id: of an API key or a person; the client id of a service account. Absent for other organizations' credentials.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub id: Option<String>,
    /// The public half of an API key, the e-mail address of a person.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// `API_KEY`, `SERVICE_ACCOUNT`, `PERSON`, or `OF_ANOTHER_ORGANIZATION`.
    #[serde(rename = "type")]
    pub kind: &'static str,
}
