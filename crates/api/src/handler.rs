//! From a typed handler to something that a registry can hold.

use std::{future::Future, marker::PhantomData, pin::Pin, sync::Arc};

use telamon_store::{Db, Fault, Tx};
use telamon_wire::{ErrorCode, Failure, OrgId, ProjectId, Result};

use crate::{
    Caller, Cx, Entry, Gate, Incoming, Input, Output, Presented, Refusal, Reply, RequestInfo, Scope, Services,
};

/// An `async fn(&mut Cx<S>, &I) -> Result<O>`.
pub trait Handler<'a, S: 'a, I: 'a, O>: Fn(&'a mut Cx<S>, &'a I) -> Self::Future {
    /// What it returns.
    type Future: Future<Output = Result<O>> + Send + 'a;
}

impl<'a, S: 'a, I: 'a, O, F, Fut> Handler<'a, S, I, O> for F
where
    F: Fn(&'a mut Cx<S>, &'a I) -> Fut,
    Fut: Future<Output = Result<O>> + Send + 'a,
{
    type Future = Fut;
}

/// What every request of a running program shares.
pub(crate) struct Shared {
    pub db: Db,
    pub gate: Arc<dyn Gate>,
    pub services: Arc<Services>,
}

/// A request that has a caller and an operation.
pub(crate) struct Admitted {
    pub info: Arc<RequestInfo>,
    /// Who calls, and what they presented. `None` only where the operation needs no credential.
    pub entry: Option<(Entry, Arc<Presented>)>,
    pub body: Vec<u8>,
    pub content_type: Option<String>,
}

pub(crate) type Boxed<'a, T> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;

impl Admitted {
    pub fn caller(&self) -> Option<&Arc<Caller>> {
        self.entry.as_ref().map(|(entry, _)| &entry.caller)
    }
}

/// A handler whose types are forgotten.
pub(crate) trait Runs: Send + Sync {
    /// Loads the scope and checks roles, and says what the request is about.
    fn check<'a>(
        &'a self,
        tx: &'a mut Tx,
        request: &'a Admitted,
    ) -> Boxed<'a, Result<(Option<OrgId>, Option<ProjectId>)>>;

    /// Answers from one snapshot.
    fn read<'a>(&'a self, shared: &'a Shared, request: &'a Admitted, tx: Tx) -> Boxed<'a, Result<Reply>>;

    /// Carries out a change and commits it.
    fn write<'a>(&'a self, shared: &'a Shared, request: &'a Admitted) -> Boxed<'a, Result<Reply>>;
}

pub(crate) struct Endpoint<S: Scope, I, O, F> {
    access: S::Access,
    handler: F,
    types: PhantomData<fn(S, I) -> O>,
}

impl<S: Scope, I, O, F> Endpoint<S, I, O, F> {
    pub(crate) const fn new(access: S::Access, handler: F) -> Self {
        Self { access, handler, types: PhantomData }
    }
}

/// How often a write is run again when concurrent ones got in its way.
const WRITE_ATTEMPTS: u32 = 16;

impl<S, I, O, F> Endpoint<S, I, O, F>
where
    S: Scope,
    I: Input,
    O: Output,
    F: for<'a> Handler<'a, S, I, O> + Send + Sync + 'static,
{
    fn incoming<'a>(shared: &'a Shared, request: &'a Admitted) -> Incoming<'a> {
        Incoming {
            info: &request.info,
            body: &request.body,
            content_type: request.content_type.as_deref(),
            caller: request.caller().map(Arc::as_ref),
            services: &shared.services,
        }
    }

    async fn context(
        &self,
        shared: &Shared,
        request: &Admitted,
        caller: Option<Arc<Caller>>,
        mut tx: Tx,
    ) -> Result<Cx<S>> {
        let scope = match S::load(&mut tx, &request.info, self.access, caller.as_deref()).await {
            Ok(scope) => scope,
            Err(failure) => {
                // What was seen may belong to neighbours that share the commit: it is answered after theirs.
                tx.roll_back().await?;
                return Err(failure);
            }
        };
        Ok(Cx {
            scope,
            tx,
            caller,
            info: Arc::clone(&request.info),
            services: Arc::clone(&shared.services),
            now: shared.services.clock.now(),
            credentials_changed: false,
            moments: 0,
        })
    }

    async fn attempt(&self, shared: &Shared, request: &Admitted, input: &I) -> Result<Reply> {
        let (tx, caller) = begin_as_caller(shared, request).await?;
        let mut cx = self.context(shared, request, caller, tx).await?;
        let answer = (self.handler)(&mut cx, input).await;
        let Cx { mut tx, credentials_changed, now, .. } = cx;
        let reply = match answer {
            Ok(output) => output.into_reply(),
            Err(failure) => Err(failure),
        };
        let reply = match reply {
            Ok(reply) => reply,
            Err(failure) => {
                // As above: what the handler saw is answered after it is committed.
                tx.roll_back().await?;
                return Err(failure);
            }
        };
        if credentials_changed {
            crate::marker::mark(&mut tx, now, &*shared.services.entropy).await?;
        }
        tx.commit().await?;
        if credentials_changed {
            shared.gate.credentials_changed();
        }
        Ok(reply)
    }
}

