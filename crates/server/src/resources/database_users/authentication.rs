//! How a database user proves who it is: the ways, the database and the form of name that each one wants.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use telamon_pki::{DistinguishedName, NameError, parse_managed_username};
use telamon_wire::{ApiError, ErrorCode};

/// The longest username, in characters.
const MAX_USERNAME: usize = 1024;

/// An enumeration of texts, read from a body and from a column.
macro_rules! texts {
    ($(#[$doc:meta])* $name:ident { $($(#[$variant_doc:meta])* $variant:ident = $text:literal,)+ }) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
        pub enum $name { $($(#[$variant_doc])* #[serde(rename = $text)] $variant,)+ }

        impl $name {
            /// The text on the wire and in the database.
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $text,)+ }
            }

            /// The value of that text.
            pub fn parse(text: &str) -> Option<Self> {
                match text { $($text => Some(Self::$variant),)+ _ => None }
            }
        }
    };
}

texts! {
    /// The database that a user logs in to.
    Database {
        /// Where MongoDB keeps users who have a password.
        Admin = "admin",
        /// Where MongoDB looks for users whom others vouch for.
        External = "$external",
    }
}

texts! {
    /// Whether AWS IAM vouches for the user.
    AwsIamType {
        /// It does not.
        None = "NONE",
        /// For an IAM user.
        User = "USER",
        /// For an IAM role.
        Role = "ROLE",
    }
}

texts! {
    /// Whether an LDAP directory vouches for the user.
    LdapAuthType {
        /// It does not.
        None = "NONE",
        /// For the members of a group.
        Group = "GROUP",
        /// For a single entry.
        User = "USER",
    }
}

texts! {
    /// Whether an OIDC provider vouches for the user.
    OidcAuthType {
        /// It does not.
        None = "NONE",
        /// For the members of a group.
        IdpGroup = "IDP_GROUP",
        /// For a single subject: a workload.
        User = "USER",
    }
}

texts! {
    /// Whether an X.509 certificate vouches for the user.
    X509Type {
        /// It does not.
        None = "NONE",
        /// A certificate of the customer's own authority.
        Customer = "CUSTOMER",
        /// A certificate that this server issues.
        Managed = "MANAGED",
    }
}

/// A way of authentication: the four type attributes of a user, of which one at most says something.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Authentication {
    /// By password (SCRAM).
    Password,
    /// By a certificate that this server issues.
    ManagedCertificate,
    /// By a certificate of the customer's own authority.
    CustomerCertificate,
    /// As an AWS IAM user.
    AwsUser,
    /// As an AWS IAM role.
    AwsRole,
    /// As an entry of an LDAP directory.
    LdapUser,
    /// As a member of a group of an LDAP directory.
    LdapGroup,
    /// As a member of a group of an OIDC provider.
    OidcGroup,
    /// As a subject of an OIDC provider.
    OidcUser,
}

/// The four type attributes.
pub type Types = (AwsIamType, LdapAuthType, OidcAuthType, X509Type);

impl Authentication {
    const ALL: [Self; 9] = [
        Self::Password,
        Self::ManagedCertificate,
        Self::CustomerCertificate,
        Self::AwsUser,
        Self::AwsRole,
        Self::LdapUser,
        Self::LdapGroup,
        Self::OidcGroup,
        Self::OidcUser,
    ];

    /// The way that the attributes say, if they agree.
    pub fn from_types(types: Types) -> Result<Self, ApiError> {
        if let Some(found) = Self::ALL.into_iter().find(|way| way.types() == types) {
            return Ok(found);
        }
        let (_, ldap, _, x509) = types;
        if x509 != X509Type::None && ldap != LdapAuthType::None {
            return Err(ErrorCode::ATLAS_X509_USER_CANNOT_USE_LDAP.into());
        }
        let why = "Only one of awsIAMType, ldapAuthType, oidcAuthType and x509Type may be something else than NONE.";
        Err(ApiError::new(ErrorCode::ATLAS_INVALID_AUTH_SETTINGS).with(why))
    }

    /// The attributes of this way.
    pub const fn types(self) -> Types {
        let (mut aws, mut ldap, mut oidc, mut x509) =
            (AwsIamType::None, LdapAuthType::None, OidcAuthType::None, X509Type::None);
        match self {
            Self::Password => {}
            Self::ManagedCertificate => x509 = X509Type::Managed,
            Self::CustomerCertificate => x509 = X509Type::Customer,
            Self::AwsUser => aws = AwsIamType::User,
            Self::AwsRole => aws = AwsIamType::Role,
            Self::LdapUser => ldap = LdapAuthType::User,
            Self::LdapGroup => ldap = LdapAuthType::Group,
            Self::OidcGroup => oidc = OidcAuthType::IdpGroup,
            Self::OidcUser => oidc = OidcAuthType::User,
        }
        (aws, ldap, oidc, x509)
    }

