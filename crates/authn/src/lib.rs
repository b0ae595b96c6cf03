//! Credentials: HTTP digest, OAuth 2.0 client credentials, access tokens, sealing.
//!
//! Nothing in here does I/O or keeps anything beyond the process: callers store what these types hand out. Every
//! parser takes any text without panicking, every comparison of something secret takes the same time wherever the
//! two differ, and nothing secret shows in `Debug` or in an error.

mod authorization;
mod digest;
mod digest_header;
mod mac;
mod nonce_counts;
mod oauth;
mod password;
mod seal;
mod secret;
#[cfg(test)]
mod test_entropy;
mod token;

pub use authorization::Authorization;
pub use digest::{Digest, NONCE_LIFETIME_SECONDS, NonceId, NonceState, REALM};
pub use digest_header::{DigestHeader, DigestHeaderError};
pub use mac::Mac;
pub use nonce_counts::{NONCE_COUNT_WINDOW, NonceCounts, count_is_within_window};
pub use oauth::{ClientCredentials, Form, OauthError, RevokeRequest, TokenRequest, read_basic, read_client, read_form};
pub use password::{PasswordError, hash_password, nobodys_hash, verify_password};
pub use seal::{KeyError, SealError, SealingKey};
pub use secret::{
    ApiKeyPair, PRIVATE_KEY_TAIL, SERVICE_ACCOUNT_SECRET_PREFIX, SERVICE_ACCOUNT_SECRET_TAIL, Secret, SecretHash, ha1,
    is_key_pair, mask_private_key, mask_service_account_secret, random_token, service_account_secret, uuid_v4,
};
pub use token::{
    AUDIENCE, Claims, IdentityClaims, KeySet, NewSigningKey, SigningKey, SigningKeyError, TOKEN_LIFETIME_SECONDS,
    TokenError, token_fingerprint,
};

#[cfg(test)]
mod tests {
    use super::*;

    fn shared_between_threads<T: Send + Sync>() {}

    #[test]
    fn one_of_each_serves_all_requests() {
        shared_between_threads::<SealingKey>();
        shared_between_threads::<SigningKey>();
        shared_between_threads::<KeySet>();
        shared_between_threads::<Digest>();
        shared_between_threads::<Mac>();
        shared_between_threads::<NonceCounts>();
    }
}
