//! The certificate authority that a project begins with.

use telamon_authn::SealingKey;
use telamon_pki::Authority;
use telamon_store::{Fault, Sql, Tx, args, sql};
use telamon_wire::{CaId, Entropy, Failure, Id, ProjectId, Result, Timestamp};

use crate::keys::sealing_context;

/// A certificate authority that is made and sealed but not stored yet, so that no writer waits for its key.
#[derive(Debug)]
pub struct PreparedAuthority {
    id: CaId,
    project: ProjectId,
    certificate: Vec<u8>,
    sealed_key: Vec<u8>,
    not_after: Timestamp,
}

/// Makes a project's certificate authority: its common name is the project's id.
pub fn prepare(
    project: ProjectId,
    now: Timestamp,
    entropy: &dyn Entropy,
    sealing: &SealingKey,
) -> Result<PreparedAuthority> {
    let made = Authority::generate(&project.to_string(), now, entropy).map_err(|error| Failure::Bug(error.into()))?;
    let id = CaId::new(now, entropy);
    let sealed_key = sealing.seal(&sealing_context(id), &made.private_key_pkcs8);
    Ok(PreparedAuthority { id, project, certificate: made.certificate_der, sealed_key, not_after: made.not_after })
}

static INSERT: Sql = sql!(
    "INSERT INTO certificate_authority (id, project_id, certificate, private_key, created_at, not_after)
     VALUES ($1, $2, $3, $4, $5, $6)"
);

impl PreparedAuthority {
    /// Stores it.
    pub async fn insert(&self, tx: &mut Tx, now: Timestamp) -> Result<(), Fault> {
        let args = args![self.id, self.project, &self.certificate, &self.sealed_key, now, self.not_after];
        tx.run(INSERT, &args).await.map(drop)
    }
}
