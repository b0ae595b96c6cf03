//! A visitor of the pages: keeps the cookie, follows redirects, and sends forms as the page shows them.

use http::Method;
use telamon_testkit::{Actor, Reply, TestServer};

pub(crate) struct Browser {
    actor: Actor,
    address: Option<String>,
    pub(crate) cookie: Option<String>,
    pub(crate) page: String,
}

impl Browser {
    pub(crate) fn new(t: &TestServer) -> Self {
        Self { actor: t.anonymous(), address: None, cookie: None, page: String::new() }
    }

    /// The same visitor behind a proxy that says so.
    pub(crate) fn at(self, address: &str) -> Self {
        Self { address: Some(address.to_owned()), ..self }
    }

    /// The answer to one request; the cookie that it sets is kept.
    pub(crate) async fn ask(&mut self, method: Method, path: &str, form: Option<&str>) -> Reply {
        let mut call = self.actor.call(method, path).header("accept", "text/html");
        if let Some(address) = &self.address {
            call = call.header("x-forwarded-for", address);
        }
        if let Some(cookie) = &self.cookie {
            call = call.header("cookie", cookie);
        }
        if let Some(form) = form {
            call = call.header("content-type", "application/x-www-form-urlencoded").body(form);
        }
        let reply = call.await;
        if let Some(set) = reply.header("set-cookie") {
            let pair = set.split(';').next().unwrap();
            self.cookie = (!pair.ends_with('=')).then(|| pair.to_owned());
        }
        self.page = reply.text();
        reply
    }

    pub(crate) async fn get(&mut self, path: &str) -> Reply {
        self.ask(Method::GET, path, None).await
    }

    /// Sends a form with the hidden proof of the page that is shown.
    pub(crate) async fn post(&mut self, path: &str, fields: &[(&str, &str)]) -> Reply {
        let proof = self.hidden("proof");
        let pairs = std::iter::once(("proof", proof.as_str())).chain(fields.iter().copied());
        let form = form_urlencoded::Serializer::new(String::new()).extend_pairs(pairs).finish();
        self.ask(Method::POST, path, Some(&form)).await
    }

    /// The value of a hidden field of the page.
    pub(crate) fn hidden(&self, name: &str) -> String {
        let field = format!(r#"name="{name}" value=""#);
        let value = self.page.split(&field).nth(1).and_then(|rest| rest.split('"').next());
        value.unwrap_or_default().to_owned()
    }

    /// Signs in; the answer leads on.
    pub(crate) async fn sign_in(&mut self, username: &str, password: &str) -> Reply {
        self.get("/account/sign-in").await.is(200);
        self.post("/account/sign-in", &[("username", username), ("password", password), ("next", "/")]).await
    }
}
