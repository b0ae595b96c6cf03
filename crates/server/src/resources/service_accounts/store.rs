//! The rows of service accounts and of their secrets.

use std::collections::HashMap;

use telamon_authn::{Secret, mask_service_account_secret, service_account_secret};
use telamon_authz::{OrgRole, ProjectRole};
use telamon_store::{Fault, FromRow, Row, Sql, Tx, args, sql};
use telamon_wire::{ClientId, Entropy, Id, OrgId, PageQuery, ProjectId, ServiceAccountId, Timestamp};

use super::{
    model::SECRET_HOURS,
    secrets::store as secrets,
    wire::{GroupServiceAccount, NewServiceAccount, OrgServiceAccount, ServiceAccountGroup, ServiceAccountSecret},
};
use crate::resources::roles;

static INSERT: Sql =
    sql!("INSERT INTO service_account (id, org_id, name, description, created_at) VALUES ($1, $2, $3, $4, $5)");
static FIND: Sql = sql!("SELECT id, name, description, created_at FROM service_account WHERE id = $1 AND org_id = $2");
static SECRETS: Sql = sql!(
    "SELECT service_account_id, id, tail, created_at, expires_at, last_used_at FROM service_account_secret
     WHERE service_account_id = $1 ORDER BY created_at, id"
);
static COUNT: Sql = sql!("SELECT COUNT(*) FROM service_account WHERE org_id = $1");
static PAGE: Sql = sql!(
    "SELECT id, name, description, created_at FROM service_account WHERE org_id = $1
     ORDER BY created_at, id LIMIT $2 OFFSET $3"
);
static PAGE_ROLES: Sql = sql!(
    "SELECT r.holder_id, r.role
     FROM (SELECT id FROM service_account WHERE org_id = $1 ORDER BY created_at, id LIMIT $2 OFFSET $3) page
     JOIN org_role r ON r.holder_id = page.id AND r.org_id = $1 ORDER BY r.holder_id, r.role"
);
static PAGE_SECRETS: Sql = sql!(
    "SELECT s.service_account_id, s.id, s.tail, s.created_at, s.expires_at, s.last_used_at
     FROM (SELECT id FROM service_account WHERE org_id = $1 ORDER BY created_at, id LIMIT $2 OFFSET $3) page
     JOIN service_account_secret s ON s.service_account_id = page.id
     ORDER BY s.service_account_id, s.created_at, s.id"
);
static COUNT_IN_PROJECT: Sql = sql!(
    "SELECT COUNT(DISTINCT r.holder_id) FROM project_role r JOIN service_account a ON a.id = r.holder_id
     WHERE r.project_id = $1"
);

/// The accounts of a project on one page, followed by what is read of them.
macro_rules! of_project {
    ($columns:literal, $rest:literal) => {
        sql!(concat!(
            "SELECT ", $columns,
            " FROM (SELECT a.id, a.name, a.description, a.created_at
                    FROM (SELECT DISTINCT holder_id FROM project_role WHERE project_id = $1) m
                    JOIN service_account a ON a.id = m.holder_id ORDER BY a.created_at, a.id LIMIT $2 OFFSET $3) page ",
            $rest
        ))
    };
}

static PROJECT_PAGE: Sql =
    of_project!("page.id, page.name, page.description, page.created_at", "ORDER BY page.created_at, page.id");
static PROJECT_PAGE_ROLES: Sql = of_project!(
    "r.holder_id, r.role",
    "JOIN project_role r ON r.holder_id = page.id AND r.project_id = $1 ORDER BY r.holder_id, r.role"
);
static PROJECT_PAGE_SECRETS: Sql = of_project!(
    "s.service_account_id, s.id, s.tail, s.created_at, s.expires_at, s.last_used_at",
    "JOIN service_account_secret s ON s.service_account_id = page.id
     ORDER BY s.service_account_id, s.created_at, s.id"
);
static COUNT_PROJECTS: Sql = sql!(
    "SELECT COUNT(DISTINCT r.project_id) FROM project_role r JOIN project p ON p.id = r.project_id
     WHERE r.holder_id = $1 AND p.deleted_at IS NULL"
);
static PROJECTS_PAGE: Sql = sql!(
    "SELECT r.project_id, r.role
     FROM (SELECT DISTINCT q.project_id FROM project_role q JOIN project p ON p.id = q.project_id
           WHERE q.holder_id = $1 AND p.deleted_at IS NULL ORDER BY q.project_id LIMIT $2 OFFSET $3) page
     JOIN project_role r ON r.project_id = page.project_id AND r.holder_id = $1 ORDER BY r.project_id, r.role"
);
static UPDATE: Sql = sql!("UPDATE service_account SET name = $2, description = $3 WHERE id = $1");
static DELETE_ACCESS_LIST: Sql = sql!("DELETE FROM credential_access_entry WHERE holder_id = $1");
static DELETE: Sql = sql!("DELETE FROM service_account WHERE id = $1");

