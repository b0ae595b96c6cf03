//! The pages: people sign in here, decide about programs that show them a code, answer invitations, and look after their
//! password.
//!
//! Made on the server, without scripts. What always holds: a form is taken only from a page that was shown to the same
//! visitor, a password is compared away from the threads that serve, and a wrong user name is answered like a wrong
//! password.

mod change;
mod connect;
mod invitation;
mod page;
mod password;
mod recovery;
mod sign_in;
mod store;
mod visit;

pub use recovery::give_password;

use std::sync::Arc;

use axum::response::Response;
use http::{HeaderMap, Method, StatusCode};
use maud::html;
use telamon_api::{Actor, Services, UnitOfWork, Work, report};
use telamon_authn::{Form, Mac, SealingKey, SecretHash, read_form};
use telamon_wire::{ApiError, Failure, Timestamp};
use tokio_util::task::TaskTracker;

use crate::{
    attempts::Attempts,
    device::{Device, VERIFICATION_PATH},
    sign_in::ends_at,
    transport::Origin,
};

use change::PASSWORD_PATH;
use invitation::INVITATIONS;
use page::{complaint, own_path, page, redirect, stylesheet};
use password::Passwords;
use recovery::{FORGOTTEN_PATH, RESETS};
use visit::Visit;

const SIGN_IN_PATH: &str = "/account/sign-in";
const SIGN_OUT_PATH: &str = "/account/sign-out";
/// The beginnings of paths that end in a secret.
const SECRET_PATHS: [&str; 2] = [INVITATIONS, RESETS];

/// The pages.
pub struct Console {
    work: Work,
    services: Arc<Services>,
    device: Arc<Device>,
    proofs: Mac,
    passwords: Passwords,
    codes: Attempts,
    /// What is done behind answers; the server stops after it.
    tasks: TaskTracker,
}

/// A request for a page.
struct Ask<'a> {
    is_post: bool,
    path: &'a str,
    query: Form,
    form: Form,
    origin: &'a Origin,
    now: Timestamp,
}

/// How many wrong codes a person may enter, and in how many seconds.
const CODES: (u32, i64) = (10, 15 * 60);

impl Console {
    /// The pages of one server. Without limits any number of passwords and codes may be tried.
    pub fn new(work: Work, device: Arc<Device>, sealing: &SealingKey, limited: bool, tasks: TaskTracker) -> Self {
        let (codes, window) = CODES;
        Self {
            passwords: Passwords::new(work.clone(), limited),
            services: Arc::clone(work.services()),
            work,
            device,
            proofs: Mac::new(&sealing.derive("forms of pages")),
            codes: Attempts::new(if limited { codes } else { u32::MAX }, window),
            tasks,
        }
    }

    /// Whether a path is that of a page.
    pub fn has(path: &str) -> bool {
        path == "/" || path.starts_with("/account/") || path.starts_with(INVITATIONS)
    }

    /// A path as it may stand in a log: the addresses that mails hold open doors.
    pub fn loggable(path: &str) -> String {
        let path = format!("/{}", path.trim_start_matches('/'));
        match SECRET_PATHS.iter().find(|prefix| path.starts_with(**prefix)) {
            Some(prefix) => format!("{prefix}…"),
            None => path,
        }
    }

    /// Answers a request for a page.
    pub(crate) async fn answer(
        &self,
        method: &Method,
        path: &str,
        query: &str,
        headers: &HeaderMap,
        body: Result<Vec<u8>, ApiError>,
        origin: &Origin,
    ) -> Response {
        if let Some(stylesheet) = stylesheet(path) {
            return stylesheet;
        }
        let secure = origin.base_url.starts_with("https:");
        let mut visit = Visit::of(headers, secure, &self.proofs, &*self.services.entropy);
        let is_post = *method == Method::POST;
        if !is_post && !matches!(*method, Method::GET | Method::HEAD) {
            return problem(
                StatusCode::METHOD_NOT_ALLOWED,
                &visit,
                "Method not allowed",
                "Pages accept GET and POST requests only.",
            );
        }
        let (Ok(query), Ok(body)) = (read_form(query.as_bytes()), body) else { return unreadable(&visit) };
        let Ok(form) = read_form(&body) else { return unreadable(&visit) };
        if is_post && !visit.sent(&form) {
            return problem(
                StatusCode::FORBIDDEN,
                &visit,
                "This form has expired",
                "Go back, reload the page, and submit the form again. Your browser must accept cookies from this site.",
            );
        }
        let ask = Ask { is_post, path, query, form, origin, now: self.services.clock.now() };
        let answer = async {
            visit.person = self.resume(&visit, ask.now).await?;
            self.route(visit, &ask).await
        };
        answer.await.unwrap_or_else(|failure| Self::failed(&failure, secure))
    }

