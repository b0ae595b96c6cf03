//! Pinned randomness and times, authorities and what they issue.

use std::sync::atomic::{AtomicU64, Ordering};

use telamon_pki::{Authority, ClientCertificate, ClientKey, CommonName, Issued, KeyKind};
use telamon_wire::{Entropy, Timestamp};

pub const PROJECT: &str = "65f0c0ffee0123456789abcd";

/// Different bytes each time, the same in each run.
pub struct Counting(AtomicU64);

impl Counting {
    pub fn from(start: u64) -> Self {
        Self(AtomicU64::new(start))
    }
}

impl Entropy for Counting {
    fn fill(&self, bytes: &mut [u8]) {
        for chunk in bytes.chunks_mut(8) {
            // An odd multiplier: distinct counts give distinct numbers.
            let number = self.0.fetch_add(1, Ordering::Relaxed).wrapping_mul(0x9e37_79b9_7f4a_7c15);
            chunk.copy_from_slice(&number.to_be_bytes()[..chunk.len()]);
        }
    }
}

pub fn at(text: &str) -> Timestamp {
    Timestamp::parse(text).expect("a time")
}

pub fn authority(now: Timestamp) -> Authority {
    let new = Authority::generate(PROJECT, now, &Counting::from(1)).expect("an authority");
    Authority::load(&new.certificate_der, &new.private_key_pkcs8).expect("the authority loads")
}

pub fn issue(authority: &Authority, name: &str, kind: KeyKind, now: Timestamp) -> Issued {
    let common_name = CommonName::new(name).expect("a name");
    let request = ClientCertificate { common_name: &common_name, months: 3, now };
    let key = ClientKey::generate(kind).expect("a key");
    authority.issue(&request, key, &Counting::from(7)).expect("a certificate")
}
