//! In whose name something is done.

use std::{fmt, future::Future, net::IpAddr, pin::Pin, sync::Arc};

use telamon_store::Tx;
use telamon_wire::{Result, Timestamp};

use crate::Caller;

/// The future of what a proof says.
pub type Proving<'a> = Pin<Box<dyn Future<Output = Result<Arc<Caller>>> + Send + 'a>>;

/// What proved who acts: a token, a signature, a session. It can be asked again whether it still does.
pub trait Proof: Send + Sync {
    /// Who acts from that address, as the transaction sees it: with the roles that they have there. 401 if it proves
    /// nothing any more, 403 if it may not be used from there.
    fn caller<'a>(&'a self, tx: &'a mut Tx, address: IpAddr, now: Timestamp) -> Proving<'a>;
}

/// In whose name something is done, and from where.
///
/// What it tells of somebody who proved who they are is what was known in one generation. A unit of work asks the proof
/// again where that is not the present one: see [`crate::Work`].
#[derive(Clone, Default)]
pub struct Actor {
    pub(crate) caller: Option<Arc<Caller>>,
    pub(crate) address: Option<IpAddr>,
    pub(crate) proven: Option<Proven>,
}

/// How somebody proved who they are.
#[derive(Clone)]
pub(crate) struct Proven {
    pub by: Arc<dyn Proof>,
    pub from: IpAddr,
    /// The generation of what was known of credentials then.
    pub generation: u64,
}

impl Actor {
    /// The program itself: a job, a command, the first start.
    pub fn system() -> Self {
        Self::default()
    }

    /// Somebody who needs no credential.
    pub fn stranger(address: IpAddr) -> Self {
        Self { address: Some(address), ..Self::default() }
    }

    /// Somebody who proved who they are, as they were in that generation.
    pub fn proven(caller: Arc<Caller>, from: IpAddr, generation: u64, by: Arc<dyn Proof>) -> Self {
        Self { caller: Some(caller), address: Some(from), proven: Some(Proven { by, from, generation }) }
    }

    /// Somebody of whom nothing is known yet but what proves who they are: a unit of work asks it.
    pub fn proven_by(from: IpAddr, by: Arc<dyn Proof>) -> Self {
        // No generation has this number.
        Self { caller: None, address: Some(from), proven: Some(Proven { by, from, generation: 0 }) }
    }

    /// Who it is, as far as it is known; `None` for the program itself and for strangers.
    pub const fn caller(&self) -> Option<&Arc<Caller>> {
        self.caller.as_ref()
    }
}

impl fmt::Debug for Actor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Actor").field("caller", &self.caller).field("address", &self.address).finish_non_exhaustive()
    }
}
