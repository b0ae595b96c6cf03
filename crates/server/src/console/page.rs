//! What all pages look like, and the headers that keep them safe.

use std::sync::LazyLock;

use axum::{body::Body, response::Response};
use data_encoding::HEXLOWER;
use http::{HeaderName, HeaderValue, StatusCode, header};
use maud::{DOCTYPE, Markup, html};
use telamon_api::security_headers;

use super::visit::Visit;

const STYLE: &str = include_str!("console.css");

/// The address of the stylesheet: another one for another text, so that browsers may keep it.
static STYLE_PATH: LazyLock<String> = LazyLock::new(|| {
    let hash = telamon_authn::token_fingerprint(STYLE);
    format!("/account/style-{}.css", HEXLOWER.encode(&hash[..6]))
});

/// Nothing runs, nothing is loaded but the stylesheet, nobody frames it, and forms come back here.
const POLICY: &str = "default-src 'none'; style-src 'self'; img-src data:; form-action 'self'; frame-ancestors 'none'; \
                      base-uri 'none'";

/// The stylesheet, if that is its address.
pub fn stylesheet(path: &str) -> Option<Response> {
    (path == STYLE_PATH.as_str()).then(|| {
        let mut response = respond(StatusCode::OK, "text/css; charset=utf-8", STYLE.to_owned());
        let forever = HeaderValue::from_static("public, max-age=31536000, immutable");
        response.headers_mut().insert(header::CACHE_CONTROL, forever);
        response
    })
}

/// A page.
#[expect(clippy::needless_pass_by_value, reason = "made for the page by `html!`")]
pub fn page(status: StatusCode, visit: &Visit, title: &str, content: Markup) -> Response {
    let page = html! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                title { (title) " · telamon" }
                link rel="icon" href="data:,";
                link rel="stylesheet" href=(STYLE_PATH.as_str());
            }
            body {
                header {
                    a href="/" { "telamon" }
                    @if let Some(person) = &visit.person {
                        form method="post" action="/account/sign-out" {
                            (visit.proof())
                            span { (person.username) }
                            button.other { "Sign out" }
                        }
                    }
                }
                main {
                    h1 { (title) }
                    (content)
                }
            }
        }
    };
    let mut response = respond(status, "text/html; charset=utf-8", page.into_string());
    visit.keep(&mut response);
    response
}

/// What went wrong, and what to do.
pub fn complaint(text: Option<&str>) -> Markup {
    html! {
        @if let Some(text) = text { p.bad role="alert" { (text) } }
    }
}

/// On to another page of this server.
pub fn redirect(visit: &Visit, to: &str) -> Response {
    let mut response = respond(StatusCode::SEE_OTHER, "text/plain; charset=utf-8", String::new());
    let to = HeaderValue::from_str(to).unwrap_or_else(|_| HeaderValue::from_static("/"));
    response.headers_mut().insert(header::LOCATION, to);
    visit.keep(&mut response);
    response
}

fn respond(status: StatusCode, media_type: &'static str, body: String) -> Response {
    let mut response = Response::new(Body::from(body));
    *response.status_mut() = status;
    security_headers(&mut response);
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(media_type));
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    headers.insert(header::CONTENT_SECURITY_POLICY, HeaderValue::from_static(POLICY));
    // The address of an invitation is a secret.
    headers.insert(header::REFERRER_POLICY, HeaderValue::from_static("no-referrer"));
    let alone = HeaderName::from_static("cross-origin-opener-policy");
    headers.insert(alone, HeaderValue::from_static("same-origin"));
    response
}

/// A path of this server to go on to; another address leads to the first page.
pub fn own_path(text: Option<&str>) -> &str {
    let own = |text: &&str| {
        text.starts_with('/')
            && !text.starts_with("//")
            && text.len() <= 512
            && text.bytes().all(|byte| byte.is_ascii_graphic() && byte != b'\\')
    };
    text.filter(own).unwrap_or("/")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_own_paths_are_gone_on_to() {
        for own in ["/", "/account/connect", "/invitations/abc?x=1"] {
            assert_eq!(own_path(Some(own)), own);
        }
        let others = ["", "//evil.example", "/\\evil.example", "https://evil.example", "evil", "/a b", "/a\r\nX: y"];
        for other in others {
            assert_eq!(own_path(Some(other)), "/", "{other:?}");
        }
        assert_eq!(own_path(None), "/");
    }
}