impl<S, I, O, F> Runs for Endpoint<S, I, O, F>
where
    S: Scope,
    I: Input,
    O: Output,
    F: for<'a> Handler<'a, S, I, O> + Send + Sync + 'static,
{
    fn check<'a>(
        &'a self,
        tx: &'a mut Tx,
        request: &'a Admitted,
    ) -> Boxed<'a, Result<(Option<OrgId>, Option<ProjectId>)>> {
        Box::pin(async move {
            let scope = S::load(tx, &request.info, self.access, request.caller().map(Arc::as_ref)).await?;
            Ok(scope.ids())
        })
    }

    fn read<'a>(&'a self, shared: &'a Shared, request: &'a Admitted, mut tx: Tx) -> Boxed<'a, Result<Reply>> {
        Box::pin(async move {
            let incoming = Self::incoming(shared, request);
            let mut input = I::read(&incoming)?;
            if I::PREPARES {
                tx.roll_back().await?;
                input.prepare(&incoming).await?;
                tx = shared.db.begin_read().await?;
            }
            let mut cx = self.context(shared, request, request.caller().cloned(), tx).await?;
            let output = (self.handler)(&mut cx, &input).await?;
            cx.tx.roll_back().await?;
            output.into_reply()
        })
    }

    fn write<'a>(&'a self, shared: &'a Shared, request: &'a Admitted) -> Boxed<'a, Result<Reply>> {
        Box::pin(async move {
            let incoming = Self::incoming(shared, request);
            let mut input = I::read(&incoming)?;
            if I::LOOKS {
                let mut tx = shared.db.begin_read().await?;
                input.look(&mut tx, &incoming).await?;
                tx.end();
            }
            input.prepare(&incoming).await?;
            for attempt in 1..=WRITE_ATTEMPTS {
                match self.attempt(shared, request, &input).await {
                    Err(failure) if is_race(&failure) && attempt < WRITE_ATTEMPTS => back_off(shared, attempt).await,
                    other => return other,
                }
            }
            Err(Failure::Retry)
        })
    }
}

/// A transaction, and the caller of the change as things are when it begins: they may have lost the credential or a role
/// while the change waited for its turn. Nothing else of the database is asked for while the transaction is held.
async fn begin_as_caller(shared: &Shared, request: &Admitted) -> Result<(Tx, Option<Arc<Caller>>)> {
    let Some((entry, presented)) = &request.entry else { return Ok((shared.db.begin_write().await?, None)) };
    for _ in 0..LOOKS {
        let now = match shared.gate.authenticate_again(entry, presented).await {
            Ok(now) => now,
            Err(Refusal::Challenge(_)) => return Err(ErrorCode::UNAUTHORIZED.into()),
            Err(Refusal::Error(error)) => return Err(error.into()),
        };
        let tx = shared.db.begin_write().await?;
        if shared.gate.is_current(now.generation) {
            return Ok((tx, Some(now.caller)));
        }
        tx.roll_back().await?;
    }
    Err(Failure::Retry)
}

/// How often credentials may change while a change waits, before it waits a little longer.
const LOOKS: usize = 8;

/// Whether a concurrent change may be the reason, so that another run may end otherwise. A violation that the handler
/// did not expect is one, if a concurrent change made or removed the row; if it was not, it is there again.
fn is_race(failure: &Failure) -> bool {
    match failure {
        Failure::Retry => true,
        Failure::Bug(source) => matches!(source.downcast_ref(), Some(Fault::Unique(_) | Fault::ForeignKey)),
        Failure::Known(_) | Failure::Unavailable(_) => false,
    }
}

/// Waits a little longer after each conflict, and not equally long on every node.
async fn back_off(shared: &Shared, attempt: u32) {
    let [jitter] = telamon_wire::random_array::<1>(&*shared.services.entropy);
    let micros = u64::from(jitter) * 40 + 500 * (1 << attempt.min(6));
    tokio::time::sleep(std::time::Duration::from_micros(micros)).await;
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_violation_that_nobody_expected_may_come_from_a_race() {
        for fault in [Fault::Retry, Fault::Unique("org_role.holder_id,org_id,role".into()), Fault::ForeignKey] {
            assert!(is_race(&fault.into()));
        }
        for fault in [Fault::Unavailable, Fault::bug("a text that does not prepare")] {
            assert!(!is_race(&fault.into()));
        }
    }
}
