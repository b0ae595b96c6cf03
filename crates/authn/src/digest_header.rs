//! The `Authorization: Digest …` header of a request (RFC 7616 section 3.4, RFC 2617 section 3.2.2).
//!
//! Only what this service's challenge asks for is read: MD5 and `qop=auth`. Unknown parameters are ignored, known ones
//! that come twice are refused, and so is a header that is cut off.

/// The longest header that is read, in bytes: a long path and query fit.
const MAX_LENGTH: usize = 16 * 1024;
const RESPONSE_LENGTH: usize = 32;

/// A digest header that says everything the check needs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DigestHeader {
    /// The public key.
    pub username: String,
    /// The realm that the client computed with.
    pub realm: String,
    /// The nonce of the challenge that the client answers; not yet checked.
    pub nonce: String,
    /// The request target, as the client signed it.
    pub uri: String,
    /// The signature: 32 lower-case hexadecimal digits.
    pub response: String,
    /// How many requests the client has signed with this nonce, this one included.
    pub nc: u32,
    /// `nc` as it was sent, which is what the client signed.
    pub(crate) nc_text: String,
    /// The client's own nonce.
    pub cnonce: String,
    /// Whatever the challenge said; ours says nothing.
    pub opaque: Option<String>,
}

/// A digest header cannot be read. Never tells what it holds, for that may be half a secret.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum DigestHeaderError {
    /// Longer than this service reads.
    #[error("the digest header is longer than 16 KiB")]
    TooLong,
    /// Not a list of `name=value`.
    #[error("the digest header must be a list of name=value or name=\"value\", separated by commas")]
    Syntax,
    /// A parameter comes more than once.
    #[error("the digest header has {0} more than once")]
    Duplicate(&'static str),
    /// A parameter is not there.
    #[error("the digest header has no {0}")]
    Missing(&'static str),
    /// A parameter has a value that it cannot have.
    #[error("the digest header's {0} is malformed")]
    Malformed(&'static str),
    /// An algorithm or a quality of protection that the challenge did not offer.
    #[error("the digest header's {0} is not the one that the challenge offers: algorithm=MD5, qop=auth")]
    Unsupported(&'static str),
}

const NAMES: [&str; 10] =
    ["username", "realm", "nonce", "uri", "response", "algorithm", "qop", "nc", "cnonce", "opaque"];

impl DigestHeader {
    /// Reads what follows the scheme `Digest`.
    pub fn parse(parameters: &str) -> Result<Self, DigestHeaderError> {
        if parameters.len() > MAX_LENGTH {
            return Err(DigestHeaderError::TooLong);
        }
        let mut found: [Option<String>; NAMES.len()] = Default::default();
        let mut reader = Reader { rest: parameters };
        while let Some((name, value)) = reader.parameter()? {
            let Some(at) = NAMES.iter().position(|known| known.eq_ignore_ascii_case(name)) else { continue };
            if found[at].replace(value).is_some() {
                return Err(DigestHeaderError::Duplicate(NAMES[at]));
            }
        }
        let [username, realm, nonce, uri, response, algorithm, qop, nc, cnonce, opaque] = found;
        if algorithm.is_some_and(|algorithm| !algorithm.eq_ignore_ascii_case("MD5")) {
            return Err(DigestHeaderError::Unsupported("algorithm"));
        }
        if qop.ok_or(DigestHeaderError::Missing("qop"))? != "auth" {
            return Err(DigestHeaderError::Unsupported("qop"));
        }
        let response = response.ok_or(DigestHeaderError::Missing("response"))?.to_ascii_lowercase();
        if response.len() != RESPONSE_LENGTH || !is_hex(&response) {
            return Err(DigestHeaderError::Malformed("response"));
        }
        let nc_text = nc.ok_or(DigestHeaderError::Missing("nc"))?;
        if nc_text.len() != 8 || !is_hex(&nc_text) {
            return Err(DigestHeaderError::Malformed("nc"));
        }
        Ok(Self {
            username: username.ok_or(DigestHeaderError::Missing("username"))?,
            realm: realm.ok_or(DigestHeaderError::Missing("realm"))?,
            nonce: nonce.ok_or(DigestHeaderError::Missing("nonce"))?,
            uri: uri.ok_or(DigestHeaderError::Missing("uri"))?,
            response,
            nc: u32::from_str_radix(&nc_text, 16).map_err(|_| DigestHeaderError::Malformed("nc"))?,
            nc_text,
            cnonce: cnonce.ok_or(DigestHeaderError::Missing("cnonce"))?,
            opaque,
        })
    }
}

fn is_hex(text: &str) -> bool {
    text.bytes().all(|byte| byte.is_ascii_hexdigit())
}

/// Reads `1#auth-param` of RFC 9110 section 11.2, whose list may have empty elements.
struct Reader<'a> {
    rest: &'a str,
}

impl<'a> Reader<'a> {
    /// The next parameter; nothing at the end.
    fn parameter(&mut self) -> Result<Option<(&'a str, String)>, DigestHeaderError> {
        self.rest = self.rest.trim_start_matches([' ', '\t', ',']);
        if self.rest.is_empty() {
            return Ok(None);
        }
        let name = self.token()?;
        self.skip_space();
        self.rest = self.rest.strip_prefix('=').ok_or(DigestHeaderError::Syntax)?;
        self.skip_space();
        let value = if self.rest.starts_with('"') { self.quoted_string()? } else { self.token()?.to_owned() };
        self.skip_space();
        if self.rest.is_empty() || self.rest.starts_with(',') {
            Ok(Some((name, value)))
        } else {
            Err(DigestHeaderError::Syntax)
        }
    }

    fn skip_space(&mut self) {
        self.rest = self.rest.trim_start_matches([' ', '\t']);
    }

    /// RFC 9110 section 5.6.2.
    fn token(&mut self) -> Result<&'a str, DigestHeaderError> {
        let is_token = |c: char| c.is_ascii_alphanumeric() || "!#$%&'*+-.^_`|~".contains(c);
        let end = self.rest.find(|c| !is_token(c)).unwrap_or(self.rest.len());
        let (token, rest) = self.rest.split_at(end);
        if token.is_empty() {
            return Err(DigestHeaderError::Syntax);
        }
        self.rest = rest;
        Ok(token)
    }

    /// RFC 9110 section 5.6.4: a backslash makes the next character stand for itself.
    fn quoted_string(&mut self) -> Result<String, DigestHeaderError> {
        let mut value = String::new();
        let mut chars = self.rest.char_indices().skip(1);
        while let Some((at, c)) = chars.next() {
            let c = match c {
                '"' => {
                    self.rest = &self.rest[at + 1..];
                    return Ok(value);
                }
                '\\' => chars.next().ok_or(DigestHeaderError::Syntax)?.1,
                other => other,
            };
            if c.is_control() && c != '\t' {
                return Err(DigestHeaderError::Syntax);
            }
            value.push(c);
        }
        Err(DigestHeaderError::Syntax)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const FULL: &str = r#"username="abcdefgh", realm="MMS Public API", nonce="n/+", uri="/api/atlas/v2/groups?a=b,c", response="6629FAE49393a05397450978507c4ef1", algorithm=MD5, cnonce="0a4f113b", qop=auth, nc=0000000A"#;

    fn full() -> DigestHeader {
        DigestHeader {
            username: "abcdefgh".into(),
            realm: "MMS Public API".into(),
            nonce: "n/+".into(),
            uri: "/api/atlas/v2/groups?a=b,c".into(),
            response: "6629fae49393a05397450978507c4ef1".into(),
            nc: 10,
            nc_text: "0000000A".into(),
            cnonce: "0a4f113b".into(),
            opaque: None,
        }
    }

    #[test]
    fn all_spellings_of_one_header_read_the_same() {
        let spellings = [
            FULL.to_owned(),
            FULL.replace("qop=auth", r#"qop="auth""#).replace("algorithm=MD5", r#"algorithm="MD5""#),
            FULL.replace("algorithm=MD5, ", ""),
            FULL.replace(", ", ","),
            FULL.replace('=', " =\t").replace("a =\tb", "a=b"),
            format!(" ,, {FULL}, charset=UTF-8 , userhash=false,"),
            FULL.replace("username", "UserName"),
            FULL.replace("abcdefgh", r"a\bcdefgh"),
        ];
        for spelling in spellings {
            assert_eq!(DigestHeader::parse(&spelling), Ok(full()), "{spelling}");
        }
    }

    #[test]
    fn quotes_and_backslashes_are_unescaped() {
        let header = DigestHeader::parse(&FULL.replace("abcdefgh", r#"a\"b\\, c"#)).unwrap();
        assert_eq!(header, DigestHeader { username: r#"a"b\, c"#.into(), ..full() });
        let header = DigestHeader::parse(&format!(r#"{FULL}, opaque="""#)).unwrap();
        assert_eq!(header.opaque.as_deref(), Some(""));
    }

    #[test]
    fn what_is_wrong_is_told() {
        use DigestHeaderError::{Duplicate, Malformed, Missing, Syntax, TooLong, Unsupported};
        let cases = [
            (String::new(), Missing("qop")),
            (FULL.replace(", qop=auth", ""), Missing("qop")),
            (FULL.replace(r#"username="abcdefgh", "#, ""), Missing("username")),
            (FULL.replace(r#"cnonce="0a4f113b", "#, ""), Missing("cnonce")),
            (FULL.replace(", nc=0000000A", ""), Missing("nc")),
            (format!(r#"{FULL}, NONCE="again""#), Duplicate("nonce")),
            (FULL.replace("=MD5", "=MD5-sess"), Unsupported("algorithm")),
            (FULL.replace("=MD5", "=SHA-256"), Unsupported("algorithm")),
            (FULL.replace("=auth", "=auth-int"), Unsupported("qop")),
            (FULL.replace("0000000A", "+000000A"), Malformed("nc")),
            (FULL.replace("0000000A", "A"), Malformed("nc")),
            (FULL.replace("6629FAE4", "6629FAE"), Malformed("response")),
            (FULL.replace("6629FAE4", "6629FAEg"), Malformed("response")),
            (FULL.replace(", nc", " nc"), Syntax),
            (FULL.replace("abcdefgh", "abc\ndef"), Syntax),
            (r#"username="abc"#.to_owned(), Syntax),
            (r#"username="abc\"#.to_owned(), Syntax),
            ("username".to_owned(), Syntax),
            ("username=".to_owned(), Syntax),
            ("=x".to_owned(), Syntax),
            ("a".repeat(MAX_LENGTH + 1), TooLong),
        ];
        for (text, error) in cases {
            assert_eq!(DigestHeader::parse(&text), Err(error), "{text}");
        }
    }

    #[test]
    fn a_header_cut_off_anywhere_is_refused() {
        for end in 0..FULL.len() {
            assert!(DigestHeader::parse(&FULL[..end]).is_err(), "{}", &FULL[..end]);
        }
    }

    proptest! {
        #[test]
        fn any_text_is_read_or_refused(text in ".*") {
            let _ = DigestHeader::parse(&text);
        }

        #[test]
        fn text_that_is_nearly_a_header_is_read_or_refused(text in r#"((username|realm|nc|qop|,|=|"|\\|[ a-f0-9é]){1,3}){0,40}"#) {
            let _ = DigestHeader::parse(&text);
        }

        #[test]
        fn any_username_survives_quoting(username in "[^\\p{Cc}]*") {
            let quoted = username.replace('\\', r"\\").replace('"', "\\\"");
            let header = DigestHeader::parse(&FULL.replace("abcdefgh", &quoted)).unwrap();
            prop_assert_eq!(header.username, username);
        }
    }
}
