//! The pages of somebody who forgot their password: a mail with a link, and a new password for whoever opens it.
//!
//! Whether there is an account shows nowhere: the answer is one for all, and given before anybody looks.

use std::sync::Arc;

use axum::response::Response;
use http::StatusCode;
use maud::html;
use telamon_api::{Gate, Services, mark_change};
use telamon_authn::{SecretHash, hash_password, random_token};
use telamon_store::Db;
use telamon_wire::{Clock, Entropy, Failure, PersonId, Timestamp};
use zeroize::Zeroizing;

use super::{
    Ask, Console, SIGN_IN_PATH, complaint, page,
    password::{Allowed, new_password, new_password_fields},
    problem, store,
    visit::Visit,
};
use crate::{
    again::again,
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

const TOO_OFTEN: &str = "This was asked for too often. Wait 15 minutes, then try again.";

impl Console {
    pub(super) fn forgotten(&self, visit: &Visit, ask: &Ask<'_>) -> Response {
        if !self.services.get::<Mailer>().is_on() {
            let to_do = "It would come by mail, and this server sends none. Ask whoever runs it.";
            return problem(StatusCode::NOT_FOUND, visit, "There is no new password here", to_do);
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
                let (db, services) = (self.db.clone(), Arc::clone(&self.services));
                let (username, now) = (username.to_owned(), ask.now);
                self.tasks.spawn(async move {
                    if let Err(failure) = post_link(&db, &services, &username, now).await {
                        tracing::warn!(?failure, "a link for a new password was not posted");
                    }
                });
            }
        }
        let content = html! {
            p.good role="status" {
                "If there is an account with the address " strong { (username) } ", a mail is on its way to it."
            }
            p { "The link in it is good for an hour, and for one time. Of several mails the newest counts." }
        };
        page(StatusCode::OK, visit, "Look into your mailbox", content)
    }

    pub(super) async fn reset(&self, mut visit: Visit, ask: &Ask<'_>) -> Result<Response, Failure> {
        let token = SecretHash::of(ask.path.strip_prefix(RESETS).unwrap_or_default());
        let mut tx = self.db.begin_read().await?;
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
        if !again(|| self.try_reset(&token, person.id, &hash, ask.now)).await? {
            return Ok(no_such_link(&visit));
        }
        self.gate.credentials_changed();
        self.passwords.forgive(&person.username);
        tracing::info!(person = %person.id, address = %ask.origin.address, "a password was set anew by a link");
        let content = html! {
            p.good role="status" { "Wherever you were signed in, you are not any more." }
            p { a href=(SIGN_IN_PATH) { "Sign in with the new password" } }
        };
        // Nobody is signed in here any more, if it was them.
        visit.person.take_if(|other| other.id == person.id);
        Ok(page(StatusCode::OK, &visit, "Your password is changed", content))
    }

    /// Sets a password by a link; `false` if the link is not good any more.
    async fn try_reset(
        &self,
        token: &SecretHash,
        person: PersonId,
        hash: &str,
        now: Timestamp,
    ) -> Result<bool, Failure> {
        let mut tx = self.db.begin_write().await?;
        if store::reset_of(&mut tx, token.as_bytes(), now).await? != Some(person) {
            tx.roll_back().await?;
            return Ok(false);
        }
        store::set_password(&mut tx, person, hash).await?;
        mark_change(&mut tx, now, &*self.services.entropy).await?;
        tx.commit().await?;
        Ok(true)
    }
}

/// Gives somebody a new password, which it answers with, and ends what the old one opened; `None` if nobody has that
/// user name. For whoever runs the server: it asks for no proof.
pub async fn give_password(
    db: &Db,
    clock: &dyn Clock,
    entropy: &dyn Entropy,
    username: &str,
) -> Result<Option<Zeroizing<String>>, Failure> {
    let mut tx = db.begin_read().await?;
    let found = store::password(&mut tx, username).await?;
    tx.end();
    let Some((person, _)) = found else { return Ok(None) };
    let password = Zeroizing::new(random_password(entropy));
    let hash = hash_password(&password, entropy).map_err(|error| Failure::Bug(error.into()))?;
    again(|| async {
        let mut tx = db.begin_write().await?;
        store::set_password(&mut tx, person, &hash).await?;
        mark_change(&mut tx, clock.now(), entropy).await?;
        Ok(tx.commit().await?)
    })
    .await?;
    Ok(Some(password))
}

/// Posts the mail with a link, if somebody has that user name; links that they had before are good no more.
async fn post_link(db: &Db, services: &Services, username: &str, now: Timestamp) -> Result<(), Failure> {
    // Looked up without a wish to write first: strangers shall not keep the writer busy.
    let mut tx = db.begin_read().await?;
    let found = store::password(&mut tx, username).await?;
    tx.end();
    let Some((id, _)) = found else { return Ok(()) };
    let token = random_token(&*services.entropy);
    let hash = SecretHash::of(token.expose());
    let link = services.get::<Links>().to(&format!("{RESETS}{}", token.expose()));
    again(|| async {
        let mut tx = db.begin_write().await?;
        let Some(person) = sign_in::person(&mut tx, id).await? else { return Ok(tx.roll_back().await?) };
        store::allow_reset(&mut tx, id, hash.as_bytes(), now.plus_seconds(LINK_SECONDS)).await?;
        mail::post(&mut tx, services, &letter(&person.username, &link), now).await?;
        Ok(tx.commit().await?)
    })
    .await
}

fn letter(username: &str, link: &str) -> Mail {
    Mail {
        recipient: username.to_owned(),
        subject: "A new password".to_owned(),
        body: format!(
            "Hello,\n\nsomebody asked for a new password for {username}. If it was you, set it on this page within an \
             hour:\n\n{link}\n\nThe link is for you alone: whoever has it can sign in as you. If you did not ask, do \
             nothing: your password stays as it is.\n"
        ),
    }
}

fn no_such_link(visit: &Visit) -> Response {
    let content = html! {
        (complaint(Some("It was used, it has expired, there is a newer one, or its address is not whole.")))
        p { a href=(FORGOTTEN_PATH) { "Ask for another mail" } }
    };
    page(StatusCode::NOT_FOUND, visit, "This link is not good", content)
}

fn forgotten_page(status: StatusCode, visit: &Visit, username: &str, error: Option<&str>) -> Response {
    let content = html! {
        (complaint(error))
        p { "You get a mail with a link. Whoever opens it can set a new password." }
        form method="post" action=(FORGOTTEN_PATH) {
            (visit.proof())
            label {
                "User name"
                small { "Your e-mail address" }
                input name="username" type="email" autocomplete="username" maxlength="254" required autofocus
                    value=(username);
            }
            button { "Send me a mail" }
        }
        p { a href=(SIGN_IN_PATH) { "Back to signing in" } }
    };
    page(status, visit, "Forgot your password?", content)
}

fn reset_page(status: StatusCode, visit: &Visit, path: &str, username: &str, error: Option<&str>) -> Response {
    let content = html! {
        (complaint(error))
        form method="post" action=(path) {
            (visit.proof())
            label {
                "User name"
                input type="email" autocomplete="username" readonly value=(username);
            }
            (new_password_fields())
            button { "Set the password" }
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
        assert_eq!((mail.recipient.as_str(), mail.subject.as_str()), ("ada@example.com", "A new password"));
        assert!(mail.body.contains("\n\nhttps://telamon.test/account/reset/abc\n\n"), "{}", mail.body);
        assert!(mail.body.contains("a new password for ada@example.com."), "{}", mail.body);
    }
}
