//! When secrets were last used and whom entries of access lists admitted: remembered, and written behind.
//!
//! Issuing a token writes nothing by itself, nor does a read that an access list admits. What is remembered here is
//! written every few seconds and when the server stops; a crash loses the last seconds of it. What is written adds to
//! what is there, so that several nodes count together.

use std::{
    collections::BTreeMap,
    net::IpAddr,
    sync::{Arc, Mutex, PoisonError},
};

use ipnet::IpNet;
use telamon_api::{Actor, UnitOfWork, Work};
use telamon_store::{Sql, args, sql};
use telamon_wire::{Result, SecretId, Timestamp};

/// The uses that are not written yet.
#[derive(Debug, Default)]
pub struct Usage {
    pending: Mutex<Pending>,
}

#[derive(Clone, Debug, Default)]
struct Pending {
    // Both in one order on all nodes: those who write the same rows wait for each other, and not in a circle.
    secrets: BTreeMap<SecretId, Timestamp>,
    /// By holder and block.
    entries: BTreeMap<(Arc<str>, IpNet), Admitted>,
}

/// Whom an entry of an access list admitted.
#[derive(Clone, Copy, Debug)]
struct Admitted {
    requests: i64,
    last_at: Timestamp,
    last_from: IpAddr,
}

static USED: Sql = sql!(
    "UPDATE service_account_secret SET last_used_at = $2 WHERE id = $1 AND (last_used_at IS NULL OR last_used_at < $2)"
);
static COUNT: Sql = sql!(
    "UPDATE credential_access_entry SET request_count = request_count + $3 WHERE holder_id = $1 AND cidr_block = $2"
);
static ADMITTED: Sql = sql!(
    "UPDATE credential_access_entry SET last_used_at = $3, last_used_address = $4
     WHERE holder_id = $1 AND cidr_block = $2 AND (last_used_at IS NULL OR last_used_at <= $3)"
);

impl Usage {
    /// A secret was used.
    pub fn secret(&self, id: SecretId, now: Timestamp) {
        self.pending.lock().unwrap_or_else(PoisonError::into_inner).secrets.insert(id, now);
    }

    /// An entry of the holder's access list admitted a request from that address.
    pub fn entry(&self, holder: &Arc<str>, entry: IpNet, address: IpAddr, now: Timestamp) {
        let mut pending = self.pending.lock().unwrap_or_else(PoisonError::into_inner);
        let admitted = Admitted { requests: 0, last_at: now, last_from: address };
        let admitted = pending.entries.entry((Arc::clone(holder), entry)).or_insert(admitted);
        *admitted = Admitted { requests: admitted.requests + 1, last_at: now, last_from: address };
    }

    /// Writes what is remembered. What cannot be written is remembered again.
    pub async fn write(&self, work: &Work) -> Result<()> {
        let pending = std::mem::take(&mut *self.pending.lock().unwrap_or_else(PoisonError::into_inner));
        if pending.secrets.is_empty() && pending.entries.is_empty() {
            return Ok(());
        }
        let pending = Arc::new(pending);
        let written = work.run(&Actor::system(), Arc::clone(&pending), write_all).await;
        if written.is_err() {
            let pending = Arc::unwrap_or_clone(pending);
            self.pending.lock().unwrap_or_else(PoisonError::into_inner).take_back(pending);
        }
        written
    }
}

async fn write_all(unit: &mut UnitOfWork, pending: &Arc<Pending>) -> Result<()> {
    for (id, at) in &pending.secrets {
        unit.tx.run(USED, &args![*id, *at]).await?;
    }
    for ((holder, entry), admitted) in &pending.entries {
        let (holder, entry) = (holder.to_string(), entry.to_string());
        unit.tx.run(COUNT, &args![&holder, &entry, admitted.requests]).await?;
        let from = admitted.last_from.to_string();
        unit.tx.run(ADMITTED, &args![&holder, &entry, admitted.last_at, from]).await?;
    }
    Ok(())
}

impl Pending {
    /// Adds what was remembered before this.
    fn take_back(&mut self, earlier: Self) {
        for (id, at) in earlier.secrets {
            self.secrets.entry(id).or_insert(at);
        }
        for (key, before) in earlier.entries {
            self.entries.entry(key).and_modify(|now| now.requests += before.requests).or_insert(before);
        }
    }
}