    /// Whether it is by certificate.
    pub const fn is_x509(self) -> bool {
        matches!(self, Self::ManagedCertificate | Self::CustomerCertificate)
    }

    /// Refuses the database where MongoDB would not look for such a user.
    pub fn check_database(self, database: Database) -> Result<(), ApiError> {
        let (wanted, kind) = match self {
            Self::Password => (Database::Admin, "Users with a password"),
            Self::LdapGroup => (Database::Admin, "LDAP groups"),
            Self::OidcGroup => (Database::Admin, "OIDC groups"),
            Self::OidcUser => (database, ""),
            Self::LdapUser => (Database::External, "LDAP users"),
            Self::ManagedCertificate | Self::CustomerCertificate => (Database::External, "X.509 users"),
            Self::AwsUser | Self::AwsRole => (Database::External, "AWS IAM users and roles"),
        };
        let code = match wanted {
            Database::Admin => ErrorCode::DATABASE_NAME_INVALID_ADMIN,
            Database::External => ErrorCode::DATABASE_NAME_INVALID_EXTERNAL,
        };
        if wanted == database { Ok(()) } else { Err(ApiError::new(code).with(kind)) }
    }

    /// Refuses a name that such a user cannot have.
    pub fn check_username(self, username: &str) -> Result<(), ApiError> {
        let length = username.chars().count();
        if length == 0 || length > MAX_USERNAME || username.chars().any(char::is_control) {
            return Err(ApiError::new(ErrorCode::INVALID_USERNAME).with(username));
        }
        let refused = |code| Err(ApiError::new(code).with(username));
        match self {
            Self::ManagedCertificate => match parse_managed_username(username) {
                Ok(name) if !name.as_str().chars().any(char::is_control) => Ok(()),
                _ => refused(ErrorCode::ATLAS_MANAGED_X509_NAME_INVALID),
            },
            Self::CustomerCertificate | Self::LdapUser | Self::LdapGroup => match DistinguishedName::parse(username) {
                Ok(name) if self != Self::CustomerCertificate || name.has_common_name() => Ok(()),
                Err(NameError::Syntax { .. }) if has_distinguished_form(username) => {
                    refused(ErrorCode::ATLAS_INVALID_DN_METACHARACTERS)
                }
                _ => refused(ErrorCode::ATLAS_INVALID_LDAP_NAME),
            },
            Self::AwsUser | Self::AwsRole if !is_iam_arn(username) => Err(misnamed(
                username,
                "It must be the ARN of an IAM user or role, such as arn:aws:iam::123456789012:role/name.",
            )),
            Self::OidcGroup | Self::OidcUser if !names_provider(username) => Err(misnamed(
                username,
                "It must be the ID of an identity provider, a slash, and the name that it gives the group or user.",
            )),
            _ => Ok(()),
        }
    }

    /// Refuses a password where there is nothing to compare it with.
    pub fn check_takes_password(self) -> Result<(), ApiError> {
        match self {
            Self::Password => Ok(()),
            way if way.is_x509() => Err(ErrorCode::ATLAS_X509_USER_CANNOT_USE_SCRAM.into()),
            _ => Err(ApiError::new(ErrorCode::ATLAS_INVALID_AUTH_SETTINGS)
                .with("A user who authenticates elsewhere cannot have a password.")),
        }
    }
}

fn misnamed(username: &str, why: &str) -> ApiError {
    ApiError::new(ErrorCode::ATLAS_INVALID_USERNAME).with(username).with(why)
}

/// Whether a text is `arn:<partition>:iam::<account>:<resource>`: the partitions of AWS are `aws`, `aws-cn` and more.
fn is_iam_arn(text: &str) -> bool {
    let parts: Vec<_> = text.splitn(6, ':').collect();
    matches!(parts[..], ["arn", partition, "iam", "", account, resource]
        if partition.starts_with("aws") && !account.is_empty() && !resource.is_empty())
}

/// Whether a text is `<provider>/<name>`; the name may have slashes of its own.
fn names_provider(text: &str) -> bool {
    text.split_once('/').is_some_and(|(provider, name)| !provider.is_empty() && !name.is_empty())
}

/// Whether a text begins as a distinguished name does, so that what is wrong with it are its characters.
fn has_distinguished_form(text: &str) -> bool {
    text.split_once('=').is_some_and(|(kind, _)| {
        let kind = kind.trim();
        !kind.is_empty() && kind.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'.'))
    })
}

