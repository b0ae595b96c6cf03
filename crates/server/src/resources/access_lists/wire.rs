//! Requests and answers.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::json;
use telamon_wire::{Link, RequestBody, Timestamp};

use super::{model, store::Entry};

/// An entry to be added: an address or a block of addresses.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
#[schemars(rename = "UserAccessListRequest", example = json!({ "cidrBlock": "192.0.2.0/24" }))]
pub struct NewEntry {
    /// A block of IPv4 or IPv6 addresses, if `ipAddress` is not given.
    pub cidr_block: Option<String>,
    /// An IPv4 or IPv6 address, if `cidrBlock` is not given.
    pub ip_address: Option<String>,
}

impl RequestBody for NewEntry {
    const READ_ONLY: &'static [&'static str] =
        &["count", "created", "createdAt", "lastUsed", "lastUsedAddress", "lastUsedAt", "links", "requestCount"];
}

/// An entry of the access list of a service account.
#[derive(Clone, Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(rename = "ServiceAccountIPAccessListEntry")]
pub struct AccountEntry {
    /// The block of addresses.
    pub cidr_block: String,
    /// When it was added.
    pub created_at: Timestamp,
    /// The address, if there is only one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ip_address: Option<String>,
    /// From where it was last used.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub last_used_address: Option<String>,
    /// When it was last used, some seconds late.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub last_used_at: Option<Timestamp>,
    /// How many requests it admitted.
    pub request_count: i32,
}

/// An entry of the access list of an API key.
#[derive(Clone, Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(rename = "UserAccessListResponse")]
pub struct ApiKeyEntry {
    /// The block of addresses.
    pub cidr_block: String,
    /// How many requests it admitted.
    pub count: i32,
    /// When it was added.
    pub created: Timestamp,
    /// The address, if there is only one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ip_address: Option<String>,
    /// When it was last used, some seconds late.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub last_used: Option<Timestamp>,
    /// From where it was last used.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub last_used_address: Option<String>,
    /// Where it is found.
    pub links: Vec<Link>,
}

/// The address of an entry that holds no other.
fn single(entry: &Entry) -> Option<String> {
    model::block(&entry.cidr_block).and_then(model::single).map(|address| address.to_string())
}

fn printed(count: i64) -> i32 {
    i32::try_from(count).unwrap_or(i32::MAX)
}

impl From<Entry> for AccountEntry {
    fn from(entry: Entry) -> Self {
        Self {
            ip_address: single(&entry),
            cidr_block: entry.cidr_block,
            created_at: entry.created_at,
            last_used_address: entry.last_used_address,
            last_used_at: entry.last_used_at,
            request_count: printed(entry.requests),
        }
    }
}

impl ApiKeyEntry {
    /// An entry, with the link that leads to an entry of that name.
    pub fn of(entry: Entry, link: impl FnOnce(&str) -> Link) -> Self {
        let ip_address = single(&entry);
        let name = ip_address.clone().unwrap_or_else(|| entry.cidr_block.replace('/', "%2F"));
        Self {
            links: vec![link(&name)],
            ip_address,
            cidr_block: entry.cidr_block,
            count: printed(entry.requests),
            created: entry.created_at,
            last_used: entry.last_used_at,
            last_used_address: entry.last_used_address,
        }
    }
}
