//! The pages of somebody who forgot their password: a mail with a link, and a new password for whoever opens it.
//!
//! Whether there is an account shows nowhere: the answer is one for all, and given before anybody looks.

use std::{net::IpAddr, sync::Arc};

use axum::response::Response;
use http::StatusCode;
use maud::html;
use telamon_api::{Actor, UnitOfWork, Work, report};
use telamon_authn::{SecretHash, hash_password, random_token};
use telamon_wire::{Failure, PersonId};
use zeroize::Zeroizing;

use super::{
    Ask, Console, SIGN_IN_PATH, complaint, page,
    password::{Allowed, new_password, new_password_fields},
    problem, store,
    visit::Visit,
};
use crate::{
    bootstrap::random_password,
    mail::{self, Links, Mail, Mailer},
    sign_in, slow_hash,
};

/// Where a mail is asked for.
pub(super) const FORGOTTEN_PATH: &str = "/account/forgotten";
/// What the paths in these mails begin with; the token follows.
pub(super) const RESETS: &str = "/account/reset/";
/// How long a link is good.
const LINK_SECONDS: i64 = 3600;

const TOO_OFTEN: &str = "Too many requests. Try again in 15 minutes.";

impl Console {
    pub(super) fn forgotten(&self, visit: &Visit, ask: &Ask<'_>) -> Response {
        if !self.services.get::<Mailer>().is_on() {
            let to_do = "This server does not send e-mail. Ask its administrator for a new password.";
            return problem(StatusCode::NOT_FOUND, visit, "Password reset is not available", to_do);
        }
        if !ask.is_post {
            return forgotten_page(StatusCode::OK, visit, "", None);
        }
        let username = ask.form.get("username").unwrap_or_default().trim();
        match self.passwords.may_recover(username, ask.origin.address, ask.now) {
            Allowed::TooOften => {
                return forgotten_page(StatusCode::TOO_MANY_REQUESTS, visit, username, Some(TOO_OFTEN));
            }
            Allowed::Nobody => {}
            // Behind the answer, which takes as long for an account that there is as for another one.
            Allowed::Yes => {
                let (work, username, address) = (self.work.clone(), username.to_owned(), ask.origin.address);
                self.tasks.spawn(async move {
                    if let Err(failure) = post_link(&work, &username, address).await {
                        tracing::warn!("a link for a new password was not posted");
                        report(&failure);
                    }
                });
            }
        }
        let content = html! {
            p.good role="status" {
                "If there is an account for " strong { (username) } ", an e-mail with a link has been sent to it."
            }
            p { "The link works once and expires after an hour. Only the most recent link works." }
        };
        page(StatusCode::OK, visit, "Check your e-mail", content)
    }

    pub(super) async fn reset(&self, mut visit: Visit, ask: &Ask<'_>) -> Result<Response, Failure> {
        let token = SecretHash::of(ask.path.strip_prefix(RESETS).unwrap_or_default());
        let mut tx = self.work.read().await?;
        let found = store::reset_of(&mut tx, token.as_bytes(), ask.now).await?;
        let person = match found {
            Some(id) => sign_in::person(&mut tx, id).await?,
            None => None,
        };
        tx.end();
        let Some(person) = person else { return Ok(no_such_link(&visit)) };
        if !ask.is_post {
            return Ok(reset_page(StatusCode::OK, &visit, ask.path, &person.username, None));
        }
        let password = match new_password(&ask.form) {
            Ok(password) => password,
            Err(wrong) => {
                return Ok(reset_page(StatusCode::BAD_REQUEST, &visit, ask.path, &person.username, Some(&wrong)));
            }
        };
        let hash = slow_hash::hash(password, Arc::clone(&self.services.entropy)).await?;
        let actor = Actor::stranger(ask.origin.address);
        if !self.work.run(&actor, (token, person.id, hash), set_by_link).await? {
            return Ok(no_such_link(&visit));
        }
        self.passwords.forgive(&person.username);
        tracing::info!(person = %person.id, address = %ask.origin.address, "a password was set anew by a link");
        let content = html! {
            p.good role="status" { "You have been signed out everywhere." }
            p { a href=(SIGN_IN_PATH) { "Sign in with the new password" } }
        };
        // Nobody is signed in here any more, if it was them.
        visit.person.take_if(|other| other.id == person.id);
        Ok(page(StatusCode::OK, &visit, "Password changed", content))
    }
}

