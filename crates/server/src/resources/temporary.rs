//! What vanishes by itself: how far ahead its end may lie.

use telamon_wire::{ApiError, ErrorCode, Timestamp};

/// How many days ahead `deleteAfterDate` may lie.
const MAX_DAYS: i64 = 7;

/// Refuses an end that has passed, or that lies too far ahead.
pub fn check_end(end: Timestamp, now: Timestamp) -> Result<(), ApiError> {
    if end <= now {
        return Err(ErrorCode::EXPIRATION_DATE_IN_PAST.into());
    }
    if end > now.plus_seconds(MAX_DAYS * 24 * 3600) {
        return Err(ApiError::new(ErrorCode::EXPIRATION_DATE_EXCEEDS_MAX).with(MAX_DAYS));
    }
    Ok(())
}
