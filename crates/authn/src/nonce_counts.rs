//! Which counts of which nonces were used, in memory: no signed request is accepted twice.
//!
//! Clients that send several requests at once let counts arrive out of order, so a count is judged by a window: each
//! one is accepted once, unless it is more than 64 below the highest that was seen. Memory is bounded. When it is full,
//! the nonces that end first are forgotten, and from then on every unknown nonce that ends no later than those is
//! refused: clients then come back with a fresh nonce, and nothing forgotten can be replayed.

use std::{
    collections::BTreeMap,
    sync::{Mutex, PoisonError},
};

use telamon_wire::Timestamp;

use crate::{NONCE_LIFETIME_SECONDS, NonceId, digest::CLOCK_TOLERANCE_SECONDS};

/// How far below the highest count of its nonce a count may be.
pub const NONCE_COUNT_WINDOW: u32 = 64;

const SHARDS: usize = 16;
const DEFAULT_CAPACITY: usize = 1 << 20;

/// Whether a count may still be accepted, if it was not used yet, when `highest` was already seen.
pub const fn count_is_within_window(count: u32, highest: u32) -> bool {
    count > 0 && highest.saturating_sub(count) <= NONCE_COUNT_WINDOW
}

/// The counts in use, shared by all requests of a process.
pub struct NonceCounts {
    shards: [Mutex<Shard>; SHARDS],
    capacity: usize,
}

/// The nonces of one shard, those that end first in front.
struct Shard {
    windows: BTreeMap<(Timestamp, NonceId), Window>,
    /// Up to here nonces were forgotten.
    forgotten: Timestamp,
}

struct Window {
    highest: u32,
    /// Bit `n`: the count that is `n` below the highest was used.
    used: u128,
}

impl Default for NonceCounts {
    fn default() -> Self {
        Self::with_capacity(DEFAULT_CAPACITY)
    }
}

impl NonceCounts {
    /// Room for about this many nonces at a time (at least one for each of 16 shards); the default is a million,
    /// some 80 MB.
    pub fn with_capacity(nonces: usize) -> Self {
        let forgotten = Timestamp::from_micros(i64::MIN);
        let shards = std::array::from_fn(|_| Mutex::new(Shard { windows: BTreeMap::new(), forgotten }));
        Self { shards, capacity: nonces.div_ceil(SHARDS).max(1) }
    }

    /// Uses a count of a nonce. Whether it was free: `false` means a replay, a count below the window, or a nonce that
    /// has ended. Call it only for requests that were signed with the right key, so that nobody else takes up room.
    pub fn accept(&self, nonce: NonceId, count: u32, expires_at: Timestamp, now: Timestamp) -> bool {
        // The last byte is random; the first ones are the time.
        let shard = &self.shards[usize::from(nonce.0[11]) % SHARDS];
        // A panic elsewhere cannot leave a shard half-changed: no statement below panics.
        let mut shard = shard.lock().unwrap_or_else(PoisonError::into_inner);
        shard.accept((expires_at, nonce), count, now, self.capacity)
    }

    /// How many nonces are remembered.
    pub fn len(&self) -> usize {
        self.shards.iter().map(|shard| shard.lock().unwrap_or_else(PoisonError::into_inner).windows.len()).sum()
    }

    /// Whether no nonce is remembered.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

impl Shard {
    fn accept(&mut self, nonce: (Timestamp, NonceId), count: u32, now: Timestamp, capacity: usize) -> bool {
        while let Some(first) = self.windows.first_entry()
            && first.key().0 <= now
        {
            self.forgotten = self.forgotten.max(first.remove_entry().0.0);
        }
        // No nonce that is accepted ends later than this, so the clock was set back. Refusing all until it has caught up
        // would lock every key out; refusing those that were handed out so far does not.
        if self.forgotten > now.plus_seconds(NONCE_LIFETIME_SECONDS + CLOCK_TOLERANCE_SECONDS) {
            self.forgotten = now.plus_seconds(NONCE_LIFETIME_SECONDS);
        }
        if count == 0 || nonce.0 <= now {
            return false;
        }
        if let Some(window) = self.windows.get_mut(&nonce) {
            return window.accept(count);
        }
        if self.windows.len() >= capacity
            && let Some(((expires_at, _), _)) = self.windows.pop_first()
        {
            self.forgotten = self.forgotten.max(expires_at);
        }
        if nonce.0 <= self.forgotten {
            return false;
        }
        self.windows.insert(nonce, Window { highest: count, used: 1 });
        true
    }
}

impl Window {
    fn accept(&mut self, count: u32) -> bool {
        if count > self.highest {
            self.used = self.used.checked_shl(count - self.highest).unwrap_or(0) | 1;
            self.highest = count;
            return true;
        }
        let bit = 1 << (self.highest - count).min(127);
        if !count_is_within_window(count, self.highest) || self.used & bit != 0 {
            return false;
        }
        self.used |= bit;
        true
    }
}

impl std::fmt::Debug for NonceCounts {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("NonceCounts").field("capacity", &(self.capacity * SHARDS)).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use std::{
        collections::HashSet,
        sync::atomic::{AtomicUsize, Ordering},
    };

    use proptest::prelude::*;

    use super::*;

    const NOW: i64 = 1_000_000;