/// Sets a password by a link; `false` if the link is not good any more.
async fn set_by_link(
    unit: &mut UnitOfWork,
    (token, person, hash): &(SecretHash, PersonId, String),
) -> Result<bool, Failure> {
    let now = unit.now();
    if store::reset_of(&mut unit.tx, token.as_bytes(), now).await? != Some(*person) {
        return Ok(false);
    }
    set_password(unit, &(*person, hash.clone())).await?;
    Ok(true)
}

async fn set_password(unit: &mut UnitOfWork, (person, hash): &(PersonId, String)) -> Result<(), Failure> {
    let now = unit.now();
    store::set_password(&mut unit.tx, *person, hash, now).await?;
    unit.credentials_changed();
    Ok(())
}

/// Gives somebody a new password, which it answers with, and ends what the old one opened; `None` if nobody has that
/// user name. For whoever runs the server: it asks for no proof.
pub async fn give_password(work: &Work, username: &str) -> Result<Option<Zeroizing<String>>, Failure> {
    let entropy = &*work.services().entropy;
    let mut tx = work.read().await?;
    let found = store::password(&mut tx, username).await?;
    tx.end();
    let Some((person, _)) = found else { return Ok(None) };
    let password = Zeroizing::new(random_password(entropy));
    let hash = hash_password(&password, entropy).map_err(|error| Failure::Bug(error.into()))?;
    work.run(&Actor::system(), (person, hash), set_password).await?;
    Ok(Some(password))
}

/// Posts the mail with a link, if somebody has that user name; links that they had before are good no more.
async fn post_link(work: &Work, username: &str, address: IpAddr) -> Result<(), Failure> {
    // Looked up without a wish to write first: strangers shall not keep the writer busy.
    let mut tx = work.read().await?;
    let found = store::password(&mut tx, username).await?;
    tx.end();
    let Some((id, _)) = found else { return Ok(()) };
    work.run(&Actor::stranger(address), id, post).await
}

async fn post(unit: &mut UnitOfWork, id: &PersonId) -> Result<(), Failure> {
    let Some(person) = sign_in::person(&mut unit.tx, *id).await? else { return Ok(()) };
    let token = random_token(unit.entropy());
    let (hash, expires_at) = (SecretHash::of(token.expose()), unit.now().plus_seconds(LINK_SECONDS));
    let link = unit.service::<Links>().to(&format!("{RESETS}{}", token.expose()));
    store::allow_reset(&mut unit.tx, *id, hash.as_bytes(), expires_at).await?;
    mail::post(unit, &letter(&person.username, &link)).await
}

fn letter(username: &str, link: &str) -> Mail {
    Mail {
        recipient: username.to_owned(),
        subject: "Reset your password".to_owned(),
        body: format!(
            "Hello,\n\nSomebody requested a new password for {username}. If it was you, set it on this page within an \
             hour:\n\n{link}\n\nAnyone with this link can sign in as you. If you did not request it, ignore this e-mail: \
             your password stays the same.\n"
        ),
    }
}

fn no_such_link(visit: &Visit) -> Response {
    let content = html! {
        (complaint(Some("It was used, it has expired, a newer one was sent, or it is incomplete.")))
        p { a href=(FORGOTTEN_PATH) { "Request a new link" } }
    };
    page(StatusCode::NOT_FOUND, visit, "Invalid or expired link", content)
}

fn forgotten_page(status: StatusCode, visit: &Visit, username: &str, error: Option<&str>) -> Response {
    let content = html! {
        (complaint(error))
        p { "You will get an e-mail with a link to set a new password." }
        form method="post" action=(FORGOTTEN_PATH) {
            (visit.proof())
            label {
                "E-mail"
                input name="username" type="email" autocomplete="username" maxlength="254" required autofocus
                    value=(username);
            }
            button { "Send link" }
        }
        p { a href=(SIGN_IN_PATH) { "Back to sign in" } }
    };
    page(status, visit, "Forgot your password?", content)
}

fn reset_page(status: StatusCode, visit: &Visit, path: &str, username: &str, error: Option<&str>) -> Response {
    let content = html! {
        (complaint(error))
        form method="post" action=(path) {
            (visit.proof())
            label {
                "E-mail"
                input type="email" autocomplete="username" readonly value=(username);
            }
            (new_password_fields())
            button { "Set password" }
        }
    };
    page(status, visit, "Set a new password", content)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_link_stands_alone_on_its_line() {
        let mail = letter("ada@example.com", "https://telamon.test/account/reset/abc");
        assert_eq!((mail.recipient.as_str(), mail.subject.as_str()), ("ada@example.com", "Reset your password"));
        assert!(mail.body.contains("\n\nhttps://telamon.test/account/reset/abc\n\n"), "{}", mail.body);
        assert!(mail.body.contains("a new password for ada@example.com."), "{}", mail.body);
    }
}