/// What tells the users of a database apart.
///
/// On `$external` a common name alone and its `CN=` form are one name, printed as MongoDB prints the subject of a
/// certificate; any other name is itself.
pub fn identity(database: Database, username: &str) -> String {
    match (database, parse_managed_username(username)) {
        (Database::External, Ok(name)) => name.to_openssl_rfc2253(),
        _ => username.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn code(refused: Result<(), ApiError>) -> &'static str {
        refused.map_or_else(|error| error.code.as_str(), |()| "")
    }

    #[test]
    fn every_way_reads_back_and_two_at_once_are_refused() {
        use {AwsIamType as A, LdapAuthType as L, OidcAuthType as O, X509Type as X};
        for way in Authentication::ALL {
            assert_eq!(Authentication::from_types(way.types()), Ok(way));
        }
        let refused = |types| code(Authentication::from_types(types).map(drop));
        assert_eq!(refused((A::None, L::User, O::None, X::Managed)), "ATLAS_X509_USER_CANNOT_USE_LDAP");
        assert_eq!(refused((A::User, L::None, O::User, X::None)), "ATLAS_INVALID_AUTH_SETTINGS");
        assert_eq!(refused((A::Role, L::None, O::None, X::Customer)), "ATLAS_INVALID_AUTH_SETTINGS");
    }

    #[test]
    fn each_way_has_its_database() {
        let (admin, external) = ("DATABASE_NAME_INVALID_ADMIN", "DATABASE_NAME_INVALID_EXTERNAL");
        for (way, on_admin, on_external) in [
            (Authentication::Password, "", admin),
            (Authentication::ManagedCertificate, external, ""),
            (Authentication::CustomerCertificate, external, ""),
            (Authentication::AwsUser, external, ""),
            (Authentication::AwsRole, external, ""),
            (Authentication::LdapUser, external, ""),
            (Authentication::LdapGroup, "", admin),
            (Authentication::OidcGroup, "", admin),
            (Authentication::OidcUser, "", ""),
        ] {
            let found = (code(way.check_database(Database::Admin)), code(way.check_database(Database::External)));
            assert_eq!(found, (on_admin, on_external), "{way:?}");
        }
    }

    #[test]
    fn names_are_checked_by_the_way_that_uses_them() {
        use Authentication::{
            AwsRole, AwsUser, CustomerCertificate as Customer, LdapGroup, LdapUser, ManagedCertificate as Managed,
            OidcGroup, OidcUser, Password,
        };
        let long = "x".repeat(1025);
        for (way, name, expected) in [
            (Password, "a b/c@d,ü", ""),
            (Password, "", "INVALID_USERNAME"),
            (Password, "a\nb", "INVALID_USERNAME"),
            (Password, &long, "INVALID_USERNAME"),
            (Password, &long[1..], ""),
            (Managed, "a,b+c\"d", ""),
            (Managed, "CN=a", ""),
            (Managed, "CN=a,OU=b", "ATLAS_MANAGED_X509_NAME_INVALID"),
            (Managed, "CN=a,b", "ATLAS_MANAGED_X509_NAME_INVALID"),
            (Managed, r"CN=a\0Ab", "ATLAS_MANAGED_X509_NAME_INVALID"),
            (Customer, "CN=ellen@example.com,OU=users,DC=example,DC=com", ""),
            (Customer, "OU=users,DC=example", "ATLAS_INVALID_LDAP_NAME"),
            (Customer, "ellen", "ATLAS_INVALID_LDAP_NAME"),
            (LdapUser, "uid=ellen,DC=example", ""),
            (LdapGroup, "CN=a,b", "ATLAS_INVALID_DN_METACHARACTERS"),
            (LdapUser, "ellen", "ATLAS_INVALID_LDAP_NAME"),
            (AwsUser, "arn:aws:iam::123456789012:user/a:b/c", ""),
            (AwsRole, "arn:aws-us-gov:iam::123456789012:role/r", ""),
            (AwsUser, "ellen", "ATLAS_INVALID_USERNAME"),
            (AwsRole, "arn:aws:s3:::bucket", "ATLAS_INVALID_USERNAME"),
            (AwsRole, "arn:aws:iam::123456789012:", "ATLAS_INVALID_USERNAME"),
            (OidcGroup, "5f00000000000000000000aa/a/b c", ""),
            (OidcGroup, "group", "ATLAS_INVALID_USERNAME"),
            (OidcUser, "/user", "ATLAS_INVALID_USERNAME"),
        ] {
            assert_eq!(code(way.check_username(name)), expected, "{way:?} {name:?}");
        }
    }

    #[test]
    fn one_name_has_one_identity() {
        for (database, name, expected) in [
            (Database::External, "a,b", r"CN=a\,b"),
            (Database::External, r"cn=a\2Cb", r"CN=a\,b"),
            (Database::External, "Zürich", r"CN=Z\C3\BCrich"),
            (Database::External, "CN=a,OU=b", "CN=a,OU=b"),
            (Database::Admin, "a,b", "a,b"),
            (Database::Admin, "CN=a", "CN=a"),
        ] {
            assert_eq!(identity(database, name), expected);
        }
    }
}
