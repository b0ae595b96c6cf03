//! The ways that a mail takes.

use std::{
    collections::VecDeque,
    path::{Path, PathBuf},
    sync::{Arc, Mutex, PoisonError},
    time::{Duration, SystemTime},
};

use lettre::{
    Address, AsyncSmtpTransport, AsyncTransport, Message, Tokio1Executor,
    message::{Mailbox, SinglePart},
    transport::smtp::{
        self,
        authentication::Credentials,
        client::{Certificate, Tls, TlsParameters},
    },
};
use telamon_api::Bell;
use telamon_wire::{MailId, Timestamp};
use tokio::{fs, io::AsyncWriteExt};

use super::Mail;

/// How many mails are kept in memory.
const KEPT: usize = 100;
/// How long the mail server may take for one answer.
const PATIENCE: Duration = Duration::from_secs(20);

/// What sends mail.
pub struct Mailer {
    way: Way,
    /// Rung when there is something to send.
    bell: Arc<Bell>,
}

enum Way {
    Off,
    Smtp { from: Mailbox, client: AsyncSmtpTransport<Tokio1Executor> },
    File { from: Mailbox, directory: PathBuf },
    Memory(Mutex<VecDeque<Mail>>),
}

/// How the connection to a mail server is protected.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SmtpEncryption {
    /// Not at all.
    None,
    /// By STARTTLS, without which nothing is sent.
    StartTls,
    /// From the first byte.
    Tls,
}

/// A mail server, and what it wants to know.
#[derive(Debug)]
pub struct SmtpServer {
    /// Its name, which its certificate must have.
    pub host: String,
    /// Its port.
    pub port: u16,
    /// How the connection is protected.
    pub encryption: SmtpEncryption,
    /// Certificates in PEM of authorities that are trusted beside those that this machine trusts.
    pub authorities: Option<String>,
    /// The user and the password, if it wants them.
    pub credentials: Option<(String, String)>,
}

/// Why a mail was not sent.
#[derive(Debug, thiserror::Error)]
pub(super) enum SendError {
    /// An address is none.
    #[error("{0} is no address: {1}")]
    Address(String, lettre::address::AddressError),
    /// It could not be written down.
    #[error("the mail could not be written: {0}")]
    Message(#[from] lettre::error::Error),
    /// The mail server.
    #[error("the mail server: {0}")]
    Smtp(#[from] smtp::Error),
    /// The directory.
    #[error("{}: {cause}", path.display())]
    File { path: PathBuf, cause: std::io::Error },
}

impl Mailer {
    fn new(way: Way) -> Self {
        Self { way, bell: Arc::default() }
    }

    /// Sends nothing.
    pub fn off() -> Self {
        Self::new(Way::Off)
    }

    /// Sends through a mail server.
    ///
    /// # Errors
    /// The authorities, or the trusted certificates of this machine, cannot be read.
    pub fn smtp(from: Mailbox, server: SmtpServer) -> Result<Self, smtp::Error> {
        let SmtpServer { host, port, encryption, authorities, credentials } = server;
        let protection = match encryption {
            SmtpEncryption::None => Tls::None,
            SmtpEncryption::StartTls => Tls::Required(tls(&host, authorities.as_deref())?),
            SmtpEncryption::Tls => Tls::Wrapper(tls(&host, authorities.as_deref())?),
        };
        let mut client = AsyncSmtpTransport::<Tokio1Executor>::builder_dangerous(host).port(port).tls(protection);
        client = client.timeout(Some(PATIENCE));
        if let Some((user, password)) = credentials {
            client = client.credentials(Credentials::new(user, password));
        }
        Ok(Self::new(Way::Smtp { from, client: client.build() }))
    }

    /// Writes each mail to a file of its own in a directory.
    pub fn file(from: Mailbox, directory: PathBuf) -> Self {
        Self::new(Way::File { from, directory })
    }

    /// Keeps the last mails in memory and logs their links: for development and tests.
    pub fn memory() -> Self {
        Self::new(Way::Memory(Mutex::default()))
    }

    /// Whether mails are sent at all.
    pub fn is_on(&self) -> bool {
        !matches!(self.way, Way::Off)
    }

    /// The mails that are kept in memory, oldest first.
    pub fn kept(&self) -> Vec<Mail> {
        match &self.way {
            Way::Memory(kept) => kept.lock().unwrap_or_else(PoisonError::into_inner).iter().cloned().collect(),
            _ => Vec::new(),
        }
    }

    /// What wakes the job that sends.
    pub(super) fn bell(&self) -> Arc<Bell> {
        Arc::clone(&self.bell)
    }

    pub(super) async fn send(&self, id: MailId, mail: &Mail, at: Timestamp) -> Result<(), SendError> {
        match &self.way {
            Way::Off => Ok(()),
            Way::Smtp { from, client } => Ok(client.send(message(from, id, mail, at)?).await.map(drop)?),
            Way::File { from, directory } => {
                let path = directory.join(format!("{id}.eml"));
                let text = message(from, id, mail, at)?.formatted();
                write(&path, &text).await.map_err(|cause| SendError::File { path, cause })
            }
            Way::Memory(kept) => {
                let link = mail.body.lines().find(|line| line.starts_with("http")).unwrap_or_default();
                tracing::info!(recipient = mail.recipient, subject = mail.subject, link, "mail");
                let mut kept = kept.lock().unwrap_or_else(PoisonError::into_inner);
                if kept.len() == KEPT {
                    kept.pop_front();
                }
                kept.push_back(mail.clone());
                Ok(())
            }
        }
    }
}

fn tls(host: &str, authorities: Option<&str>) -> Result<TlsParameters, smtp::Error> {
    let mut parameters = TlsParameters::builder(host.to_owned());
    if let Some(pem) = authorities {
        parameters = parameters.add_root_certificate(Certificate::from_pem(pem.as_bytes())?);
    }
    parameters.build()
}

/// The same id and date at each attempt, so that a mail that arrives twice can be known.
fn message(from: &Mailbox, id: MailId, mail: &Mail, at: Timestamp) -> Result<Message, SendError> {
    let recipient: Address =
        mail.recipient.parse().map_err(|error| SendError::Address(mail.recipient.clone(), error))?;
    let date = SystemTime::UNIX_EPOCH + Duration::from_secs(u64::try_from(at.as_seconds()).unwrap_or_default());
    let message = Message::builder()
        .from(from.clone())
        .to(recipient.into())
        .subject(mail.subject.clone())
        .date(date)
        .message_id(Some(format!("<{id}@{}>", from.email.domain())))
        .singlepart(SinglePart::plain(mail.body.clone()))?;
    Ok(message)
}

/// Writes a file that only its owner reads. It has its name when it is whole.
async fn write(path: &Path, text: &[u8]) -> std::io::Result<()> {
    let unfinished = path.with_extension("part");
    let mut options = fs::OpenOptions::new();
    let mut file = options.write(true).create(true).truncate(true).mode(0o600).open(&unfinished).await?;
    file.write_all(text).await?;
    file.sync_all().await?;
    fs::rename(&unfinished, path).await
}
