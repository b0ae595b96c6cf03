//! The change marker: how every process learns that another one changed credentials, roles or keys.
//!
//! One row is appended per change, so that no two changes wait for each other. A reader asks for the rows of the last
//! minute and compares them with those it has seen: a row that was committed late, or by a node whose clock is behind,
//! is still seen. Whoever has not looked for longer than that cannot tell what it missed, and takes everything as changed.

use std::collections::HashSet;

use telamon_store::{Fault, Sql, Tx, args, sql};
use telamon_wire::{Entropy, EventId, Id, Timestamp};

use crate::{Expired, expired};

static MARK: Sql = sql!("INSERT INTO change_marker (id, at) VALUES ($1, $2)");
static RECENT: Sql = sql!("SELECT id FROM change_marker WHERE at >= $1");
/// Marks that no process looks at any more, by when they were made. Keep them for longer than a minute.
pub static MARKS: Expired = expired!("change_marker", "id", "at");

const OVERLAP_SECONDS: i64 = 60;
/// Half of the overlap: the other half is left for late commits and slow clocks.
const LONGEST_SILENCE_SECONDS: i64 = OVERLAP_SECONDS / 2;

/// Appends a row, in the transaction of the change.
pub async fn mark(tx: &mut Tx, now: Timestamp, entropy: &dyn Entropy) -> Result<(), Fault> {
    let id = EventId::new(now, entropy);
    tx.run(MARK, &args![id, now]).await.map(drop)
}

/// What one process has seen of the marker.
#[derive(Debug, Default)]
pub struct Marker {
    seen: HashSet<String>,
    looked_at: Option<Timestamp>,
}

impl Marker {
    /// Looks: whether there is a change that was not there at the last look, or might have been between the two.
    pub async fn look(&mut self, tx: &mut Tx, now: Timestamp) -> Result<bool, Fault> {
        let rows: Vec<(String,)> = tx.all(RECENT, &args![now.plus_seconds(-OVERLAP_SECONDS)]).await?;
        let rows: HashSet<String> = rows.into_iter().map(|(id,)| id).collect();
        let silence = self.looked_at.map(|last| now.seconds_since(last));
        let unbroken = silence.is_some_and(|seconds| (0..LONGEST_SILENCE_SECONDS).contains(&seconds));
        let changed = !unbroken || !rows.is_subset(&self.seen);
        (self.seen, self.looked_at) = (rows, Some(now));
        Ok(changed)
    }
}
