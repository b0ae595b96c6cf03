//! Comparing passwords: slowly, and not often.

use std::net::IpAddr;

use telamon_authn::nobodys_hash;
use telamon_store::Db;
use telamon_wire::{Failure, PersonId, Timestamp};
use zeroize::Zeroizing;

use super::store;
use crate::{
    attempts::{Attempts, source},
    slow_hash,
};

/// In how many seconds attempts are counted.
const WINDOW_SECONDS: i64 = 15 * 60;
/// How often one account may be tried in that time, and from one address any account.
const PER_ACCOUNT: u32 = 10;
const PER_ADDRESS: u32 = 50;
/// No address of e-mail is longer: RFC 5321, section 4.5.3.1.3.
const LONGEST_USERNAME: usize = 254;

/// What became of a user name and a password.
pub(super) enum Checked {
    /// They are this person's.
    Right(PersonId),
    /// They are nobody's.
    Wrong,
    /// They were not looked at: there were too many attempts.
    TooOften,
}

pub(super) struct Passwords {
    db: Db,
    by_account: Attempts,
    by_address: Attempts,
}

impl Passwords {
    pub fn new(db: Db, limited: bool) -> Self {
        let most = |number| Attempts::new(if limited { number } else { u32::MAX }, WINDOW_SECONDS);
        Self { db, by_account: most(PER_ACCOUNT), by_address: most(PER_ADDRESS) }
    }

    /// Whose user name and password these are. An unknown name takes as long as a wrong password, and counts as much.
    pub async fn check(
        &self,
        username: &str,
        password: &str,
        address: IpAddr,
        now: Timestamp,
    ) -> Result<Checked, Failure> {
        // The address first: of a name that a stranger may not try, nothing is kept.
        if !self.by_address.take(&source(address).to_string(), now) {
            return Ok(Checked::TooOften);
        }
        if username.len() > LONGEST_USERNAME {
            return Ok(Checked::Wrong);
        }
        let account = username.to_lowercase();
        if !self.by_account.take(&account, now) {
            return Ok(Checked::TooOften);
        }
        let mut tx = self.db.begin_read().await?;
        let found = store::password(&mut tx, username).await?;
        tx.end();
        let (person, stored) = match found {
            // Somebody without a password cannot sign in by one.
            Some((person, stored)) if !stored.is_empty() => (Some(person), stored),
            _ => (None, nobodys_hash().to_owned()),
        };
        match (slow_hash::verify(Zeroizing::new(password.to_owned()), stored).await?, person) {
            (true, Some(person)) => {
                self.by_account.forgive(&account);
                Ok(Checked::Right(person))
            }
            _ => Ok(Checked::Wrong),
        }
    }
}
