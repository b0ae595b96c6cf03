//! Which events of a list are asked for.

use std::collections::BTreeSet;

use telamon_api::{Parameter, QueryParams};
use telamon_wire::{ApiError, ErrorCode, Timestamp, parse_bool};

use super::types;

/// What the types of events look like.
const EVENT_TYPE: &str = "^[A-Z0-9_]+$";

/// The filters of an organization's list.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct OrgFilter {
    /// The types that are wanted; none: all.
    pub types: Vec<String>,
    /// The time from which on.
    pub from: Option<Timestamp>,
    /// The time up to which, to the second.
    pub to: Option<Timestamp>,
    /// Whether each event carries `raw`.
    pub raw: bool,
}

/// The filters of a project's list.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ProjectFilter {
    /// What both lists take.
    pub common: OrgFilter,
    /// The types that are not wanted.
    pub excluded_types: Vec<String>,
    /// Whether only events of certain clusters are wanted. This server has no clusters, and no event of one.
    pub of_clusters: bool,
}

/// Whether one event carries `raw`.
#[derive(Clone, Copy, Debug)]
pub struct IncludeRaw(pub bool);

impl OrgFilter {
    /// The types that are wanted, each once; `None`: all.
    pub fn wanted_types(&self) -> Option<Vec<&str>> {
        let names: BTreeSet<&str> = self.types.iter().map(String::as_str).collect();
        (!names.is_empty()).then(|| names.into_iter().collect())
    }
}

impl ProjectFilter {
    /// The types that are wanted, each once; `None`: all. Every type that is recorded is known, so that what is not
    /// excluded can be named.
    pub fn wanted_types(&self) -> Option<Vec<&str>> {
        if self.of_clusters {
            return Some(Vec::new());
        }
        let asked = self.common.wanted_types();
        if self.excluded_types.is_empty() {
            return asked;
        }
        let mut names = asked.unwrap_or_else(|| types::ALL.iter().map(|known| known.event_type).collect());
        names.retain(|name| !self.excluded_types.iter().any(|excluded| excluded == name));
        Some(names)
    }
}

impl QueryParams for OrgFilter {
    fn parse(pairs: &[(String, String)]) -> Result<Self, ApiError> {
        let mut filter = Self::default();
        for (name, value) in pairs {
            match name.as_str() {
                "eventType" => filter.types.push(event_type(value)?),
                "minDate" => filter.from = Some(date(value)?),
                "maxDate" => filter.to = Some(date(value)?),
                "includeRaw" => filter.raw = parse_bool(name, value)?,
                _ => {}
            }
        }
        if filter.from.zip(filter.to).is_some_and(|(from, to)| from > to) {
            return Err(ErrorCode::INVALID_DATE_RANGE.into());
        }
        Ok(filter)
    }

    fn parameters() -> Vec<Parameter> {
        vec![
            Parameter::list("eventType", "The types of the events that are wanted; without it: all.").of(EVENT_TYPE),
            include_raw(),
            Parameter::date_time("maxDate", "The time up to which events are wanted."),
            Parameter::date_time("minDate", "The time from which on events are wanted."),
        ]
    }
}

impl QueryParams for ProjectFilter {
    fn parse(pairs: &[(String, String)]) -> Result<Self, ApiError> {
        let mut filter = Self { common: OrgFilter::parse(pairs)?, ..Self::default() };
        for (name, value) in pairs {
            match name.as_str() {
                "excludedEventType" => filter.excluded_types.push(event_type(value)?),
                "clusterNames" => filter.of_clusters |= !value.is_empty(),
                _ => {}
            }
        }
        Ok(filter)
    }

    fn parameters() -> Vec<Parameter> {
        let clusters = Parameter::list("clusterNames", "The clusters whose events are wanted. There are none here.");
        let excluded =
            Parameter::list("excludedEventType", "The types of the events that are not wanted.").of(EVENT_TYPE);
        [clusters, excluded].into_iter().chain(OrgFilter::parameters()).collect()
    }
}

impl QueryParams for IncludeRaw {
    fn parse(pairs: &[(String, String)]) -> Result<Self, ApiError> {
        let mut raw = Self(false);
        for (name, value) in pairs.iter().filter(|(name, _)| name == "includeRaw") {
            raw = Self(parse_bool(name, value)?);
        }
        Ok(raw)
    }

