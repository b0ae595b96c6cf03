//! A clock that stands still, and randomness that repeats itself.

use std::{
    sync::{
        Mutex, PoisonError,
        atomic::{AtomicBool, AtomicI64, Ordering},
    },
    time::Duration,
};

use rand_chacha::{
    ChaCha8Rng,
    rand_core::{Rng, SeedableRng},
};
use telamon_wire::{Clock, Entropy, Timestamp};

/// A clock that moves when it is told to.
#[derive(Debug)]
pub struct PinnedClock(AtomicI64);

impl PinnedClock {
    /// Stands at that time.
    pub fn at(time: Timestamp) -> Self {
        Self(AtomicI64::new(time.as_micros()))
    }

    /// Moves.
    pub fn advance(&self, seconds: i64) {
        self.0.fetch_add(seconds * 1_000_000, Ordering::SeqCst);
    }

    /// Moves by less than seconds: what lets it run with the time that passes.
    pub fn advance_by(&self, time: Duration) {
        self.0.fetch_add(i64::try_from(time.as_micros()).unwrap_or(i64::MAX), Ordering::SeqCst);
    }
}

impl Clock for PinnedClock {
    fn now(&self) -> Timestamp {
        Timestamp::from_micros(self.0.load(Ordering::SeqCst))
    }
}

/// Randomness that is the same for the same seed.
#[derive(Debug)]
pub struct SeededEntropy {
    random: Mutex<ChaCha8Rng>,
    broken: AtomicBool,
}

impl SeededEntropy {
    /// Seeded by a text: the name of the test.
    pub fn of(name: &str) -> Self {
        let seed = name
            .bytes()
            .fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3));
        Self { random: Mutex::new(ChaCha8Rng::seed_from_u64(seed)), broken: AtomicBool::new(false) }
    }

    /// Has every use of it panic, until it is mended: what a defect in the midst of a request does.
    pub fn break_down(&self, broken: bool) {
        self.broken.store(broken, Ordering::SeqCst);
    }
}

impl Entropy for SeededEntropy {
    fn fill(&self, bytes: &mut [u8]) {
        assert!(!self.broken.load(Ordering::SeqCst), "the randomness of the test is broken");
        self.random.lock().unwrap_or_else(PoisonError::into_inner).fill_bytes(bytes);
    }
}
