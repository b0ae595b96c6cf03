//! How often something may be tried: on each node, in memory.

use std::{
    net::{IpAddr, Ipv6Addr},
    sync::{Mutex, PoisonError},
};

use telamon_api::Ephemeral;
use telamon_wire::Timestamp;

/// Whom attempts from an address are counted for: all of a /64 are one, because whoever has one address of it has all.
pub fn source(address: IpAddr) -> IpAddr {
    match address {
        IpAddr::V6(address) => Ipv6Addr::from_bits(address.to_bits() >> 64 << 64).into(),
        IpAddr::V4(_) => address,
    }
}

/// Counts attempts by whom or what they are at, in windows that begin with the first.
#[derive(Debug)]
pub struct Attempts {
    allowed: u32,
    window_seconds: i64,
    /// When a window began, and how often it was tried since.
    counts: Mutex<Ephemeral<String, (Timestamp, u32)>>,
}

impl Attempts {
    /// So many in so many seconds.
    pub fn new(allowed: u32, window_seconds: i64) -> Self {
        Self { allowed, window_seconds, counts: Mutex::default() }
    }

    /// Counts one more attempt; whether it may be made.
    pub fn take(&self, key: &str, now: Timestamp) -> bool {
        let mut counts = self.counts.lock().unwrap_or_else(PoisonError::into_inner);
        let window = counts.entry(key.to_owned(), |(began, _)| self.is_open(*began, now));
        let (began, made) = window.or_insert((now, 0));
        if !self.is_open(*began, now) {
            (*began, *made) = (now, 0);
        }
        *made = made.saturating_add(1);
        *made <= self.allowed
    }

    /// Forgets the attempts at something: one of them succeeded.
    pub fn forgive(&self, key: &str) {
        self.counts.lock().unwrap_or_else(PoisonError::into_inner).remove(key);
    }

    /// Takes back the last attempt at something: it was none.
    pub fn give_back(&self, key: &str) {
        let mut counts = self.counts.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((_, made)) = counts.get_mut(key) {
            *made = made.saturating_sub(1);
        }
    }

    /// A window that began after now was begun before the clock was set back.
    fn is_open(&self, began: Timestamp, now: Timestamp) -> bool {
        (0..self.window_seconds).contains(&now.seconds_since(began))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(seconds: i64) -> Timestamp {
        Timestamp::from_seconds(1_800_000_000 + seconds)
    }

    #[test]
    fn a_window_begins_with_the_first_attempt() {
        let attempts = Attempts::new(2, 60);
        let tried: Vec<bool> = [0, 30, 59, 60, 61, 62].map(|seconds| attempts.take("ada", at(seconds))).into();
        assert_eq!(tried, [true, true, false, true, true, false]);
        assert!(attempts.take("bob", at(62)), "others are counted by themselves");
        attempts.forgive("ada");
        assert!(attempts.take("ada", at(62)));
        attempts.give_back("ada");
        assert_eq!(
            [attempts.take("ada", at(62)), attempts.take("ada", at(62)), attempts.take("ada", at(62))],
            [true, true, false]
        );
        attempts.give_back("nobody");
        assert!(attempts.take("ada", at(-3600)), "the clock was set back");
    }

    #[test]
    fn a_network_of_ipv6_is_one_source() {
        let source = |address: &str| source(address.parse().unwrap()).to_string();
        assert_eq!(source("2001:db8:1:2:3:4:5:6"), "2001:db8:1:2::");
        assert_eq!(source("2001:db8:1:2:ffff::1"), "2001:db8:1:2::");
        assert_ne!(source("2001:db8:1:3::1"), source("2001:db8:1:2::1"));
        assert_eq!(source("192.0.2.7"), "192.0.2.7");
    }

    #[test]
    fn what_is_over_is_forgotten() {
        let attempts = Attempts::new(1, 60);
        for number in 0..150_000 {
            attempts.take(&number.to_string(), at(number));
        }
        assert!(attempts.counts.lock().unwrap().len() <= 50_001);
    }
}
