//! Distinguished names as text (RFC 4514, and what RFC 2253 allowed before it).

mod escape;
mod syntax;

use std::fmt;

use data_encoding::HEXLOWER;
use x509_parser::asn1_rs::ToDer as _;
use x509_parser::objects::{oid_registry, oid2abbrev};
use x509_parser::x509::{AttributeTypeAndValue, X509Name};

use escape::{Style, escaped};

/// Why a name was refused.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum NameError {
    /// There is no text.
    #[error("the name is empty")]
    Empty,
    /// The name holds U+0000, at which programs written in C would end it.
    #[error("the name holds a NUL character")]
    Nul,
    /// The text breaks the grammar.
    #[error("at character {position}: {problem}")]
    Syntax {
        /// Where, counted in characters from 1.
        position: usize,
        /// What was wrong, and what would be right.
        problem: &'static str,
    },
    /// A well-formed name, but not that of a managed user.
    #[error(
        "the name must be a single CN such as CN=alice; a comma, plus sign, semicolon or backslash that belongs to it is written after a backslash"
    )]
    NotOneCommonName,
}

/// The common name of a managed user, unescaped. Never empty, never with a NUL.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct CommonName(String);

/// The common name that a managed X.509 user's name stands for.
///
/// A name that starts with `CN=`, in any case, must be a distinguished name of that one attribute; any other is the
/// common name itself, whatever its punctuation. So `a,b` and `CN=a\,b` are equal.
pub fn parse_managed_username(username: &str) -> Result<CommonName, NameError> {
    let is_distinguished = username.get(..3).is_some_and(|prefix| prefix.eq_ignore_ascii_case("CN="));
    if !is_distinguished {
        return CommonName::new(username);
    }
    match DistinguishedName::parse(username)?.names.as_slice() {
        [name] => match name.as_slice() {
            [Attribute { value: AttributeValue::Text(text), .. }] => CommonName::new(text),
            _ => Err(NameError::NotOneCommonName),
        },
        _ => Err(NameError::NotOneCommonName),
    }
}

impl CommonName {
    /// Takes the text as it is, without unescaping.
    pub fn new(text: &str) -> Result<Self, NameError> {
        if text.is_empty() {
            return Err(NameError::Empty);
        }
        if text.contains('\0') {
            return Err(NameError::Nul);
        }
        Ok(Self(text.to_owned()))
    }

    /// The name, unescaped.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// `CN=` and the escaped name, what is not ASCII kept as it is.
    pub fn to_rfc2253(&self) -> String {
        format!("CN={}", escaped(&self.0, Style::Raw))
    }

    /// The name as MongoDB sees it in a certificate and looks it up in `$external`, and as
    /// `openssl x509 -subject -nameopt RFC2253` prints it: each byte from 0x80 on as `\XX`.
    pub fn to_openssl_rfc2253(&self) -> String {
        format!("CN={}", escaped(&self.0, Style::OpenSsl))
    }
}

/// A distinguished name, its parts in the order of the text: the most specific first.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct DistinguishedName {
    names: Vec<Vec<Attribute>>,
}

/// One attribute of a distinguished name.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Attribute {
    /// The type as written: a keyword such as `CN`, or a dotted object identifier (without the prefix `OID.`).
    pub kind: String,
    /// The value.
    pub value: AttributeValue,
}

/// The value of an attribute.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum AttributeValue {
    /// Text, unescaped.
    Text(String),
    /// The `#hex` form: a value as ASN.1 encodes it.
    Encoded(Vec<u8>),
}

impl Attribute {
    fn is_common_name(&self) -> bool {
        let named = ["CN", "commonName", "2.5.4.3"].iter().any(|kind| self.kind.eq_ignore_ascii_case(kind));
        named && !matches!(&self.value, AttributeValue::Text(text) if text.is_empty())
    }
}

impl DistinguishedName {
    /// Reads a name such as `CN=alice,OU=dev+L=Basel,DC=example,DC=com`.
    ///
    /// Several attributes of one part are joined by `+`; a type is a keyword or an object identifier; a value is
    /// escaped text, `#hex`, or quoted as RFC 2253 allowed. As there, a semicolon may stand for the comma and blanks
    /// around separators do not count.
    pub fn parse(text: &str) -> Result<Self, NameError> {
        syntax::parse(text).map(|names| Self { names })
    }

    /// The parts, most specific first, each with its attributes (more than one where `+` joins them).
    pub fn relative_names(&self) -> impl Iterator<Item = &[Attribute]> {
        self.names.iter().map(Vec::as_slice)
    }

    /// Whether there is a common name that is not empty.
    pub fn has_common_name(&self) -> bool {
        self.names.iter().flatten().any(Attribute::is_common_name)
    }

    /// The name in a certificate, whose parts stand there the other way round.
    pub(crate) fn from_certificate(name: &X509Name<'_>) -> Self {
        let mut names: Vec<_> =
            name.iter_rdn().map(|part| part.iter().map(Attribute::from_certificate).collect()).collect();
        names.reverse();
        Self { names }
    }
}

impl Attribute {
    fn from_certificate(attribute: &AttributeTypeAndValue<'_>) -> Self {
        let kind = oid2abbrev(attribute.attr_type(), oid_registry())
            .map_or_else(|_| attribute.attr_type().to_id_string(), str::to_owned);
        let value = attribute.as_str().map_or_else(
            |_| AttributeValue::Encoded(attribute.attr_value().to_der_vec().unwrap_or_default()),
            |text| AttributeValue::Text(text.to_owned()),
        );
        Self { kind, value }
    }
}

