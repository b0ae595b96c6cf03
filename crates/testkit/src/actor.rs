//! Somebody who calls the server, and what they are answered.

use std::{future::IntoFuture, pin::Pin};

use http::{HeaderMap, Method, Request, header};
use http_body_util::{BodyExt, Full};
use hyper_util::{
    client::legacy::{Client, connect::HttpConnector},
    rt::TokioExecutor,
};
use serde_json::Value;

type HttpClient = Client<HttpConnector, Full<std::collections::VecDeque<u8>>>;

/// A caller with a credential, or without one.
#[derive(Clone, Debug)]
pub struct Actor {
    base_url: String,
    credential: Credential,
    client: HttpClient,
}

#[derive(Clone, Debug)]
pub(crate) enum Credential {
    None,
    Bearer(String),
    Digest { public_key: String, private_key: String },
}

/// The date that calls ask for unless they say otherwise.
const ACCEPT: &str = "application/vnd.atlas.2025-03-12+json";

impl Actor {
    pub(crate) fn new(base_url: &str, credential: Credential) -> Self {
        let client = Client::builder(TokioExecutor::new()).build_http();
        Self { base_url: base_url.to_owned(), credential, client }
    }

    /// A caller without a credential.
    pub fn anonymous(base_url: &str) -> Self {
        Self::new(base_url, Credential::None)
    }

    /// A caller with that access token.
    pub fn bearer(base_url: &str, token: &str) -> Self {
        Self::new(base_url, Credential::Bearer(token.to_owned()))
    }

    /// A caller with that API key.
    pub fn digest(base_url: &str, public_key: &str, private_key: &str) -> Self {
        let (public_key, private_key) = (public_key.to_owned(), private_key.to_owned());
        Self::new(base_url, Credential::Digest { public_key, private_key })
    }

    /// Any request to that path, with its query.
    pub fn call(&self, method: Method, path: &str) -> Call {
        Call { actor: self.clone(), method, path: path.to_owned(), headers: Vec::new(), body: Vec::new(), accept: true }
    }

    /// `GET`.
    pub fn get(&self, path: &str) -> Call {
        self.call(Method::GET, path)
    }

    /// `DELETE`.
    pub fn delete(&self, path: &str) -> Call {
        self.call(Method::DELETE, path)
    }

    /// `POST` of a JSON body.
    #[expect(clippy::needless_pass_by_value, reason = "called with `json!`")]
    pub fn post(&self, path: &str, body: Value) -> Call {
        self.call(Method::POST, path).json(&body)
    }

    /// `POST` of a form: what the endpoints of OAuth take.
    pub fn post_form(&self, path: &str, form: impl Into<Vec<u8>>) -> Call {
        self.call(Method::POST, path).header("content-type", "application/x-www-form-urlencoded").body(form)
    }

    /// `PATCH` of a JSON body.
    #[expect(clippy::needless_pass_by_value, reason = "called with `json!`")]
    pub fn patch(&self, path: &str, body: Value) -> Call {
        self.call(Method::PATCH, path).json(&body)
    }
}

/// A request that is sent when it is awaited.
#[derive(Clone, Debug)]
pub struct Call {
    actor: Actor,
    method: Method,
    path: String,
    headers: Vec<(String, String)>,
    body: Vec<u8>,
    accept: bool,
}

impl Call {
    /// With one more header. An `Accept` replaces the usual one; an empty value leaves it out.
    pub fn header(mut self, name: &str, value: &str) -> Self {
        self.accept &= !name.eq_ignore_ascii_case("accept");
        if !value.is_empty() {
            self.headers.push((name.to_owned(), value.to_owned()));
        }
        self
    }

    /// With that body and no `Content-Type`.
    pub fn body(mut self, body: impl Into<Vec<u8>>) -> Self {
        self.body = body.into();
        self
    }

    /// With that JSON body.
    pub fn json(self, body: &Value) -> Self {
        self.body(body.to_string()).header("content-type", "application/json")
    }

