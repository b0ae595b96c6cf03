//! The unit of work: the one way to change something.
//!
//! It has one transaction and one actor. What always holds:
//! - Its caller is who they are when the transaction has its turn, not who they were when they asked: where credentials
//!   have changed since, the proof is asked again of what is committed: when the transaction has its turn, and before its
//!   commit. Whoever has lost a right meanwhile is refused, also if they waited for a row or for the writer.
//! - It is committed only if its function returned `Ok`, and run again where another one got in its way. So the function
//!   takes its input by reference, and has effects through the unit only.
//! - A change of credentials is marked in the same transaction, and begins a new generation before anybody hears of it.
//! - It runs as a task of its own: a client that hangs up cannot stop it half-way, and the server stops after it.
//! - What was asked for after the commit happens after it, and not otherwise.

use std::{future::Future, net::IpAddr, sync::Arc, time::Duration};

use telamon_store::{Announce, Db, Fault, Tx};
use telamon_wire::{Entropy, ErrorCode, Failure, Id, PersonId, Result, Timestamp};
use tokio_util::task::TaskTracker;
use tracing::Instrument;

use crate::{Actor, Caller, Generations, Handler, Identity, Services, actor::Proven, marker::mark};

/// How often a unit is run again when concurrent ones get in its way.
const ATTEMPTS: u32 = 16;
/// How often credentials may change while one waits for its commit, before it is run again.
const LOOKS: u32 = 64;

/// Carries out units of work; clones are the same.
#[derive(Clone)]
pub struct Work {
    db: Db,
    services: Arc<Services>,
    generations: Arc<Generations>,
    tasks: TaskTracker,
}

/// A unit of work that is being carried out: what its function works with.
pub struct UnitOfWork {
    /// The open transaction.
    pub tx: Tx,
    services: Arc<Services>,
    caller: Option<Arc<Caller>>,
    address: Option<IpAddr>,
    /// In which generation the caller was read.
    generation: u64,
    now: Timestamp,
    moments: i64,
    credentials_changed: bool,
    after_commit: Vec<Box<dyn FnOnce() + Send>>,
}

impl Work {
    /// Units of work on that database. Their tasks are tracked by `tasks`.
    pub fn new(db: Db, services: Services, tasks: TaskTracker) -> Self {
        let generations = Arc::new(Generations::new(db.clone(), Arc::clone(&services.clock)));
        Self { db, services: Arc::new(services), generations, tasks }
    }

    /// Units of work of a command, which remembers nothing and stops when they are done.
    pub fn of_command(db: Db, services: Services) -> Self {
        Self::new(db, services, TaskTracker::new())
    }

    /// A snapshot to read from.
    pub async fn read(&self) -> Result<Tx> {
        Ok(self.db.begin_read().await?)
    }

    /// What the units of work find beside the database.
    pub fn services(&self) -> &Arc<Services> {
        &self.services
    }

    /// How long what is remembered of credentials is good.
    pub fn generations(&self) -> &Arc<Generations> {
        &self.generations
    }

    /// The time.
    pub fn now(&self) -> Timestamp {
        self.services.clock.now()
    }

    /// Carries one out, in the actor's name.
    pub fn run<I, O, F>(
        &self,
        actor: &Actor,
        input: I,
        function: F,
    ) -> impl Future<Output = Result<O>> + Send + 'static + use<I, O, F>
    where
        I: Send + Sync + 'static,
        O: Send + 'static,
        F: for<'a> Handler<'a, UnitOfWork, I, O> + Send + Sync + 'static,
    {
        let (work, actor) = (self.clone(), actor.clone());
        self.apart(async move {
            let attempt = || async {
                let mut unit = work.begin(&actor).await?;
                let answer = function(&mut unit, &input).await;
                work.end(unit, &actor, answer).await
            };
            work.until_settled(attempt).await
        })
    }

