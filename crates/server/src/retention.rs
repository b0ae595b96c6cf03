//! For how long is kept what nobody needs to be served: the section `retention` of the configuration.

use std::time::Duration;

/// How often jobs remove what has expired. Nobody is served it meanwhile.
pub const TIDY_EVERY: Duration = Duration::from_mins(1);
/// How often jobs look through what is kept for days.
pub const RETENTION_EVERY: Duration = Duration::from_mins(10);

/// For how many seconds after its end something is kept; `None`: for ever.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Retention {
    /// Events.
    pub events: Option<i64>,
    /// Client certificates, after they have expired.
    pub certificates: Option<i64>,
    /// Mails that were sent, without their bodies.
    pub sent_mail: Option<i64>,
    /// Why requests were refused.
    pub refusals: Option<i64>,
    /// Sessions of people on the pages and of their programs, after they have ended.
    pub sessions: Option<i64>,
    /// The marks by which nodes learn of changes of credentials.
    pub markers: i64,
}

/// A day, in seconds.
pub const DAY: i64 = 86_400;

impl Default for Retention {
    fn default() -> Self {
        Self {
            events: None,
            certificates: None,
            sent_mail: Some(30 * DAY),
            refusals: Some(DAY),
            sessions: Some(30 * DAY),
            markers: 600,
        }
    }
}