/// What a service account proves itself with at the token endpoint.
#[derive(Clone, Debug)]
pub struct AccountCredential {
    /// Its client id.
    pub client_id: ClientId,
    /// Its secret.
    pub secret: Secret,
}

impl AccountCredential {
    /// A new client id and a random secret.
    pub fn generate(now: Timestamp, entropy: &dyn Entropy) -> Self {
        Self { client_id: ClientId(ServiceAccountId::new(now, entropy)), secret: service_account_secret(entropy) }
    }
}

/// Writes an account with a new secret that lives as long as one may, for the first start of a server: nothing is
/// checked, and no event is recorded.
pub async fn insert_account(
    tx: &mut Tx,
    org: OrgId,
    name: &str,
    description: &str,
    roles: &[OrgRole],
    now: Timestamp,
    entropy: &dyn Entropy,
) -> Result<AccountCredential, Fault> {
    let credential = AccountCredential::generate(now, entropy);
    let new = NewServiceAccount {
        description: description.to_owned(),
        name: name.to_owned(),
        roles: roles.to_vec(),
        secret_expires_after_hours: SECRET_HOURS.1,
    };
    insert_given_account(tx, org, &new, &credential, now, entropy).await?;
    Ok(credential)
}

/// Writes an account, its roles and the secret that is given, and answers with the secret in clear. Nothing is checked,
/// and no event is recorded.
pub async fn insert_given_account(
    tx: &mut Tx,
    org: OrgId,
    new: &NewServiceAccount,
    credential: &AccountCredential,
    now: Timestamp,
    entropy: &dyn Entropy,
) -> Result<OrgServiceAccount, Fault> {
    let AccountCredential { client_id, secret } = credential;
    let id = client_id.0;
    tx.run(INSERT, &args![id, org, &new.name, &new.description, now]).await?;
    roles::replace_in_org(tx, &id.to_string(), org, &new.roles, now).await?;
    let secret = secrets::insert(tx, id, secret, new.secret_expires_after_hours, now, entropy).await?;
    Ok(OrgServiceAccount {
        client_id: *client_id,
        created_at: now,
        description: new.description.clone(),
        name: new.name.clone(),
        roles: roles::in_org(tx, &id.to_string(), org).await?,
        secrets: vec![secret],
    })
}

/// An account without its roles and secrets.
struct Account(OrgServiceAccount);

impl FromRow for Account {
    fn from_row(row: &Row<'_>) -> Result<Self, Fault> {
        Ok(Self(OrgServiceAccount {
            client_id: ClientId(row.get(0)?),
            name: row.get(1)?,
            description: row.get(2)?,
            created_at: row.get(3)?,
            roles: Vec::new(),
            secrets: Vec::new(),
        }))
    }
}

/// A secret, masked, and whose it is.
struct Masked(ServiceAccountId, ServiceAccountSecret);

impl FromRow for Masked {
    fn from_row(row: &Row<'_>) -> Result<Self, Fault> {
        let tail: String = row.get(2)?;
        let secret = ServiceAccountSecret {
            id: row.get(1)?,
            created_at: row.get(3)?,
            expires_at: row.get(4)?,
            last_used_at: row.get(5)?,
            masked_secret_value: Some(mask_service_account_secret(&tail)),
            secret: None,
        };
        Ok(Self(row.get(0)?, secret))
    }
}

/// One account of the organization, its secrets masked.
pub async fn find(tx: &mut Tx, org: OrgId, client_id: ClientId) -> Result<Option<OrgServiceAccount>, Fault> {
    let id = client_id.0;
    let found: Option<Account> = tx.optional(FIND, &args![id, org]).await?;
    let Some(Account(mut account)) = found else { return Ok(None) };
    account.roles = roles::in_org(tx, &id.to_string(), org).await?;
    let secrets: Vec<Masked> = tx.all(SECRETS, &args![id]).await?;
    account.secrets = secrets.into_iter().map(|Masked(_, secret)| secret).collect();
    Ok(Some(account))
}

/// How many accounts the organization has.
pub async fn count(tx: &mut Tx, org: OrgId) -> Result<i64, Fault> {
    tx.one(COUNT, &args![org]).await
}