    /// Tries it again as long as a race may be why it failed.
    pub(crate) async fn until_settled<T, Fut>(&self, attempt: impl Fn() -> Fut) -> Result<T>
    where
        Fut: Future<Output = Result<T>>,
    {
        let mut attempts = 1;
        loop {
            match attempt().await {
                Err(failure) if is_race(&failure) && attempts < ATTEMPTS => self.back_off(attempts).await,
                other => return other,
            }
            attempts += 1;
        }
    }

    /// Runs a task of its own, which is finished even if nobody waits for it any more. One that panics has failed.
    pub fn apart<T, F>(&self, task: F) -> impl Future<Output = Result<T>> + Send + 'static + use<T, F>
    where
        T: Send + 'static,
        F: Future<Output = Result<T>> + Send + 'static,
    {
        let running = self.tasks.spawn(task.in_current_span());
        async { running.await.unwrap_or_else(|panic| Err(Failure::Bug(panic.into()))) }
    }

    /// Begins one: its transaction has its turn, and its caller is who they are now.
    pub(crate) async fn begin(&self, actor: &Actor) -> Result<UnitOfWork> {
        let tx = self.db.begin_write().await?;
        let (caller, generation) = match &actor.proven {
            Some(proven) if self.generations.is_current(proven.generation) => (actor.caller.clone(), proven.generation),
            Some(proven) => {
                let (caller, generation) = self.caller_now(proven).await?;
                (Some(caller), generation)
            }
            None => (actor.caller.clone(), 0),
        };
        Ok(self.unit(tx, actor, caller, generation))
    }

    /// Who acts as things are committed now, and in which generation that was read. Beside the unit's own transaction: in
    /// it, every change of anybody's roles would be a conflict.
    async fn caller_now(&self, proven: &Proven) -> Result<(Arc<Caller>, u64)> {
        // Known before the look: what changes afterwards is found before the commit.
        let generation = self.generations.current().await?;
        let mut look = self.db.begin_look().await?;
        let caller = proven.by.caller(&mut look, proven.from, self.now()).await?;
        look.end();
        Ok((caller, generation))
    }

    /// Begins one that only reads: there is nothing to end.
    pub(crate) async fn begin_read(&self, actor: &Actor) -> Result<UnitOfWork> {
        Ok(self.unit(self.read().await?, actor, actor.caller.clone(), 0))
    }

    fn unit(&self, tx: Tx, actor: &Actor, caller: Option<Arc<Caller>>, generation: u64) -> UnitOfWork {
        UnitOfWork {
            tx,
            services: Arc::clone(&self.services),
            caller,
            address: actor.address,
            generation,
            now: self.now(),
            moments: 0,
            credentials_changed: false,
            after_commit: Vec::new(),
        }
    }

    /// Ends one: commits what succeeded, undoes what failed.
    pub(crate) async fn end<T>(&self, unit: UnitOfWork, actor: &Actor, answer: Result<T>) -> Result<T> {
        let UnitOfWork { mut tx, caller, generation, now, credentials_changed, after_commit, .. } = unit;
        let answer = match answer {
            Ok(answer) => answer,
            Err(failure) => {
                // As in `begin`: what its function saw is answered after it is committed.
                tx.roll_back().await?;
                return Err(failure);
            }
        };
        if credentials_changed {
            mark(&mut tx, now, &*self.services.entropy).await?;
        }
        let standing = actor.proven.as_ref().zip(caller);
        self.commit(tx, standing, generation, credentials_changed).await?;
        for effect in after_commit {
            effect();
        }
        Ok(answer)
    }

