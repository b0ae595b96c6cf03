//! Signing in with user name and password, and signing out.

use axum::response::Response;
use http::StatusCode;
use maud::html;
use telamon_api::{Actor, UnitOfWork};
use telamon_authn::SecretHash;
use telamon_wire::{Failure, PersonId};

use super::{
    Ask, Console, SIGN_IN_PATH, complaint, own_path, page,
    password::{Checked, Proven},
    recovery::FORGOTTEN_PATH,
    redirect, store,
    visit::Visit,
};
use crate::sign_in::{authenticated, ends_at};

const WRONG: &str = "Incorrect e-mail or password.";
const TOO_OFTEN: &str = "Too many attempts. Try again in 15 minutes.";

impl Console {
    pub(super) async fn sign_in(&self, visit: Visit, ask: &Ask<'_>) -> Result<Response, Failure> {
        if !ask.is_post {
            let next = own_path(ask.query.get("next"));
            return Ok(match visit.person {
                Some(_) => redirect(&visit, next),
                None => sign_in_page(StatusCode::OK, &visit, "", next, None),
            });
        }
        let next = own_path(ask.form.get("next"));
        let username = ask.form.get("username").unwrap_or_default().trim();
        let password = ask.form.get("password").unwrap_or_default();
        match self.passwords.check(username, password, ask.origin.address, ask.now).await? {
            Checked::Right(proven) => Ok(match self.begin_session(&visit, proven, ask).await? {
                Some(session) => redirect(&session, next),
                None => sign_in_page(StatusCode::FORBIDDEN, &visit, username, next, Some(WRONG)),
            }),
            Checked::Wrong => Ok(sign_in_page(StatusCode::FORBIDDEN, &visit, username, next, Some(WRONG))),
            Checked::TooOften => {
                Ok(sign_in_page(StatusCode::TOO_MANY_REQUESTS, &visit, username, next, Some(TOO_OFTEN)))
            }
        }
    }

    /// Begins a session under a new token; what the visitor had before is over. None if there is another password now.
    async fn begin_session(&self, visit: &Visit, proven: Proven, ask: &Ask<'_>) -> Result<Option<Visit>, Failure> {
        let session = Visit::session(&self.proofs, &*self.services.entropy, visit);
        let new = Begin { before: visit.hash(), session: session.hash(), proven };
        let begun = self.work.run(&Actor::stranger(ask.origin.address), new, begin_session).await?;
        Ok(begun.then_some(session))
    }

    pub(super) async fn sign_out(&self, visit: Visit, ask: &Ask<'_>) -> Result<Response, Failure> {
        self.work.run(&Actor::stranger(ask.origin.address), visit.hash(), end_session).await?;
        Ok(redirect(&visit.signed_out(), SIGN_IN_PATH))
    }
}

/// A session of whoever proved their password, instead of the one before.
struct Begin {
    before: SecretHash,
    session: SecretHash,
    proven: Proven,
}

async fn begin_session(unit: &mut UnitOfWork, Begin { before, session, proven }: &Begin) -> Result<bool, Failure> {
    if !store::has_password(&mut unit.tx, proven.person, &proven.hash).await? {
        return Ok(false);
    }
    end_session(unit, before).await?;
    open_session(unit, session, proven.person).await?;
    Ok(true)
}

/// Signs somebody in: a session under that token begins.
pub(super) async fn open_session(unit: &mut UnitOfWork, session: &SecretHash, person: PersonId) -> Result<(), Failure> {
    let now = unit.now();
    store::begin(&mut unit.tx, session.as_bytes(), person, now, ends_at(now, now)).await?;
    Ok(authenticated(&mut unit.tx, person, now).await?)
}

async fn end_session(unit: &mut UnitOfWork, token: &SecretHash) -> Result<(), Failure> {
    let now = unit.now();
    if store::end(&mut unit.tx, token.as_bytes(), now).await? {
        unit.credentials_changed();
    }
    Ok(())
}

fn sign_in_page(status: StatusCode, visit: &Visit, username: &str, next: &str, error: Option<&str>) -> Response {
    let content = html! {
        (complaint(error))
        form method="post" action=(SIGN_IN_PATH) {
            (visit.proof())
            input type="hidden" name="next" value=(next);
            label {
                "E-mail"
                input name="username" type="email" autocomplete="username" maxlength="254" required value=(username)
                    autofocus[username.is_empty()];
            }
            label {
                "Password"
                input name="password" type="password" autocomplete="current-password" maxlength="1024" required
                    autofocus[!username.is_empty()];
            }
            button { "Sign in" }
        }
        p { a href=(FORGOTTEN_PATH) { "Forgot your password?" } }
    };
    page(status, visit, "Sign in", content)
}
