//! How often something may be tried: on each node, in memory.

use std::{
    collections::HashMap,
    sync::{Mutex, PoisonError},
};

use telamon_wire::Timestamp;

/// Counts attempts by whom or what they are at, in windows that begin with the first.
#[derive(Debug)]
pub struct Attempts {
    allowed: u32,
    window_seconds: i64,
    counts: Mutex<Counts>,
}

#[derive(Debug, Default)]
struct Counts {
    begun: HashMap<String, (Timestamp, u32)>,
    /// At this many entries those whose window is over are forgotten.
    many: usize,
}

/// So many entries are kept, whether they still count or not.
const FEW: usize = 10_000;

impl Attempts {
    /// So many in so many seconds.
    pub fn new(allowed: u32, window_seconds: i64) -> Self {
        Self { allowed, window_seconds, counts: Mutex::default() }
    }

    /// Counts one more attempt; whether it may be made.
    pub fn take(&self, key: &str, now: Timestamp) -> bool {
        let mut counts = self.counts.lock().unwrap_or_else(PoisonError::into_inner);
        if counts.begun.len() >= counts.many.max(FEW) {
            counts.begun.retain(|_, (began, _)| self.is_open(*began, now));
            // Twice what is left: looking through all of them stays rare, however many strangers try.
            counts.many = 2 * counts.begun.len();
        }
        let (began, made) = counts.begun.entry(key.to_owned()).or_insert((now, 0));
        if !self.is_open(*began, now) {
            (*began, *made) = (now, 0);
        }
        *made = made.saturating_add(1);
        *made <= self.allowed
    }

    /// Forgets the attempts at something: one of them succeeded.
    pub fn forgive(&self, key: &str) {
        self.counts.lock().unwrap_or_else(PoisonError::into_inner).begun.remove(key);
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
        assert!(attempts.take("ada", at(-3600)), "the clock was set back");
    }

    #[test]
    fn what_is_over_is_forgotten() {
        let attempts = Attempts::new(1, 60);
        for number in 0..3 * FEW {
            attempts.take(&number.to_string(), at(i64::try_from(number).unwrap()));
        }
        assert!(attempts.counts.lock().unwrap().begun.len() <= FEW + 1);
    }
}
