//! Points in time: microseconds in the database, whole seconds on the wire.

use std::fmt;

use jiff::SignedDuration;
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

/// Says what time it is.
pub trait Clock: Send + Sync {
    /// The current time.
    fn now(&self) -> Timestamp;
}

/// Microseconds since 1970-01-01T00:00:00Z.
///
/// Prints as `2026-08-10T03:05:48Z`: UTC, whole seconds, the fraction cut off. Reads RFC 3339 with any offset and any
/// fraction.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Timestamp(i64);

impl Timestamp {
    /// From microseconds since the epoch; what lies outside the years -9999 to 9999 is clamped.
    pub fn from_micros(micros: i64) -> Self {
        Self(micros.clamp(jiff::Timestamp::MIN.as_microsecond(), jiff::Timestamp::MAX.as_microsecond()))
    }

    /// From whole seconds since the epoch.
    pub fn from_seconds(seconds: i64) -> Self {
        Self::from_micros(seconds.saturating_mul(1_000_000))
    }

    /// Microseconds since the epoch.
    pub const fn as_micros(self) -> i64 {
        self.0
    }

    /// Whole seconds since the epoch, rounded down.
    pub const fn as_seconds(self) -> i64 {
        self.0.div_euclid(1_000_000)
    }

    /// This time, later by so many seconds (earlier, if negative).
    #[must_use]
    pub fn plus_seconds(self, seconds: i64) -> Self {
        Self::from_micros(self.0.saturating_add(seconds.saturating_mul(1_000_000)))
    }

    /// How many seconds lie between `earlier` and this, rounded down.
    pub fn seconds_since(self, earlier: Self) -> i64 {
        self.0.saturating_sub(earlier.0).div_euclid(1_000_000)
    }

    /// The same day of the month so many calendar months later, in UTC; a day that the month lacks becomes its last
    /// (31 March and three months: 30 June).
    #[must_use]
    pub fn plus_months(self, months: i32) -> Self {
        use jiff::{ToSpan, tz::TimeZone};
        let zoned = self.to_jiff().to_zoned_datetime(TimeZone::UTC);
        zoned
            .checked_add(months.months())
            .map_or(Self::from_micros(i64::MAX), |later| Self::from_micros(later.timestamp().as_microsecond()))
    }

    /// Reads RFC 3339: `2026-11-30T12:00:00.123+02:00`.
    pub fn parse(text: &str) -> Option<Self> {
        text.parse::<jiff::Timestamp>().ok().map(|t| Self(t.as_microsecond()))
    }

    /// The calendar type of the same moment.
    pub fn to_jiff(self) -> jiff::Timestamp {
        jiff::Timestamp::from_microsecond(self.0).unwrap_or(jiff::Timestamp::MAX)
    }
}

impl fmt::Display for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let whole = jiff::Timestamp::from_second(self.as_seconds()).unwrap_or(jiff::Timestamp::MAX);
        fmt::Display::fmt(&whole, f)
    }
}

impl std::ops::Add<SignedDuration> for Timestamp {
    type Output = Self;
    fn add(self, duration: SignedDuration) -> Self {
        Self::from_micros(self.0.saturating_add(i64::try_from(duration.as_micros()).unwrap_or(i64::MAX)))
    }
}

impl Serialize for Timestamp {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Timestamp {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        Self::parse(&text).ok_or_else(|| de::Error::custom("must be a date and time such as 2026-08-10T03:05:48Z"))
    }
}

impl schemars::JsonSchema for Timestamp {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "Timestamp".into()
    }
    fn inline_schema() -> bool {
        true
    }
    fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
        schemars::json_schema!({ "type": "string", "format": "date-time" })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn prints_whole_seconds_in_utc() {
        let t = Timestamp::parse("2026-11-30T12:00:00.987+02:00").unwrap();
        assert_eq!(t.to_string(), "2026-11-30T10:00:00Z");
        assert_eq!(Timestamp::parse(&t.to_string()).unwrap().as_seconds(), t.as_seconds());
    }

    #[test]
    fn months_are_clamped_to_the_end_of_the_month() {
        let cases = [
            ("2026-03-31T01:02:03Z", 3, "2026-06-30T01:02:03Z"),
            ("2026-11-30T01:02:03Z", 3, "2027-02-28T01:02:03Z"),
            ("2027-11-29T00:00:00Z", 3, "2028-02-29T00:00:00Z"),
            ("2026-01-01T00:00:00Z", 24, "2028-01-01T00:00:00Z"),
        ];
        for (from, months, to) in cases {
            assert_eq!(Timestamp::parse(from).unwrap().plus_months(months).to_string(), to, "{from} + {months}");
        }
    }

    #[test]
    fn impossible_dates_are_refused() {
        for text in
            ["", "2026-02-30T00:00:00Z", "2026-13-01T00:00:00Z", "yesterday", "2026-01-01", "2026-01-01T25:00:00Z"]
        {
            assert_eq!(Timestamp::parse(text), None, "{text}");
        }
    }
}