/// A page of the accounts in the order of their creation, and one more if there is a next page.
pub async fn list(tx: &mut Tx, org: OrgId, page: PageQuery) -> Result<Vec<OrgServiceAccount>, Fault> {
    let args = args![org, page.limit() + 1, page.offset()];
    let accounts: Vec<Account> = tx.all(PAGE, &args).await?;
    let mut roles: HashMap<ServiceAccountId, Vec<OrgRole>> = HashMap::new();
    for (holder, role) in tx.all::<(ServiceAccountId, String)>(PAGE_ROLES, &args).await? {
        roles.entry(holder).or_default().extend(OrgRole::parse(&role));
    }
    let mut secrets = by_account(tx.all(PAGE_SECRETS, &args).await?);
    let complete = |Account(mut account): Account| {
        account.roles = roles.remove(&account.client_id.0).unwrap_or_default();
        account.secrets = secrets.remove(&account.client_id.0).unwrap_or_default();
        account
    };
    Ok(accounts.into_iter().map(complete).collect())
}

/// How many accounts have roles in the project.
pub async fn count_in_project(tx: &mut Tx, project: ProjectId) -> Result<i64, Fault> {
    tx.one(COUNT_IN_PROJECT, &args![project]).await
}

/// A page of the accounts that have roles in the project, in the order of their creation, and one more if there is a
/// next page.
pub async fn list_in_project(
    tx: &mut Tx,
    project: ProjectId,
    page: PageQuery,
) -> Result<Vec<GroupServiceAccount>, Fault> {
    let args = args![project, page.limit() + 1, page.offset()];
    let accounts: Vec<Account> = tx.all(PROJECT_PAGE, &args).await?;
    let mut roles: HashMap<ServiceAccountId, Vec<ProjectRole>> = HashMap::new();
    for (holder, role) in tx.all::<(ServiceAccountId, String)>(PROJECT_PAGE_ROLES, &args).await? {
        roles.entry(holder).or_default().extend(ProjectRole::parse(&role));
    }
    let mut secrets = by_account(tx.all(PROJECT_PAGE_SECRETS, &args).await?);
    let complete = |Account(mut account): Account| {
        let id = account.client_id.0;
        account.secrets = secrets.remove(&id).unwrap_or_default();
        GroupServiceAccount::of(account, roles.remove(&id).unwrap_or_default())
    };
    Ok(accounts.into_iter().map(complete).collect())
}

fn by_account(secrets: Vec<Masked>) -> HashMap<ServiceAccountId, Vec<ServiceAccountSecret>> {
    let mut by_account: HashMap<_, Vec<_>> = HashMap::new();
    for Masked(account, secret) in secrets {
        by_account.entry(account).or_default().push(secret);
    }
    by_account
}

/// In how many projects an account has roles.
pub async fn count_projects(tx: &mut Tx, id: ServiceAccountId) -> Result<i64, Fault> {
    tx.one(COUNT_PROJECTS, &args![id]).await
}

/// A page of the projects in which an account has roles, by id, and one more if there is a next page.
pub async fn list_projects(
    tx: &mut Tx,
    id: ServiceAccountId,
    page: PageQuery,
) -> Result<Vec<ServiceAccountGroup>, Fault> {
    let granted: Vec<(ProjectId, String)> = tx.all(PROJECTS_PAGE, &args![id, page.limit() + 1, page.offset()]).await?;
    let mut groups: Vec<ServiceAccountGroup> = Vec::new();
    for (project, role) in granted {
        if groups.last().is_none_or(|last| last.group_id != project) {
            groups.push(ServiceAccountGroup { group_id: project, roles: Vec::new() });
        }
        if let Some(group) = groups.last_mut() {
            group.roles.extend(ProjectRole::parse(&role));
        }
    }
    Ok(groups)
}

/// Changes the name and the description.
pub async fn rename(tx: &mut Tx, id: ServiceAccountId, name: &str, description: &str) -> Result<(), Fault> {
    tx.run(UPDATE, &args![id, name, description]).await.map(drop)
}

/// Removes an account with its secrets, its access list and its roles in the organization and in projects.
pub async fn delete(tx: &mut Tx, id: ServiceAccountId) -> Result<(), Fault> {
    roles::forget_holder(tx, &id.to_string()).await?;
    tx.run(DELETE_ACCESS_LIST, &args![id]).await?;
    secrets::delete_all(tx, id).await?;
    tx.run(DELETE, &args![id]).await.map(drop)
}
