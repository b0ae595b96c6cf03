//! Requests to the token endpoint (RFC 6749 sections 2.3.1, 3.2 and 4.4) and to the revocation endpoint (RFC 7009).
//!
//! A client authenticates with HTTP Basic alone; a secret in the body is refused. No parameter may come twice, and one
//! without a value counts as absent.

use std::{borrow::Cow, collections::BTreeMap, fmt};

use base64::{
    Engine, alphabet,
    engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig},
};
use percent_encoding::percent_decode_str;
use serde::Serialize;
use zeroize::Zeroizing;

use crate::{Secret, authorization::split_scheme};

/// Clients leave the padding out or not.
const BASE64: GeneralPurpose = GeneralPurpose::new(
    &alphabet::STANDARD,
    GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent),
);
const MAX_HEADER_LENGTH: usize = 8 * 1024;
const MAX_PARAMETERS: usize = 64;

/// An answer of the token or revocation endpoint that is not a success (RFC 6749 section 5.2).
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum OauthError {
    /// An unknown client, or a secret that is wrong, expired or deleted: 401.
    #[error("Invalid credentials provided.")]
    InvalidClient,
    /// A parameter is missing, malformed or there twice: 400.
    #[error("{0}")]
    InvalidRequest(Cow<'static, str>),
    /// Another grant than client credentials: 400.
    #[error("The grant type must be client_credentials.")]
    UnsupportedGrantType,
    /// The client is known and may not have a token: 403.
    #[error("Access is denied.")]
    AccessDenied,
    /// The service failed: 500.
    #[error("Unexpected error.")]
    ServerError,
}

#[derive(Serialize)]
struct Body<'a> {
    error_description: &'a str,
    error: &'static str,
}

impl OauthError {
    /// The HTTP status.
    pub const fn status(&self) -> u16 {
        match self {
            Self::InvalidClient => 401,
            Self::InvalidRequest(_) | Self::UnsupportedGrantType => 400,
            Self::AccessDenied => 403,
            Self::ServerError => 500,
        }
    }

    /// The member `error`.
    pub const fn code(&self) -> &'static str {
        match self {
            Self::InvalidClient => "invalid_client",
            Self::InvalidRequest(_) => "invalid_request",
            Self::UnsupportedGrantType => "unsupported_grant_type",
            Self::AccessDenied => "access_denied",
            Self::ServerError => "server_error",
        }
    }

    /// The member `error_description`.
    pub fn description(&self) -> String {
        self.to_string()
    }

    /// The body: JSON whose two keys are in the order that clients were recorded with.
    pub fn body(&self) -> String {
        let description = self.description();
        let body = Body { error_description: &description, error: self.code() };
        serde_json::to_string(&body).unwrap_or_default()
    }
}

/// What a client authenticates with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ClientCredentials {
    /// The client id, as it was sent.
    pub id: String,
    /// The secret, as it was sent.
    pub secret: Secret,
}

/// Reads the `Authorization` header: HTTP Basic whose halves are form-encoded (RFC 6749 section 2.3.1). A `%` that no
/// two hexadecimal digits follow stands for itself. No header, or another one, is an invalid client.
pub fn read_basic(header: Option<&str>) -> Result<ClientCredentials, OauthError> {
    let (scheme, credentials) = split_scheme(header.unwrap_or_default());
    if !scheme.eq_ignore_ascii_case("basic") || credentials.len() > MAX_HEADER_LENGTH {
        return Err(OauthError::InvalidClient);
    }
    let bytes = Zeroizing::new(BASE64.decode(credentials).map_err(|_| OauthError::InvalidClient)?);
    let text = std::str::from_utf8(&bytes).map_err(|_| OauthError::InvalidClient)?;
    let (id, secret) = text.split_once(':').ok_or(OauthError::InvalidClient)?;
    Ok(ClientCredentials { id: form_decode(id)?, secret: Secret::from(form_decode(secret)?) })
}

fn form_decode(text: &str) -> Result<String, OauthError> {
    let spaced = Zeroizing::new(text.replace('+', " "));
    let decoded = percent_decode_str(&spaced).decode_utf8().map_err(|_| OauthError::InvalidClient)?;
    Ok(decoded.into_owned())
}

/// The parameters of a form, each once and with a value.
#[derive(Clone, PartialEq, Eq)]
pub struct Form(BTreeMap<String, Zeroizing<String>>);

impl Form {
    /// The value of a parameter; nothing if it is absent or empty.
    pub fn get(&self, name: &str) -> Option<&str> {
        self.0.get(name).map(|value| value.as_str())
    }
}

impl fmt::Debug for Form {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.0.keys()).finish()
    }
}

