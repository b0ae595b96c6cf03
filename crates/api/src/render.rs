//! From an answer to bytes: media type, envelope, pretty printing, links of pages, headers.

use std::fmt;

use axum::{body::Body, response::Response};
use http::{HeaderName, HeaderValue, StatusCode, header};
use serde_json::{Value, json};
use telamon_wire::{ApiError, ErrorCode, MediaType, page_links};

use crate::RequestInfo;

/// An answer before it is rendered.
#[derive(Debug)]
pub struct Reply {
    status: u16,
    content: Content,
    location: Option<String>,
}

#[derive(Debug)]
enum Content {
    Json(String),
    Page(Vec<String>, i64),
    Text(String),
    PlainText(String),
    Empty,
    Nothing,
}

impl Reply {
    /// A body that is the text of JSON.
    pub const fn json(status: u16, text: String) -> Self {
        Self { status, content: Content::Json(text), location: None }
    }

    /// A page of a list, of the texts of its results. One more than the page holds says that there is a next one.
    pub const fn page(results: Vec<String>, total: i64) -> Self {
        Self { status: 200, content: Content::Page(results, total), location: None }
    }

    /// The same answer with another status.
    #[must_use]
    pub fn with_status(self, status: u16) -> Self {
        Self { status, ..self }
    }

    /// A text that is sent as it is.
    pub const fn text(status: u16, text: String) -> Self {
        Self { status, content: Content::Text(text), location: None }
    }

    /// A text that is sent as it is, and called one.
    pub const fn plain_text(text: String) -> Self {
        Self { status: 200, content: Content::PlainText(text), location: None }
    }

    /// No body.
    pub const fn empty(status: u16) -> Self {
        Self { status, content: Content::Empty, location: None }
    }

    /// The same answer, with the place of what was made: a path that follows the base of links.
    #[must_use]
    pub fn located(self, path: String) -> Self {
        Self { location: Some(path), ..self }
    }

    /// No body, and no `Content-Type` either: the service tells the version in `X-Content-Type` then.
    pub const fn nothing(status: u16) -> Self {
        Self { status, content: Content::Nothing, location: None }
    }

    /// The response to a request.
    pub fn render(self, info: &RequestInfo) -> Response {
        let Self { status, content, location } = self;
        let version = info.version.map(|version| MediaType(version).to_string());
        let media_type = version.as_ref().map_or_else(|| JSON.to_owned(), |version| format!("{version};charset=utf-8"));
        let (status, body) = match content {
            Content::Text(text) if !info.envelope => (status, text),
            Content::PlainText(text) if !info.envelope => return respond(status, PLAIN_TEXT, text),
            Content::Empty if !info.envelope => (status, String::new()),
            Content::Nothing if !info.envelope => return respond_nothing(status, version.as_deref().unwrap_or(JSON)),
            Content::Text(text) | Content::PlainText(text) => (200, envelope(&Value::from(text), status)),
            Content::Empty | Content::Nothing => (200, envelope(&"{}", status)),
            Content::Json(text) if info.envelope => (200, envelope(&text, status)),
            Content::Json(text) => (status, text),
            Content::Page(results, total) if info.envelope => (200, page(info, &results, total, Some(status))),
            Content::Page(results, total) => (status, page(info, &results, total, None)),
        };
        let body = if info.pretty { prettily(body) } else { body };
        let mut response = respond(status, &media_type, body);
        if let Some(path) = location {
            set(&mut response, header::LOCATION, &format!("{}{path}", info.base_url));
        }
        response
    }
}

/// An answer in an answer: `content` is the text of JSON.
fn envelope(content: &dyn fmt::Display, status: u16) -> String {
    format!("{{\"content\":{content},\"status\":{status}}}")
}

