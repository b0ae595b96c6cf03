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

/// What programs may do in the name of people, as it is stored and printed. Absent: nobody decided.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default, rename_all = "camelCase")]
#[schemars(rename = "OrgDelegationSettingsResponse")]
pub struct OrgDelegationSettings {
    /// What servers of the model context protocol may do.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub delegated_mcp_access: Option<McpAccess>,
    /// What programs of partners may do.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub delegated_partner_access: Option<PartnerAccess>,
    /// For how many seconds a refresh token may lie unused.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub idle_refresh_token_lifetime: Option<i64>,
    /// For how many seconds a refresh token lives at most.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub maximum_refresh_token_lifetime: Option<i64>,
}

/// What servers of the model context protocol may do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum McpAccess {
    /// Nothing.
    Disallowed,
    /// Read.
    ReadOnly,
    /// Read and write.
    ReadWrite,
}

/// What programs of partners may do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum PartnerAccess {
    /// Nothing.
    Disallowed,
    /// Read and write.
    ReadWrite,
}

/// A change of delegation; null takes a decision back, what is left out stays.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
#[schemars(rename = "OrgDelegationSettingsUpdateRequest", example = json!({ "delegatedMcpAccess": "READ_ONLY" }))]
pub struct OrgDelegationSettingsUpdate {
    /// What servers of the model context protocol may do.
    #[serde(default, deserialize_with = "given")]
    #[schemars(with = "Option<McpAccess>")]
    pub delegated_mcp_access: Option<Option<McpAccess>>,
    /// What programs of partners may do.
    #[serde(default, deserialize_with = "given")]
    #[schemars(with = "Option<PartnerAccess>")]
    pub delegated_partner_access: Option<Option<PartnerAccess>>,
    /// For how many seconds a refresh token may lie unused.
    #[serde(default, deserialize_with = "given")]
    #[schemars(with = "Option<i64>", range(min = 1, max = 31_536_000))]
    pub idle_refresh_token_lifetime: Option<Option<i64>>,
    /// For how many seconds a refresh token lives at most.
    #[serde(default, deserialize_with = "given")]
    #[schemars(with = "Option<i64>", range(min = 1, max = 31_536_000))]
    pub maximum_refresh_token_lifetime: Option<Option<i64>>,
}

impl RequestBody for OrgDelegationSettingsUpdate {}

/// Who decides in which order projects are maintained.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum WaveAssignmentMode {
    /// Each project is given its wave.
    Manual,
    /// The tag that names a project's environment does.
    EnvTagMapping,
}

impl WaveAssignmentMode {
    /// The event of its becoming so.
    pub const fn event(self) -> &'static str {
        match self {
            Self::Manual => "ORG_WAVE_ASSIGNMENT_MODE_MANUAL",
            Self::EnvTagMapping => "ORG_WAVE_ASSIGNMENT_MODE_ENV_TAG_MAPPING",
        }
    }
}

/// The maintenance settings of an organization, as they are stored.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct OrgMaintenance {
    /// What the organization decided, if it did.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub wave_assignment_mode: Option<WaveAssignmentMode>,
}

impl OrgMaintenance {
    /// What holds.
    pub fn effective(&self) -> WaveAssignmentMode {
        self.wave_assignment_mode.unwrap_or(WaveAssignmentMode::Manual)
    }
}

/// The maintenance settings of an organization.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(rename = "OrganizationMaintenanceSettingsResponse")]
pub struct OrganizationMaintenanceSettings {
    /// What holds.
    pub effective_wave_assignment_mode: WaveAssignmentMode,
    /// What the organization decided; absent if it did not.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub wave_assignment_mode: Option<WaveAssignmentMode>,
}

impl From<OrgMaintenance> for OrganizationMaintenanceSettings {
    fn from(stored: OrgMaintenance) -> Self {
        let effective_wave_assignment_mode = stored.effective();
        Self { effective_wave_assignment_mode, wave_assignment_mode: stored.wave_assignment_mode }
    }
}

/// A change of maintenance settings; what is left out stays.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
#[schemars(rename = "OrganizationMaintenanceSettingsUpdateRequest")]
pub struct OrganizationMaintenanceSettingsUpdate {
    /// Who decides in which order projects are maintained.
    pub wave_assignment_mode: Option<WaveAssignmentMode>,
}

impl RequestBody for OrganizationMaintenanceSettingsUpdate {
    const READ_ONLY: &'static [&'static str] = &["effectiveWaveAssignmentMode"];
}

/// Tells null, which removes a value, from an attribute that was left out.
pub fn given<'de, T: Deserialize<'de>, D: Deserializer<'de>>(deserializer: D) -> Result<Option<T>, D::Error> {
    T::deserialize(deserializer).map(Some)
}
