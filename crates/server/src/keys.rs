//! The keys that the server holds, unsealed in memory only.

use std::sync::Arc;

use quick_cache::sync::Cache;
use telamon_authn::SealingKey;
use telamon_pki::{Authority, KeyPool};
use telamon_wire::{CaId, Failure, Result};

/// The sealing key and what it has unsealed.
pub struct Keys {
    sealing: Arc<SealingKey>,
    authorities: Cache<CaId, Arc<Authority>>,
    pool: KeyPool,
}

/// How many certificate authorities are kept unsealed.
const AUTHORITIES: usize = 10_000;

impl Keys {
    /// The keys of a server; the pool makes the keys of client certificates.
    pub fn new(sealing: Arc<SealingKey>, pool: KeyPool) -> Self {
        Self { sealing, authorities: Cache::new(AUTHORITIES), pool }
    }

    /// The key that seals others.
    pub fn sealing(&self) -> &Arc<SealingKey> {
        &self.sealing
    }

    /// Makes, or takes from the pool, the keys of client certificates.
    pub const fn client_keys(&self) -> &KeyPool {
        &self.pool
    }

    /// A certificate authority that can sign, from its row.
    pub fn authority(&self, id: CaId, certificate: &[u8], sealed_key: &[u8]) -> Result<Arc<Authority>> {
        if let Some(authority) = self.authorities.get(&id) {
            return Ok(authority);
        }
        let key = self.sealing.open(&sealing_context(id), sealed_key).map_err(|error| Failure::Bug(error.into()))?;
        let authority = Authority::load(certificate, &key).map_err(|error| Failure::Bug(error.into()))?;
        let authority = Arc::new(authority);
        self.authorities.insert(id, Arc::clone(&authority));
        Ok(authority)
    }
}

/// The context that binds the sealed key of a certificate authority to its row.
pub fn sealing_context(id: CaId) -> String {
    format!("certificate_authority/{id}")
}
