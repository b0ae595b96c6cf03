//! Roles that were granted: reading and writing them for a person, a service account or an API key.

use telamon_api::Caller;
use telamon_authz::{OrgRole, ProjectRole};
use telamon_store::{Fault, Sql, Tx, args, sql};
use telamon_wire::{ApiError, ErrorCode, OrgId, ProjectId, Result, Timestamp};

static ADD_ORG_ROLE: Sql = sql!(
    "INSERT INTO org_role (holder_id, org_id, role, granted_at) VALUES ($1, $2, $3, $4)
     ON CONFLICT (holder_id, org_id, role) DO NOTHING"
);
static ADD_PROJECT_ROLE: Sql = sql!(
    "INSERT INTO project_role (holder_id, project_id, role, granted_at) VALUES ($1, $2, $3, $4)
     ON CONFLICT (holder_id, project_id, role) DO NOTHING"
);
static ORG_ROLES: Sql = sql!("SELECT role FROM org_role WHERE holder_id = $1 AND org_id = $2 ORDER BY role");
static CLEAR_ORG_ROLES: Sql = sql!("DELETE FROM org_role WHERE holder_id = $1 AND org_id = $2");
static CLEAR_ALL_ORG_ROLES: Sql = sql!("DELETE FROM org_role WHERE holder_id = $1");
static CLEAR_ALL_PROJECT_ROLES: Sql = sql!("DELETE FROM project_role WHERE holder_id = $1");
static PROJECT_ROLES: Sql = sql!(
    "SELECT r.project_id, r.role FROM project_role r JOIN project p ON p.id = r.project_id
     WHERE r.holder_id = $1 AND p.deleted_at IS NULL ORDER BY r.granted_at, r.project_id, r.role"
);
static OWNERS: Sql = sql!("SELECT COUNT(*) FROM org_role WHERE org_id = $1 AND role = 'ORG_OWNER' AND holder_id <> $2");

/// Grants a role in an organization.
pub async fn add_in_org(tx: &mut Tx, holder: &str, org: OrgId, role: OrgRole, now: Timestamp) -> Result<(), Fault> {
    tx.run(ADD_ORG_ROLE, &args![holder, org, role.as_str(), now]).await.map(drop)
}

/// Grants a role in a project.
pub async fn add_in_project(
    tx: &mut Tx,
    holder: &str,
    project: ProjectId,
    role: ProjectRole,
    now: Timestamp,
) -> Result<(), Fault> {
    tx.run(ADD_PROJECT_ROLE, &args![holder, project, role.as_str(), now]).await.map(drop)
}

/// The roles of a holder in an organization, as granted.
pub async fn in_org(tx: &mut Tx, holder: &str, org: OrgId) -> Result<Vec<OrgRole>, Fault> {
    let names: Vec<String> = tx.all(ORG_ROLES, &args![holder, org]).await?;
    Ok(names.iter().filter_map(|name| OrgRole::parse(name)).collect())
}

/// The roles of a holder in living projects, as granted.
pub async fn in_projects(tx: &mut Tx, holder: &str) -> Result<Vec<(ProjectId, ProjectRole)>, Fault> {
    let rows: Vec<(ProjectId, String)> = tx.all(PROJECT_ROLES, &args![holder]).await?;
    Ok(rows.into_iter().filter_map(|(project, name)| Some((project, ProjectRole::parse(&name)?))).collect())
}

/// Replaces the roles of a holder in an organization.
pub async fn replace_in_org(
    tx: &mut Tx,
    holder: &str,
    org: OrgId,
    roles: &[OrgRole],
    now: Timestamp,
) -> Result<(), Fault> {
    tx.run(CLEAR_ORG_ROLES, &args![holder, org]).await?;
    for role in roles {
        add_in_org(tx, holder, org, *role, now).await?;
    }
    Ok(())
}

/// Takes every role from a holder that goes.
pub async fn forget_holder(tx: &mut Tx, holder: &str) -> Result<(), Fault> {
    tx.run(CLEAR_ALL_ORG_ROLES, &args![holder]).await?;
    tx.run(CLEAR_ALL_PROJECT_ROLES, &args![holder]).await.map(drop)
}

/// Refuses to leave an organization without an owner: `CANNOT_DEMOTE_LAST_ORG_OWNER`.
pub async fn demand_another_owner(tx: &mut Tx, holder: &str, org: OrgId) -> Result<()> {
    if !in_org(tx, holder, org).await?.contains(&OrgRole::Owner) {
        return Ok(());
    }
    let others: i64 = tx.one(OWNERS, &args![org, holder]).await?;
    if others == 0 { Err(ErrorCode::CANNOT_DEMOTE_LAST_ORG_OWNER.into()) } else { Ok(()) }
}

/// Refuses to grant what the caller's own roles do not imply: `CANNOT_ASSUME_ROLE`.
pub fn demand_grantable(caller: Option<&Caller>, org: OrgId, roles: &[OrgRole]) -> Result<()> {
    let own = caller.map(|caller| caller.in_org(org)).unwrap_or_default();
    match roles.iter().find(|role| !own.imply(**role)) {
        Some(role) => Err(ApiError::new(ErrorCode::CANNOT_ASSUME_ROLE).with(role.as_str()).into()),
        None => Ok(()),
    }
}
