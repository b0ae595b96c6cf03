//! Ids: 12 bytes, printed as 24 lower-case hexadecimal digits. The first four bytes are the second of creation.

use std::{borrow::Cow, fmt, str::FromStr};

use data_encoding::HEXLOWER;
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

use crate::{Entropy, Timestamp};

/// A text is not 24 lower-case hexadecimal digits.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("an id is 24 lower-case hexadecimal digits")]
pub struct IdError;

/// What all ids have in common.
pub trait Id: Copy + fmt::Display + FromStr<Err = IdError> {
    /// A new id of the given second.
    fn new(now: Timestamp, entropy: &dyn Entropy) -> Self;
}

#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
struct ObjectId([u8; 12]);

impl ObjectId {
    fn new(now: Timestamp, entropy: &dyn Entropy) -> Self {
        let mut bytes = [0; 12];
        // The format has 32 bits for the second: it wraps in 2106, which an id that is only compared can bear.
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss)]
        bytes[..4].copy_from_slice(&(now.as_seconds() as u32).to_be_bytes());
        entropy.fill(&mut bytes[4..]);
        Self(bytes)
    }

    fn parse(text: &str) -> Result<Self, IdError> {
        let digits = text.as_bytes();
        let mut bytes = [0; 12];
        if digits.len() != 2 * bytes.len() {
            return Err(IdError);
        }
        HEXLOWER.decode_mut(digits, &mut bytes).map_err(|_| IdError)?;
        Ok(Self(bytes))
    }
}

impl fmt::Display for ObjectId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut text = [0; 24];
        f.write_str(HEXLOWER.encode_mut_str(&self.0, &mut text))
    }
}

macro_rules! ids {
    ($($(#[$doc:meta])* $name:ident,)+) => { $(
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(ObjectId);

        impl Id for $name {
            fn new(now: Timestamp, entropy: &dyn Entropy) -> Self {
                Self(ObjectId::new(now, entropy))
            }
        }

        impl FromStr for $name {
            type Err = IdError;
            fn from_str(text: &str) -> Result<Self, IdError> {
                ObjectId::parse(text).map(Self)
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                fmt::Display::fmt(&self.0, f)
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                fmt::Display::fmt(&self.0, f)
            }
        }

        impl Serialize for $name {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.collect_str(self)
            }
        }

        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                Cow::<str>::deserialize(deserializer)?.parse().map_err(de::Error::custom)
            }
        }

        impl schemars::JsonSchema for $name {
            fn schema_name() -> Cow<'static, str> {
                stringify!($name).into()
            }
            fn inline_schema() -> bool {
                true
            }
            fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
                schemars::json_schema!({ "type": "string", "pattern": "^([a-f0-9]{24})$" })
            }
        }
    )+ };
}

ids! {
    /// An organization.
    OrgId,
    /// A project; `groupId` on the wire.
    ProjectId,
    /// A person who signs in to the console; `userId` on the wire.
    PersonId,
    /// A team.
    TeamId,
    /// An invitation; the person whom it invites has an id of their own.
    InvitationId,
    /// An API key; `apiUserId` on the wire.
    ApiKeyId,
    /// A service account, without the prefix that its client id has.
    ServiceAccountId,
    /// A secret of a service account.
    SecretId,
    /// The sign-in of a person by a program: its refresh token, as often as that is replaced.
    RefreshTokenId,
    /// A database user, which has no id on the wire.
    UserId,
    /// A certificate authority.
    CaId,
    /// An event.
    EventId,
    /// A mail that is to be sent.
    MailId,
}

/// The client id of a service account: `mdb_sa_id_` and the account's 24 digits.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ClientId(pub ServiceAccountId);

const CLIENT_ID_PREFIX: &str = "mdb_sa_id_";

impl FromStr for ClientId {
    type Err = IdError;
    fn from_str(text: &str) -> Result<Self, IdError> {
        text.strip_prefix(CLIENT_ID_PREFIX).ok_or(IdError)?.parse().map(Self)
    }
}

impl fmt::Display for ClientId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{CLIENT_ID_PREFIX}{}", self.0)
    }
}

impl Serialize for ClientId {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl schemars::JsonSchema for ClientId {
    fn schema_name() -> Cow<'static, str> {
        "ClientId".into()
    }
    fn inline_schema() -> bool {
        true
    }
    fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
        schemars::json_schema!({ "type": "string", "pattern": "^mdb_sa_id_[a-fA-F\\d]{24}$" })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Ones;
    impl Entropy for Ones {
        fn fill(&self, bytes: &mut [u8]) {
            bytes.fill(0x11);
        }
    }

    #[test]
    fn an_id_begins_with_its_second_and_reads_back() {
        let id = OrgId::new(Timestamp::parse("2026-08-10T03:05:48Z").unwrap(), &Ones);
        assert_eq!(id.to_string(), "6a79400c1111111111111111");
        assert_eq!(id.to_string().parse::<OrgId>().unwrap(), id);
    }

    #[test]
    fn other_forms_are_refused() {
        for text in [
            "",
            "6a79400c111111111111111",
            "6A793FCC1111111111111111",
            "6a79400c11111111111111111",
            "zz793fcc1111111111111111",
        ] {
            assert_eq!(text.parse::<OrgId>(), Err(IdError), "{text}");
        }
    }

    #[test]
    fn a_client_id_has_its_prefix() {
        let id: ClientId = "mdb_sa_id_6a79400c1111111111111111".parse().unwrap();
        assert_eq!(id.to_string(), "mdb_sa_id_6a79400c1111111111111111");
        assert_eq!("6a79400c1111111111111111".parse::<ClientId>(), Err(IdError));
    }
}