    async fn send(self) -> Reply {
        match &self.actor.credential {
            Credential::None => self.once(None).await,
            Credential::Bearer(token) => self.once(Some(format!("Bearer {token}"))).await,
            Credential::Digest { public_key, private_key } => {
                let challenged = self.once(None).await;
                if challenged.status != 401 {
                    return challenged;
                }
                let challenge = challenged.header("www-authenticate").unwrap_or_default();
                let mut prompt = digest_auth::parse(challenge).expect("a digest challenge");
                let context = digest_auth::AuthContext::new_with_method(
                    public_key.as_str(),
                    private_key.as_str(),
                    self.path.as_str(),
                    Option::<&[u8]>::None,
                    digest_auth::HttpMethod::from(self.method.as_str().to_owned()),
                );
                let answer = prompt.respond(&context).expect("an answer to the challenge");
                self.once(Some(answer.to_header_string())).await
            }
        }
    }

    async fn once(&self, authorization: Option<String>) -> Reply {
        let mut request =
            Request::builder().method(self.method.clone()).uri(format!("{}{}", self.actor.base_url, self.path));
        if self.accept {
            request = request.header(header::ACCEPT, ACCEPT);
        }
        for (name, value) in &self.headers {
            request = request.header(name, value);
        }
        if let Some(authorization) = authorization {
            request = request.header(header::AUTHORIZATION, authorization);
        }
        let request = request.body(Full::new(self.body.clone().into())).expect("a request");
        let (head, body) = self.actor.client.request(request).await.expect("an answer").into_parts();
        let body = body.collect().await.expect("a whole body").to_bytes();
        let what = format!("{} {}", self.method, self.path);
        Reply { what, status: head.status.as_u16(), headers: head.headers, body: body.to_vec() }
    }
}

impl IntoFuture for Call {
    type Output = Reply;
    type IntoFuture = Pin<Box<dyn Future<Output = Reply> + Send>>;
    fn into_future(self) -> Self::IntoFuture {
        Box::pin(self.send())
    }
}

/// An answer.
#[derive(Clone, Debug)]
pub struct Reply {
    what: String,
    status: u16,
    headers: HeaderMap,
    body: Vec<u8>,
}

impl Reply {
    /// The HTTP status.
    pub fn status(&self) -> u16 {
        self.status
    }

    /// A header, if it is there and is text.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name)?.to_str().ok()
    }

    /// All headers.
    pub fn headers(&self) -> &HeaderMap {
        &self.headers
    }

    /// The body as text.
    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    /// The body as JSON; fails the test if it is none.
    #[track_caller]
    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or_else(|_| panic!("no JSON: {}", self.transcript()))
    }

    /// Fails the test, with the whole answer, unless the status is that one.
    #[track_caller]
    pub fn is(self, status: u16) -> Self {
        assert_eq!(self.status, status, "{}", self.transcript());
        self
    }

    /// Fails the test unless it is an error with that status and code, whole and well-formed.
    #[track_caller]
    pub fn is_error(self, status: u16, code: &str) -> Self {
        let body = self.json();
        assert_eq!((self.status, body["errorCode"].as_str()), (status, Some(code)), "{}", self.transcript());
        assert_eq!(body["error"], status, "{}", self.transcript());
        assert_eq!(self.header("content-type"), Some("application/json"), "{}", self.transcript());
        assert_eq!(self.header("x-error-code"), Some(code), "{}", self.transcript());
        let secure = self.header("strict-transport-security");
        assert_eq!(secure, Some("max-age=31536000; includeSubdomains;"), "{}", self.transcript());
        self
    }

    /// The `detail` of an error.
    #[track_caller]
    pub fn detail(&self) -> String {
        self.json()["detail"].as_str().unwrap_or_default().to_owned()
    }

    fn transcript(&self) -> String {
        format!("{}\n{} {:#?}\n{}", self.what, self.status, self.headers, self.text())
    }
}
