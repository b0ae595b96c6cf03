//! Sending what is in the outbox.

use std::time::Duration;

use telamon_api::{Actor, Services, UnitOfWork, Work};
use telamon_wire::{MailId, Result, Timestamp};
use tokio_util::sync::CancellationToken;

use super::{
    Mailer,
    store::{self, Claimed},
};
use crate::keys::Keys;

/// How long one attempt may take.
const ATTEMPT: Duration = Duration::from_mins(1);
/// How long an attempt may go on when the server stops.
const LAST_ATTEMPT: Duration = Duration::from_secs(5);
/// How long a mail belongs to the node that tries it: longer than an attempt, so that no other node tries it meanwhile.
const LEASE_SECONDS: i64 = 120;
/// The delay after the first attempt; each further one doubles it.
const FIRST_DELAY_SECONDS: i64 = 30;
/// The longest delay.
const LONGEST_DELAY_SECONDS: i64 = 3600;
/// After how long a mail that cannot be sent is given up.
const GIVE_UP_SECONDS: i64 = 86_400;

/// What becomes of a mail after an attempt.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Next {
    /// It was sent.
    Keep,
    /// It is given up.
    Delete,
    /// It is tried again at that time.
    Postpone(Timestamp),
}

/// Sends every mail that is due, until `stop` is cancelled.
pub async fn send_due(work: &Work, stop: &CancellationToken) -> Result<()> {
    let (services, system) = (work.services(), Actor::system());
    let mailer = services.get::<Mailer>();
    if !mailer.is_on() {
        return Ok(());
    }
    // Looking costs no commit, and mostly there is nothing.
    let mut tx = work.read().await?;
    let due = store::is_any_due(&mut tx, work.now()).await?;
    tx.end();
    if !due {
        return Ok(());
    }
    while !stop.is_cancelled()
        && let Some(claimed) = work.run(&system, (), claim).await?
    {
        tokio::select! {
            next = attempt(mailer, services, &claimed) => work.run(&system, (claimed.id, next), settle).await?,
            // It is tried again when its lease has ended.
            () = after_stop(stop) => tracing::warn!(id = %claimed.id, "a mail was not sent before the server stopped"),
        }
    }
    Ok(())
}

async fn after_stop(stop: &CancellationToken) {
    stop.cancelled().await;
    tokio::time::sleep(LAST_ATTEMPT).await;
}

async fn claim(unit: &mut UnitOfWork, (): &()) -> Result<Option<Claimed>> {
    let (now, services) = (unit.now(), unit.services());
    let sealing = services.get::<Keys>().sealing();
    Ok(store::claim(&mut unit.tx, sealing, now, now.plus_seconds(LEASE_SECONDS)).await?)
}

async fn attempt(mailer: &Mailer, services: &Services, claimed: &Claimed) -> Next {
    let Claimed { id, mail, created_at, attempts } = claimed;
    let sent = tokio::time::timeout(ATTEMPT, mailer.send(*id, mail, *created_at)).await;
    let error = match sent {
        Ok(Ok(())) => return Next::Keep,
        Ok(Err(error)) => format!("{error:#}"),
        Err(_) => format!("no answer within {} seconds", ATTEMPT.as_secs()),
    };
    let recipient = &mail.recipient;
    if let Some(due) = next_attempt(*created_at, *attempts, services.clock.now()) {
        tracing::warn!(%id, recipient, attempts, error, "a mail was not sent and will be tried again");
        Next::Postpone(due)
    } else {
        tracing::error!(%id, recipient, attempts, error, "a mail could not be sent for a day and is given up");
        Next::Delete
    }
}

/// When a mail that was not sent is tried again; `None`: never.
fn next_attempt(created_at: Timestamp, attempts: i64, now: Timestamp) -> Option<Timestamp> {
    if now.seconds_since(created_at) >= GIVE_UP_SECONDS {
        return None;
    }
    let doublings = u32::try_from(attempts - 1).unwrap_or_default().min(10);
    Some(now.plus_seconds((FIRST_DELAY_SECONDS << doublings).min(LONGEST_DELAY_SECONDS)))
}

/// Writes the outcome.
async fn settle(unit: &mut UnitOfWork, (id, next): &(MailId, Next)) -> Result<()> {
    match next {
        Next::Keep => {
            let now = unit.now();
            store::keep_sent(&mut unit.tx, *id, now).await?;
        }
        Next::Delete => store::delete(&mut unit.tx, *id).await?,
        Next::Postpone(due) => store::postpone(&mut unit.tx, *id, *due).await?,
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn delays_double_up_to_an_hour_and_end_after_a_day() {
        let start = Timestamp::from_seconds(1_000_000);
        let delay = |attempts, seconds| {
            let next = next_attempt(start, attempts, start.plus_seconds(seconds));
            next.map(|due| due.seconds_since(start) - seconds)
        };
        let first: Vec<_> = (1..=9).map(|attempts| delay(attempts, 5)).collect();
        assert_eq!(first, [30, 60, 120, 240, 480, 960, 1920, 3600, 3600].map(Some));
        assert_eq!(delay(500, 86_399), Some(3600));
        assert_eq!(delay(1, 86_400), None);
    }
}
