//! Pages of lists: what the query asks for, and the links of the answer.

use percent_encoding::{AsciiSet, CONTROLS, utf8_percent_encode};
use schemars::JsonSchema;
use serde::Serialize;

use crate::{ApiError, ErrorCode};

/// A link of an answer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Link {
    /// The absolute URL.
    pub href: String,
    /// What it leads to: `self`, `next`, `previous`, or the URL of a relation.
    pub rel: String,
}

impl Link {
    /// A link.
    pub fn new(rel: impl Into<String>, href: impl Into<String>) -> Self {
        Self { href: href.into(), rel: rel.into() }
    }
}

/// Which page a request asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PageQuery {
    /// From 1.
    pub page_num: u32,
    /// 1 to 500.
    pub items_per_page: u32,
    /// Whether the answer counts all items; otherwise `totalCount` is 0.
    pub include_count: bool,
}

/// What becomes of a number that no page can have.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OutOfRange {
    /// It is an error.
    Refused,
    /// The nearest number that a page can have takes its place.
    Clamped,
}

impl Default for PageQuery {
    fn default() -> Self {
        Self { page_num: 1, items_per_page: Self::DEFAULT_ITEMS, include_count: true }
    }
}

impl PageQuery {
    const DEFAULT_ITEMS: u32 = 100;
    const MAX_ITEMS: u32 = 500;

    /// Reads `pageNum`, `itemsPerPage` and `includeCount`. `0` means the default; what is no number is 400.
    pub fn parse<'a>(
        pairs: impl IntoIterator<Item = (&'a str, &'a str)>,
        beyond: OutOfRange,
    ) -> Result<Self, ApiError> {
        let mut query = Self::default();
        for (name, value) in pairs {
            match name {
                "pageNum" => query.page_num = number(name, value, 1, u32::MAX, beyond)?,
                "itemsPerPage" => {
                    query.items_per_page = number(name, value, Self::DEFAULT_ITEMS, Self::MAX_ITEMS, beyond)?;
                }
                "includeCount" => query.include_count = parse_bool(name, value)?,
                _ => {}
            }
        }
        Ok(query)
    }

    /// How many items stand before this page.
    pub fn offset(&self) -> i64 {
        i64::from(self.page_num - 1) * i64::from(self.items_per_page)
    }

    /// How many items this page holds at the most.
    pub fn limit(&self) -> i64 {
        i64::from(self.items_per_page)
    }
}

/// Reads `true` or `false` in any case; an empty value is `false`.
pub fn parse_bool(name: &str, value: &str) -> Result<bool, ApiError> {
    match value {
        "" => Ok(false),
        _ if value.eq_ignore_ascii_case("true") => Ok(true),
        _ if value.eq_ignore_ascii_case("false") => Ok(false),
        _ => Err(ApiError::new(ErrorCode::INVALID_QUERY_PARAMETER).with(name).with("It must be true or false.")),
    }
}

fn number(name: &str, value: &str, default: u32, max: u32, beyond: OutOfRange) -> Result<u32, ApiError> {
    let wrong = || {
        let range = if max == u32::MAX {
            "It must be a number from 1.".to_owned()
        } else {
            format!("It must be a number from 1 to {max}.")
        };
        ApiError::new(ErrorCode::INVALID_QUERY_PARAMETER).with(name).with(range)
    };
    let digits = !value.is_empty() && value.bytes().all(|b| b.is_ascii_digit());
    let negative = value.strip_prefix('-').is_some_and(|rest| rest.parse::<u32>().is_ok());
    match value.parse::<u32>() {
        Ok(0) => Ok(default),
        Ok(n) if digits && n <= max => Ok(n),
        _ if digits && beyond == OutOfRange::Clamped => Ok(max),
        _ if negative && beyond == OutOfRange::Clamped => Ok(1),
        // A page number beyond what we can count to is a page past the end.
        Err(_) if digits && max == u32::MAX => Ok(u32::MAX),
        _ => Err(wrong()),
    }
}

/// One page of a list, as it stands on the wire.
#[derive(Clone, Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(rename = "Paginated{T}")]
pub struct Page<T> {
    /// This page, the next and the previous one.
    pub links: Vec<Link>,
    /// The items.
    pub results: Vec<T>,
    /// How many items there are in all; 0 when the request did not want a count.
    pub total_count: i64,
}

