//! The mail that an invitation sends.

use telamon_wire::Timestamp;

use crate::mail::Mail;

/// What the letter tells.
pub struct Letter<'a> {
    /// The address that it goes to.
    pub recipient: &'a str,
    /// The organization's name.
    pub org: &'a str,
    /// The name of the project, if it is about one.
    pub project: Option<&'a str>,
    /// Who invites.
    pub inviter: &'a str,
    /// Where the invitation is accepted.
    pub link: &'a str,
    /// Until when.
    pub expires_at: Timestamp,
}

impl Letter<'_> {
    /// The letter as a mail.
    pub fn mail(&self) -> Mail {
        let Self { recipient, org, project, inviter, link, expires_at } = self;
        let what = match project {
            Some(project) => format!("the project \"{project}\" of the organization \"{org}\""),
            None => format!("the organization \"{org}\""),
        };
        let day = expires_at.to_string();
        let day = day.split('T').next().unwrap_or_default();
        Mail {
            recipient: (*recipient).to_owned(),
            subject: format!("Invitation to {}", project.unwrap_or(org)),
            body: format!(
                "Hello,\n\n{inviter} invites {recipient} to {what}.\n\nTo join, open this page before {day}:\n\n\
                 {link}\n\nThe link is for you alone: whoever has it can join in your place. If you do not expect this \
                 invitation, do nothing.\n"
            ),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_link_stands_alone_on_its_line() {
        let letter = Letter {
            recipient: "ada@example.com",
            org: "Acme",
            project: Some("First"),
            inviter: "owner@example.com",
            link: "https://telamon.test/invitations/abc",
            expires_at: Timestamp::parse("2026-09-09T03:05:48Z").unwrap(),
        };
        let mail = letter.mail();
        assert_eq!((mail.recipient.as_str(), mail.subject.as_str()), ("ada@example.com", "Invitation to First"));
        assert!(mail.body.contains("\n\nhttps://telamon.test/invitations/abc\n\n"), "{}", mail.body);
        assert!(
            mail.body
                .contains("owner@example.com invites ada@example.com to the project \"First\" of the organization")
        );
        assert!(mail.body.contains("before 2026-09-09:"), "{}", mail.body);
        assert!(mail.body.lines().all(|line| line.len() < 998));
        let to_org = Letter { project: None, ..letter }.mail();
        assert_eq!(to_org.subject, "Invitation to Acme");
        assert!(to_org.body.contains("invites ada@example.com to the organization \"Acme\"."), "{}", to_org.body);
    }
}
