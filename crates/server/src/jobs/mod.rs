//! What runs in the background: looking at the change marker, writing behind, and removing what has expired.

use std::{sync::Arc, time::Duration};

use telamon_api::{Actor, Marker, UnitOfWork, Work};
use telamon_store::{Sql, args, sql};
use telamon_wire::Failure;
use tokio_util::{sync::CancellationToken, task::TaskTracker};

use crate::{
    gate::CredentialGate,
    mail,
    resources::{
        database_users, invitations, network_access,
        refusals::{self, Refusals},
        service_accounts,
    },
    sign_in,
    usage::Usage,
};

/// How often the change marker is looked at: often enough that no request has to.
const LOOK_EVERY: Duration = Duration::from_millis(300);
/// How often uses of secrets, and reasons of refusals, are written.
const WRITE_EVERY: Duration = Duration::from_secs(3);
/// How often mails are sent that are due.
const SEND_EVERY: Duration = Duration::from_secs(2);
/// How often what has expired is removed.
const TIDY_EVERY: Duration = Duration::from_secs(20);

static FORGET_REVOKED: Sql = sql!("DELETE FROM revoked_token WHERE expires_at < $1");

/// The background work of a server.
#[derive(Clone)]
pub struct Jobs {
    pub(crate) work: Work,
    pub(crate) gate: Arc<CredentialGate>,
    /// Cancelled when the server stops.
    pub(crate) stop: CancellationToken,
}

impl Jobs {
    /// Starts all of it; it ends when the server stops.
    pub fn start(&self, tasks: &TaskTracker) {
        let stop = &self.stop;
        let jobs = self.clone();
        tasks.spawn(every(LOOK_EVERY, stop.clone(), move || {
            let generations = Arc::clone(jobs.work.generations());
            async move { generations.look().await }
        }));
        let jobs = self.clone();
        tasks.spawn(every(WRITE_EVERY, stop.clone(), move || {
            let jobs = jobs.clone();
            async move { jobs.write_behind().await }
        }));
        let jobs = self.clone();
        tasks.spawn(every(SEND_EVERY, stop.clone(), move || {
            let jobs = jobs.clone();
            async move { jobs.send_mail().await }
        }));
        let jobs = self.clone();
        tasks.spawn(every(TIDY_EVERY, stop.clone(), move || {
            let jobs = jobs.clone();
            async move { jobs.tidy().await }
        }));
    }

    async fn write_behind(&self) -> Result<(), Failure> {
        self.work.services().get::<Usage>().write(&self.work).await?;
        self.work.services().get::<Refusals>().write(&self.work).await
    }

    /// Writes what is still in memory: the last chance.
    pub(crate) async fn flush(&self) {
        if let Err(failure) = self.write_behind().await {
            tracing::warn!(?failure, "the last uses of secrets were not written");
        }
    }

    /// Sends the mails that are due.
    pub async fn send_mail(&self) -> Result<(), Failure> {
        mail::send_due(&self.work, &self.stop).await
    }

    /// Removes what has expired.
    pub async fn tidy(&self) -> Result<(), Failure> {
        let system = Actor::system();
        self.work.run(&system, (), forget).await?;
        while self.work.run(&system, (), remove_expired).await? > 0 {}
        self.gate.tidy().await
    }
}

async fn forget(unit: &mut UnitOfWork, (): &()) -> Result<(), Failure> {
    let now = unit.now();
    unit.tx.run(FORGET_REVOKED, &args![now]).await?;
    sign_in::forget_expired(&mut unit.tx, now).await?;
    Marker::tidy(&mut unit.tx, now).await?;
    Ok(refusals::tidy(&mut unit.tx, now).await?)
}

/// Removes some of all that ends by itself and leaves an event; answers how many.
async fn remove_expired(unit: &mut UnitOfWork, (): &()) -> Result<u64, Failure> {
    Ok(database_users::remove_expired(unit, &()).await?
        + network_access::remove_expired(unit, &()).await?
        + invitations::remove_expired(unit, &()).await?
        + service_accounts::remove_expired(unit, &()).await?)
}

async fn every<F, Fut>(period: Duration, stop: CancellationToken, work: F)
where
    F: Fn() -> Fut,
    Fut: Future<Output = Result<(), Failure>>,
{
    while stop.run_until_cancelled(tokio::time::sleep(period)).await.is_some() {
        match work().await {
            Ok(()) | Err(Failure::Retry) => {}
            Err(failure) => tracing::warn!(?failure, "background work failed and will be tried again"),
        }
    }
}
