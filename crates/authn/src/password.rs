//! Passwords of the people who sign in to the console: Argon2id (RFC 9106), stored as a PHC string.

use argon2::{Argon2, PasswordHash, PasswordHasher, PasswordVerifier, password_hash::Error};
use telamon_wire::{Entropy, random_array};

/// A password could not be hashed or compared; says nothing of the password.
#[derive(Debug, thiserror::Error)]
pub enum PasswordError {
    /// Argon2 gave up, for want of memory as a rule.
    #[error("the password could not be hashed: {0}")]
    Hash(Error),
    /// What is stored is not a password hash that this program makes.
    #[error("the stored password hash is not an Argon2 string: {0}")]
    Stored(String),
}

/// Hashes a password: Argon2id with 19 MiB, 2 passes, 1 lane, and 16 random bytes of salt.
///
/// Takes some tens of milliseconds of one core: callers run it outside the asynchronous workers.
pub fn hash_password(password: &str, entropy: &dyn Entropy) -> Result<String, PasswordError> {
    let salt: [u8; 16] = random_array(entropy);
    let hash: PasswordHash =
        Argon2::default().hash_password_with_salt(password.as_bytes(), &salt).map_err(PasswordError::Hash)?;
    Ok(hash.to_string())
}

/// Whether `stored`, from [`hash_password`], is the hash of `password`. As slow as hashing.
pub fn verify_password(password: &str, stored: &str) -> Result<bool, PasswordError> {
    let hash = PasswordHash::new(stored).map_err(|error| PasswordError::Stored(error.to_string()))?;
    match Argon2::default().verify_password(password.as_bytes(), &hash) {
        Ok(()) => Ok(true),
        Err(Error::PasswordInvalid) => Ok(false),
        Err(error) => Err(PasswordError::Hash(error)),
    }
}

/// A hash to compare with where there is no person of that name: it takes as long, and no known password has it.
pub const fn nobodys_hash() -> &'static str {
    "$argon2id$v=19$m=19456,t=2,p=1$bm9ib2R5IGlzIGhlcmUuLg$MAj8ptCnJFLcA/86AVdldkUc9SJ4GdJhFLxDGDhIdiQ"
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::test_entropy::Sequence;

    #[test]
    fn a_password_verifies_and_another_does_not() {
        let entropy = Sequence::default();
        let stored = hash_password("correct horse", &entropy).unwrap();
        assert!(stored.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"), "{stored}");
        assert!(verify_password("correct horse", &stored).unwrap());
        assert!(!verify_password("correct horsf", &stored).unwrap());
        assert_ne!(hash_password("correct horse", &entropy).unwrap(), stored, "the salt differs");
    }

    #[test]
    fn nobody_has_a_hash_like_everybody_elses() {
        let parameters = |hash: &str| hash.split('$').take(4).collect::<Vec<_>>().join("$");
        let stored = hash_password("correct horse", &Sequence::default()).unwrap();
        assert_eq!(parameters(nobodys_hash()), parameters(&stored));
        assert_eq!(nobodys_hash().len(), stored.len());
        assert!(!verify_password("", nobodys_hash()).unwrap());
    }

    #[test]
    fn a_damaged_hash_lets_nobody_in() {
        for stored in ["", "plain", "$argon2id$v=x$m=19456,t=2,p=1$AAAAAAAAAAAAAAAAAAAAAA"] {
            assert!(matches!(verify_password("", stored), Err(PasswordError::Stored(_))), "{stored}");
        }
        let without_hash = "$argon2id$v=19$m=19456,t=2,p=1$AAAAAAAAAAAAAAAAAAAAAA";
        assert!(!verify_password("", without_hash).unwrap());
        let another_algorithm =
            "$scrypt$ln=16,r=8,p=1$aM15713r3Xsvxbi31lqr1Q$nFNh2CVHVjNldFVKDHDlm4CbdRSCdEBsjjJxD+iCs5E";
        assert!(matches!(verify_password("", another_algorithm), Err(PasswordError::Hash(_))));
    }
}
