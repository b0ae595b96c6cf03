//! Organizations as they stand on the wire.

use schemars::JsonSchema;
use serde::{Deserialize, Deserializer, Serialize};
use serde_json::json;
use telamon_wire::{Link, OrgId, RequestBody};

use crate::resources::{
    api_keys::{ApiKeyUserDetails, NewApiKey},
    service_accounts::{NewServiceAccount, OrgServiceAccount},
};

/// An organization.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct AtlasOrganization {
    /// Its id.
    pub id: OrgId,
    /// Whether it is deleted: one that is cannot be read.
    pub is_deleted: bool,
    /// Where it is, and what belongs to it.
    pub links: Vec<Link>,
    /// Its name, which need not be unique.
    pub name: String,
    /// Whether its projects begin without the default alert settings.
    pub skip_default_alerts_settings: bool,
}

/// What changes of an organization.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
#[schemars(example = json!({ "name": "Example" }))]
pub struct OrganizationUpdate {
    /// The new name: 1 to 64 letters, digits, spaces and `- _ . ( ) , : & @ + '`.
    #[schemars(length(min = 1, max = 64))]
    pub name: Option<String>,
    /// Whether its projects begin without the default alert settings.
    pub skip_default_alerts_settings: Option<bool>,
}

impl RequestBody for OrganizationUpdate {
    const READ_ONLY: &'static [&'static str] = &["id", "isDeleted", "links"];
}

/// An organization to be created, and its first credential.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
#[schemars(example = json!({
    "name": "Example", "apiKey": { "desc": "The first key", "roles": ["ORG_OWNER"] },
}))]
pub struct CreateOrganizationRequest {
    /// The API key to make with it, if no service account is.
    pub api_key: Option<NewApiKey>,
    /// A federation to link it to; repeated in the answer.
    pub federation_settings_id: Option<String>,
    /// Its name: 1 to 64 letters, digits, spaces and `- _ . ( ) , : & @ + '`.
    #[schemars(length(min = 1, max = 64))]
    pub name: String,
    /// The person who becomes its owner, instead of the oldest owner of the caller's organization.
    pub org_owner_id: Option<String>,
    /// The service account to make with it, if no API key is.
    pub service_account: Option<NewServiceAccount>,
    /// Whether its projects begin without the default alert settings.
    pub skip_default_alerts_settings: Option<bool>,
}

impl RequestBody for CreateOrganizationRequest {}

/// A new organization and its first credential, whose secret half is never shown again.
#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct CreateOrganizationResponse {
    /// The new API key.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub api_key: Option<ApiKeyUserDetails>,
    /// The federation that the request named.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub federation_settings_id: Option<String>,
    /// The person who owns it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub org_owner_id: Option<String>,
    /// The organization.
    pub organization: AtlasOrganization,
    /// The new service account.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub service_account: Option<OrgServiceAccount>,
    /// Whether its projects begin without the default alert settings.
    pub skip_default_alerts_settings: bool,
}

/// The settings of an organization, as they are stored and printed. What is unset is left out.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default, rename_all = "camelCase")]
#[schemars(rename = "OrganizationSettings")]
#[expect(clippy::struct_excessive_bools, reason = "they are independent switches, named by the API")]
pub struct OrgSettings {
    /// Whether a credential without an access list may not call.
    pub api_access_list_required: bool,
    /// How long sessions of people last.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub custom_session_timeouts: Option<CustomSessionTimeouts>,
    /// Whether features that generate texts are on.
    #[serde(rename = "genAIFeaturesEnabled")]
    pub gen_ai_features_enabled: bool,
    /// For how many hours at most a secret of a service account may be valid: 8 to 8760.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub max_service_account_secret_validity_in_hours: Option<i32>,
    /// Whether people need a second factor.
    pub multi_factor_auth_required: bool,
    /// The address for notices about operations.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub operations_contact: Option<String>,
    /// Whether the operator's employees need a grant.
    pub restrict_employee_access: bool,
    /// The address for notices about security.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub security_contact: Option<String>,
    /// Whether stream processing reaches other projects.
    pub streams_cross_group_enabled: bool,
}

impl Default for OrgSettings {
    fn default() -> Self {
        Self {
            api_access_list_required: false,
            custom_session_timeouts: None,
            gen_ai_features_enabled: true,
            max_service_account_secret_validity_in_hours: None,
            multi_factor_auth_required: false,
            operations_contact: None,
            restrict_employee_access: false,
            security_contact: None,
            streams_cross_group_enabled: false,
        }
    }
}

/// How long sessions of people last.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub struct CustomSessionTimeouts {
    /// In all.
    #[schemars(range(min = 1))]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub absolute_session_timeout_in_seconds: Option<i32>,
    /// Without a request.
    #[schemars(range(min = 1))]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub idle_session_timeout_in_seconds: Option<i32>,
}

/// A change of settings; what is left out stays.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
#[schemars(example = json!({ "maxServiceAccountSecretValidityInHours": 720, "securityContact": "ada@example.com" }))]
pub struct OrganizationSettingsUpdate {
    /// Whether a credential without an access list may not call.
    pub api_access_list_required: Option<bool>,
    /// How long sessions of people last.
    pub custom_session_timeouts: Option<CustomSessionTimeouts>,
    /// Whether features that generate texts are on.
    #[serde(rename = "genAIFeaturesEnabled")]
    pub gen_ai_features_enabled: Option<bool>,
    /// For how many hours at most a secret of a service account may be valid: 8 to 8760.
    #[schemars(range(min = 8, max = 8760))]
    pub max_service_account_secret_validity_in_hours: Option<i32>,
    /// Whether people need a second factor.
    pub multi_factor_auth_required: Option<bool>,
    /// The address for notices about operations; null or an empty text removes it.
    #[serde(default, deserialize_with = "given")]
    #[schemars(with = "Option<String>")]
    pub operations_contact: Option<Option<String>>,
    /// Whether the operator's employees need a grant.
    pub restrict_employee_access: Option<bool>,
    /// The address for notices about security; an empty text removes it.
    pub security_contact: Option<String>,
    /// Whether stream processing reaches other projects.
    pub streams_cross_group_enabled: Option<bool>,
}

impl RequestBody for OrganizationSettingsUpdate {}

/// Tells null, which removes a value, from an attribute that was left out.
fn given<'de, T: Deserialize<'de>, D: Deserializer<'de>>(deserializer: D) -> Result<Option<T>, D::Error> {
    T::deserialize(deserializer).map(Some)
}
