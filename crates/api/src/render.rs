//! From an answer to bytes: media type, envelope, pretty printing, links of pages, headers.

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
    Json(Value),
    Page(Vec<Value>, i64),
    Text(String),
    PlainText(String),
    Empty,
    Nothing,
}

impl Reply {
    /// A JSON body.
    pub const fn json(status: u16, value: Value) -> Self {
        Self { status, content: Content::Json(value), location: None }
    }

    /// A page of a list. One more result than the page holds says that there is a next one.
    pub const fn page(results: Vec<Value>, total: i64) -> Self {
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
            Content::Text(text) | Content::PlainText(text) => {
                (200, print(&json!({ "content": text, "status": status }), info.pretty))
            }
            Content::Empty | Content::Nothing => (200, print(&json!({ "content": {}, "status": status }), info.pretty)),
            Content::Json(value) if info.envelope => {
                (200, print(&json!({ "content": value, "status": status }), info.pretty))
            }
            Content::Json(value) => (status, print(&value, info.pretty)),
            Content::Page(results, total) => {
                let mut page = page(info, results, total);
                if info.envelope {
                    page["status"] = status.into();
                }
                (if info.envelope { 200 } else { status }, print(&page, info.pretty))
            }
        };
        let mut response = respond(status, &media_type, body);
        if let Some(path) = location {
            set(&mut response, header::LOCATION, &format!("{}{path}", info.base_url));
        }
        response
    }
}

fn page(info: &RequestInfo, mut results: Vec<Value>, total: i64) -> Value {
    let query = info.page_query(false).unwrap_or_default();
    let more = results.len() > query.items_per_page as usize;
    results.truncate(query.items_per_page as usize);
    let url = format!("{}{}", info.base_url, info.path);
    // The results are moved: `json!` would copy them.
    let mut page = json!({ "links": page_links(&url, info.query_pairs(), query, more), "totalCount": total });
    page["results"] = Value::Array(results);
    page
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
