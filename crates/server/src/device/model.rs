//! What a program may ask for, and the codes. No I/O.

use telamon_authn::{Form, Mac, SealingKey, Secret};
use telamon_wire::{ApiError, Entropy, ErrorCode, RefreshTokenId, random_array};

/// How long a code is good: RFC 8628, section 3.2, `expires_in`.
pub const CODE_LIFETIME_SECONDS: i64 = 600;
/// How long the token before the newest one still leads to it: an answer may be lost, or asked for twice at once.
pub const REPLACEMENT_GRACE_SECONDS: i64 = 60;

/// Consonants that are not mistaken for another, and make no word: RFC 8628, section 6.1.
const ALPHABET: &[u8; 20] = b"BCDFGHJKLMNPQRSTVWXZ";
const CODE_LENGTH: usize = 8;
const MAX_CLIENT_ID_LENGTH: usize = 64;
const MAX_SCOPE_LENGTH: usize = 256;
/// What clients ask for as a rule.
const USUAL_SCOPE: &str = "openid profile offline_access";

/// What a person types: eight letters.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UserCode(String);

impl UserCode {
    /// A new one: 20^8 are 34 bits, enough for ten minutes in which few guesses are allowed.
    pub fn generate(entropy: &dyn Entropy) -> Self {
        // 128 random bits for 34: no letter is likelier than another by more than 2^-90.
        let mut number = u128::from_be_bytes(random_array(entropy));
        let letters = std::iter::repeat_with(|| {
            let letter = usize::try_from(number % 20).unwrap_or_default();
            number /= 20;
            char::from(ALPHABET[letter])
        });
        Self(letters.take(CODE_LENGTH).collect())
    }

    /// As people type it: in either case, with or without what stands between the groups.
    pub fn read(text: &str) -> Option<Self> {
        let letters = text.chars().filter(|c| !c.is_whitespace() && *c != '-').map(|c| c.to_ascii_uppercase());
        let code: String = letters.take(CODE_LENGTH + 1).collect();
        let good = code.len() == CODE_LENGTH && code.bytes().all(|byte| ALPHABET.contains(&byte));
        good.then_some(Self(code))
    }

    /// The eight letters.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// As programs show it: in two groups.
    pub fn grouped(&self) -> String {
        let (first, second) = self.0.split_at(CODE_LENGTH / 2);
        format!("{first}-{second}")
    }
}

/// What makes the refresh tokens of sign-ins: `<id>.<generation>.<MAC>`. The MAC covers a seed that stands with the sign-in,
/// so that neither the key nor the database alone is enough to make one.
#[derive(Clone, Debug)]
pub struct RefreshTokens(Mac);

impl RefreshTokens {
    /// Those of the installation with that key.
    pub fn of(sealing: &SealingKey) -> Self {
        Self(Mac::new(&sealing.derive("refresh tokens")))
    }

    /// The refresh token of one generation of a sign-in.
    pub fn token(&self, id: RefreshTokenId, generation: i64, seed: &str) -> Secret {
        let code = self.0.text_of(&format!("{id}.{generation}.{seed}"));
        Secret::from(format!("{id}.{generation}.{}", code.expose()))
    }

    /// Of which sign-in and generation a token says that it is. That proves nothing: [`Self::token`] must make the same.
    pub fn claimed(token: &str) -> Option<(RefreshTokenId, i64)> {
        let (id, rest) = token.split_once('.')?;
        let (generation, _) = rest.split_once('.')?;
        Some((id.parse().ok()?, generation.parse().ok()?))
    }
}

/// A parameter that must be there.
pub fn demand<'a>(form: &'a Form, name: &'static str) -> Result<&'a str, ApiError> {
    form.get(name).ok_or_else(|| ApiError::new(ErrorCode::MISSING_ATTRIBUTE).with(name))
}

/// The client id. A program names itself: the id proves nothing, and is shown to the person who decides.
pub fn client_id(form: &Form) -> Result<&str, ApiError> {
    let id = demand(form, "client_id")?;
    let plain = id.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-._".contains(&byte));
    if id.len() <= MAX_CLIENT_ID_LENGTH && plain {
        Ok(id)
    } else {
        let right = format!("It must have 1 to {MAX_CLIENT_ID_LENGTH} letters, digits and - . _ characters.");
        Err(ApiError::new(ErrorCode::INVALID_ATTRIBUTE).with("client_id").with(right))
    }
}

