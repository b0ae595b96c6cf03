//! Entries of the access list as they stand on the wire.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::json;
use telamon_api::{Cx, Project};
use telamon_wire::{Link, ProjectId, RequestBody, Timestamp};

use super::model::Entry;

/// An entry that is to be made: an address, a block of addresses, or a security group.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
#[schemars(rename = "NetworkPermissionEntryRequest", example = json!({ "cidrBlock": "192.0.2.0/24", "comment": "office" }))]
pub struct NewEntry {
    /// Wants a peering connection, which no project of this server has.
    pub aws_security_group: Option<String>,
    pub cidr_block: Option<String>,
    #[schemars(length(max = 80))]
    pub comment: Option<String>,
    /// Within the next seven days.
    pub delete_after_date: Option<Timestamp>,
    // Read-only in the published description; clients send it, and it must be the project of the path.
    #[schemars(skip)]
    pub group_id: Option<String>,
    pub ip_address: Option<String>,
}

impl RequestBody for NewEntry {
    const READ_ONLY: &'static [&'static str] = &["links"];
}

/// An entry.
#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct NetworkPermissionEntry {
    /// Never printed: an entry here is a block of addresses.
    #[serde(skip_serializing_if = "Option::is_none")]
    aws_security_group: Option<String>,
    cidr_block: String,
    comment: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    delete_after_date: Option<Timestamp>,
    group_id: ProjectId,
    /// The address, if the block holds one only.
    #[serde(skip_serializing_if = "Option::is_none")]
    ip_address: Option<String>,
    links: Vec<Link>,
}

impl NetworkPermissionEntry {
    /// An entry of the project.
    pub fn new(cx: &Cx<Project>, entry: Entry) -> Self {
        let (project, cidr_block) = (cx.scope.id, entry.block.to_string());
        let path = format!("/api/atlas/v2/groups/{project}/accessList/{}", cidr_block.replace('/', "%2F"));
        Self {
            aws_security_group: None,
            cidr_block,
            comment: entry.comment,
            delete_after_date: entry.delete_after,
            group_id: project,
            ip_address: entry.block.single().map(|address| address.to_string()),
            links: vec![cx.link("self", &path)],
        }
    }
}

/// How far an entry has come on its way to the deployments.
#[derive(Serialize, JsonSchema)]
pub struct NetworkPermissionEntryStatus {
    #[serde(rename = "STATUS")]
    pub status: EntryState,
}

/// Whether an entry is in force. An entry of this server is from the moment that it is there.
#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum EntryState {
    /// It is.
    Active,
}
