//! The rows of secrets.

use telamon_authn::{SERVICE_ACCOUNT_SECRET_TAIL, Secret, SecretHash};
use telamon_store::{Fault, Sql, Tx, args, sql};
use telamon_wire::{Entropy, Id, OrgId, SecretId, ServiceAccountId, Timestamp};

use crate::resources::service_accounts::wire::ServiceAccountSecret;

static INSERT: Sql = sql!(
    "INSERT INTO service_account_secret (id, service_account_id, hash, tail, created_at, expires_at)
     VALUES ($1, $2, $3, $4, $5, $6)"
);
static COUNT_LIVING: Sql =
    sql!("SELECT COUNT(*) FROM service_account_secret WHERE service_account_id = $1 AND expires_at > $2");
static SHORTEN: Sql =
    sql!("UPDATE service_account_secret SET expires_at = $2 WHERE service_account_id = $1 AND expires_at > $2");
static EXPIRED: Sql = sql!(
    "SELECT s.id, s.service_account_id, a.org_id
     FROM service_account_secret s JOIN service_account a ON a.id = s.service_account_id
     WHERE s.expires_at <= $1 ORDER BY s.expires_at, s.id LIMIT $2"
);
static EXPIRED_OF: Sql = sql!(
    "SELECT s.id, s.service_account_id, a.org_id
     FROM service_account_secret s JOIN service_account a ON a.id = s.service_account_id
     WHERE s.service_account_id = $1 AND s.expires_at <= $2 ORDER BY s.expires_at, s.id"
);
static DELETE: Sql = sql!("DELETE FROM service_account_secret WHERE id = $1 AND service_account_id = $2");
static DELETE_ALL: Sql = sql!("DELETE FROM service_account_secret WHERE service_account_id = $1");

/// A secret that has expired, its account, and the account's organization.
pub type Expired = (SecretId, ServiceAccountId, OrgId);

/// Writes a secret that lives so many hours, and answers with it in clear.
pub async fn insert(
    tx: &mut Tx,
    account: ServiceAccountId,
    secret: &Secret,
    hours: i32,
    now: Timestamp,
    entropy: &dyn Entropy,
) -> Result<ServiceAccountSecret, Fault> {
    let id = SecretId::new(now, entropy);
    let expires_at = now.plus_seconds(i64::from(hours) * 3600);
    let hash = SecretHash::of(secret.expose());
    let tail = secret.tail(SERVICE_ACCOUNT_SECRET_TAIL);
    tx.run(INSERT, &args![id, account, hash.as_bytes(), tail, now, expires_at]).await?;
    Ok(ServiceAccountSecret {
        created_at: now,
        expires_at,
        id,
        last_used_at: None,
        masked_secret_value: None,
        secret: Some(secret.expose().to_owned()),
    })
}

/// How many secrets of an account have not expired.
pub async fn count_living(tx: &mut Tx, account: ServiceAccountId, now: Timestamp) -> Result<i64, Fault> {
    tx.one(COUNT_LIVING, &args![account, now]).await
}

/// Makes the secrets of an account expire at that time, if they would live longer.
pub async fn shorten(tx: &mut Tx, account: ServiceAccountId, end: Timestamp) -> Result<(), Fault> {
    tx.run(SHORTEN, &args![account, end]).await.map(drop)
}

/// The first secrets of all that have expired.
pub async fn expired(tx: &mut Tx, now: Timestamp, most: i64) -> Result<Vec<Expired>, Fault> {
    tx.all(EXPIRED, &args![now, most]).await
}

/// The secrets of an account that have expired.
pub async fn expired_of(tx: &mut Tx, account: ServiceAccountId, now: Timestamp) -> Result<Vec<Expired>, Fault> {
    tx.all(EXPIRED_OF, &args![account, now]).await
}

/// Removes a secret; whether it was there.
pub async fn delete(tx: &mut Tx, account: ServiceAccountId, id: SecretId) -> Result<bool, Fault> {
    Ok(tx.run(DELETE, &args![id, account]).await? > 0)
}

/// Removes every secret of an account that goes.
pub async fn delete_all(tx: &mut Tx, account: ServiceAccountId) -> Result<(), Fault> {
    tx.run(DELETE_ALL, &args![account]).await.map(drop)
}