    fn parameters() -> Vec<Parameter> {
        vec![include_raw()]
    }
}

fn include_raw() -> Parameter {
    Parameter::boolean("includeRaw", "Whether `raw` holds what was recorded.", false)
}

/// The API knows far more types than this server records: an unknown one finds nothing, and what cannot be one is wrong.
fn event_type(value: &str) -> Result<String, ApiError> {
    let well_formed =
        !value.is_empty() && value.bytes().all(|b| b.is_ascii_uppercase() || b.is_ascii_digit() || b == b'_');
    if well_formed { Ok(value.to_owned()) } else { Err(ApiError::new(ErrorCode::INVALID_ENUM_VALUE).with(value)) }
}

/// Older clients send the offset of a zone as `+00:00` without escaping it: the plus arrives as a blank.
fn date(value: &str) -> Result<Timestamp, ApiError> {
    Timestamp::parse(&value.replace(' ', "+")).ok_or_else(|| ApiError::new(ErrorCode::INVALID_DATE_FORMAT).with(value))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(query: &str) -> Result<ProjectFilter, String> {
        let pairs: Vec<_> = form_urlencoded::parse(query.as_bytes()).into_owned().collect();
        ProjectFilter::parse(&pairs).map_err(|error| format!("{} {}", error.code, error.detail()))
    }

    #[test]
    fn filters_are_read_and_the_rest_is_passed_over() {
        let query = "eventType=A_B&eventType=C&excludedEventType=D&clusterNames=c&includeRaw=true\
                     &minDate=2026-08-09T03%3A06%3A48Z&maxDate=2026-08-09T05%3A06%3A48.5%2B02:00&pageNum=1";
        let expected = ProjectFilter {
            common: OrgFilter {
                types: vec!["A_B".into(), "C".into()],
                from: Timestamp::parse("2026-08-09T03:06:48Z"),
                to: Timestamp::parse("2026-08-09T03:06:48.5Z"),
                raw: true,
            },
            excluded_types: vec!["D".into()],
            of_clusters: true,
        };
        assert_eq!(parse(query), Ok(expected));
        assert_eq!(parse("itemsPerPage=5"), Ok(ProjectFilter::default()));
    }

    #[test]
    fn what_is_excluded_is_not_among_the_wanted() {
        assert_eq!(parse("").unwrap().wanted_types(), None);
        assert_eq!(parse("eventType=B&eventType=A&eventType=B").unwrap().wanted_types(), Some(vec!["A", "B"]));
        assert_eq!(parse("eventType=B&eventType=A&excludedEventType=B").unwrap().wanted_types(), Some(vec!["A"]));
        assert_eq!(parse("clusterNames=c").unwrap().wanted_types(), Some(vec![]));
        let others = parse("excludedEventType=GROUP_CREATED").unwrap();
        let others = others.wanted_types().unwrap();
        assert_eq!(others.len(), types::ALL.len() - 1);
        assert!(!others.contains(&"GROUP_CREATED"));
    }

    #[test]
    fn a_plus_that_was_not_escaped_is_one() {
        assert_eq!(date("2026-08-09T03:06:48.5 02:00"), date("2026-08-09T03:06:48.5+02:00"));
        assert!(date("2026-08-09T03:06:48.5 02:00").is_ok());
    }

    #[test]
    fn each_mistake_has_its_code() {
        let cases = [
            ("minDate=2026-08-09", "INVALID_DATE_FORMAT Received a date in an invalid format: 2026-08-09."),
            ("maxDate=", "INVALID_DATE_FORMAT Received a date in an invalid format: ."),
            (
                "minDate=2026-08-09T00:00:01Z&maxDate=2026-08-09T00:00:00Z",
                "INVALID_DATE_RANGE The start of the range of dates is after its end.",
            ),
            ("eventType=a-b", "INVALID_ENUM_VALUE An invalid enumeration value a-b was specified."),
            ("excludedEventType=", "INVALID_ENUM_VALUE An invalid enumeration value  was specified."),
            (
                "includeRaw=1",
                "INVALID_QUERY_PARAMETER An invalid query parameter includeRaw was specified. It must be true or false.",
            ),
        ];
        for (query, expected) in cases {
            assert_eq!(parse(query), Err(expected.to_owned()), "{query}");
        }
    }
}