/// Reads a body of `application/x-www-form-urlencoded`. A parameter that comes twice is refused (RFC 6749 section 3.2);
/// one without a value counts as absent. U+0000, which no database keeps, is refused.
pub fn read_form(body: &[u8]) -> Result<Form, OauthError> {
    let mut fields = BTreeMap::new();
    for (name, value) in form_urlencoded::parse(body) {
        if fields.len() == MAX_PARAMETERS {
            return Err(invalid_request("The request has too many parameters."));
        }
        if name.contains('\0') || value.contains('\0') {
            return Err(invalid_request("The request has a character U+0000, which is not allowed."));
        }
        if fields.insert(name.into_owned(), Zeroizing::new(value.into_owned())).is_some() {
            return Err(invalid_request("The request has a parameter more than once."));
        }
    }
    fields.retain(|_, value| !value.is_empty());
    Ok(Form(fields))
}

const fn invalid_request(description: &'static str) -> OauthError {
    OauthError::InvalidRequest(Cow::Borrowed(description))
}

/// Reads who asks, and the parameters: HTTP Basic, or, where there is no `Authorization` header at all, `client_id` and
/// `client_secret` of the body (RFC 6749 section 2.3.1). Both in one request are refused (section 2.3), and so is a
/// `client_id` of somebody else.
pub fn read_client(header: Option<&str>, body: &[u8]) -> Result<(ClientCredentials, Form), OauthError> {
    let form = read_form(body)?;
    let client = match (header, form.get("client_id"), form.get("client_secret")) {
        (None, Some(id), Some(secret)) => {
            ClientCredentials { id: id.to_owned(), secret: Secret::from(secret.to_owned()) }
        }
        (Some(_), _, Some(_)) => {
            return Err(invalid_request(
                "The client secret must be in the Authorization header or in the body, not in both.",
            ));
        }
        (header, id, _) => {
            let client = read_basic(header)?;
            if id.is_some_and(|id| id != client.id) {
                return Err(invalid_request("The client_id must be that of the Authorization header."));
            }
            client
        }
    };
    Ok((client, form))
}

/// A request for an access token.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TokenRequest {
    /// What the client asked for; there is one scope, so it changes nothing.
    pub scope: Option<String>,
}

impl TokenRequest {
    /// Reads the parameters.
    pub fn parse(form: &Form) -> Result<Self, OauthError> {
        match form.get("grant_type") {
            None => Err(invalid_request("The parameter grant_type is missing.")),
            Some("client_credentials") => Ok(Self { scope: form.get("scope").map(str::to_owned) }),
            Some(_) => Err(OauthError::UnsupportedGrantType),
        }
    }
}

/// A request to revoke an access token (RFC 7009 section 2.1).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RevokeRequest {
    /// The token; not yet looked at.
    pub token: Secret,
}

impl RevokeRequest {
    /// Reads the parameters. Any `token_type_hint` is accepted: there is one type.
    pub fn parse(form: &Form) -> Result<Self, OauthError> {
        let token = form.get("token").ok_or(invalid_request("The parameter token is missing."))?;
        Ok(Self { token: Secret::from(token.to_owned()) })
    }
}

#[cfg(test)]
mod tests {
    use base64::engine::general_purpose::{STANDARD, STANDARD_NO_PAD};
    use proptest::prelude::*;

    use super::*;

    fn client() -> ClientCredentials {
        ClientCredentials { id: "mdb_sa_id_a".into(), secret: Secret::from("mdb_sa_sk_b".to_owned()) }
    }

    #[test]
    fn both_halves_of_basic_are_form_decoded() {
        let cases = [
            ("mdb_sa_id_a:mdb_sa_sk_b", "mdb_sa_id_a", "mdb_sa_sk_b"),
            ("a%3Ab:c%25+d", "a:b", "c% d"),
            ("a:b:c", "a", "b:c"),
            ("a:100%", "a", "100%"),
            ("a:%zz", "a", "%zz"),
            (":", "", ""),
        ];
        for (text, id, secret) in cases {
            let expected = ClientCredentials { id: id.into(), secret: Secret::from(secret.to_owned()) };
            for encoded in [STANDARD.encode(text), STANDARD_NO_PAD.encode(text)] {
                for scheme in ["Basic", "basic", "BASIC "] {
                    assert_eq!(read_basic(Some(&format!("{scheme} {encoded}"))), Ok(expected.clone()), "{text}");
                }
            }
        }
    }

    #[test]
    fn other_headers_are_an_invalid_client() {
        let not_utf8 = format!("Basic {}", STANDARD.encode([0xff, b':', b'a']));
        let decodes_to_no_utf8 = format!("Basic {}", STANDARD.encode("a:%ff"));
        let no_colon = format!("Basic {}", STANDARD.encode("a"));
        let long = format!("Basic {}", "A".repeat(MAX_HEADER_LENGTH + 4));
        let headers = ["", "Basic", "Basic !!!", "Bearer a.b.c", &not_utf8, &decodes_to_no_utf8, &no_colon, &long];
        for header in headers.map(Some).into_iter().chain([None]) {
            assert_eq!(read_basic(header), Err(OauthError::InvalidClient), "{header:?}");
        }
    }

