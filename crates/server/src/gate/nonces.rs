//! Which counts of which nonces were used.
//!
//! On SQLite, which serves one process, they are in memory, and nonces die with the process: the epoch that is mixed
//! into their signature is made anew at each start. On PostgreSQL they are rows of an unlogged table that all nodes
//! share. A crash or a failover empties that table, and with it the row that holds the epoch: the next epoch is another
//! one, and no nonce of the old one is accepted.

use base64::{Engine as _, engine::general_purpose::STANDARD};
use telamon_api::{Expired, Services, expired};
use telamon_authn::{NONCE_COUNT_WINDOW, NonceCounts, NonceId, uuid_v4};
use telamon_store::{Db, Engine, Fault, Sql, args, sql};
use telamon_wire::{Entropy, Failure, Timestamp};
use tokio::sync::RwLock;

pub(super) struct Nonces {
    epoch: RwLock<String>,
    /// `None` where the rows of the database count.
    in_memory: Option<NonceCounts>,
}

static NEW_EPOCH: Sql = sql!("INSERT INTO digest_epoch (id, epoch) VALUES (1, $1) ON CONFLICT (id) DO NOTHING");
static EPOCH: Sql = sql!("SELECT epoch FROM digest_epoch WHERE id = 1");
static ACCEPT: Sql = sql!(
    "INSERT INTO digest_nonce (nonce, count, expires_at)
     SELECT CAST($1 AS TEXT), CAST($2 AS BIGINT), CAST($3 AS BIGINT)
     WHERE EXISTS (SELECT 1 FROM digest_epoch WHERE id = 1 AND epoch = $4)
     AND NOT EXISTS (SELECT 1 FROM digest_nonce WHERE nonce = $1 AND count > $5)
     ON CONFLICT (nonce, count) DO NOTHING"
);
/// Nonces that nobody can use any more.
pub(super) static EXPIRED: Expired = expired!("digest_nonce", "nonce, count", "expires_at");

/// How often an insert that met another one is tried again.
const ATTEMPTS: usize = 5;

impl Nonces {
    pub(super) async fn open(db: &Db, services: &Services) -> Result<Self, Failure> {
        let fresh = uuid_v4(&*services.entropy);
        Ok(match db.engine() {
            Engine::Sqlite => Self { epoch: RwLock::new(fresh), in_memory: Some(NonceCounts::default()) },
            Engine::Postgres => {
                Self { epoch: RwLock::new(shared_epoch(db, &*services.entropy).await?), in_memory: None }
            }
        })
    }

    pub(super) async fn epoch(&self) -> String {
        self.epoch.read().await.clone()
    }

    /// Whether this count of this nonce is used for the first time. In a transaction of its own: a request that is
    /// refused afterwards has used it up all the same.
    pub(super) async fn accept(
        &self,
        db: &Db,
        services: &Services,
        id: NonceId,
        count: u32,
        expires_at: Timestamp,
        epoch: &str,
    ) -> Result<bool, Failure> {
        if let Some(counts) = &self.in_memory {
            return Ok(counts.accept(id, count, expires_at, services.clock.now()));
        }
        if count == 0 {
            return Ok(false);
        }
        let highest = i64::from(count) + i64::from(NONCE_COUNT_WINDOW);
        let nonce = STANDARD.encode(id.0);
        for _ in 0..ATTEMPTS {
            match insert(db, &args![nonce.as_str(), i64::from(count), expires_at, epoch, highest]).await {
                Err(Fault::Retry) => {}
                Err(fault) => return Err(fault.into()),
                Ok(true) => return Ok(true),
                Ok(false) => {
                    // A replay, or the table was emptied: then the next challenge carries the new epoch.
                    *self.epoch.write().await = shared_epoch(db, &*services.entropy).await?;
                    return Ok(false);
                }
            }
        }
        Err(Failure::Retry)
    }
}

async fn insert(db: &Db, values: &[telamon_store::Value]) -> Result<bool, Fault> {
    let mut tx = db.begin_write().await?;
    let inserted = tx.run(ACCEPT, values).await?;
    tx.commit().await?;
    Ok(inserted == 1)
}

async fn shared_epoch(db: &Db, entropy: &dyn Entropy) -> Result<String, Failure> {
    let fresh = uuid_v4(entropy);
    for _ in 0..ATTEMPTS {
        match read_or_make_epoch(db, &fresh).await {
            Err(Fault::Retry) => {}
            other => return Ok(other?),
        }
    }
    Err(Failure::Retry)
}

async fn read_or_make_epoch(db: &Db, fresh: &str) -> Result<String, Fault> {
    let mut tx = db.begin_write().await?;
    tx.run(NEW_EPOCH, &args![fresh]).await?;
    let epoch = tx.one(EPOCH, &[]).await?;
    tx.commit().await?;
    Ok(epoch)
}
