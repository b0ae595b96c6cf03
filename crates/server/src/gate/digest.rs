//! API keys: HTTP digest.

use std::sync::Arc;

use telamon_api::Refusal;
use telamon_authn::{DigestHeader, NonceState, REALM};

use super::{CredentialGate, Denied, Known, known::Evidence, unavailable};
use crate::resources::refusals::Rule;

impl CredentialGate {
    /// The key that signed this request, if its nonce is fresh and its count is used for the first time.
    pub(super) async fn enter_by_digest(
        &self,
        signed: &DigestHeader,
        method: &str,
        target: &str,
    ) -> Result<Arc<Known>, Denied> {
        let older = self.known.get(&signed.username);
        let Some(known) = self.api_key(&signed.username).await? else {
            let refusal = self.challenge(false).await;
            return Err(Denied { refusal, suspect: older.map(|known| (known, Rule::CredentialGone)) });
        };
        let good = match &known.evidence {
            Evidence::Ha1(ha1) => signed.realm == REALM && signed.is_signed_by(ha1, method),
            Evidence::Secrets(_) | Evidence::SignIn => false,
        };
        if !good || !signed.is_for_target(target) {
            let rule = if good { Rule::SignedForAnotherTarget } else { Rule::WrongSignature };
            return Err(Denied::of(&known, rule, self.challenge(false).await));
        }
        let now = self.services.clock.now();
        let epoch = self.nonces.epoch().await;
        // Who signed with the right key and an old, foreign or used nonce tries again with a new one: RFC 7616, 3.3.
        let NonceState::Fresh { id, expires_at, .. } = self.digest.check_nonce(&signed.nonce, now, epoch.as_bytes())
        else {
            return Err(self.challenge(true).await.into());
        };
        if self.nonces.accept(&self.db, &self.services, id, signed.nc, expires_at, &epoch).await.map_err(unavailable)? {
            Ok(known)
        } else {
            Err(self.challenge(true).await.into())
        }
    }

    async fn api_key(&self, public_key: &str) -> Result<Option<Arc<Known>>, Refusal> {
        let generation = self.generations.current().await.map_err(unavailable)?;
        if let Some(known) = self.known.get(public_key).filter(|known| known.generation == generation) {
            return Ok(Some(known));
        }
        if public_key.len() != PUBLIC_KEY_LENGTH || !public_key.bytes().all(|b| b.is_ascii_lowercase()) {
            return Ok(None);
        }
        let mut tx = self.db.begin_read().await.map_err(unavailable)?;
        let known = Known::api_key(&mut tx, &self.sealing, generation, public_key).await.map_err(unavailable)?;
        tx.end();
        let known = known.map(Arc::new);
        if let Some(known) = &known {
            self.known.insert(public_key.to_owned(), Arc::clone(known));
        }
        Ok(known)
    }
}

const PUBLIC_KEY_LENGTH: usize = 8;