/// The text of a page; in an envelope it has the status beside its own members.
fn page(info: &RequestInfo, results: &[String], total: i64, status: Option<u16>) -> String {
    let query = info.page_query(false).unwrap_or_default();
    let size = query.items_per_page as usize;
    let url = format!("{}{}", info.base_url, info.path);
    let links = json!(page_links(&url, info.query_pairs(), query, results.len() > size));
    let results = results[..size.min(results.len())].join(",");
    let status = status.map_or_else(String::new, |status| format!("\"status\":{status},"));
    format!("{{\"links\":{links},\"results\":[{results}],{status}\"totalCount\":{total}}}")
}

/// The same JSON over several lines. What is none is sent as it is.
fn prettily(text: String) -> String {
    serde_json::from_str::<Value>(&text).map_or(text, |value| format!("{value:#}"))
}

fn print(value: &Value, pretty: bool) -> String {
    if pretty { format!("{value:#}") } else { value.to_string() }
}

/// A response with a body of that type and the headers that every response has.
pub(crate) fn respond(status: u16, media_type: &str, body: String) -> Response {
    let mut response = Response::new(Body::from(body));
    *response.status_mut() = StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    set(&mut response, header::CONTENT_TYPE, media_type);
    security_headers(&mut response);
    response
}

const JSON: &str = "application/json";
/// The type under which the service sends the little text that it has. All of it is ASCII.
const PLAIN_TEXT: &str = "text/plain;charset=iso-8859-1";

fn respond_nothing(status: u16, version: &str) -> Response {
    let mut response = respond(status, version, String::new());
    response.headers_mut().remove(header::CONTENT_TYPE);
    set(&mut response, HeaderName::from_static("x-content-type"), version);
    response
}

/// The response for an error. `envelope` and `pretty` as the query asked.
pub(crate) fn error_response(error: &ApiError, envelope: bool, pretty: bool) -> Response {
    let (status, body) = if envelope {
        (200, json!({ "content": error.body(), "status": error.status() }))
    } else {
        (error.status(), error.body())
    };
    let mut response = respond(status, JSON, print(&body, pretty));
    set(&mut response, HeaderName::from_static("x-error-code"), error.code.wire_name());
    response
}

/// The 401 that challenges a caller: pretty-printed, in an order of its own, as the service sends it.
pub(crate) fn challenge_response(challenges: &[String]) -> Response {
    let detail = ErrorCode::UNAUTHORIZED.template();
    let body = format!(
        "{{\n  \"error\" : 401,\n  \"reason\" : \"Unauthorized\",\n  \"detail\" : \"{detail}\",\n  \"errorCode\" : \"UNEXPECTED_ERROR\"\n}}"
    );
    let mut response = Response::new(Body::from(body));
    *response.status_mut() = StatusCode::UNAUTHORIZED;
    set(&mut response, header::CONTENT_TYPE, JSON);
    for challenge in challenges {
        if let Ok(value) = HeaderValue::from_str(challenge) {
            response.headers_mut().append(header::WWW_AUTHENTICATE, value);
        }
    }
    response
}

/// Adds the headers that keep a browser from guessing, framing or leaking.
pub fn security_headers(response: &mut Response) {
    set(response, header::REFERRER_POLICY, "strict-origin-when-cross-origin");
    set(response, header::X_CONTENT_TYPE_OPTIONS, "nosniff");
    set(response, header::X_FRAME_OPTIONS, "DENY");
    set(response, HeaderName::from_static("x-permitted-cross-domain-policies"), "none");
}

pub(crate) fn set(response: &mut Response, name: HeaderName, value: &str) {
    if let Ok(value) = HeaderValue::from_str(value) {
        response.headers_mut().insert(name, value);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_challenge_is_the_one_that_clients_know() {
        let response = challenge_response(&["Digest realm=\"r\"".into(), "Bearer".into()]);
        assert_eq!(response.status(), 401);
        let all: Vec<_> = response.headers().get_all("www-authenticate").iter().collect();
        assert_eq!(all, ["Digest realm=\"r\"", "Bearer"]);
        assert!(response.headers().get("x-frame-options").is_none());
    }
}
