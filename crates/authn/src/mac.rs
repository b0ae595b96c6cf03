//! Message authentication codes: texts that only this installation can make, or make again.

use std::fmt;

use aws_lc_rs::hmac;
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};

use crate::Secret;

/// HMAC-SHA256 under one derived key ([`crate::SealingKey::derive`]).
#[derive(Clone)]
pub struct Mac(hmac::Key);

impl Mac {
    /// With that key.
    pub fn new(key: &[u8; 32]) -> Self {
        Self(hmac::Key::new(hmac::HMAC_SHA256, key))
    }

    /// The code of a text.
    pub fn of(&self, text: &str) -> [u8; 32] {
        let mut code = [0; 32];
        code.copy_from_slice(hmac::sign(&self.0, text.as_bytes()).as_ref());
        code
    }

    /// The code of a text, as 43 characters of the base64url alphabet.
    pub fn text_of(&self, text: &str) -> Secret {
        Secret::from(URL_SAFE_NO_PAD.encode(self.of(text)))
    }
}

impl fmt::Debug for Mac {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Mac")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_code_depends_on_key_and_text() {
        let mac = Mac::new(&[7; 32]);
        assert_eq!(mac.of("a"), Mac::new(&[7; 32]).of("a"));
        assert_ne!(mac.of("a"), mac.of("b"));
        assert_ne!(mac.of("a"), Mac::new(&[8; 32]).of("a"));
        assert_eq!(mac.text_of("a").expose().len(), 43);
        assert_eq!(format!("{mac:?}"), "Mac");
    }
}
