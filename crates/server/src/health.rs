//! Whether the server lives, whether it can serve, and what it counts.

use axum::{body::Body, response::Response};
use http::{HeaderValue, StatusCode, header};
use metrics_exporter_prometheus::PrometheusHandle;
use telamon_store::{Db, Sql, args, sql};

use crate::jobs::Jobs;

static ANYTHING: Sql = sql!("SELECT COUNT(*) FROM installation WHERE name = $1");

/// `GET /healthz`: the process answers.
pub fn healthz() -> Response {
    text(StatusCode::OK, "text/plain; charset=utf-8", "ok\n".to_owned())
}

/// `GET /readyz`: the database answers too. A job that has failed for long is named; the server serves all the same.
pub async fn readyz(db: &Db, jobs: &Jobs) -> Response {
    let answer = async {
        let mut tx = db.begin_read().await?;
        tx.one::<i64>(ANYTHING, &args!["issuer"]).await
    };
    match answer.await {
        Ok(_) => {
            let failing = jobs.failing().into_iter().map(|report| {
                let since = report.failing_since.map(|since| format!(" since {since}")).unwrap_or_default();
                format!("the job \"{}\" fails{since}\n", report.job)
            });
            let body = std::iter::once("ready\n".to_owned()).chain(failing).collect();
            text(StatusCode::OK, "text/plain; charset=utf-8", body)
        }
        Err(fault) => {
            tracing::warn!(%fault, "not ready");
            text(
                StatusCode::SERVICE_UNAVAILABLE,
                "text/plain; charset=utf-8",
                "the database does not answer\n".to_owned(),
            )
        }
    }
}

/// `GET /metrics`, in the text format of Prometheus.
pub fn metrics(handle: &PrometheusHandle) -> Response {
    text(StatusCode::OK, "text/plain; version=0.0.4; charset=utf-8", handle.render())
}

pub(crate) fn text(status: StatusCode, media_type: &'static str, body: String) -> Response {
    let mut response = Response::new(Body::from(body));
    *response.status_mut() = status;
    response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static(media_type));
    response
}
