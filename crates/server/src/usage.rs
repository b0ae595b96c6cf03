//! When secrets were last used: remembered, and written behind.
//!
//! Issuing a token writes nothing by itself. What is remembered here is written every few seconds and when the server
//! stops; a crash loses the last seconds of it.

use std::{
    collections::HashMap,
    sync::{Mutex, PoisonError},
};

use telamon_store::{Db, Fault, Sql, args, sql};
use telamon_wire::{SecretId, Timestamp};

/// The uses that are not written yet.
#[derive(Debug, Default)]
pub struct Usage {
    secrets: Mutex<HashMap<SecretId, Timestamp>>,
}

static USED: Sql = sql!(
    "UPDATE service_account_secret SET last_used_at = $2 WHERE id = $1 AND (last_used_at IS NULL OR last_used_at < $2)"
);

impl Usage {
    /// A secret was used.
    pub fn secret(&self, id: SecretId, now: Timestamp) {
        self.secrets.lock().unwrap_or_else(PoisonError::into_inner).insert(id, now);
    }

    /// Writes what is remembered. What cannot be written is remembered again.
    pub async fn write(&self, db: &Db) -> Result<(), Fault> {
        let pending = std::mem::take(&mut *self.secrets.lock().unwrap_or_else(PoisonError::into_inner));
        if pending.is_empty() {
            return Ok(());
        }
        let written = write_all(db, &pending).await;
        if written.is_err() {
            let mut secrets = self.secrets.lock().unwrap_or_else(PoisonError::into_inner);
            for (id, at) in pending {
                secrets.entry(id).or_insert(at);
            }
        }
        written
    }
}

async fn write_all(db: &Db, pending: &HashMap<SecretId, Timestamp>) -> Result<(), Fault> {
    let mut tx = db.begin_write().await?;
    for (id, at) in pending {
        tx.run(USED, &args![*id, *at]).await?;
    }
    tx.commit().await
}
