//! The rows of certificates and of certificate authorities.

use telamon_pki::Issued;
use telamon_store::{Fault, FromRow, Row, Sql, Tx, args, sql};
use telamon_wire::{CaId, ProjectId, Timestamp};

use crate::resources::database_users::{Database, identity};

static HOLDER: Sql = sql!(
    "SELECT u.username, u.x509_type, s.customer_cas IS NOT NULL, a.id, a.certificate, a.private_key
     FROM database_user u
     LEFT JOIN user_security s ON s.project_id = u.project_id
     LEFT JOIN certificate_authority a ON a.id =
         (SELECT c.id FROM certificate_authority c WHERE c.project_id = $1 ORDER BY c.created_at DESC, c.id DESC LIMIT 1)
     WHERE u.project_id = $1 AND u.database_name = '$external' AND u.lookup_name = $2
       AND COALESCE(u.delete_after, 9223372036854775807) > $3"
);
static NAMESAKES_ON_ADMIN: Sql = sql!(
    "SELECT COUNT(*) FROM database_user
     WHERE project_id = $1 AND database_name = 'admin' AND lookup_name = $2
       AND COALESCE(delete_after, 9223372036854775807) > $3"
);
static INSERT: Sql = sql!(
    "INSERT INTO certificate (serial, project_id, authority_id, subject, issued_at, not_before, not_after)
     VALUES ($1, $2, $3, $4, $5, $6, $7)"
);
static LIST: Sql = sql!(
    "SELECT serial, subject, not_before, not_after FROM certificate
     WHERE project_id = $1 AND subject = $2 AND not_after > $3 ORDER BY issued_at, serial LIMIT $4 OFFSET $5"
);
static COUNT: Sql = sql!("SELECT COUNT(*) FROM certificate WHERE project_id = $1 AND subject = $2 AND not_after > $3");
static AUTHORITIES: Sql =
    sql!("SELECT certificate FROM certificate_authority WHERE project_id = $1 ORDER BY created_at, id");
static COUNT_AUTHORITIES: Sql = sql!("SELECT COUNT(*) FROM certificate_authority WHERE project_id = $1");
static INSERT_AUTHORITY: Sql = sql!(
    "INSERT INTO certificate_authority (id, project_id, certificate, private_key, created_at, not_after)
     VALUES ($1, $2, $3, $4, $5, $6)"
);

/// A user of `$external`, and what stands around it when a certificate is wanted.
pub struct Holder {
    /// The name as it was given.
    pub username: String,
    /// Whether this server issues its certificates.
    pub managed: bool,
    /// Whether the project trusts authorities of its own.
    pub self_managed: bool,
    /// The project's newest authority: id, certificate (DER), sealed key.
    pub authority: Option<(CaId, Vec<u8>, Vec<u8>)>,
}

impl FromRow for Holder {
    fn from_row(row: &Row<'_>) -> Result<Self, Fault> {
        let authority = match row.get::<Option<CaId>>(3)? {
            Some(id) => Some((id, row.get(4)?, row.get(5)?)),
            None => None,
        };
        let managed = row.get::<String>(1)? == "MANAGED";
        Ok(Self { username: row.get(0)?, managed, self_managed: row.get(2)?, authority })
    }
}

/// The user of `$external` whom a path names.
pub async fn holder(tx: &mut Tx, project: ProjectId, username: &str, now: Timestamp) -> Result<Option<Holder>, Fault> {
    tx.optional(HOLDER, &args![project, identity(Database::External, username), now]).await
}

/// Whether `admin` has a user of that name.
pub async fn is_on_admin(tx: &mut Tx, project: ProjectId, username: &str, now: Timestamp) -> Result<bool, Fault> {
    let found: i64 = tx.one(NAMESAKES_ON_ADMIN, &args![project, identity(Database::Admin, username), now]).await?;
    Ok(found > 0)
}

/// Keeps what is public of a certificate.
pub async fn insert(
    tx: &mut Tx,
    project: ProjectId,
    authority: CaId,
    issued: &Issued,
    now: Timestamp,
) -> Result<(), Fault> {
    let Issued { serial, subject, not_before, not_after, .. } = issued;
    tx.run(INSERT, &args![*serial, project, authority, subject, now, *not_before, *not_after]).await.map(drop)
}

/// A certificate: serial number, subject, from when and until when it is valid.
pub type CertificateRow = (i64, String, Timestamp, Timestamp);

/// A page of the certificates with that subject that are not expired, in the order of their making.
pub async fn list(
    tx: &mut Tx,
    project: ProjectId,
    subject: &str,
    now: Timestamp,
    limit: i64,
    offset: i64,
) -> Result<Vec<CertificateRow>, Fault> {
    tx.all(LIST, &args![project, subject, now, limit, offset]).await
}

/// How many certificates with that subject are not expired.
pub async fn count(tx: &mut Tx, project: ProjectId, subject: &str, now: Timestamp) -> Result<i64, Fault> {
    tx.one(COUNT, &args![project, subject, now]).await
}

/// The certificates (DER) of a project's authorities, oldest first.
pub async fn authorities(tx: &mut Tx, project: ProjectId) -> Result<Vec<Vec<u8>>, Fault> {
    tx.all(AUTHORITIES, &args![project]).await
}

/// How many authorities a project has had.
pub async fn count_authorities(tx: &mut Tx, project: ProjectId) -> Result<i64, Fault> {
    tx.one(COUNT_AUTHORITIES, &args![project]).await
}

/// Keeps an authority; `key` is sealed.
pub async fn insert_authority(
    tx: &mut Tx,
    project: ProjectId,
    id: CaId,
    certificate: &[u8],
    key: &[u8],
    now: Timestamp,
    not_after: Timestamp,
) -> Result<(), Fault> {
    tx.run(INSERT_AUTHORITY, &args![id, project, certificate, key, now, not_after]).await.map(drop)
}