    async fn route(&self, visit: Visit, ask: &Ask<'_>) -> Result<Response, Failure> {
        match (ask.path, ask.is_post) {
            ("/", false) => Ok(home(&visit)),
            (SIGN_IN_PATH, _) => self.sign_in(visit, ask).await,
            (SIGN_OUT_PATH, true) => self.sign_out(visit, ask).await,
            (PASSWORD_PATH, _) => self.change_password(visit, ask).await,
            (FORGOTTEN_PATH, _) => Ok(self.forgotten(&visit, ask)),
            (path, _) if path.starts_with(RESETS) => self.reset(visit, ask).await,
            (VERIFICATION_PATH, _) => self.connect(visit, ask).await,
            (path, _) if path.starts_with(INVITATIONS) => self.invitation(visit, ask).await,
            _ => Ok(problem(StatusCode::NOT_FOUND, &visit, "Page not found", "Check the address.")),
        }
    }

    /// The page of a failure.
    pub(crate) fn failed(failure: &Failure, secure: bool) -> Response {
        report(failure);
        let status = StatusCode::from_u16(failure.to_api_error().status()).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        let visit = Visit::unknown(secure);
        if status == StatusCode::UNAUTHORIZED {
            // Their session ended while they waited.
            return redirect(&visit.signed_out(), SIGN_IN_PATH);
        }
        problem(
            status,
            &visit,
            "Something went wrong",
            "This is an error of the server. Try again in a moment. If it persists, contact the server's administrator.",
        )
    }

    /// Who is signed in; their session lasts longer by that.
    async fn resume(&self, visit: &Visit, now: Timestamp) -> Result<Option<crate::sign_in::Person>, Failure> {
        let hash = visit.hash();
        let mut tx = self.work.read().await?;
        let session = store::session(&mut tx, hash.as_bytes(), now).await?;
        tx.end();
        let Some(session) = session else { return Ok(None) };
        let ends_at = ends_at(session.created_at, now);
        if ends_at.seconds_since(session.expires_at) >= PROLONG_SECONDS
            && let Err(failure) = self.work.run(&Actor::system(), (hash, ends_at), prolong).await
        {
            tracing::debug!(?failure, "a session was not prolonged");
        }
        Ok(Some(session.person))
    }
}

async fn prolong(unit: &mut UnitOfWork, (token, ends_at): &(SecretHash, Timestamp)) -> Result<(), Failure> {
    Ok(store::prolong(&mut unit.tx, token.as_bytes(), *ends_at).await?)
}

/// A session is prolonged when that gives it so much more: not at each request.
const PROLONG_SECONDS: i64 = 600;

fn home(visit: &Visit) -> Response {
    let Some(person) = &visit.person else { return redirect(visit, SIGN_IN_PATH) };
    let content = html! {
        p { "You are signed in as " strong { (person.name()) } "." }
        p { a href=(VERIFICATION_PATH) { "Connect a program" } }
        p { a href=(PASSWORD_PATH) { "Change your password" } }
    };
    page(StatusCode::OK, visit, "Signed in", content)
}

fn problem(status: StatusCode, visit: &Visit, title: &str, text: &str) -> Response {
    page(status, visit, title, complaint(Some(text)))
}

fn unreadable(visit: &Visit) -> Response {
    problem(StatusCode::BAD_REQUEST, visit, "Invalid request", "Go back, reload the page, and try again.")
}
