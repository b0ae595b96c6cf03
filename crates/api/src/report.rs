//! Failures, as whoever runs the server learns of them.

use telamon_wire::Failure;

/// Logs a failure. One that nobody expected is counted in `telamon_unexpected_errors_total`.
pub fn report(failure: &Failure) {
    match failure {
        Failure::Bug(source) => {
            metrics::counter!("telamon_unexpected_errors_total").increment(1);
            tracing::error!(error = %source, "unexpected error");
        }
        Failure::Unavailable(why) => tracing::warn!(%why, "unavailable"),
        Failure::Retry => tracing::info!("gave up after repeated conflicts"),
        Failure::Known(error) => tracing::debug!(code = %error.code, "refused"),
    }
}
