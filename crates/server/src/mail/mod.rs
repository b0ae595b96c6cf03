//! Mail: written to the outbox in the transaction of the change that it tells of, and sent by a job afterwards.
//!
//! What always holds: a mail is not lost when the server stops, it is not sent for a change that was rolled back, and two
//! nodes do not send it at the same time. Its body is sealed as long as it waits, because the links in it open doors.

mod outbox;
mod store;
mod transport;

use telamon_api::Cx;
use telamon_wire::{Id, MailId, Result};

use crate::keys::Keys;
pub use outbox::send_due;
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

/// Puts a mail into the outbox; nothing where no mail is sent.
pub async fn post<S>(cx: &mut Cx<S>, mail: &Mail) -> Result<()> {
    let services = cx.services();
    if !services.get::<Mailer>().is_on() {
        return Ok(());
    }
    let (now, id) = (cx.now(), MailId::new(cx.now(), cx.entropy()));
    Ok(store::insert(&mut cx.tx, services.get::<Keys>().sealing(), id, mail, now).await?)
}
