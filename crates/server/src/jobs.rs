//! What runs in the background: looking at the change marker, writing behind, and removing what has expired.

use std::{sync::Arc, time::Duration};

use telamon_api::{Marker, Services};
use telamon_store::{Db, Fault, Sql, args, sql};
use telamon_wire::{Failure, Timestamp};
use tokio_util::{sync::CancellationToken, task::TaskTracker};

use crate::{
    again::again,
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
/// How often the last write is tried.
const FLUSH_ATTEMPTS: usize = 5;

static FORGET_REVOKED: Sql = sql!("DELETE FROM revoked_token WHERE expires_at < $1");

/// The background work of a server.
#[derive(Clone)]
pub struct Jobs {
    pub(crate) db: Db,
    pub(crate) services: Arc<Services>,
    pub(crate) gate: Arc<CredentialGate>,
    pub(crate) usage: Arc<Usage>,
    /// Cancelled when the server stops.
    pub(crate) stop: CancellationToken,
}

impl Jobs {
    /// Starts all of it; it ends when the server stops.
    pub fn start(&self, tasks: &TaskTracker) {
        let stop = &self.stop;
        let jobs = self.clone();
        tasks.spawn(every(LOOK_EVERY, stop.clone(), move || {
            let gate = Arc::clone(&jobs.gate);
            async move { gate.look().await }
        }));
        let jobs = self.clone();
        tasks.spawn(every(WRITE_EVERY, stop.clone(), move || {
            let jobs = jobs.clone();
            async move { Ok(jobs.write_behind().await?) }
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

    async fn write_behind(&self) -> Result<(), Fault> {
        self.usage.write(&self.db).await?;
        self.services.get::<Refusals>().write(&*self.services.entropy).await
    }

    /// Writes what is still in memory: the last chance, so another node's change of the same rows does not end it.
    pub(crate) async fn flush(&self) {
        for _ in 0..FLUSH_ATTEMPTS {
            match self.write_behind().await {
                Ok(()) => return,
                Err(Fault::Retry) => {}
                Err(fault) => return tracing::warn!(%fault, "the last uses of secrets were not written"),
            }
        }
        tracing::warn!("the last uses of secrets were not written: other changes got in the way");
    }

    /// Sends the mails that are due.
    pub async fn send_mail(&self) -> Result<(), Failure> {
        mail::send_due(&self.db, &self.services, &self.stop).await
    }

    /// Removes what has expired.
    pub async fn tidy(&self) -> Result<(), Failure> {
        let now = self.services.clock.now();
        let mut tx = self.db.begin_write().await?;
        tx.run(FORGET_REVOKED, &args![now]).await?;
        sign_in::forget_expired(&mut tx, now).await?;
        Marker::tidy(&mut tx, now).await?;
        refusals::tidy(&mut tx, now).await?;
        tx.commit().await?;
        while again(|| self.remove_expired(now)).await? > 0 {}
        self.gate.tidy().await
    }

    /// Removes some of all that ends by itself and leaves an event; answers how many.
    async fn remove_expired(&self, now: Timestamp) -> Result<u64, Failure> {
        let entropy = &*self.services.entropy;
        let mut tx = self.db.begin_write().await?;
        let removed = database_users::remove_expired(&mut tx, now, entropy).await?
            + network_access::remove_expired(&mut tx, now, entropy).await?
            + invitations::remove_expired(&mut tx, now, entropy).await?
            + service_accounts::remove_expired(&mut tx, now, entropy).await?;
        tx.commit().await?;
        Ok(removed)
    }
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
