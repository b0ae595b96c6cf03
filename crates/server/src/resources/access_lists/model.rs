//! The rules of access lists: which blocks an entry may name, and whom a list admits.
//!
//! Source: the error codes of the API for access lists of API keys, and its page on service accounts (200 entries).

use std::{cmp::Reverse, collections::BTreeSet, net::IpAddr};

use ipnet::{IpNet, Ipv4Net};
use telamon_wire::{ApiError, ErrorCode};

use super::wire::NewEntry;

/// How many entries a list may have.
pub const MOST_ENTRIES: usize = 200;

/// The addresses from which a credential may be used; without an entry: from anywhere.
#[derive(Clone, Debug, Default)]
pub struct AccessList {
    /// The narrowest first.
    blocks: Vec<IpNet>,
    entries: usize,
}

impl AccessList {
    /// The list of these stored entries. One that cannot be read admits nobody: the list stays a list.
    pub fn of(stored: &[String]) -> Self {
        let mut blocks: Vec<IpNet> = stored.iter().filter_map(|text| block(text)).collect();
        blocks.sort_by_key(|block| Reverse(block.prefix_len()));
        Self { blocks, entries: stored.len() }
    }

    /// Whether there is no entry.
    pub fn is_empty(&self) -> bool {
        self.entries == 0
    }

    /// The narrowest entry that holds an address.
    pub fn holding(&self, address: IpAddr) -> Option<IpNet> {
        let address = address.to_canonical();
        self.blocks.iter().find(|block| block.contains(&address)).copied()
    }
}

/// The blocks that new entries name.
pub fn asked(entries: &[NewEntry]) -> Result<Vec<IpNet>, ApiError> {
    let mut blocks = Vec::with_capacity(entries.len());
    let mut seen = BTreeSet::new();
    for (place, entry) in entries.iter().enumerate() {
        let given = |text: &Option<String>| text.clone().filter(|text| !text.is_empty());
        let block = match (given(&entry.ip_address), given(&entry.cidr_block)) {
            (Some(text), None) => read_address(place, &text)?,
            (None, Some(text)) => read_block(place, &text)?,
            _ => return Err(ErrorCode::BAD_ACCESS_LIST_ADD_REQUEST.into()),
        };
        if !may_send(block) {
            return Err(ApiError::new(ErrorCode::CANNOT_ADD_IP_ADDRESS_TO_API_KEY_ACCESS_LIST).with(name(block)));
        }
        if !seen.insert(block) {
            return Err(ApiError::new(ErrorCode::DUPLICATE_ADDRESSES_IN_INPUT).with(name(block)));
        }
        blocks.push(block);
    }
    Ok(blocks)
}

fn read_address(place: usize, text: &str) -> Result<IpNet, ApiError> {
    address(text).ok_or_else(|| {
        let why = "It must be one address, such as 192.0.2.7 or 2001:db8::7. A block of addresses goes into cidrBlock.";
        ApiError::invalid_field(format!("[{place}].ipAddress"), why)
    })
}

fn read_block(place: usize, text: &str) -> Result<IpNet, ApiError> {
    let field = || format!("[{place}].cidrBlock");
    let Some(block) = block(text) else {
        let why = "It must be a block of addresses, such as 192.0.2.0/24 or 2001:db8::/32.";
        return Err(ApiError::invalid_field(field(), why));
    };
    if block != block.trunc() {
        // Whoever sent it looks for what they sent: it is not quietly made another block.
        let (whole, one) = (block.trunc(), block.addr());
        let why = format!("It names an address inside of a block: send {whole} for the block, {one} for the address.");
        return Err(ApiError::invalid_field(field(), why));
    }
    Ok(block)
}

/// The block that a path names: an address, or a block.
pub fn named(text: &str) -> Option<IpNet> {
    if text.contains('/') { block(text) } else { address(text) }
}

/// How an entry is named in paths, events and errors: a single address without its length.
pub fn name(block: IpNet) -> String {
    single(block).map_or_else(|| block.to_string(), |address| address.to_string())
}

/// The address of a block that holds no other.
pub fn single(block: IpNet) -> Option<IpAddr> {
    (block.prefix_len() == block.max_prefix_len()).then(|| block.addr())
}

fn address(text: &str) -> Option<IpNet> {
    text.parse::<IpAddr>().ok().map(|address| address.to_canonical().into())
}

/// A block as it was written, its host bits included.
pub fn block(text: &str) -> Option<IpNet> {
    let (address, length) = text.split_once('/')?;
    if !length.bytes().all(|b| b.is_ascii_digit()) {
        return None;
    }
    let (address, length): (IpAddr, u8) = (address.parse().ok()?, length.parse().ok()?);
    match (address, address.to_canonical()) {
        // A block of IPv4 addresses inside IPv6.
        (IpAddr::V6(_), IpAddr::V4(inner)) if length >= 96 => Ipv4Net::new(inner, length - 96).ok().map(IpNet::V4),
        _ => IpNet::new(address, length).ok(),
    }
}

/// Whether a request can come from there.
fn may_send(block: IpNet) -> bool {
    let first = block.network();
    let is_broadcast = matches!(first, IpAddr::V4(address) if address.is_broadcast());
    let alone = single(block).is_some();
    !(first.is_multicast() || alone && (first.is_unspecified() || is_broadcast))
}

#[cfg(test)]
mod tests;
