//! The real time and real randomness: the one place where the program takes them.

use std::time::{SystemTime, UNIX_EPOCH};

use telamon_wire::{Clock, Entropy, Timestamp};

/// The clock of the machine.
pub(crate) struct SystemClock;

impl Clock for SystemClock {
    #[expect(clippy::disallowed_methods, reason = "this is where the time is taken that is handed in everywhere else")]
    fn now(&self) -> Timestamp {
        // A clock before 1970 is told by `telamon doctor`.
        let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        Timestamp::from_micros(i64::try_from(since.as_micros()).unwrap_or(i64::MAX))
    }
}

/// The random numbers of the cryptographic provider.
pub(crate) struct SystemEntropy;

impl Entropy for SystemEntropy {
    #[expect(clippy::disallowed_methods, reason = "this is where the randomness is taken that is handed in elsewhere")]
    fn fill(&self, bytes: &mut [u8]) {
        aws_lc_rs::rand::fill(bytes)
            .expect("the provider's generator fails only if the system has no randomness at all");
    }
}
