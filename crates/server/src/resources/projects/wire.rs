//! Projects as they stand on the wire.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::json;
use telamon_wire::{Link, OrgId, ProjectId, RequestBody, Timestamp};

/// A project.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Group {
    /// How many clusters it has: there are none here.
    pub cluster_count: i64,
    /// When it was created.
    pub created: Timestamp,
    /// Its id.
    pub id: ProjectId,
    /// Where it is, and what belongs to it.
    pub links: Vec<Link>,
    /// Its name, unique among the living projects of the organization.
    pub name: String,
    /// The organization that owns it.
    pub org_id: OrgId,
    /// Never printed: it tells regions apart that this server does not have.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub region_usage_restrictions: Option<RegionUsageRestrictions>,
    /// Its tags, in the order in which they were sent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tags: Option<Vec<ResourceTag>>,
    /// Whether it began with the default alert settings.
    pub with_default_alerts_settings: bool,
}

/// A pair of texts that people sort projects by.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub struct ResourceTag {
    /// What the tag is about.
    #[schemars(length(min = 1, max = 255))]
    pub key: String,
    /// What it says.
    #[schemars(length(min = 1, max = 255))]
    pub value: String,
}

/// Which regions a project may use, in the government's edition of the service.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub enum RegionUsageRestrictions {
    /// The default.
    #[serde(rename = "COMMERCIAL_FEDRAMP_REGIONS_ONLY")]
    CommercialFedrampRegionsOnly,
    /// Not available here.
    #[serde(rename = "GOV_REGIONS_ONLY")]
    GovRegionsOnly,
}

/// A project to be created.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
#[schemars(example = json!({ "name": "Example", "orgId": "65a593c0e8f1a2b3c4d50001" }))]
pub struct GroupRequest {
    /// Its name: 1 to 64 letters, digits, spaces and `- _ . ( ) , : & @ + '`.
    #[schemars(length(min = 1, max = 64))]
    pub name: String,
    /// The organization that will own it.
    #[schemars(with = "OrgId")]
    pub org_id: String,
    /// `COMMERCIAL_FEDRAMP_REGIONS_ONLY`, or nothing.
    pub region_usage_restrictions: Option<RegionUsageRestrictions>,
    /// Its tags.
    #[schemars(length(max = 50))]
    pub tags: Option<Vec<ResourceTag>>,
    /// Whether it begins with the default alert settings; true unless given.
    pub with_default_alerts_settings: Option<bool>,
}

impl RequestBody for GroupRequest {
    const READ_ONLY: &'static [&'static str] = &["clusterCount", "created", "id", "links"];
}

/// What changes of a project.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
#[schemars(example = json!({ "tags": [{ "key": "team", "value": "payments" }] }))]
pub struct GroupUpdate {
    /// The new name: 1 to 64 letters, digits, spaces and `- _ . ( ) , : & @ + '`.
    #[schemars(length(min = 1, max = 64))]
    pub name: Option<String>,
    /// All its tags from now on; an empty list removes them.
    #[schemars(length(max = 50))]
    pub tags: Option<Vec<ResourceTag>>,
    /// Whether it has the default alert settings.
    pub with_default_alerts_settings: Option<bool>,
}

impl RequestBody for GroupUpdate {
    const READ_ONLY: &'static [&'static str] = &["clusterCount", "created", "id", "links"];
}

/// The addresses that the services of a project use.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct GroupIPAddresses {
    /// The project.
    pub group_id: ProjectId,
    /// Its services.
    pub services: GroupService,
}

/// The addresses by service.
#[derive(Debug, Serialize, JsonSchema)]
pub struct GroupService {
    /// The clusters of the project.
    pub clusters: Vec<ClusterIPAddresses>,
}

/// The addresses of a cluster.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct ClusterIPAddresses {
    /// Its name.
    pub cluster_name: String,
    /// Where it will be reached.
    pub future_inbound: Vec<String>,
    /// Where it will connect from.
    pub future_outbound: Vec<String>,
    /// Where it is reached.
    pub inbound: Vec<String>,
    /// Where it connects from.
    pub outbound: Vec<String>,
}

