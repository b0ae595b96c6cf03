//! What makes an entry a valid one, and what a second one of the same block makes of it.

use std::{collections::HashSet, fmt, net::IpAddr};

use ipnet::IpNet;
use telamon_wire::{ApiError, ErrorCode, ProjectId, Timestamp};

use super::wire::NewEntry;
use crate::resources::temporary::check_end;

/// The longest comment, in characters.
const MAX_COMMENT: usize = 80;

/// A block of addresses, in its one spelling.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Block(IpNet);

impl Block {
    /// Reads `192.0.2.0/24`, or a single address. No bit may be set beyond the prefix: such a block is a slip of the
    /// pen, and an access list is no place to guess which.
    pub fn parse(text: &str) -> Result<Self, ApiError> {
        let parsed = text.parse::<IpNet>().ok().or_else(|| text.parse::<IpAddr>().ok().map(IpNet::from));
        let Some(block) = parsed else { return Err(unreadable(text)) };
        if block != block.trunc() {
            let error = ApiError::new(ErrorCode::INVALID_CIDR_BLOCK).with(text);
            return Err(error.with(block.trunc().to_string()));
        }
        Ok(Self(block))
    }

    /// Reads a single address.
    fn parse_address(text: &str) -> Result<Self, ApiError> {
        text.parse::<IpAddr>().map(|address| Self(address.into())).map_err(|_| unreadable(text))
    }

    /// The address, if the block holds one only.
    pub fn single(self) -> Option<IpAddr> {
        (self.0.prefix_len() == self.0.max_prefix_len()).then(|| self.0.addr())
    }

    /// The name in events: a single address goes without its prefix.
    pub fn event_name(self) -> String {
        self.single().map_or_else(|| self.to_string(), |address| address.to_string())
    }
}

impl fmt::Display for Block {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

fn unreadable(text: &str) -> ApiError {
    ApiError::new(ErrorCode::INVALID_IP_ADDRESS_OR_CIDR_NOTATION).with(text)
}

/// An entry.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    pub block: Block,
    pub comment: String,
    pub delete_after: Option<Timestamp>,
}

impl Entry {
    /// The entry that a member of a body describes.
    fn from_new(new: &NewEntry, project: ProjectId, now: Timestamp) -> Result<Self, ApiError> {
        if let Some(id) = new.group_id.as_ref().filter(|id| **id != project.to_string()) {
            return Err(ApiError::new(ErrorCode::GROUP_MISMATCH).with(id.as_str()).with(project.to_string()));
        }
        let block = block_of(new)?;
        let comment = new.comment.clone().unwrap_or_default();
        if comment.chars().count() > MAX_COMMENT {
            return Err(ApiError::new(ErrorCode::INVALID_NETWORK_PERMISSION_COMMENT).with(MAX_COMMENT));
        }
        if let Some(end) = new.delete_after_date {
            check_end(end, now)?;
        }
        Ok(Self { block, comment, delete_after: new.delete_after_date })
    }

    /// Refuses to put this entry in the place of one that never ends, if it ends itself.
    pub fn check_replaces(&self, old: &Self) -> Result<(), ApiError> {
        if old.delete_after.is_none() && self.delete_after.is_some() {
            return Err(ErrorCode::PERMANENT_ENTITY_CANNOT_BE_MADE_TEMPORARY.into());
        }
        Ok(())
    }
}

/// The entries that a body describes: each block once.
pub fn entries(body: &[NewEntry], project: ProjectId, now: Timestamp) -> Result<Vec<Entry>, ApiError> {
    let mut seen = HashSet::new();
    body.iter()
        .map(|new| {
            let entry = Entry::from_new(new, project, now)?;
            if seen.insert(entry.block) {
                Ok(entry)
            } else {
                Err(ApiError::new(ErrorCode::DUPLICATE_ADDRESSES_IN_INPUT).with(entry.block.to_string()))
            }
        })
        .collect()
}

/// The one value of an entry. An empty text is what clients send for a value that they were not given.
fn block_of(new: &NewEntry) -> Result<Block, ApiError> {
    let given = |text: &'_ Option<String>| text.clone().filter(|text| !text.is_empty());
    match (given(&new.aws_security_group), given(&new.cidr_block), given(&new.ip_address)) {
        (None, Some(block), None) => Block::parse(&block),
        (None, None, Some(address)) => Block::parse_address(&address),
        // No project of this server has a peering connection.
        (Some(_), None, None) => Err(ErrorCode::CANNOT_USE_AWS_SECURITY_GROUP_WITHOUT_VPC_PEERING_CONNECTION.into()),
        (None, None, None) => {
            let error = ApiError::new(ErrorCode::MISSING_ONE_OF_THREE_ATTRIBUTES);
            Err(error.with("ipAddress").with("cidrBlock").with("awsSecurityGroup"))
        }
        _ => Err(ErrorCode::MULTIPLE_VALUES_SPECIFIED_FOR_ONE_NETWORK_PERMISSION_ENTRY.into()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_block_has_one_spelling() {
        for (text, spelled, single) in [
            ("192.0.2.0/24", "192.0.2.0/24", ""),
            ("0.0.0.0/0", "0.0.0.0/0", ""),
            ("198.51.100.7", "198.51.100.7/32", "198.51.100.7"),
            ("198.51.100.7/32", "198.51.100.7/32", "198.51.100.7"),
            ("2001:DB8:1:0::/48", "2001:db8:1::/48", ""),
            ("2001:db8::1", "2001:db8::1/128", "2001:db8::1"),
            ("::/0", "::/0", ""),
        ] {
            let block = Block::parse(text).unwrap();
            assert_eq!(block.to_string(), spelled);
            assert_eq!(block.single().map(|address| address.to_string()).unwrap_or_default(), single);
            assert_eq!(block.event_name(), if single.is_empty() { spelled } else { single });
        }
    }

    #[test]
    fn what_is_no_block_is_refused_by_name() {
        for text in ["", "here", "10.0.0.0/33", "10.0.0/8", "2001:db8::/129", "1.2.3.4/", "1.2.3.4/-1", "sg-1", " ::1"]
        {
            assert_eq!(Block::parse(text), Err(unreadable(text)), "{text}");
        }
        let refused = Block::parse("10.1.2.3/8").unwrap_err();
        assert_eq!(refused.code, ErrorCode::INVALID_CIDR_BLOCK);
        assert_eq!(refused.parameters, ["10.1.2.3/8", "10.0.0.0/8"]);
        assert!(Block::parse_address("10.0.0.0/8").is_err());
    }
}