/// The scope: words that are passed on. What a token may do is what the person's roles allow.
pub fn scope(form: &Form) -> Result<&str, ApiError> {
    let scope = form.get("scope").unwrap_or(USUAL_SCOPE);
    // RFC 6749, appendix A.4.
    let plain = scope.bytes().all(|byte| matches!(byte, b' ' | b'!' | b'#'..=b'[' | b']'..=b'~'));
    if scope.len() <= MAX_SCOPE_LENGTH && plain {
        Ok(scope)
    } else {
        let right = format!("It must be words of ASCII, at most {MAX_SCOPE_LENGTH} characters.");
        Err(ApiError::new(ErrorCode::INVALID_ATTRIBUTE).with("scope").with(right))
    }
}

#[cfg(test)]
mod tests {
    use telamon_authn::read_form;

    use super::*;

    struct Bytes(u8);
    impl Entropy for Bytes {
        fn fill(&self, bytes: &mut [u8]) {
            bytes.fill(self.0);
        }
    }

    #[test]
    fn a_code_is_read_as_people_type_it() {
        let code = UserCode::generate(&Bytes(0x5a));
        assert_eq!(code.as_str().len(), 8);
        assert_eq!(code.grouped().len(), 9);
        let spaced = format!(" {} ", code.grouped().replace('-', " "));
        for typed in [code.as_str().to_owned(), code.grouped(), code.grouped().to_lowercase(), spaced] {
            assert_eq!(UserCode::read(&typed), Some(code.clone()), "{typed}");
        }
        for wrong in ["", "BCDF-GHJ", "BCDF-GHJKL", "ACDF-GHJK", "BCDF_GHJK", "BCDFGHJ\u{212a}", "BCDFGHJ1"] {
            assert_eq!(UserCode::read(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn codes_use_the_whole_alphabet() {
        let letters: std::collections::BTreeSet<char> =
            (0..=255).flat_map(|byte| UserCode::generate(&Bytes(byte)).0.chars().collect::<Vec<_>>()).collect();
        assert_eq!(letters.len(), ALPHABET.len());
    }

    #[test]
    fn a_refresh_token_says_whose_it_is() {
        let tokens = RefreshTokens(Mac::new(&[7; 32]));
        let id: RefreshTokenId = "6a79400c5555555555555555".parse().unwrap();
        let token = tokens.token(id, 12, "seed");
        assert_eq!(RefreshTokens::claimed(token.expose()), Some((id, 12)));
        assert!(token.expose().starts_with("6a79400c5555555555555555.12."));
        let others = [tokens.token(id, 13, "seed"), tokens.token(id, 12, "other")];
        let code = |token: &Secret| token.expose().rsplit('.').next().unwrap().to_owned();
        assert!(others.iter().all(|other| code(other) != code(&token)));
        for foreign in ["", "a.b.c", "x", "6a79400c5555555555555555.1", "6a79400c5555555555555555.-.x"] {
            assert_eq!(RefreshTokens::claimed(foreign), None, "{foreign}");
        }
    }

    #[test]
    fn a_client_id_is_plain() {
        let read = |text: &str| client_id(&read_form(text.as_bytes()).unwrap()).map(str::to_owned).map_err(|e| e.code);
        assert_eq!(read("client_id=0oabtxactgS3gHIR0297"), Ok("0oabtxactgS3gHIR0297".into()));
        assert_eq!(read("client_id="), Err(ErrorCode::MISSING_ATTRIBUTE));
        for wrong in ["api%3A%2F%2Fadmin", "%3Cb%3E", "%C3%A4", &"x".repeat(65)] {
            assert_eq!(read(&format!("client_id={wrong}")), Err(ErrorCode::INVALID_ATTRIBUTE), "{wrong}");
        }
    }

    #[test]
    fn a_scope_is_words() {
        let read = |text: &str| scope(&read_form(text.as_bytes()).unwrap()).map(str::to_owned).map_err(|e| e.code);
        assert_eq!(read(""), Ok("openid profile offline_access".into()));
        assert_eq!(read("scope=openid+x:y"), Ok("openid x:y".into()));
        for wrong in ["%22", "%5C", "%C3%A4", "%0A", &"x".repeat(257)] {
            assert_eq!(read(&format!("scope={wrong}")), Err(ErrorCode::INVALID_ATTRIBUTE), "{wrong}");
        }
    }
}
