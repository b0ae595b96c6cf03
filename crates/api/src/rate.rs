//! Rate limits: token buckets per endpoint set and caller, in the memory of one node.

use std::{collections::HashMap, sync::Mutex};

use telamon_wire::Timestamp;

use crate::Ephemeral;

/// Whose requests share a bucket.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RateScope {
    /// Those for one project.
    Group,
    /// Those for one organization.
    Organization,
    /// Those of one credential.
    User,
    /// Those from one address.
    Ip,
}

impl RateScope {
    /// The name on the wire.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Group => "GROUP",
            Self::Organization => "ORGANIZATION",
            Self::User => "USER",
            Self::Ip => "IP",
        }
    }
}

/// Operations that share a bucket. Source: the API's page on rate limits.
#[derive(Debug, PartialEq, Eq)]
pub struct EndpointSet {
    /// Its id on the wire.
    pub id: &'static str,
    /// Its name for people.
    pub name: &'static str,
    /// Whose requests share a bucket.
    pub scope: RateScope,
    /// How many requests a full bucket holds.
    pub capacity: u32,
    /// How many flow in per minute.
    pub refill: u32,
}

/// Over how many seconds a bucket receives its refill.
pub const REFILL_SECONDS: u32 = 60;

/// The capacity and refill of a set, changed by the configuration.
pub type Overrides = HashMap<String, (u32, u32)>;

/// What is left after a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Allowance {
    /// The capacity of the bucket.
    pub limit: u32,
    /// The refill per minute.
    pub refill: u32,
    /// How many requests are left.
    pub remaining: u32,
    /// After how many seconds the next request is let through, if this one was not.
    pub retry_after: Option<u32>,
}

#[derive(Debug)]
struct Bucket {
    tokens: f64,
    filled_at: Timestamp,
    full_at: Timestamp,
}

/// The buckets of one node.
#[derive(Debug)]
pub struct RateLimiter {
    enforced: bool,
    overrides: Overrides,
    /// A full bucket is what a new one would be.
    buckets: Mutex<Ephemeral<(&'static str, String), Bucket>>,
}

impl RateLimiter {
    /// Buckets that refuse requests when empty, or only count them (`enforced` false).
    pub fn new(enforced: bool, overrides: Overrides) -> Self {
        Self { enforced, overrides, buckets: Mutex::default() }
    }

    /// The capacity and refill in force.
    pub fn limits(&self, set: &EndpointSet) -> (u32, u32) {
        self.overrides.get(set.id).copied().unwrap_or((set.capacity, set.refill))
    }

    /// Takes one token out of a bucket.
    pub fn take(&self, set: &'static EndpointSet, key: String, now: Timestamp) -> Allowance {
        let (capacity, refill) = self.limits(set);
        let mut buckets = self.buckets.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        let new = || Bucket { tokens: f64::from(capacity), filled_at: now, full_at: now };
        let bucket = buckets.entry((set.id, key), |bucket| bucket.full_at > now).or_insert_with(new);
        let per_second = f64::from(refill) / f64::from(REFILL_SECONDS);
        let elapsed = now.as_micros().saturating_sub(bucket.filled_at.as_micros()).max(0);
        #[expect(clippy::cast_precision_loss, reason = "more than 2^52 microseconds fill every bucket")]
        let elapsed = elapsed as f64 / 1e6;
        bucket.tokens = elapsed.mul_add(per_second, bucket.tokens).min(f64::from(capacity));
        bucket.filled_at = now;
        let retry_after =
            (bucket.tokens < 1.0 && self.enforced).then(|| whole((1.0 - bucket.tokens) / per_second).max(1));
        if retry_after.is_none() {
            bucket.tokens = (bucket.tokens - 1.0).max(0.0);
        }
        bucket.full_at = now.plus_seconds(whole((f64::from(capacity) - bucket.tokens) / per_second).into());
        Allowance { limit: capacity, refill, remaining: whole_down(bucket.tokens), retry_after }
    }
}

#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "float casts saturate")]
fn whole(seconds: f64) -> u32 {
    seconds.ceil() as u32
}

#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "float casts saturate")]
fn whole_down(tokens: f64) -> u32 {
    tokens as u32
}

#[cfg(test)]
mod tests {
    use super::*;

    static SET: EndpointSet = EndpointSet { id: "set", name: "A set", scope: RateScope::User, capacity: 3, refill: 30 };

    #[test]
    fn an_empty_bucket_refuses_until_it_has_refilled() {
        let limiter = RateLimiter::new(true, Overrides::new());
        let start = Timestamp::from_seconds(1_000);
        let take = |at| limiter.take(&SET, "me".into(), at);
        let left: Vec<_> = (0..4).map(|_| take(start)).map(|a| (a.remaining, a.retry_after)).collect();
        assert_eq!(left, [(2, None), (1, None), (0, None), (0, Some(2))]);
        assert_eq!(take(start.plus_seconds(1)).retry_after, Some(1));
        assert_eq!(take(start.plus_seconds(2)).retry_after, None);
        assert_eq!(limiter.take(&SET, "you".into(), start).remaining, 2, "another caller has a bucket of their own");
        assert_eq!(take(start.plus_seconds(1_000)).remaining, 2, "a bucket never holds more than its capacity");
    }

    #[test]
    fn only_full_buckets_are_forgotten() {
        static SLOW: EndpointSet =
            EndpointSet { id: "slow", name: "A slow set", scope: RateScope::User, capacity: 60, refill: 6 };
        let limiter = RateLimiter::new(true, Overrides::new());
        let start = Timestamp::from_seconds(1_000);
        for _ in 0..60 {
            limiter.take(&SLOW, "me".into(), start);
        }
        for other in 0..100_000 {
            limiter.take(&SET, other.to_string(), start.plus_seconds(i64::from(other >= 50_000) * 200));
        }
        assert!(limiter.buckets.lock().unwrap().len() <= 50_002);
        assert_eq!(limiter.take(&SLOW, "me".into(), start.plus_seconds(200)).remaining, 19);
    }

    #[test]
    fn without_enforcement_nothing_is_refused() {
        let limiter = RateLimiter::new(false, Overrides::from([("set".into(), (1, 1))]));
        let now = Timestamp::from_seconds(1_000);
        for _ in 0..5 {
            let allowance = limiter.take(&SET, "me".into(), now);
            assert_eq!((allowance.limit, allowance.remaining, allowance.retry_after), (1, 0, None));
        }
    }
}
