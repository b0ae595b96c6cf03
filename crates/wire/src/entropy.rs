//! Where random bytes come from.

/// A source of random bytes for ids, secrets and nonces.
///
/// Handed in rather than taken from the air, so that a test can pin it. Keys and signatures do not use it: they come
/// from the cryptographic provider.
pub trait Entropy: Send + Sync {
    /// Fills `bytes` with random data.
    fn fill(&self, bytes: &mut [u8]);
}

/// `N` random bytes.
pub fn random_array<const N: usize>(entropy: &dyn Entropy) -> [u8; N] {
    let mut bytes = [0; N];
    entropy.fill(&mut bytes);
    bytes
}