    /// Commits, if the caller has at that moment every right that they had when the unit began.
    async fn commit(
        &self,
        mut tx: Tx,
        standing: Option<(&Proven, Arc<Caller>)>,
        mut generation: u64,
        credentials_changed: bool,
    ) -> Result<()> {
        for _ in 0..LOOKS {
            let generations = Arc::clone(&self.generations);
            let announce = credentials_changed.then(|| Box::new(move || generations.begin()) as Announce);
            let Some((proven, caller)) = &standing else {
                return Ok(tx.commit_if(|| true, announce).await.map(drop)?);
            };
            let Some(open) = tx.commit_if(|| self.generations.is_current(generation), announce).await? else {
                return Ok(());
            };
            tx = open;
            let failure = match self.caller_now(proven).await {
                Ok((now, read_in)) if now.still_holds(caller) => {
                    generation = read_in;
                    continue;
                }
                // Run again, it is refused in the words of its scope.
                Ok(_) => Failure::Retry,
                Err(failure) => failure,
            };
            tx.roll_back().await?;
            return Err(failure);
        }
        tx.roll_back().await?;
        Err(Failure::Retry)
    }

    /// Waits a little longer after each conflict, and not equally long on every node.
    async fn back_off(&self, attempts: u32) {
        metrics::counter!("telamon_conflicts_total").increment(1);
        let [jitter] = telamon_wire::random_array::<1>(&*self.services.entropy);
        let micros = u64::from(jitter) * 40 + 500 * (1 << attempts.min(6));
        tokio::time::sleep(Duration::from_micros(micros)).await;
    }
}

impl UnitOfWork {
    /// The time of the unit: the same throughout.
    pub const fn now(&self) -> Timestamp {
        self.now
    }

    /// The time of the unit, and a microsecond later each time: what orders things that one unit makes.
    pub fn next_moment(&mut self) -> Timestamp {
        self.moments += 1;
        Timestamp::from_micros(self.now.as_micros() + self.moments - 1)
    }

    /// Randomness for ids, secrets and nonces.
    pub fn entropy(&self) -> &dyn Entropy {
        &*self.services.entropy
    }

    /// A new id of this second.
    pub fn new_id<I: Id>(&self) -> I {
        I::new(self.now, self.entropy())
    }

    /// A service of the program.
    pub fn service<T: Send + Sync + 'static>(&self) -> &T {
        self.services.get()
    }

    /// All services of the program.
    pub fn services(&self) -> Arc<Services> {
        Arc::clone(&self.services)
    }

    /// Who acts; `None` if it is the program itself, or somebody who needs no credential.
    pub fn caller(&self) -> Option<Arc<Caller>> {
        self.caller.clone()
    }

    /// Who acts where a credential is needed.
    pub fn demand_caller(&self) -> Result<Arc<Caller>> {
        self.caller().ok_or_else(|| Failure::bug("an authenticated operation without a caller"))
    }

    /// The person who acts, where only people may.
    pub fn demand_person(&self) -> Result<PersonId> {
        match self.demand_caller()?.identity {
            Identity::Person { id, .. } => Ok(id),
            Identity::ApiKey { .. } | Identity::ServiceAccount { .. } => Err(ErrorCode::USER_UNAUTHORIZED.into()),
        }
    }

    /// From where it is done; `None` if it is the program itself.
    pub const fn address(&self) -> Option<IpAddr> {
        self.address
    }

    /// Says that this change touches credentials or roles: after the commit every node stops using what it remembers
    /// of them.
    pub fn credentials_changed(&mut self) {
        self.credentials_changed = true;
    }

    /// Has something done once this is committed.
    pub fn after_commit(&mut self, effect: impl FnOnce() + Send + 'static) {
        self.after_commit.push(Box::new(effect));
    }
}

/// Whether a concurrent change may be the reason, so that another run may end otherwise. A violation that the function
/// did not expect is one, if a concurrent change made or removed the row; if it was not, it is there again.
fn is_race(failure: &Failure) -> bool {
    match failure {
        Failure::Retry => true,
        Failure::Bug(source) => matches!(source.downcast_ref(), Some(Fault::Unique(_) | Fault::ForeignKey)),
        Failure::Known(_) | Failure::Unavailable(_) => false,
    }
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
