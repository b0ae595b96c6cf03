//! Mail: written to the outbox in the transaction of the change that it tells of, and sent by a job afterwards.
//!
//! What always holds: a mail is not lost when the server stops, it is not sent for a change that was rolled back, and two
//! nodes do not send it at the same time. Its body is sealed as long as it waits, because the links in it open doors.

mod outbox;
mod store;
mod transport;

use std::time::Duration;

use telamon_api::{Job, Run, UnitOfWork};
use telamon_wire::{MailId, Result};

use crate::{
    keys::Keys,
    retention::{RETENTION_EVERY, Retention},
};
pub use transport::{Mailer, SmtpEncryption, SmtpServer};

/// A mail of plain text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mail {
    /// The address that it goes to.
    pub recipient: String,
    /// What it is about.
    pub subject: String,
    /// The text. A link stands on a line of its own.
    pub body: String,
}

/// What the links of mails begin with. Never what a request says of the server: whoever causes a mail to somebody else
/// could lead them elsewhere.
#[derive(Debug)]
pub struct Links(String);

impl Links {
    /// Links that begin with this URL.
    pub fn beginning_with(url: &str) -> Self {
        Self(url.trim_end_matches('/').to_owned())
    }

    /// The link to a path of this server.
    pub fn to(&self, path: &str) -> String {
        format!("{}{path}", self.0)
    }
}

/// How often mails are sent that are due; those that are posted are sent at once.
const SEND_EVERY: Duration = Duration::from_secs(2);

/// The jobs of mail. Every node sends; which mail, they settle by the outbox.
pub fn jobs(mailer: &Mailer, retention: &Retention) -> Vec<Job> {
    let send = |Run { work, stop }: Run| async move { outbox::send_due(&work, &stop).await };
    let mut jobs = vec![Job::on_every_node("mail", SEND_EVERY, send).woken_by(mailer.bell())];
    if let Some(kept) = retention.sent_mail {
        jobs.push(Job::forgetting("sent mail", RETENTION_EVERY, store::SENT, kept));
    }
    jobs
}

/// Puts a mail into the outbox, which is looked at once this is committed; nothing where no mail is sent.
pub async fn post(unit: &mut UnitOfWork, mail: &Mail) -> Result<()> {
    if !unit.service::<Mailer>().is_on() {
        return Ok(());
    }
    let (id, services) = (unit.new_id::<MailId>(), unit.services());
    let now = unit.now();
    store::insert(&mut unit.tx, services.get::<Keys>().sealing(), id, mail, now).await?;
    let bell = services.get::<Mailer>().bell();
    unit.after_commit(move || bell.ring());
    Ok(())
}