/// A version of MongoDB that deployments may have.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct MdbAvailableVersion {
    /// Never printed: a version is bound to no provider here.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cloud_provider: Option<CloudProvider>,
    /// Whether a new deployment gets it.
    pub default_status: DefaultStatus,
    /// Never printed: a version is bound to no size here.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub instance_size: Option<String>,
    /// Never printed: there is nothing to lead to.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub links: Option<Vec<Link>>,
    /// Its number, such as `8.0`.
    pub version: String,
}

/// Whose machines deployments run on, where that is known.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "UPPERCASE")]
pub enum CloudProvider {
    /// Amazon.
    Aws,
    /// Microsoft.
    Azure,
    /// Google.
    Gcp,
    /// Machines that several deployments share.
    Tenant,
}

impl CloudProvider {
    /// The provider of that name.
    pub fn parse(name: &str) -> Option<Self> {
        serde_json::from_value(name.into()).ok()
    }
}

/// Whether a new deployment gets a version.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum DefaultStatus {
    /// It does.
    Default,
    /// It gets another.
    NotDefault,
}

/// Where a project is to go, and the API key with which an owner there says that it may come.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
#[schemars(example = json!({
    "destinationOrgId": "65a593c0e8f1a2b3c4d50001",
    "destinationOrgPrivateApiKey": "55c3bbb6-b4bb-0be1-e66d20841f3e", "destinationOrgPublicApiKey": "zmmrboas",
}))]
pub struct GroupMigrationRequest {
    /// The organization that will own it.
    #[schemars(with = "OrgId")]
    pub destination_org_id: String,
    /// The private half of the key.
    pub destination_org_private_api_key: Option<String>,
    /// The public half of the key.
    #[schemars(length(min = 8, max = 8))]
    pub destination_org_public_api_key: Option<String>,
}

impl RequestBody for GroupMigrationRequest {}

/// Declares the settings of a project once: what is printed with its defaults, and what a change may name.
macro_rules! project_settings {
    ($($(#[$attribute:meta])* $name:ident = $default:literal, $doc:literal;)+) => {
        /// The settings of a project: all of them are always printed.
        #[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
        #[serde(default, rename_all = "camelCase")]
        pub struct GroupSettings { $(#[doc = $doc] $(#[$attribute])* pub $name: bool,)+ }

        impl Default for GroupSettings {
            fn default() -> Self {
                Self { $($name: $default,)+ }
            }
        }

        impl GroupSettings {
            /// Takes over what a change names, and leaves the rest.
            pub fn apply(&mut self, change: &GroupSettingsUpdate) {
                $(self.$name = change.$name.unwrap_or(self.$name);)+
            }
        }

        /// A change of settings; what is left out stays.
        #[derive(Debug, Default, Deserialize, JsonSchema)]
        #[serde(deny_unknown_fields, rename_all = "camelCase")]
        pub struct GroupSettingsUpdate { $(#[doc = $doc] $(#[$attribute])* pub $name: Option<bool>,)+ }

        impl RequestBody for GroupSettingsUpdate {}
    };
}

project_settings! {
    #[serde(rename = "isAtlasHomePageAiAssistantEnabled")]
    is_atlas_home_page_ai_assistant_enabled = true, "The assistant on the home page.";
    #[serde(rename = "isClusterAiAssistantEnabled")]
    is_cluster_ai_assistant_enabled = true, "The assistant for clusters.";
    is_collect_database_specifics_statistics_enabled = true, "Statistics of single databases.";
    is_data_explorer_enabled = true, "The data explorer.";
    #[serde(rename = "isDataExplorerGenAIFeaturesEnabled")]
    is_data_explorer_gen_ai_features_enabled = true, "Generated queries in the data explorer.";
    #[serde(rename = "isDataExplorerGenAISampleDocumentPassingEnabled")]
    is_data_explorer_gen_ai_sample_document_passing_enabled = false, "Sample documents for generated queries.";
    is_data_validation_enabled = true, "Validation of data.";
    is_extended_storage_sizes_enabled = false, "Extended sizes of storage.";
    is_native_reranking_enabled = false, "Native reranking of search results.";
    is_performance_advisor_enabled = true, "The performance advisor.";
    is_realtime_performance_panel_enabled = true, "The panel of performance in real time.";
    is_schema_advisor_enabled = true, "The advisor for schemas.";
}