    fn at(seconds: i64) -> Timestamp {
        Timestamp::from_seconds(NOW + seconds)
    }

    fn nonce(number: u8) -> NonceId {
        let mut id = [0; 12];
        id[0] = number;
        NonceId(id)
    }

    #[test]
    fn a_count_is_accepted_once() {
        let counts = NonceCounts::default();
        assert!(counts.accept(nonce(1), 1, at(300), at(0)));
        assert!(!counts.accept(nonce(1), 1, at(300), at(0)));
        assert!(counts.accept(nonce(2), 1, at(300), at(0)), "another nonce has its own counts");
        assert!(counts.accept(nonce(1), 2, at(300), at(0)));
        assert!(!counts.accept(nonce(1), 0, at(300), at(0)), "counts begin with one");
    }

    #[test]
    fn the_window_reaches_sixty_four_below_the_highest() {
        let counts = NonceCounts::default();
        assert!(counts.accept(nonce(1), 100, at(300), at(0)));
        assert!(counts.accept(nonce(1), 36, at(300), at(0)));
        assert!(!counts.accept(nonce(1), 36, at(300), at(0)));
        assert!(!counts.accept(nonce(1), 35, at(300), at(0)));
        assert!(counts.accept(nonce(1), u32::MAX, at(300), at(0)));
        assert!(!counts.accept(nonce(1), 100, at(300), at(0)));
        assert!(counts.accept(nonce(1), u32::MAX - 64, at(300), at(0)));
        assert!(!counts.accept(nonce(1), u32::MAX, at(300), at(0)));
    }

    #[test]
    fn ended_nonces_are_refused_and_forgotten() {
        let counts = NonceCounts::default();
        assert!(counts.accept(nonce(1), 1, at(300), at(0)));
        assert!(!counts.accept(nonce(1), 2, at(300), at(300)));
        assert_eq!(counts.len(), 0);
        assert!(!counts.accept(nonce(1), 1, at(300), at(0)), "a clock that was set back replays nothing");
        assert!(counts.accept(nonce(2), 1, at(600), at(300)));
    }

    #[test]
    fn a_clock_that_was_a_day_ahead_locks_nobody_out() {
        let counts = NonceCounts::default();
        assert!(counts.accept(nonce(1), 1, at(86_400), at(86_100)));
        assert!(counts.accept(nonce(2), 1, at(86_700), at(86_400)));
        assert!(!counts.accept(nonce(3), 1, at(300), at(0)));
        assert!(counts.accept(nonce(4), 1, at(301), at(1)));
    }

    #[test]
    fn memory_is_bounded_and_what_it_forgets_cannot_be_replayed() {
        let counts = NonceCounts::with_capacity(3 * SHARDS);
        for number in 1..=10 {
            assert!(counts.accept(nonce(number), 1, at(i64::from(number)), at(0)));
        }
        assert_eq!(counts.len(), 3);
        for number in 1..=10 {
            assert!(!counts.accept(nonce(number), 1, at(i64::from(number)), at(0)), "{number}");
        }
        assert!(counts.accept(nonce(10), 2, at(10), at(0)));
        assert!(counts.accept(nonce(11), 1, at(11), at(0)));
    }

    #[test]
    fn many_threads_share_each_count_out_once() {
        let counts = NonceCounts::default();
        let accepted = AtomicUsize::new(0);
        std::thread::scope(|scope| {
            for _ in 0..4 {
                scope.spawn(|| {
                    for count in 1..=60 {
                        accepted
                            .fetch_add(usize::from(counts.accept(nonce(1), count, at(300), at(0))), Ordering::Relaxed);
                    }
                });
            }
        });
        assert_eq!(accepted.into_inner(), 60);
    }

    proptest! {
        /// Any order: what the window rule with an unbounded memory would say.
        #[test]
        fn the_window_is_the_rule(sequence in prop::collection::vec(prop_oneof![0..200_u32, any::<u32>()], 0..200)) {
            let counts = NonceCounts::default();
            let mut used = HashSet::new();
            let mut highest = 0;
            for count in sequence {
                let expected = count_is_within_window(count, highest) && used.insert(count);
                prop_assert_eq!(counts.accept(nonce(1), count, at(300), at(0)), expected, "{} after {}", count, highest);
                if expected {
                    highest = highest.max(count);
                }
            }
        }

        #[test]
        fn any_order_within_the_window_is_accepted_once(sequence in Just((1..=65).collect::<Vec<u32>>()).prop_shuffle()) {
            let counts = NonceCounts::default();
            for count in &sequence {
                prop_assert!(counts.accept(nonce(1), *count, at(300), at(0)));
            }
            for count in &sequence {
                prop_assert!(!counts.accept(nonce(1), *count, at(300), at(0)));
            }
        }

        /// Whatever is forgotten in between, no count of a nonce is accepted twice.
        #[test]
        fn nothing_is_replayed_when_memory_is_short(
            uses in prop::collection::vec((0..30_u8, 1..20_u32), 0..300),
        ) {
            let counts = NonceCounts::with_capacity(4 * SHARDS);
            let mut used = HashSet::new();
            for (number, count) in uses {
                if counts.accept(nonce(number), count, at(i64::from(number) + 1), at(0)) {
                    prop_assert!(used.insert((number, count)));
                }
            }
        }
    }
}
