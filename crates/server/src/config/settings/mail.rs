//! How mail is sent.

use std::path::PathBuf;

use lettre::message::Mailbox;

use super::{Reader, SecretText};
use crate::mail::{Mailer, SmtpEncryption, SmtpServer};

/// How mail is sent.
#[derive(Clone, Debug)]
pub enum MailSettings {
    /// Not at all.
    None,
    /// Through a mail server.
    Smtp {
        /// The sender.
        from: Mailbox,
        /// The server's name.
        host: String,
        /// Its port.
        port: u16,
        /// How the connection is protected.
        encryption: SmtpEncryption,
        /// Certificates in PEM of authorities that are trusted beside those that this machine trusts.
        authorities: Option<String>,
        /// The user and the password, if the server wants them.
        credentials: Option<(String, SecretText)>,
    },
    /// To files.
    File {
        /// The sender.
        from: Mailbox,
        /// Where the files go.
        directory: PathBuf,
    },
}

impl MailSettings {
    /// What sends mail that way.
    ///
    /// # Errors
    /// The authorities, or the trusted certificates of this machine, cannot be read.
    pub fn mailer(&self) -> Result<Mailer, lettre::transport::smtp::Error> {
        match self.clone() {
            Self::None => Ok(Mailer::off()),
            Self::File { from, directory } => Ok(Mailer::file(from, directory)),
            Self::Smtp { from, host, port, encryption, authorities, credentials } => {
                let credentials = credentials.map(|(user, password)| (user, password.expose().to_owned()));
                Mailer::smtp(from, SmtpServer { host, port, encryption, authorities, credentials })
            }
        }
    }
}

pub(in crate::config) fn read(r: &mut Reader<'_>) -> MailSettings {
    let transport = r.text("mail.transport").unwrap_or_default();
    match transport.as_str() {
        "none" | "" => MailSettings::None,
        "smtp" => smtp(r),
        "file" => file(r),
        other => {
            r.problem("mail.transport", &format!("must be none, smtp or file, not \"{}\"", other.escape_debug()));
            MailSettings::None
        }
    }
}

fn smtp(r: &mut Reader<'_>) -> MailSettings {
    let from = sender(r);
    let host = r.text("mail.host");
    if host.is_none() {
        r.problem("mail.host", "must name the mail server, because mail.transport is smtp");
    }
    let port = r.number("mail.port", 1);
    let encryption = r.parsed("mail.tls", "starttls, tls or none", |text| match text {
        "none" => Some(SmtpEncryption::None),
        "starttls" => Some(SmtpEncryption::StartTls),
        "tls" => Some(SmtpEncryption::Tls),
        _ => None,
    });
    let authorities = r.text("mail.ca_file").and_then(|file| content(r, "mail.ca_file", &file));
    let credentials = credentials(r);
    match (from, host, encryption) {
        (Some(from), Some(host), Some(encryption)) => {
            MailSettings::Smtp { from, host, port, encryption, authorities, credentials }
        }
        _ => MailSettings::None,
    }
}

fn credentials(r: &mut Reader<'_>) -> Option<(String, SecretText)> {
    match (r.text("mail.username"), r.text("mail.password_file")) {
        (Some(user), Some(file)) => {
            let password = content(r, "mail.password_file", &file)?;
            Some((user, SecretText::from(password.trim_end_matches(['\r', '\n']).to_owned())))
        }
        (None, None) => None,
        (Some(_), None) => {
            r.problem("mail.username", "needs mail.password_file beside it");
            None
        }
        (None, Some(_)) => {
            r.problem("mail.password_file", "needs mail.username beside it");
            None
        }
    }
}

/// What the file of an option holds.
fn content(r: &mut Reader<'_>, option: &'static str, file: &str) -> Option<String> {
    match std::fs::read_to_string(file) {
        Ok(text) => Some(text),
        Err(error) => {
            r.problem(option, &format!("cannot read {file}: {error}"));
            None
        }
    }
}

fn file(r: &mut Reader<'_>) -> MailSettings {
    let directory = r.text("mail.directory").map(PathBuf::from);
    match &directory {
        None => r.problem("mail.directory", "must name a directory, because mail.transport is file"),
        Some(directory) if !directory.is_dir() => r.problem("mail.directory", "is no directory: make it first"),
        Some(_) => {}
    }
    match (sender(r), directory) {
        (Some(from), Some(directory)) => MailSettings::File { from, directory },
        _ => MailSettings::None,
    }
}

fn sender(r: &mut Reader<'_>) -> Option<Mailbox> {
    if r.text("mail.from").is_none() {
        r.problem("mail.from", "must name the sender, such as telamon@example.com");
        return None;
    }
    r.parsed("mail.from", "an address such as telamon@example.com or Telamon <telamon@example.com>", |text| {
        text.parse().ok()
    })
}
