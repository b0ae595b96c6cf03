//! Passwords: compared slowly and not often, and what a new one must be like.

use std::net::IpAddr;

use maud::{Markup, html};
use telamon_api::Work;
use telamon_authn::{Form, nobodys_hash};
use telamon_wire::{Failure, PersonId, Timestamp};
use zeroize::Zeroizing;

use super::store;
use crate::{
    attempts::{Attempts, source},
    resources::database_users::check_password,
    slow_hash,
};

/// In how many seconds attempts are counted.
const WINDOW_SECONDS: i64 = 15 * 60;
/// How often one account may be tried in that time, and from one address any account.
const PER_ACCOUNT: u32 = 10;
const PER_ADDRESS: u32 = 50;
/// No address of e-mail is longer: RFC 5321, section 4.5.3.1.3.
const LONGEST_USERNAME: usize = 254;

/// How many mails with links to a new password one account may be sent in that time, and one address may ask for.
const LINKS_PER_ACCOUNT: u32 = 3;
const LINKS_PER_ADDRESS: u32 = 20;
/// The longest password.
const MAX_PASSWORD: usize = 1024;

/// What became of a user name and a password.
pub(super) enum Checked {
    /// They are somebody's.
    Right(Proven),
    /// They are nobody's.
    Wrong,
    /// They were not looked at: there were too many attempts.
    TooOften,
}

/// Who proved who they are, and by which password: another one may be set in the meantime.
pub(super) struct Proven {
    pub person: PersonId,
    pub hash: String,
}

/// Whether something may be tried at an account.
pub(super) enum Allowed {
    Yes,
    /// Nobody can have that user name.
    Nobody,
    TooOften,
}

pub(super) struct Passwords {
    work: Work,
    sign_ins: Limits,
    links: Limits,
}

struct Limits {
    by_account: Attempts,
    by_address: Attempts,
}

impl Limits {
    fn new(limited: bool, per_account: u32, per_address: u32) -> Self {
        let most = |number| Attempts::new(if limited { number } else { u32::MAX }, WINDOW_SECONDS);
        Self { by_account: most(per_account), by_address: most(per_address) }
    }

    fn take(&self, username: &str, address: IpAddr, now: Timestamp) -> Allowed {
        // The address first: of a name that a stranger may not try, nothing is kept.
        if !self.by_address.take(&source(address).to_string(), now) {
            return Allowed::TooOften;
        }
        if username.len() > LONGEST_USERNAME {
            return Allowed::Nobody;
        }
        if self.by_account.take(&username.to_lowercase(), now) { Allowed::Yes } else { Allowed::TooOften }
    }
}

impl Passwords {
    pub fn new(work: Work, limited: bool) -> Self {
        Self {
            work,
            sign_ins: Limits::new(limited, PER_ACCOUNT, PER_ADDRESS),
            links: Limits::new(limited, LINKS_PER_ACCOUNT, LINKS_PER_ADDRESS),
        }
    }

    /// Whether a mail may be sent to whoever has that user name.
    pub fn may_recover(&self, username: &str, address: IpAddr, now: Timestamp) -> Allowed {
        self.links.take(username, address, now)
    }

    /// Forgets the attempts at an account: its person was here.
    pub fn forgive(&self, username: &str) {
        self.sign_ins.by_account.forgive(&username.to_lowercase());
    }

    /// Whose user name and password these are. An unknown name takes as long as a wrong password, and counts as much.
    pub async fn check(
        &self,
        username: &str,
        password: &str,
        address: IpAddr,
        now: Timestamp,
    ) -> Result<Checked, Failure> {
        match self.sign_ins.take(username, address, now) {
            Allowed::Yes => {}
            Allowed::Nobody => return Ok(Checked::Wrong),
            Allowed::TooOften => return Ok(Checked::TooOften),
        }
        let mut tx = self.work.read().await?;
        let found = store::password(&mut tx, username).await?;
        tx.end();
        let (person, stored) = match found {
            // Somebody without a password cannot sign in by one.
            Some((person, stored)) if !stored.is_empty() => (Some(person), stored),
            _ => (None, nobodys_hash().to_owned()),
        };
        match (slow_hash::verify(Zeroizing::new(password.to_owned()), stored.clone()).await?, person) {
            (true, Some(person)) => {
                self.forgive(username);
                Ok(Checked::Right(Proven { person, hash: stored }))
            }
            _ => Ok(Checked::Wrong),
        }
    }
}

/// A new password that was typed twice, or what is wrong with it.
pub(super) fn new_password(form: &Form) -> Result<Zeroizing<String>, String> {
    let password = form.get("password").unwrap_or_default();
    if password != form.get("again").unwrap_or_default() {
        return Err("The passwords do not match.".to_owned());
    }
    if password.len() > MAX_PASSWORD {
        return Err(format!("The password must have at most {MAX_PASSWORD} bytes."));
    }
    check_password(password).map_err(|error| error.detail())?;
    Ok(Zeroizing::new(password.to_owned()))
}

/// The fields for a new password.
pub(super) fn new_password_fields() -> Markup {
    html! {
        label {
            "New password"
            small { "At least 8 characters" }
            input name="password" type="password" autocomplete="new-password" minlength="8" required;
        }
        label {
            "Confirm new password"
            input name="again" type="password" autocomplete="new-password" minlength="8" required;
        }
    }
}
