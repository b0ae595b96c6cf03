//! The SQL of organizations.

use telamon_store::{Fault, Sql, Tx, args, sql};
use telamon_wire::{OrgId, PersonId, Timestamp};

/// An organization as it is stored: its id, its name, and whether its projects begin without alert settings.
pub type Stored = (OrgId, String, bool);

static OF_HOLDER: Sql = sql!(
    "SELECT id, name, skip_default_alerts FROM organization
     WHERE id IN (SELECT org_id FROM org_role WHERE holder_id = $1)
     AND deleted_at IS NULL AND name_folded >= $2 AND name_folded < $3
     ORDER BY name, id LIMIT $4 OFFSET $5"
);
static COUNT_OF_HOLDER: Sql = sql!(
    "SELECT COUNT(*) FROM organization
     WHERE id IN (SELECT org_id FROM org_role WHERE holder_id = $1)
     AND deleted_at IS NULL AND name_folded >= $2 AND name_folded < $3"
);
static ONE: Sql = sql!("SELECT id, name, skip_default_alerts FROM organization WHERE id = $1");
static LIVES: Sql = sql!("SELECT 1 FROM organization WHERE id = $1 AND deleted_at IS NULL");
static USERNAME: Sql = sql!("SELECT username FROM person WHERE id = $1");
static HAS_MEMBER: Sql = sql!(
    "SELECT 1 FROM person p WHERE p.id = $1 AND EXISTS (SELECT 1 FROM org_role r WHERE r.holder_id = p.id AND r.org_id = $2)"
);
static OLDEST_OWNER: Sql = sql!(
    "SELECT p.id FROM org_role r JOIN person p ON p.id = r.holder_id
     WHERE r.org_id = $1 AND r.role = 'ORG_OWNER' ORDER BY r.granted_at, p.created_at, p.id LIMIT 1"
);
static INSERT: Sql = sql!(
    "INSERT INTO organization (id, name, name_folded, created_at, deleted_at, skip_default_alerts, settings)
     VALUES ($1, $2, $3, $4, NULL, $5, '{}')"
);
static UPDATE: Sql =
    sql!("UPDATE organization SET name = $2, name_folded = $3, skip_default_alerts = $4 WHERE id = $1");
static BURY: Sql = sql!("UPDATE organization SET deleted_at = $2 WHERE id = $1");
static CLEAR_ACCESS_LISTS: Sql = sql!(
    "DELETE FROM credential_access_entry WHERE holder_id IN
     (SELECT id FROM api_key WHERE org_id = $1 UNION ALL SELECT id FROM service_account WHERE org_id = $1)"
);
static CLEAR_API_KEYS: Sql = sql!("DELETE FROM api_key WHERE org_id = $1");
static CLEAR_SERVICE_ACCOUNTS: Sql = sql!("DELETE FROM service_account WHERE org_id = $1");
static CLEAR_ROLES: Sql = sql!("DELETE FROM org_role WHERE org_id = $1");
static CLEAR_INVITATIONS: Sql = sql!("DELETE FROM invitation WHERE org_id = $1");

/// Which names, and how many after how many.
#[derive(Debug)]
pub struct Window {
    pub from: String,
    pub before: String,
    pub limit: i64,
    pub offset: i64,
}

/// The organizations in which somebody has a role, by name.
pub async fn of_holder(tx: &mut Tx, holder: &str, window: &Window) -> Result<Vec<Stored>, Fault> {
    tx.all(OF_HOLDER, &args![holder, &window.from, &window.before, window.limit, window.offset]).await
}

/// How many organizations have such a name and somebody's role.
pub async fn count_of_holder(tx: &mut Tx, holder: &str, window: &Window) -> Result<i64, Fault> {
    tx.one(COUNT_OF_HOLDER, &args![holder, &window.from, &window.before]).await
}

/// An organization that is known to be there.
pub async fn one(tx: &mut Tx, id: OrgId) -> Result<Stored, Fault> {
    tx.one(ONE, &args![id]).await
}

/// Whether there is such an organization and it is not deleted.
pub async fn lives(tx: &mut Tx, id: OrgId) -> Result<bool, Fault> {
    Ok(tx.optional::<i64>(LIVES, &args![id]).await?.is_some())
}

/// The username of a person who is known to be there.
pub async fn username(tx: &mut Tx, id: PersonId) -> Result<String, Fault> {
    tx.one(USERNAME, &args![id]).await
}

/// Whether there is such a person, with a role in the organization.
pub async fn has_member(tx: &mut Tx, org: OrgId, person: PersonId) -> Result<bool, Fault> {
    Ok(tx.optional::<i64>(HAS_MEMBER, &args![person, org]).await?.is_some())
}

/// The person who has owned the organization for the longest time.
pub async fn oldest_owner(tx: &mut Tx, org: OrgId) -> Result<Option<PersonId>, Fault> {
    tx.optional(OLDEST_OWNER, &args![org]).await
}

/// Stores an organization.
pub async fn insert(tx: &mut Tx, (id, name, skip_default_alerts): &Stored, now: Timestamp) -> Result<(), Fault> {
    tx.run(INSERT, &args![id, name, name.to_lowercase(), now, *skip_default_alerts]).await.map(drop)
}

/// Stores what has changed of an organization.
pub async fn update(tx: &mut Tx, (id, name, skip_default_alerts): &Stored) -> Result<(), Fault> {
    tx.run(UPDATE, &args![id, name, name.to_lowercase(), *skip_default_alerts]).await.map(drop)
}

/// Makes an organization a tombstone, and removes its credentials and everybody's roles in it.
pub async fn bury(tx: &mut Tx, id: OrgId, now: Timestamp) -> Result<(), Fault> {
    tx.run(BURY, &args![id, now]).await?;
    for clear in [CLEAR_ACCESS_LISTS, CLEAR_API_KEYS, CLEAR_SERVICE_ACCOUNTS, CLEAR_ROLES, CLEAR_INVITATIONS] {
        tx.run(clear, &args![id]).await?;
    }
    Ok(())
}
