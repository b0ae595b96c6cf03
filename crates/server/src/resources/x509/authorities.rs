//! The certificate authorities of a project: making the first and the next one, and handing out what to trust.

use std::sync::Arc;

use pem::{EncodeConfig, LineEnding, Pem};
use telamon_pki::Authority;
use telamon_store::Tx;
use telamon_wire::{CaId, Entropy, Failure, Id, ProjectId, Result, Timestamp};

use super::store;
use crate::keys::{Keys, sealing_context};

/// The certificates of all authorities of a project, each in PEM, oldest first; of a deleted project too. None is ever
/// taken back: a certificate that an earlier one issued is good until it ends.
pub async fn certificate_authorities(tx: &mut Tx, project: ProjectId) -> Result<Vec<String>> {
    let certificates = store::authorities(tx, project).await?;
    Ok(certificates.into_iter().map(to_pem).collect())
}

fn to_pem(certificate: Vec<u8>) -> String {
    let block = Pem::new("CERTIFICATE", certificate);
    pem::encode_config(&block, EncodeConfig::new().set_line_ending(LineEnding::LF))
}

/// Makes an authority for a project, from now on the one that signs.
///
/// A successor has a name of its own: client certificates name their authority by its name alone, and two authorities
/// of one name would be mistaken for each other.
pub async fn create_authority(
    tx: &mut Tx,
    keys: &Keys,
    project: ProjectId,
    now: Timestamp,
    entropy: &dyn Entropy,
) -> Result<(CaId, Arc<Authority>)> {
    let name = project.to_string();
    let made = match u32::try_from(store::count_authorities(tx, project).await?) {
        Ok(0) => Authority::generate(&name, now, entropy),
        Ok(earlier) => Authority::generate_successor(&name, earlier + 1, now, entropy),
        Err(_) => return Err(Failure::bug("more certificate authorities than can be numbered")),
    };
    let made = made.map_err(|error| Failure::Bug(error.into()))?;
    let id = CaId::new(now, entropy);
    let sealed = keys.sealing().seal(&sealing_context(id), &made.private_key_pkcs8);
    store::insert_authority(tx, project, id, &made.certificate_der, &sealed, now, made.not_after).await?;
    Ok((id, keys.authority(id, &made.certificate_der, &sealed)?))
}
