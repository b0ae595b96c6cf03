//! The page on which somebody changes their password.

use std::sync::Arc;

use axum::response::Response;
use http::StatusCode;
use maud::html;
use telamon_api::UnitOfWork;
use telamon_authn::SecretHash;
use telamon_wire::Failure;

use super::{
    Ask, Console, SIGN_IN_PATH, complaint, page,
    password::{Checked, Proven, new_password, new_password_fields},
    problem, redirect,
    sign_in::open_session,
    store,
    visit::Visit,
};
use crate::{sign_in::Person, slow_hash};

pub(super) const PASSWORD_PATH: &str = "/account/password";

const WRONG: &str = "Incorrect current password.";
const TOO_OFTEN: &str = "Too many attempts. Try again in 15 minutes.";

impl Console {
    pub(super) async fn change_password(&self, visit: Visit, ask: &Ask<'_>) -> Result<Response, Failure> {
        let Some(person) = visit.person.clone() else {
            return Ok(redirect(&visit, &format!("{SIGN_IN_PATH}?next={PASSWORD_PATH}")));
        };
        if !ask.is_post {
            return Ok(password_page(StatusCode::OK, &visit, &person, None));
        }
        let password = match new_password(&ask.form) {
            Ok(password) => password,
            Err(wrong) => return Ok(password_page(StatusCode::BAD_REQUEST, &visit, &person, Some(&wrong))),
        };
        let current = ask.form.get("current").unwrap_or_default();
        let proven = match self.passwords.check(&person.username, current, ask.origin.address, ask.now).await? {
            Checked::Right(proven) => proven,
            Checked::Wrong => return Ok(password_page(StatusCode::FORBIDDEN, &visit, &person, Some(WRONG))),
            Checked::TooOften => {
                return Ok(password_page(StatusCode::TOO_MANY_REQUESTS, &visit, &person, Some(TOO_OFTEN)));
            }
        };
        let hash = slow_hash::hash(password, Arc::clone(&self.services.entropy)).await?;
        let session = Visit::session(&self.proofs, &*self.services.entropy, &visit);
        let change_to = Change { proven, hash, session: session.hash() };
        if !self.work.run(&visit.actor(ask.origin.address), change_to, change).await? {
            let to_do = "It was changed elsewhere at the same time. Sign in with the new password.";
            return Ok(problem(StatusCode::CONFLICT, &visit, "Your password was already changed", to_do));
        }
        tracing::info!(person = %person.id, address = %ask.origin.address, "a password was changed");
        let content = html! {
            p.good role="status" { "You have been signed out everywhere else." }
            p { a href="/" { "Continue" } }
        };
        Ok(page(StatusCode::OK, &session, "Password changed", content))
    }
}

/// A new password, in place of the one that was proven, and the session that goes on.
struct Change {
    proven: Proven,
    hash: String,
    session: SecretHash,
}

/// Changes a password, and leaves one session: a new one; `false` if the password is not the proven one any more.
async fn change(unit: &mut UnitOfWork, Change { proven, hash, session }: &Change) -> Result<bool, Failure> {
    let now = unit.now();
    if !store::has_password(&mut unit.tx, proven.person, &proven.hash).await? {
        return Ok(false);
    }
    store::set_password(&mut unit.tx, proven.person, hash, now).await?;
    open_session(unit, session, proven.person).await?;
    unit.credentials_changed();
    Ok(true)
}

fn password_page(status: StatusCode, visit: &Visit, person: &Person, error: Option<&str>) -> Response {
    let content = html! {
        (complaint(error))
        p { "You stay signed in here. Other browsers and programs will have to sign in again." }
        form method="post" action=(PASSWORD_PATH) {
            (visit.proof())
            label {
                "E-mail"
                input type="email" autocomplete="username" readonly value=(person.username);
            }
            label {
                "Current password"
                input name="current" type="password" autocomplete="current-password" maxlength="1024" required autofocus;
            }
            (new_password_fields())
            button { "Change password" }
        }
    };
    page(status, visit, "Change your password", content)
}
