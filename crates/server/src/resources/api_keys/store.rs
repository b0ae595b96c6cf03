//! The rows of API keys.

use std::collections::HashMap;

use telamon_authn::{ApiKeyPair, PRIVATE_KEY_TAIL, REALM, SealingKey, ha1};
use telamon_authz::OrgRole;
use telamon_store::{Fault, FromRow, Row, Sql, Tx, Value, args, sql};
use telamon_wire::{ApiKeyId, Entropy, Id, OrgId, PageQuery, ProjectId, Timestamp};

use super::wire::{CloudAccessRoleAssignment, NewApiKey};
use crate::resources::roles;

static INSERT: Sql = sql!(
    "INSERT INTO api_key (id, org_id, public_key, ha1, tail, description, created_at) VALUES ($1, $2, $3, $4, $5, $6, $7)"
);
static FIND: Sql = sql!("SELECT id, public_key, tail, description FROM api_key WHERE id = $1 AND org_id = $2");
static COUNT: Sql = sql!("SELECT COUNT(*) FROM api_key WHERE org_id = $1");
static PAGE: Sql = sql!(
    "SELECT id, public_key, tail, description FROM api_key WHERE org_id = $1 ORDER BY public_key LIMIT $2 OFFSET $3"
);
static PAGE_ORG_ROLES: Sql = sql!(
    "SELECT r.holder_id, r.role
     FROM (SELECT id FROM api_key WHERE org_id = $1 ORDER BY public_key LIMIT $2 OFFSET $3) page
     JOIN org_role r ON r.holder_id = page.id AND r.org_id = $1 ORDER BY r.holder_id, r.role"
);
static PAGE_PROJECT_ROLES: Sql = sql!(
    "SELECT r.holder_id, r.project_id, r.role
     FROM (SELECT id FROM api_key WHERE org_id = $1 ORDER BY public_key LIMIT $2 OFFSET $3) page
     JOIN project_role r ON r.holder_id = page.id JOIN project p ON p.id = r.project_id
     WHERE p.deleted_at IS NULL ORDER BY r.holder_id, r.granted_at, r.project_id, r.role"
);
static COUNT_IN_PROJECT: Sql = sql!(
    "SELECT COUNT(DISTINCT r.holder_id) FROM project_role r JOIN api_key k ON k.id = r.holder_id WHERE r.project_id = $1"
);

/// The keys of a project on one page, followed by what is read of them.
macro_rules! of_project {
    ($columns:literal, $rest:literal) => {
        sql!(concat!(
            "SELECT ",
            $columns,
            " FROM (SELECT k.id, k.public_key, k.tail, k.description
                    FROM (SELECT DISTINCT holder_id FROM project_role WHERE project_id = $1) m
                    JOIN api_key k ON k.id = m.holder_id ORDER BY k.public_key LIMIT $2 OFFSET $3) page ",
            $rest
        ))
    };
}

static PROJECT_PAGE: Sql =
    of_project!("page.id, page.public_key, page.tail, page.description", "ORDER BY page.public_key");
static PROJECT_PAGE_ORG_ROLES: Sql = of_project!(
    "r.holder_id, r.role",
    "JOIN org_role r ON r.holder_id = page.id ORDER BY r.holder_id, r.org_id, r.role"
);
static PROJECT_PAGE_PROJECT_ROLES: Sql = of_project!(
    "r.holder_id, r.project_id, r.role",
    "JOIN project_role r ON r.holder_id = page.id JOIN project p ON p.id = r.project_id
     WHERE p.deleted_at IS NULL ORDER BY r.holder_id, r.granted_at, r.project_id, r.role"
);
static DESCRIBE: Sql = sql!("UPDATE api_key SET description = $2 WHERE id = $1");
static DELETE_ACCESS_LIST: Sql = sql!("DELETE FROM credential_access_entry WHERE holder_id = $1");
static DELETE: Sql = sql!("DELETE FROM api_key WHERE id = $1");

/// The context that binds the sealed H(A1) of a key to its row.
pub fn sealing_context(id: ApiKeyId) -> String {
    format!("api_key/{id}")
}

/// Writes a new key and its roles, for the first start of a server: nothing is checked, and no event is recorded.
pub async fn insert_key(
    tx: &mut Tx,
    sealing: &SealingKey,
    org: OrgId,
    desc: &str,
    roles: &[OrgRole],
    now: Timestamp,
    entropy: &dyn Entropy,
) -> Result<ApiKeyPair, Fault> {
    let pair = ApiKeyPair::generate(entropy);
    let new = NewApiKey { desc: desc.to_owned(), roles: roles.to_vec() };
    insert_given_key(tx, sealing, org, &new, &pair, now, entropy).await?;
    Ok(pair)
}

/// Writes the key that is given and its roles. Nothing is checked, and no event is recorded. [`Fault::Unique`] of
/// `api_key.public_key` if the public half is taken.
pub async fn insert_given_key(
    tx: &mut Tx,
    sealing: &SealingKey,
    org: OrgId,
    new: &NewApiKey,
    pair: &ApiKeyPair,
    now: Timestamp,
    entropy: &dyn Entropy,
) -> Result<ApiKeyId, Fault> {
    let id = ApiKeyId::new(now, entropy);
    let ha1 = ha1(&pair.public_key, REALM, pair.private_key.expose());
    let sealed = sealing.seal(&sealing_context(id), ha1.as_bytes());
    let tail = pair.private_key.tail(PRIVATE_KEY_TAIL);
    tx.run(INSERT, &args![id, org, &pair.public_key, sealed, tail, &new.desc, now]).await?;
    roles::replace_in_org(tx, &id.to_string(), org, &new.roles, now).await?;
    Ok(id)
}

