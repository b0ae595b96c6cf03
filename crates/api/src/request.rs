//! A request on its way to its handler.

use std::{collections::HashMap, net::IpAddr};

use http::Method;
use telamon_wire::{ApiError, ErrorCode, OutOfRange, PageQuery, Version};

use crate::{Caller, Edition, Services, Work};

/// The id of a request, as an extension of it.
#[derive(Clone, Debug, Default)]
pub struct RequestId(pub String);

/// What a handler and the rendering of its answer need to know of the request.
#[derive(Clone, Debug)]
pub struct RequestInfo {
    /// Scheme and host that links begin with, without a trailing slash.
    pub base_url: String,
    /// The path as sent, percent-encoded, without doubled leading slashes.
    pub path: String,
    /// The query, decoded, in the order received.
    pub query: Vec<(String, String)>,
    /// The method.
    pub method: Method,
    /// The client's address.
    pub address: IpAddr,
    /// The id under which the request is logged and answered.
    pub request_id: String,
    /// The edition of the API that the path belongs to.
    pub edition: Edition,
    /// The version that the operation resolved to; `None` where the answer names none.
    pub version: Option<Version>,
    /// The values of the path's parameters, decoded.
    pub path_values: HashMap<&'static str, String>,
    /// Wrap the answer and answer 200.
    pub envelope: bool,
    /// Indent the answer.
    pub pretty: bool,
}

impl RequestInfo {
    /// The query as pairs of texts.
    pub fn query_pairs(&self) -> impl Iterator<Item = (&str, &str)> {
        self.query.iter().map(|(name, value)| (name.as_str(), value.as_str()))
    }

    /// The page that the query asks for; `counted` says whether it may ask for a count. Clients of older editions ask for
    /// more than a page holds, and get what it holds.
    pub fn page_query(&self, counted: bool) -> Result<PageQuery, ApiError> {
        let beyond = if self.edition.is_negotiated() { OutOfRange::Refused } else { OutOfRange::Clamped };
        PageQuery::parse(self.query_pairs().filter(|(name, _)| counted || *name != "includeCount"), beyond)
    }
}

/// A request whose caller may make it, before its input is read.
pub struct Incoming<'a> {
    /// The request.
    pub info: &'a RequestInfo,
    /// The body, if there is one.
    pub body: &'a [u8],
    /// Whether a body may be of another media type than JSON; the reason why it may not be read otherwise.
    pub content_type: Option<&'a str>,
    /// Who calls. `None` only where the operation needs no credential.
    pub caller: Option<&'a Caller>,
    /// The services of the program.
    pub services: &'a Services,
    /// What carries out units of work: for what is written before the handler's own.
    pub work: &'a Work,
}

impl Incoming<'_> {
    /// Refuses a body that says it is something else than JSON.
    pub fn demand_json(&self) -> Result<(), ApiError> {
        match self.content_type {
            Some(text) if !telamon_wire::request_media_type_is_accepted(text) => {
                Err(ApiError::new(ErrorCode::UNSUPPORTED_MEDIA_TYPE).with(text))
            }
            None if !self.body.is_empty() => Err(ApiError::new(ErrorCode::UNSUPPORTED_MEDIA_TYPE).with("(none)")),
            _ => Ok(()),
        }
    }
}
