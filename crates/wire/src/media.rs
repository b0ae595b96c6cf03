//! Date-versioned media types: `application/vnd.atlas.2023-01-01+json`.

use std::fmt;

/// The date from which a shape of an operation holds, or the preview of one to come.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Version {
    /// A calendar date, as year, month and day.
    Date(i16, i8, i8),
    /// `preview`: asked for by that name alone.
    Preview,
}

impl Version {
    /// The first date of the API.
    pub const V2023_01_01: Self = Self::Date(2023, 1, 1);
    /// Project access of people changed its shape.
    pub const V2023_02_01: Self = Self::Date(2023, 2, 1);
    /// The addresses of the control plane appeared.
    pub const V2023_11_15: Self = Self::Date(2023, 11, 15);
    /// Moving projects appeared.
    pub const V2024_05_30: Self = Self::Date(2024, 5, 30);
    /// Service accounts appeared.
    pub const V2024_08_05: Self = Self::Date(2024, 8, 5);
    /// Users of organizations, projects and teams got their present shape.
    pub const V2025_02_19: Self = Self::Date(2025, 2, 19);
    /// Rate limits appeared.
    pub const V2025_03_12: Self = Self::Date(2025, 3, 12);

    /// Reads `2023-01-01` or `preview`; a date must exist in the calendar and be written with all its digits.
    pub fn parse(text: &str) -> Option<Self> {
        if text == "preview" {
            return Some(Self::Preview);
        }
        let shape = text.len() == 10
            && text.bytes().enumerate().all(|(i, b)| if i == 4 || i == 7 { b == b'-' } else { b.is_ascii_digit() });
        let date: jiff::civil::Date = if shape { text.parse().ok()? } else { return None };
        Some(Self::Date(date.year(), date.month(), date.day()))
    }
}

impl Version {
    /// The day as `Deprecation` and `Sunset` print it: `Mon, 5 Aug 2024 00:00:00 GMT`.
    pub fn http_date(self) -> String {
        let Self::Date(year, month, day) = self else { return "preview".to_owned() };
        jiff::civil::Date::new(year, month, day)
            .map_or_else(|_| self.to_string(), |date| date.strftime("%a, %-d %b %Y 00:00:00 GMT").to_string())
    }
}

impl fmt::Display for Version {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Date(year, month, day) => write!(f, "{year:04}-{month:02}-{day:02}"),
            Self::Preview => f.write_str("preview"),
        }
    }
}

/// A versioned media type, as JSON.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MediaType(pub Version);

impl fmt::Display for MediaType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "application/vnd.atlas.{}+json", self.0)
    }
}

/// The version that an `Accept` header asks for.
pub type Accept = Version;

/// Reads an `Accept` header: the first versioned JSON media type of the list. `None` is answered with 406.
///
/// Parameters (`;q=0.9`, `;charset=utf-8`) are passed over, and so are other media types beside a versioned one.
pub fn parse_accept(header: &str) -> Option<Accept> {
    header.split(',').find_map(|range| versioned(range.split(';').next().unwrap_or_default().trim()))
}

fn versioned(media_type: &str) -> Option<Version> {
    let prefix = "application/vnd.atlas.";
    let head = media_type.get(..prefix.len())?;
    let tail = &media_type[prefix.len()..];
    let (version, suffix) = tail.split_at_checked(tail.len().checked_sub("+json".len())?)?;
    let matches = head.eq_ignore_ascii_case(prefix) && suffix.eq_ignore_ascii_case("+json");
    if matches { Version::parse(version) } else { None }
}

/// Whether a request body of this `Content-Type` is read: `application/json`, or any versioned JSON type.
pub fn request_media_type_is_accepted(header: &str) -> bool {
    let media_type = header.split(';').next().unwrap_or_default().trim();
    media_type.eq_ignore_ascii_case("application/json") || versioned(media_type).is_some()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_the_dates_that_clients_send() {
        let cases = [
            ("application/vnd.atlas.2023-01-01+json", Some(Version::V2023_01_01)),
            ("application/vnd.atlas.2043-01-01+json", Some(Version::Date(2043, 1, 1))),
            ("Application/VND.atlas.2024-08-05+json; q=0.5", Some(Version::V2024_08_05)),
            ("APPLICATION/VND.ATLAS.2023-01-01+JSON", Some(Version::V2023_01_01)),
            ("application/vnd.atlas.é", None),
            ("text/html, application/vnd.atlas.2023-01-01+json", Some(Version::V2023_01_01)),
            ("application/vnd.atlas.preview+json", Some(Version::Preview)),
            ("application/vnd.atlas.2023-02-30+json", None),
            ("application/vnd.atlas.2023-1-1+json", None),
            ("application/vnd.atlas.+json", None),
            ("application/vnd.atlas.2023-01-01+csv", None),
            ("application/json", None),
            ("*/*", None),
            ("", None),
        ];
        for (header, expected) in cases {
            assert_eq!(parse_accept(header), expected, "{header}");
        }
    }

    #[test]
    fn days_print_without_a_leading_zero() {
        assert_eq!(Version::V2024_08_05.http_date(), "Mon, 5 Aug 2024 00:00:00 GMT");
        assert_eq!(Version::Date(2025, 2, 19).http_date(), "Wed, 19 Feb 2025 00:00:00 GMT");
    }

    #[test]
    fn any_json_is_taken_as_a_body() {
        assert!(request_media_type_is_accepted("application/json; charset=utf-8"));
        assert!(request_media_type_is_accepted("application/vnd.atlas.2043-01-01+json"));
        assert!(!request_media_type_is_accepted("application/x-www-form-urlencoded"));
        assert!(!request_media_type_is_accepted("application/vnd.atlas.tomorrow+json"));
    }
}
