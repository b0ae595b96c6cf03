//! How long what a process remembers of credentials is good.
//!
//! What is remembered carries the generation in which it was read. Every change of credentials, roles or keys begins a new
//! one, and nothing of an older one is used: at once in the process that made the change ([`Generations::begin`], called
//! before the change is answered), and in the others when they find it in the change marker. A generation is trusted only
//! as long as the last look at the marker that succeeded *began* less than 800 ms ago.

use std::sync::{
    Arc,
    atomic::{AtomicI64, AtomicU64, Ordering},
};

use telamon_store::Db;
use telamon_wire::{Clock, Failure};
use tokio::sync::Mutex;

use crate::Marker;

/// How old the last look at the change marker may be.
const FRESH_MICROS: i64 = 800_000;

/// The generations of one process.
pub struct Generations {
    db: Db,
    clock: Arc<dyn Clock>,
    number: AtomicU64,
    looked_at: AtomicI64,
    marker: Mutex<Marker>,
}

impl Generations {
    /// Those of a process that has not looked yet.
    pub fn new(db: Db, clock: Arc<dyn Clock>) -> Self {
        let (number, looked_at) = (AtomicU64::new(1), AtomicI64::new(i64::MIN));
        Self { db, clock, number, looked_at, marker: Mutex::default() }
    }

    /// The present one, after a look at the change marker if the last one is too old.
    pub async fn current(&self) -> Result<u64, Failure> {
        if !self.is_fresh() {
            let mut marker = self.marker.lock().await;
            // Those who waited for the lock use the look of whoever had it before them.
            if !self.is_fresh() {
                self.look_at(&mut marker).await?;
            }
        }
        Ok(self.number())
    }

    /// The present one as far as this process knows without a look.
    pub fn number(&self) -> u64 {
        self.number.load(Ordering::Acquire)
    }

    /// Whether a generation is the present one, and the last look is young enough to say so.
    pub fn is_current(&self, generation: u64) -> bool {
        self.is_fresh() && self.number() == generation
    }

    /// Looks at the change marker; a change that was not there before begins a new generation.
    pub async fn look(&self) -> Result<(), Failure> {
        self.look_at(&mut *self.marker.lock().await).await
    }

    /// Looks at the change marker at once: whether a newer generation than this one is good now.
    pub async fn has_news_since(&self, generation: u64) -> Result<bool, Failure> {
        self.look().await?;
        Ok(self.number() != generation)
    }

    /// Begins a new one: something that is remembered has changed.
    pub fn begin(&self) {
        self.number.fetch_add(1, Ordering::AcqRel);
    }

    fn is_fresh(&self) -> bool {
        let now = self.clock.now().as_micros();
        let age = now.saturating_sub(self.looked_at.load(Ordering::Acquire));
        (0..FRESH_MICROS).contains(&age)
    }

    async fn look_at(&self, marker: &mut Marker) -> Result<(), Failure> {
        let began = self.clock.now();
        let mut tx = self.db.begin_look().await?;
        if marker.look(&mut tx, began).await? {
            self.begin();
        }
        tx.end();
        self.looked_at.store(began.as_micros(), Ordering::Release);
        Ok(())
    }
}
