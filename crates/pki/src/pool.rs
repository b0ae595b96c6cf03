//! RSA keys that are made before they are asked for.
//!
//! An RSA-4096 key takes about a second to make, a request should not. A thread keeps a bounded number of them ready.

use std::collections::VecDeque;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};

use crate::{ClientKey, KeyKind, PkiError};

/// A bounded stock of keys, refilled by a thread of its own. P-256 keys are quick and need neither.
///
/// Dropping the pool tells the thread to end; it does so when the key is done that it is working on.
#[derive(Debug)]
pub struct KeyPool {
    kind: KeyKind,
    shared: Option<Arc<Shared>>,
}

#[derive(Debug)]
struct Shared {
    stock: Mutex<Stock>,
    changed: Condvar,
    capacity: usize,
}

#[derive(Debug)]
struct Stock {
    ready: VecDeque<ClientKey>,
    closing: bool,
}

impl Shared {
    fn lock(&self) -> MutexGuard<'_, Stock> {
        // A key is pushed or popped in one step: what a panicking thread leaves behind is still whole.
        self.stock.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Waits until a key is missing; false when the pool is gone.
    fn wait_for_room(&self) -> bool {
        let idle = |stock: &mut Stock| !stock.closing && stock.ready.len() >= self.capacity;
        let stock = self.changed.wait_while(self.lock(), idle).unwrap_or_else(PoisonError::into_inner);
        !stock.closing
    }

    fn refill(&self, kind: KeyKind) {
        while self.wait_for_room() {
            // A provider that cannot make keys is reported by `take`, which then tries for itself.
            let Ok(key) = ClientKey::generate(kind) else { return };
            self.lock().ready.push_back(key);
        }
    }
}

impl KeyPool {
    /// Starts to fill a stock of `capacity` keys. For P-256, or with a capacity of 0, there is no stock and no thread.
    pub fn start(kind: KeyKind, capacity: usize) -> Result<Self, PkiError> {
        if kind == KeyKind::P256 || capacity == 0 {
            return Ok(Self { kind, shared: None });
        }
        let stock = Mutex::new(Stock { ready: VecDeque::with_capacity(capacity), closing: false });
        let shared = Arc::new(Shared { stock, changed: Condvar::new(), capacity });
        let worker = Arc::clone(&shared);
        std::thread::Builder::new()
            .name("key-pool".to_owned())
            .spawn(move || worker.refill(kind))
            .map_err(PkiError::Thread)?;
        Ok(Self { kind, shared: Some(shared) })
    }

    /// Which keys this pool holds.
    pub fn kind(&self) -> KeyKind {
        self.kind
    }

    /// How many keys are ready.
    pub fn ready(&self) -> usize {
        self.shared.as_ref().map_or(0, |shared| shared.lock().ready.len())
    }

    /// Takes a key out of the stock; if there is none, makes one here and now (RSA-4096: about a second of computing,
    /// so an asynchronous caller does this where it may block).
    pub fn take(&self) -> Result<ClientKey, PkiError> {
        if let Some(shared) = &self.shared {
            let key = shared.lock().ready.pop_front();
            shared.changed.notify_one();
            if let Some(key) = key {
                return Ok(key);
            }
        }
        ClientKey::generate(self.kind)
    }
}

impl Drop for KeyPool {
    fn drop(&mut self) {
        if let Some(shared) = &self.shared {
            shared.lock().closing = true;
            shared.changed.notify_one();
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::{Duration, Instant};

    use super::*;
    use rcgen::PublicKeyData as _;

    fn eventually(what: &str, holds: impl Fn() -> bool) {
        let deadline = Instant::now() + Duration::from_mins(2);
        while !holds() {
            assert!(Instant::now() < deadline, "{what}");
            std::thread::sleep(Duration::from_millis(5));
        }
    }

    #[test]
    fn fills_up_to_its_capacity_refills_and_ends() {
        let pool = KeyPool::start(KeyKind::Rsa2048, 2).unwrap();
        eventually("the pool fills", || pool.ready() == 2);
        let keys: Vec<_> = (0..4).map(|_| pool.take().unwrap()).collect();
        for (at, key) in keys.iter().enumerate() {
            assert_eq!(key.kind(), KeyKind::Rsa2048);
            assert!(keys[..at].iter().all(|other| other.der_bytes() != key.der_bytes()), "a key was handed out twice");
        }
        eventually("the pool is filled again", || pool.ready() == 2);
        let shared = Arc::downgrade(pool.shared.as_ref().unwrap());
        drop(pool);
        eventually("the thread ends", || shared.strong_count() == 0);
    }

    #[test]
    fn p256_needs_no_stock() {
        let pool = KeyPool::start(KeyKind::P256, 8).unwrap();
        assert_eq!((pool.take().unwrap().kind(), pool.ready()), (KeyKind::P256, 0));
        assert!(pool.shared.is_none());
    }
}
