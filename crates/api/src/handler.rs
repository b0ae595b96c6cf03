//! From a typed handler to something that a registry can hold.

use std::{future::Future, marker::PhantomData, pin::Pin, sync::Arc};

use telamon_store::{Db, Tx};
use telamon_wire::{OrgId, ProjectId, Result};

use crate::{
    Actor, Caller, Cx, Gate, Incoming, Input, Output, Reply, RequestInfo, Scope, UnitOfWork, Work,
    work::{ATTEMPTS, is_race},
};

/// An `async fn(&mut C, &I) -> Result<O>`: of a request with its [`Cx`], or of another [`UnitOfWork`].
pub trait Handler<'a, C: 'a, I: 'a, O>: Fn(&'a mut C, &'a I) -> Self::Future {
    /// What it returns.
    type Future: Future<Output = Result<O>> + Send + 'a;
}

impl<'a, C: 'a, I: 'a, O, F, Fut> Handler<'a, C, I, O> for F
where
    F: Fn(&'a mut C, &'a I) -> Fut,
    Fut: Future<Output = Result<O>> + Send + 'a,
{
    type Future = Fut;
}

/// What every request of a running program shares.
pub(crate) struct Shared {
    pub db: Db,
    pub gate: Arc<dyn Gate>,
    pub work: Work,
}

/// A request that has a caller and an operation.
pub(crate) struct Admitted {
    pub info: Arc<RequestInfo>,
    /// Who calls: a stranger only where the operation needs no credential.
    pub actor: Actor,
    pub body: Vec<u8>,
    pub content_type: Option<String>,
}

pub(crate) type Boxed<'a, T> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;

impl Admitted {
    pub fn caller(&self) -> Option<&Arc<Caller>> {
        self.actor.caller()
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

impl<S, I, O, F> Endpoint<S, I, O, F>
where
    S: Scope,
    I: Input,
    O: Output,
    F: for<'a> Handler<'a, Cx<S>, I, O> + Send + Sync + 'static,
{
    fn incoming<'a>(shared: &'a Shared, request: &'a Admitted) -> Incoming<'a> {
        Incoming {
            info: &request.info,
            body: &request.body,
            content_type: request.content_type.as_deref(),
            caller: request.caller().map(Arc::as_ref),
            services: shared.work.services(),
            work: &shared.work,
        }
    }

    /// Loads the scope, runs the handler, and gives the unit back.
    async fn carry_out(&self, mut unit: UnitOfWork, request: &Admitted, input: &I) -> (UnitOfWork, Result<Reply>) {
        let caller = unit.caller();
        let scope = match S::load(&mut unit.tx, &request.info, self.access, caller.as_deref()).await {
            Ok(scope) => scope,
            Err(failure) => return (unit, Err(failure)),
        };
        let mut cx = Cx { scope, unit, info: Arc::clone(&request.info) };
        let answer = (self.handler)(&mut cx, input).await;
        (cx.unit, answer.and_then(Output::into_reply))
    }
}

impl<S, I, O, F> Runs for Endpoint<S, I, O, F>
where
    S: Scope,
    I: Input,
    O: Output,
    F: for<'a> Handler<'a, Cx<S>, I, O> + Send + Sync + 'static,
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
                tx.end();
                input.prepare(&incoming).await?;
                tx = shared.db.begin_read().await?;
            }
            let (unit, reply) = self.carry_out(shared.work.reading(tx, &request.actor), request, &input).await;
            unit.tx.end();
            reply
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
            let mut attempt = 1;
            loop {
                let outcome = async {
                    let unit = shared.work.begin(&request.actor).await?;
                    let (unit, reply) = self.carry_out(unit, request, &input).await;
                    shared.work.end(unit, &request.actor, reply).await
                };
                match outcome.await {
                    Err(failure) if is_race(&failure) && attempt < ATTEMPTS => {
                        shared.work.back_off(&mut attempt).await;
                    }
                    other => return other,
                }
            }
        })
    }
}
