//! The `Authorization` header of an API request: which kind of credential it carries.

use crate::{DigestHeader, DigestHeaderError};

/// What an `Authorization` header carries.
#[derive(Clone, PartialEq, Eq)]
pub enum Authorization<'a> {
    /// An API key's signature (RFC 7616).
    Digest(Box<DigestHeader>),
    /// A service account's access token (RFC 6750), not yet looked at.
    Bearer(&'a str),
    /// A scheme that the API does not take, or none.
    Other,
}

impl<'a> Authorization<'a> {
    /// Reads the header's value; the scheme may be in any case (RFC 9110 section 11.1).
    pub fn parse(header: &'a str) -> Result<Self, DigestHeaderError> {
        let (scheme, credentials) = split_scheme(header);
        if scheme.eq_ignore_ascii_case("bearer") {
            Ok(Self::Bearer(credentials))
        } else if scheme.eq_ignore_ascii_case("digest") {
            Ok(Self::Digest(Box::new(DigestHeader::parse(credentials)?)))
        } else {
            Ok(Self::Other)
        }
    }
}

/// Scheme and the rest, without the white space around either.
pub(crate) fn split_scheme(header: &str) -> (&str, &str) {
    let header = header.trim_matches([' ', '\t']);
    match header.split_once([' ', '\t']) {
        Some((scheme, rest)) => (scheme, rest.trim_start_matches([' ', '\t'])),
        None => (header, ""),
    }
}

impl std::fmt::Debug for Authorization<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Digest(_) => "Digest",
            Self::Bearer(_) => "Bearer",
            Self::Other => "Other",
        })
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn the_scheme_decides_in_any_case() {
        let cases = [
            ("Bearer a.b.c", Authorization::Bearer("a.b.c")),
            ("bearer\t  a.b.c  ", Authorization::Bearer("a.b.c")),
            ("BEARER", Authorization::Bearer("")),
            ("Basic YTpi", Authorization::Other),
            ("Bearerx a", Authorization::Other),
            ("", Authorization::Other),
        ];
        for (header, expected) in cases {
            assert_eq!(Authorization::parse(header), Ok(expected), "{header}");
        }
        let parameters = r#"username="u", realm="r", nonce="n", uri="/", response="6629fae49393a05397450978507c4ef1", qop=auth, nc=00000001, cnonce="c""#;
        let expected = Authorization::Digest(Box::new(DigestHeader::parse(parameters).unwrap()));
        for scheme in ["Digest", "digest", "DIGEST "] {
            assert_eq!(Authorization::parse(&format!("{scheme} {parameters}")), Ok(expected.clone()));
        }
        assert_eq!(Authorization::parse("Digest"), Err(DigestHeaderError::Missing("qop")));
    }

    #[test]
    fn debug_shows_no_token() {
        assert_eq!(format!("{:?}", Authorization::parse("Bearer hidden")), "Ok(Bearer)");
    }

    proptest! {
        #[test]
        fn any_header_is_read_or_refused(scheme in "(?i)(digest |bearer |basic )?", rest in ".*") {
            let _ = Authorization::parse(&format!("{scheme}{rest}"));
        }
    }
}
