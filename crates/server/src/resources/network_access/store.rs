//! The rows of access lists.

use telamon_store::{Fault, FromRow, Row, Sql, Tx, args, sql};
use telamon_wire::{OrgId, ProjectId, Timestamp};

use super::model::{Block, Entry};

// An entry past its date is not there. `COALESCE` keeps both engines from looking for it by the date, and from sorting.
static FIND: Sql = sql!(
    "SELECT cidr_block, comment, delete_after FROM network_entry
     WHERE project_id = $1 AND cidr_block = $2 AND COALESCE(delete_after, 9223372036854775807) > $3"
);
static LIST: Sql = sql!(
    "SELECT cidr_block, comment, delete_after FROM network_entry
     WHERE project_id = $1 AND COALESCE(delete_after, 9223372036854775807) > $2
     ORDER BY created_at, cidr_block LIMIT $3 OFFSET $4"
);
static COUNT: Sql = sql!(
    "SELECT COUNT(*) FROM network_entry
     WHERE project_id = $1 AND COALESCE(delete_after, 9223372036854775807) > $2"
);
static INSERT: Sql = sql!(
    "INSERT INTO network_entry (project_id, cidr_block, comment, delete_after, created_at) VALUES ($1, $2, $3, $4, $5)"
);
static UPDATE: Sql =
    sql!("UPDATE network_entry SET comment = $3, delete_after = $4 WHERE project_id = $1 AND cidr_block = $2");
static DELETE: Sql = sql!(
    "DELETE FROM network_entry
     WHERE project_id = $1 AND cidr_block = $2 AND COALESCE(delete_after, 9223372036854775807) > $3"
);
static EXPIRED: Sql = sql!(
    "SELECT e.project_id, p.org_id, e.cidr_block FROM network_entry e JOIN project p ON p.id = e.project_id
     WHERE e.delete_after <= $1 ORDER BY e.delete_after, e.project_id, e.cidr_block LIMIT $2"
);
static DELETE_EXPIRED: Sql =
    sql!("DELETE FROM network_entry WHERE project_id = $1 AND cidr_block = $2 AND delete_after <= $3");

impl FromRow for Entry {
    fn from_row(row: &Row<'_>) -> Result<Self, Fault> {
        let block: String = row.get(0)?;
        Ok(Self { block: stored(&block)?, comment: row.get(1)?, delete_after: row.get(2)? })
    }
}

fn stored(block: &str) -> Result<Block, Fault> {
    Block::parse(block).map_err(|_| Fault::bug("an entry of an access list that is no block of addresses"))
}

/// The entry of that block.
pub async fn find(tx: &mut Tx, project: ProjectId, block: Block, now: Timestamp) -> Result<Option<Entry>, Fault> {
    tx.optional(FIND, &args![project, block.to_string(), now]).await
}

/// A page of the entries, in the order of their creation.
pub async fn list(
    tx: &mut Tx,
    project: ProjectId,
    now: Timestamp,
    limit: i64,
    offset: i64,
) -> Result<Vec<Entry>, Fault> {
    tx.all(LIST, &args![project, now, limit, offset]).await
}

/// How many entries there are.
pub async fn count(tx: &mut Tx, project: ProjectId, now: Timestamp) -> Result<i64, Fault> {
    tx.one(COUNT, &args![project, now]).await
}

/// Adds an entry of a block that has none.
pub async fn insert(tx: &mut Tx, project: ProjectId, entry: &Entry, at: Timestamp) -> Result<(), Fault> {
    let args = args![project, entry.block.to_string(), &entry.comment, entry.delete_after, at];
    tx.run(INSERT, &args).await.map(drop)
}

/// Puts an entry in the place of the one of the same block.
pub async fn update(tx: &mut Tx, project: ProjectId, entry: &Entry) -> Result<(), Fault> {
    tx.run(UPDATE, &args![project, entry.block.to_string(), &entry.comment, entry.delete_after]).await.map(drop)
}

/// Removes the entry of that block; whether there was one.
pub async fn delete(tx: &mut Tx, project: ProjectId, block: Block, now: Timestamp) -> Result<bool, Fault> {
    Ok(tx.run(DELETE, &args![project, block.to_string(), now]).await? > 0)
}

/// Some entries whose time is over, the earliest first.
pub async fn expired(tx: &mut Tx, now: Timestamp, limit: i64) -> Result<Vec<(ProjectId, OrgId, Block)>, Fault> {
    let rows: Vec<(ProjectId, OrgId, String)> = tx.all(EXPIRED, &args![now, limit]).await?;
    rows.into_iter().map(|(project, org, block)| Ok((project, org, stored(&block)?))).collect()
}

/// Removes the entry of that block, if its time is over; whether it was.
pub async fn delete_expired(tx: &mut Tx, project: ProjectId, block: Block, now: Timestamp) -> Result<bool, Fault> {
    Ok(tx.run(DELETE_EXPIRED, &args![project, block.to_string(), now]).await? > 0)
}