/// A key as it is stored, with its roles.
#[derive(Clone, Debug)]
pub struct StoredKey {
    pub id: ApiKeyId,
    pub public_key: String,
    /// The end of the private half.
    pub tail: String,
    pub desc: String,
    pub roles: Vec<CloudAccessRoleAssignment>,
}

impl FromRow for StoredKey {
    fn from_row(row: &Row<'_>) -> Result<Self, Fault> {
        Ok(Self { id: row.get(0)?, public_key: row.get(1)?, tail: row.get(2)?, desc: row.get(3)?, roles: Vec::new() })
    }
}

/// One key of the organization.
pub async fn find(tx: &mut Tx, org: OrgId, id: ApiKeyId) -> Result<Option<StoredKey>, Fault> {
    let found: Option<StoredKey> = tx.optional(FIND, &args![id, org]).await?;
    let Some(mut key) = found else { return Ok(None) };
    key.roles = all_roles(tx, org, id).await?;
    Ok(Some(key))
}

/// Every role of a key: in its organization, and then in projects in the order in which they were granted.
pub async fn all_roles(tx: &mut Tx, org: OrgId, id: ApiKeyId) -> Result<Vec<CloudAccessRoleAssignment>, Fault> {
    let holder = id.to_string();
    let in_org = roles::in_org(tx, &holder, org).await?;
    let in_projects = roles::in_projects(tx, &holder).await?;
    let in_org = in_org.into_iter().map(|role| CloudAccessRoleAssignment::in_org(org, role.as_str()));
    let in_projects =
        in_projects.into_iter().map(|(project, role)| CloudAccessRoleAssignment::in_project(project, role.as_str()));
    Ok(in_org.chain(in_projects).collect())
}

/// How many keys the organization has.
pub async fn count(tx: &mut Tx, org: OrgId) -> Result<i64, Fault> {
    tx.one(COUNT, &args![org]).await
}

/// A page of the keys in the order of their public halves, and one more if there is a next page.
pub async fn list(tx: &mut Tx, org: OrgId, page: PageQuery) -> Result<Vec<StoredKey>, Fault> {
    let args = args![org, page.limit() + 1, page.offset()];
    read_page(tx, org, [PAGE, PAGE_ORG_ROLES, PAGE_PROJECT_ROLES], &args).await
}

/// How many keys have roles in the project.
pub async fn count_in_project(tx: &mut Tx, project: ProjectId) -> Result<i64, Fault> {
    tx.one(COUNT_IN_PROJECT, &args![project]).await
}

/// A page of the keys that have roles in a project of the organization, in the order of their public halves, and one
/// more if there is a next page. Each has every role that it holds, here and elsewhere.
pub async fn list_in_project(
    tx: &mut Tx,
    project: ProjectId,
    org: OrgId,
    page: PageQuery,
) -> Result<Vec<StoredKey>, Fault> {
    let args = args![project, page.limit() + 1, page.offset()];
    read_page(tx, org, [PROJECT_PAGE, PROJECT_PAGE_ORG_ROLES, PROJECT_PAGE_PROJECT_ROLES], &args).await
}

/// The keys of a page, and their roles in the organization and in projects: three texts with the same arguments.
async fn read_page(tx: &mut Tx, org: OrgId, texts: [Sql; 3], args: &[Value]) -> Result<Vec<StoredKey>, Fault> {
    let [keys, org_roles, project_roles] = texts;
    let mut keys: Vec<StoredKey> = tx.all(keys, args).await?;
    let in_org: Vec<(ApiKeyId, String)> = tx.all(org_roles, args).await?;
    let in_projects: Vec<(ApiKeyId, ProjectId, String)> = tx.all(project_roles, args).await?;
    let places: HashMap<_, _> = keys.iter().enumerate().map(|(place, key)| (key.id, place)).collect();
    let in_org = in_org.into_iter().map(|(holder, role)| (holder, CloudAccessRoleAssignment::in_org(org, role)));
    let in_projects = in_projects
        .into_iter()
        .map(|(holder, project, role)| (holder, CloudAccessRoleAssignment::in_project(project, role)));
    for (holder, role) in in_org.chain(in_projects) {
        if let Some(&place) = places.get(&holder) {
            keys[place].roles.push(role);
        }
    }
    Ok(keys)
}

/// Changes the description.
pub async fn describe(tx: &mut Tx, id: ApiKeyId, desc: &str) -> Result<(), Fault> {
    tx.run(DESCRIBE, &args![id, desc]).await.map(drop)
}

/// Removes a key with its access list and its roles in the organization and in projects.
pub async fn delete(tx: &mut Tx, id: ApiKeyId) -> Result<(), Fault> {
    roles::forget_holder(tx, &id.to_string()).await?;
    tx.run(DELETE_ACCESS_LIST, &args![id]).await?;
    tx.run(DELETE, &args![id]).await.map(drop)
}
