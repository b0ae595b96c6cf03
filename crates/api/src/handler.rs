//! From a typed handler to something that a registry can hold.

use std::{future::Future, marker::PhantomData, pin::Pin, sync::Arc};

use telamon_wire::{ApiError, OrgId, ProjectId, Result};

use crate::{Actor, Caller, Cx, Gate, Incoming, Input, Output, Reply, RequestInfo, Scope, UnitOfWork, Work};

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
    pub gate: Arc<dyn Gate>,
    pub work: Work,
}

/// A request that has a caller and an operation.
pub(crate) struct Admitted {
    pub info: Arc<RequestInfo>,
    /// Who calls: a stranger only where the operation needs no credential.
    pub actor: Actor,
    /// The body, or why it could not be read.
    pub body: Result<Vec<u8>, ApiError>,
    pub content_type: Option<String>,
}

pub(crate) type Boxed<'a, T> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;

impl Admitted {
    pub fn caller(&self) -> Option<&Arc<Caller>> {
        self.actor.caller()
    }
}

/// The organization and the project that a request is about.
pub(crate) type Ids = (Option<OrgId>, Option<ProjectId>);

/// Between the check of the caller's roles and the input: whether one more request about these may be carried out.
pub(crate) type Charge<'a> = &'a (dyn Fn(Ids) -> Result<()> + Send + Sync);

/// A handler whose types are forgotten.
pub(crate) trait Runs: Send + Sync {
    /// Before a change: loads the scope, checks the roles there, and charges.
    fn admit<'a>(&'a self, shared: &'a Shared, request: &'a Admitted, charge: Charge<'a>) -> Boxed<'a, Result<()>>;

    /// Answers from one snapshot, in which it loads the scope, checks the roles there, and charges.
    fn read<'a>(&'a self, shared: &'a Shared, request: &'a Admitted, charge: Charge<'a>) -> Boxed<'a, Result<Reply>>;

    /// Carries out a change that was admitted, and commits it. The scope is loaded again, in its transaction.
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
    fn incoming<'a>(shared: &'a Shared, request: &'a Admitted) -> Result<Incoming<'a>> {
        Ok(Incoming {
            info: &request.info,
            body: request.body.as_ref().map_err(Clone::clone)?,
            content_type: request.content_type.as_deref(),
            caller: request.caller().map(Arc::as_ref),
            services: shared.work.services(),
            work: &shared.work,
        })
    }

    async fn scope(&self, unit: &mut UnitOfWork, request: &Admitted) -> Result<S> {
        let caller = unit.caller();
        S::load(&mut unit.tx, &request.info, self.access, caller.as_deref()).await
    }

    /// Runs the handler, and gives the unit back.
    async fn handle(&self, scope: S, unit: UnitOfWork, request: &Admitted, input: &I) -> (UnitOfWork, Result<Reply>) {
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
    fn admit<'a>(&'a self, shared: &'a Shared, request: &'a Admitted, charge: Charge<'a>) -> Boxed<'a, Result<()>> {
        Box::pin(async move {
            let mut unit = shared.work.begin_read(&request.actor).await?;
            let scope = self.scope(&mut unit, request).await?;
            unit.tx.end();
            charge(scope.ids())
        })
    }

    fn read<'a>(&'a self, shared: &'a Shared, request: &'a Admitted, charge: Charge<'a>) -> Boxed<'a, Result<Reply>> {
        Box::pin(async move {
            let mut unit = shared.work.begin_read(&request.actor).await?;
            let mut scope = self.scope(&mut unit, request).await?;
            charge(scope.ids())?;
            let incoming = Self::incoming(shared, request)?;
            let mut input = I::read(&incoming)?;
            if I::PREPARES {
                unit.tx.end();
                input.prepare(&incoming).await?;
                unit = shared.work.begin_read(&request.actor).await?;
                scope = self.scope(&mut unit, request).await?;
            }
            let (unit, reply) = self.handle(scope, unit, request, &input).await;
            unit.tx.end();
            reply
        })
    }

    fn write<'a>(&'a self, shared: &'a Shared, request: &'a Admitted) -> Boxed<'a, Result<Reply>> {
        Box::pin(async move {
            let incoming = Self::incoming(shared, request)?;
            let mut input = I::read(&incoming)?;
            if I::LOOKS {
                let mut tx = shared.work.read().await?;
                input.look(&mut tx, &incoming).await?;
                tx.end();
            }
            input.prepare(&incoming).await?;
            let attempt = || async {
                let mut unit = shared.work.begin(&request.actor).await?;
                let (unit, reply) = match self.scope(&mut unit, request).await {
                    Ok(scope) => self.handle(scope, unit, request, &input).await,
                    Err(failure) => (unit, Err(failure)),
                };
                shared.work.end(unit, &request.actor, reply).await
            };
            shared.work.until_settled(attempt).await
        })
    }
}
