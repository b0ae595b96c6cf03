//! The page on which somebody changes their password.

use std::sync::Arc;

use axum::response::Response;
use http::StatusCode;
use maud::html;
use telamon_api::{Gate, mark_change};
use telamon_wire::{Failure, Timestamp};

use super::{
    Ask, Console, SIGN_IN_PATH, complaint, page,
    password::{Checked, Proven, new_password, new_password_fields},
    problem, redirect, store,
    visit::Visit,
};
use crate::{
    again::again,
    sign_in::{Person, authenticated, ends_at},
    slow_hash,
};

pub(super) const PASSWORD_PATH: &str = "/account/password";

const WRONG: &str = "The current password is another one. Type it once more.";
const TOO_OFTEN: &str = "There were too many attempts. Wait 15 minutes, then try again.";

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
        if !again(|| self.try_change(&proven, &hash, &session, ask.now)).await? {
            let to_do = "It was changed somewhere else at the same moment. Sign in with the newest one.";
            return Ok(problem(StatusCode::CONFLICT, &visit, "Your password has changed", to_do));
        }
        self.gate.credentials_changed();
        tracing::info!(person = %person.id, address = %ask.origin.address, "a password was changed");
        let content = html! {
            p.good role="status" { "Wherever else you were signed in, you are not any more." }
            p { a href="/" { "Go on" } }
        };
        Ok(page(StatusCode::OK, &session, "Your password is changed", content))
    }

    /// Changes a password, and leaves one session: a new one; `false` if the password is not the proven one any more.
    async fn try_change(&self, proven: &Proven, hash: &str, session: &Visit, now: Timestamp) -> Result<bool, Failure> {
        let mut tx = self.db.begin_write().await?;
        if !store::has_password(&mut tx, proven.person, &proven.hash).await? {
            tx.roll_back().await?;
            return Ok(false);
        }
        store::set_password(&mut tx, proven.person, hash).await?;
        store::begin(&mut tx, session.hash().as_bytes(), proven.person, now, ends_at(now, now)).await?;
        authenticated(&mut tx, proven.person, now).await?;
        mark_change(&mut tx, now, &*self.services.entropy).await?;
        tx.commit().await?;
        Ok(true)
    }
}

fn password_page(status: StatusCode, visit: &Visit, person: &Person, error: Option<&str>) -> Response {
    let content = html! {
        (complaint(error))
        p { "You stay signed in here. Other browsers and programs have to sign in again." }
        form method="post" action=(PASSWORD_PATH) {
            (visit.proof())
            label {
                "User name"
                input type="email" autocomplete="username" readonly value=(person.username);
            }
            label {
                "Current password"
                input name="current" type="password" autocomplete="current-password" maxlength="1024" required autofocus;
            }
            (new_password_fields())
            button { "Change the password" }
        }
    };
    page(status, visit, "Change your password", content)
}