// Of a query value, everything is escaped but what RFC 3986 calls unreserved.
const QUERY_VALUE: &AsciiSet = &CONTROLS
    .add(b' ')
    .add(b'"')
    .add(b'#')
    .add(b'%')
    .add(b'&')
    .add(b'+')
    .add(b',')
    .add(b'/')
    .add(b':')
    .add(b';')
    .add(b'<')
    .add(b'=')
    .add(b'>')
    .add(b'?')
    .add(b'@')
    .add(b'[')
    .add(b'\\')
    .add(b']')
    .add(b'^')
    .add(b'`')
    .add(b'{')
    .add(b'|')
    .add(b'}')
    .add(b'$')
    .add(b'!')
    .add(b'\'')
    .add(b'(')
    .add(b')')
    .add(b'*');

/// The links of a page: `self` puts the page number first, `next` and `previous` put it last, as the service does.
///
/// `url` is the absolute URL of the request without its query, `others` the query without the two parameters of the page.
pub fn page_links<'a>(
    url: &str,
    others: impl IntoIterator<Item = (&'a str, &'a str)>,
    query: PageQuery,
    more: bool,
) -> Vec<Link> {
    let mut kept = String::new();
    for (name, value) in others {
        if name != "pageNum" && name != "itemsPerPage" {
            kept.extend([
                &utf8_percent_encode(name, QUERY_VALUE).to_string(),
                "=",
                &utf8_percent_encode(value, QUERY_VALUE).to_string(),
                "&",
            ]);
        }
    }
    let PageQuery { page_num, items_per_page, .. } = query;
    let other_page =
        |rel, page: u32| Link::new(rel, format!("{url}?{kept}itemsPerPage={items_per_page}&pageNum={page}"));
    let mut links = vec![Link::new("self", format!("{url}?{kept}pageNum={page_num}&itemsPerPage={items_per_page}"))];
    if page_num > 1 {
        links.push(other_page("previous", page_num - 1));
    }
    if more {
        links.push(other_page("next", page_num.saturating_add(1)));
    }
    links
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn zero_is_the_default_and_the_rest_is_checked() {
        let asked = |query: &str| {
            let pairs: Vec<_> = form_urlencoded::parse(query.as_bytes()).into_owned().collect();
            let pairs = pairs.iter().map(|(k, v)| (k.as_str(), v.as_str()));
            PageQuery::parse(pairs, OutOfRange::Refused).map_err(|e| e.detail())
        };
        assert_eq!(asked("itemsPerPage=0&pageNum=0"), Ok(PageQuery::default()));
        assert_eq!(
            asked("itemsPerPage=500&pageNum=7&includeCount=false"),
            Ok(PageQuery { page_num: 7, items_per_page: 500, include_count: false })
        );
        assert_eq!(asked("pageNum=99999999999999999999").map(|q| q.page_num), Ok(u32::MAX));
        let out = "An invalid query parameter itemsPerPage was specified. It must be a number from 1 to 500.";
        for wrong in ["501", "-1", "", "ten", "1.5", "99999999999999999999", "+5"] {
            assert_eq!(asked(&format!("itemsPerPage={}", wrong.replace('+', "%2B"))), Err(out.to_owned()), "{wrong}");
        }
        assert_eq!(
            asked("includeCount=maybe"),
            Err("An invalid query parameter includeCount was specified. It must be true or false.".to_owned())
        );
    }

    #[test]
    fn what_lies_outside_the_range_is_brought_into_it_where_clients_expect_that() {
        let items = |value| {
            let asked = PageQuery::parse([("itemsPerPage", value)], OutOfRange::Clamped);
            asked.map(|query| query.items_per_page).map_err(|error| error.code)
        };
        for (value, expected) in [("1000", 500), ("99999999999999999999", 500), ("500", 500), ("-5", 1), ("0", 100)] {
            assert_eq!(items(value), Ok(expected), "{value}");
        }
        for wrong in ["", "ten", "-", "1.5", "+5"] {
            assert_eq!(items(wrong), Err(ErrorCode::INVALID_QUERY_PARAMETER), "{wrong}");
        }
    }

    #[test]
    fn links_keep_the_other_parameters_in_order() {
        let query = PageQuery { page_num: 2, items_per_page: 10, include_count: true };
        let links = page_links(
            "http://h/p",
            [("pageNum", "2"), ("name", ""), ("minDate", "2026-08-09T03:06:48Z")],
            query,
            true,
        );
        let hrefs: Vec<_> = links.iter().map(|l| (l.rel.as_str(), l.href.as_str())).collect();
        assert_eq!(
            hrefs,
            [
                ("self", "http://h/p?name=&minDate=2026-08-09T03%3A06%3A48Z&pageNum=2&itemsPerPage=10"),
                ("previous", "http://h/p?name=&minDate=2026-08-09T03%3A06%3A48Z&itemsPerPage=10&pageNum=1"),
                ("next", "http://h/p?name=&minDate=2026-08-09T03%3A06%3A48Z&itemsPerPage=10&pageNum=3"),
            ]
        );
    }
}