    #[test]
    fn a_token_request_needs_the_one_grant() {
        let parse = |body: &str| TokenRequest::parse(&read_form(body.as_bytes())?);
        assert_eq!(parse("grant_type=client_credentials"), Ok(TokenRequest { scope: None }));
        let with_scope = Ok(TokenRequest { scope: Some("a b".into()) });
        assert_eq!(parse("scope=a+b&grant_type=client%5Fcredentials&client_id=mdb_sa_id_a&x=y"), with_scope);
        let code = |body: &str| parse(body).unwrap_err().code();
        assert_eq!(code(""), "invalid_request");
        assert_eq!(code("grant_type="), "invalid_request");
        assert_eq!(code(r#"{"grant_type":"client_credentials"}"#), "invalid_request");
        assert_eq!(code("grant_type=client_credentials&grant_type=client_credentials"), "invalid_request");
        assert_eq!(code("grant_type=client_credentials&scope=&scope="), "invalid_request");
        assert_eq!(code("grant_type=password"), "unsupported_grant_type");
        let many = (0..65).map(|n| format!("p{n}=1")).collect::<Vec<_>>().join("&");
        assert_eq!(code(&many), "invalid_request");
    }

    #[test]
    fn a_client_is_named_in_the_header_or_in_the_body() {
        let basic = format!("Basic {}", STANDARD.encode("mdb_sa_id_a:mdb_sa_sk_b"));
        let read = |header: Option<&str>, body: &str| read_client(header, body.as_bytes()).map(|(client, _)| client);
        assert_eq!(read(Some(&basic), "a=b"), Ok(client()));
        assert_eq!(read(Some(&basic), "client_id=mdb_sa_id_a"), Ok(client()));
        assert_eq!(read(None, "client_id=mdb_sa_id_a&client_secret=mdb_sa_sk_b"), Ok(client()));
        let code = |header: Option<&str>, body: &str| read(header, body).unwrap_err().code();
        assert_eq!(code(Some(&basic), "client_secret=mdb_sa_sk_b"), "invalid_request");
        assert_eq!(code(Some(&basic), "client_id=other"), "invalid_request");
        assert_eq!(code(None, "client_id=mdb_sa_id_a&client_id=b&client_secret=c"), "invalid_request");
        for (header, body) in
            [(None, ""), (None, "client_id=mdb_sa_id_a"), (Some(""), ""), (Some("Bearer x"), "client_id=a")]
        {
            assert_eq!(code(header, body), "invalid_client", "{header:?} {body}");
        }
    }

    #[test]
    fn a_revocation_needs_a_token() {
        let parse = |body: &str| RevokeRequest::parse(&read_form(body.as_bytes())?);
        let expected = Ok(RevokeRequest { token: Secret::from("a.b.c".to_owned()) });
        assert_eq!(parse("token=a.b.c&token_type_hint=access_token"), expected);
        assert_eq!(parse("token=a.b.c&token_type_hint=other"), expected);
        for body in ["", "token=", "token=a&token=b"] {
            assert_eq!(parse(body).unwrap_err().code(), "invalid_request", "{body}");
        }
    }

    #[test]
    fn errors_have_their_status_and_their_order_of_keys() {
        let cases = [
            (
                OauthError::InvalidClient,
                401,
                r#"{"error_description":"Invalid credentials provided.","error":"invalid_client"}"#,
            ),
            (
                invalid_request("The parameter token is missing."),
                400,
                r#"{"error_description":"The parameter token is missing.","error":"invalid_request"}"#,
            ),
            (
                OauthError::UnsupportedGrantType,
                400,
                r#"{"error_description":"The grant type must be client_credentials.","error":"unsupported_grant_type"}"#,
            ),
            (OauthError::AccessDenied, 403, r#"{"error_description":"Access is denied.","error":"access_denied"}"#),
            (OauthError::ServerError, 500, r#"{"error_description":"Unexpected error.","error":"server_error"}"#),
        ];
        for (error, status, body) in cases {
            assert_eq!((error.status(), error.body().as_str()), (status, body));
        }
    }

    #[test]
    fn debug_shows_nothing_secret() {
        let form = read_form(b"client_secret=hidden&token=hidden").unwrap();
        assert_eq!(format!("{form:?}"), r#"{"client_secret", "token"}"#);
        assert_eq!(format!("{:?}", client()), r#"ClientCredentials { id: "mdb_sa_id_a", secret: Secret }"#);
    }

    proptest! {
        #[test]
        fn any_header_and_body_is_read_or_refused(header in ".*", bytes in prop::collection::vec(any::<u8>(), 0..200)) {
            let _ = read_basic(Some(&header));
            let _ = read_basic(Some(&format!("Basic {header}")));
            let _ = read_basic(Some(&format!("Basic {}", STANDARD.encode(&bytes))));
            if let Ok((_, form)) = read_client(None, &bytes) {
                let _ = TokenRequest::parse(&form);
                let _ = RevokeRequest::parse(&form);
            }
        }

        #[test]
        fn credentials_survive_form_encoding(id in ".*", secret in ".*") {
            let encode = |text: &str| form_urlencoded::byte_serialize(text.as_bytes()).collect::<String>();
            let header = format!("Basic {}", STANDARD.encode(format!("{}:{}", encode(&id), encode(&secret))));
            prop_assert_eq!(read_basic(Some(&header)), Ok(ClientCredentials { id, secret: Secret::from(secret) }));
        }
    }
}
