//! The rows of access lists.

use telamon_store::{Fault, FromRow, Row, Sql, Tx, args, sql};
use telamon_wire::{ApiKeyId, OrgId, PageQuery, ServiceAccountId, Timestamp};

static API_KEY: Sql = sql!("SELECT public_key FROM api_key WHERE id = $1 AND org_id = $2");
static ACCOUNT: Sql = sql!("SELECT id FROM service_account WHERE id = $1 AND org_id = $2");
static BLOCKS: Sql =
    sql!("SELECT cidr_block FROM credential_access_entry WHERE holder_id = $1 ORDER BY created_at, cidr_block");
static COUNT: Sql = sql!("SELECT COUNT(*) FROM credential_access_entry WHERE holder_id = $1");
static PAGE: Sql = sql!(
    "SELECT cidr_block, created_at, request_count, last_used_at, last_used_address FROM credential_access_entry
     WHERE holder_id = $1 ORDER BY created_at, cidr_block LIMIT $2 OFFSET $3"
);
static FIND: Sql = sql!(
    "SELECT cidr_block, created_at, request_count, last_used_at, last_used_address FROM credential_access_entry
     WHERE holder_id = $1 AND cidr_block = $2"
);
static INSERT: Sql = sql!(
    "INSERT INTO credential_access_entry (holder_id, cidr_block, created_at, request_count) VALUES ($1, $2, $3, 0)"
);
static DELETE: Sql = sql!("DELETE FROM credential_access_entry WHERE holder_id = $1 AND cidr_block = $2");

/// An entry.
#[derive(Clone, Debug)]
pub struct Entry {
    pub cidr_block: String,
    pub created_at: Timestamp,
    pub requests: i64,
    pub last_used_at: Option<Timestamp>,
    pub last_used_address: Option<String>,
}

impl FromRow for Entry {
    fn from_row(row: &Row<'_>) -> Result<Self, Fault> {
        Ok(Self {
            cidr_block: row.get(0)?,
            created_at: row.get(1)?,
            requests: row.get(2)?,
            last_used_at: row.get(3)?,
            last_used_address: row.get(4)?,
        })
    }
}

/// The public half of an API key of the organization.
pub async fn api_key(tx: &mut Tx, org: OrgId, id: ApiKeyId) -> Result<Option<String>, Fault> {
    tx.optional(API_KEY, &args![id, org]).await
}

/// Whether the organization has such a service account.
pub async fn has_account(tx: &mut Tx, org: OrgId, id: ServiceAccountId) -> Result<bool, Fault> {
    Ok(tx.optional::<String>(ACCOUNT, &args![id, org]).await?.is_some())
}

/// The blocks of a whole list.
pub async fn blocks(tx: &mut Tx, holder: &str) -> Result<Vec<String>, Fault> {
    tx.all(BLOCKS, &args![holder]).await
}

/// How many entries a list has.
pub async fn count(tx: &mut Tx, holder: &str) -> Result<i64, Fault> {
    tx.one(COUNT, &args![holder]).await
}

/// A page of a list in the order in which its entries were added, and one more if there is a next page.
pub async fn page(tx: &mut Tx, holder: &str, page: PageQuery) -> Result<Vec<Entry>, Fault> {
    tx.all(PAGE, &args![holder, page.limit() + 1, page.offset()]).await
}

/// One entry.
pub async fn find(tx: &mut Tx, holder: &str, block: &str) -> Result<Option<Entry>, Fault> {
    tx.optional(FIND, &args![holder, block]).await
}

/// Adds an entry.
pub async fn insert(tx: &mut Tx, holder: &str, block: &str, now: Timestamp) -> Result<(), Fault> {
    tx.run(INSERT, &args![holder, block, now]).await.map(drop)
}

/// Removes an entry; answers whether it was there.
pub async fn delete(tx: &mut Tx, holder: &str, block: &str) -> Result<bool, Fault> {
    Ok(tx.run(DELETE, &args![holder, block]).await? > 0)
}