/// As RFC 2253 writes it, what is not ASCII kept as it is.
impl fmt::Display for DistinguishedName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (at, name) in self.names.iter().enumerate() {
            for (within, attribute) in name.iter().enumerate() {
                let separator = match (at, within) {
                    (0, 0) => "",
                    (_, 0) => ",",
                    _ => "+",
                };
                write!(f, "{separator}{}=", attribute.kind)?;
                match &attribute.value {
                    AttributeValue::Text(text) => f.write_str(&escaped(text, Style::Raw))?,
                    AttributeValue::Encoded(bytes) => {
                        write!(f, "#{}", HEXLOWER.encode(bytes))?;
                    }
                }
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bare_name_and_its_distinguished_form_are_equal() {
        let cases = [
            ("user389", "CN=user389", "cn=user389"),
            ("a,b", r"CN=a\,b", r"Cn=a\2cb"),
            (" x ", r"CN=\ x\ ", r#"CN=" x ""#),
            ("#1", r"CN=\#1", r"CN=\231"),
            ("a=b+c", r"CN=a=b\+c", r"CN=a\=b\+c"),
            (r#"\"<>;"#, r#"CN=\\\"\<\>\;"#, r#"CN="\\\"<>;""#),
            ("Zürich", "CN=Zürich", r"CN=Z\C3\BCrich"),
            ("cnx", "CN=cnx", "CN=  cnx  "),
        ];
        for (bare, first, second) in cases {
            let expected = CommonName(bare.to_owned());
            assert_eq!(parse_managed_username(bare).as_ref(), Ok(&expected), "{bare}");
            assert_eq!(parse_managed_username(first).as_ref(), Ok(&expected), "{first}");
            assert_eq!(parse_managed_username(second).as_ref(), Ok(&expected), "{second}");
        }
    }

    #[test]
    fn bare_names_keep_their_punctuation() {
        for name in ["OU=a,CN=b", "CN", "CN =a", r"\", "+", "a;b", "\"", "é", "\u{e9}N=x", "2.5.4.3=a"] {
            assert_eq!(parse_managed_username(name), Ok(CommonName(name.to_owned())), "{name}");
        }
    }

    #[test]
    fn what_is_not_one_common_name_is_refused() {
        for name in ["CN=a,OU=b", "CN=a+OU=b", "CN=a,CN=b", "cn=a;O=b", "CN=#0c0161"] {
            assert_eq!(parse_managed_username(name), Err(NameError::NotOneCommonName), "{name}");
        }
        assert_eq!(parse_managed_username("CN="), Err(NameError::Empty));
        assert_eq!(parse_managed_username(""), Err(NameError::Empty));
        assert_eq!(parse_managed_username(r"CN=a\00b"), Err(NameError::Nul));
        assert_eq!(parse_managed_username("a\0b"), Err(NameError::Nul));
    }

    #[test]
    fn both_printed_forms() {
        let cases = [
            ("user389", "CN=user389", "CN=user389"),
            ("a,b", r"CN=a\,b", r"CN=a\,b"),
            ("Zürich 🦀", "CN=Zürich 🦀", r"CN=Z\C3\BCrich \F0\9F\A6\80"),
            (" ", r"CN=\ ", r"CN=\ "),
            ("  ", r"CN=\ \ ", r"CN=\ \ "),
            ("# #", r"CN=\# #", r"CN=\# #"),
            ("#", r"CN=\#", "CN=#"),
            ("a=b", "CN=a=b", "CN=a=b"),
            ("tab\there\u{7f}", r"CN=tab\09here\7F", r"CN=tab\09here\7F"),
        ];
        for (name, raw, openssl) in cases {
            let name = CommonName(name.to_owned());
            assert_eq!((name.to_rfc2253().as_str(), name.to_openssl_rfc2253().as_str()), (raw, openssl));
        }
    }

    #[test]
    fn finds_the_common_name_wherever_it_stands() {
        for name in ["CN=a", "OU=x,cn=a,O=y", "O=y+commonName=a", "2.5.4.3=a", "OID.2.5.4.3=a", "CN=#0c0161"] {
            assert!(DistinguishedName::parse(name).unwrap().has_common_name(), "{name}");
        }
        for name in ["OU=CN", "CN=,O=x", "O=\"CN=a\"", "1.2.5.4.3=a"] {
            assert!(!DistinguishedName::parse(name).unwrap().has_common_name(), "{name}");
        }
    }

    #[test]
    fn prints_what_it_read() {
        for (text, printed) in [
            ("CN=Steve Kille,O=Isode Limited,C=GB", "CN=Steve Kille,O=Isode Limited,C=GB"),
            ("OU=Sales+CN=J. Smith , O=Widget Inc. ; C=US", "OU=Sales+CN=J. Smith,O=Widget Inc.,C=US"),
            (r#"CN="L. Eagle",O="Sue, Grabbit and Runn",C=GB"#, r"CN=L. Eagle,O=Sue\, Grabbit and Runn,C=GB"),
            ("OID.1.3.6.1.4.1.1466.0=#04024869,DC=net", "1.3.6.1.4.1.1466.0=#04024869,DC=net"),
            (r"SN=Lu\C4\8Di\C4\87", "SN=Lučić"),
        ] {
            assert_eq!(DistinguishedName::parse(text).unwrap().to_string(), printed, "{text}");
        }
    }
}
