//! Roles that were granted: reading and writing them for a person, a team, a service account or an API key.

use std::collections::{BTreeSet, HashMap};

use telamon_api::{Caller, Cx, Project};
use telamon_authz::{OrgRole, OrgRoles, ProjectRole, ProjectRoles};
use telamon_store::{Fault, Sql, Tx, args, sql};
use telamon_wire::{ApiError, ErrorCode, OrgId, PersonId, ProjectId, Result, Timestamp};

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
static EVERY_ORG_ROLE: Sql = sql!(
    "SELECT r.org_id, r.role FROM org_role r JOIN organization o ON o.id = r.org_id
     WHERE r.holder_id = $1 AND o.deleted_at IS NULL ORDER BY r.org_id, r.role"
);
static EFFECTIVE_PROJECT_ROLES: Sql = sql!(
    "SELECT r.project_id, r.role FROM effective_project_role r JOIN project p ON p.id = r.project_id
     WHERE r.holder_id = $1 AND p.deleted_at IS NULL ORDER BY r.project_id, r.role"
);
static ROLES_IN_PROJECT: Sql =
    sql!("SELECT role FROM project_role WHERE holder_id = $1 AND project_id = $2 ORDER BY role");
static CLEAR_PROJECT_ROLES: Sql = sql!("DELETE FROM project_role WHERE holder_id = $1 AND project_id = $2");
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

/// What somebody may do, in every organization and every project.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Everywhere {
    /// The roles in living organizations.
    pub orgs: HashMap<OrgId, OrgRoles>,
    /// The roles in living projects.
    pub projects: HashMap<ProjectId, ProjectRoles>,
}

/// Everything that a person holds: roles in organizations, roles in projects, and those of their teams in projects.
pub async fn of_person(tx: &mut Tx, person: PersonId) -> Result<Everywhere, Fault> {
    let mut held = Everywhere::default();
    let rows: Vec<(OrgId, String)> = tx.all(EVERY_ORG_ROLE, &args![person]).await?;
    for (org, role) in rows.iter().filter_map(|(org, name)| Some((*org, OrgRole::parse(name)?))) {
        held.orgs.entry(org).or_default().insert(role);
    }
    let rows: Vec<(ProjectId, String)> = tx.all(EFFECTIVE_PROJECT_ROLES, &args![person]).await?;
    for (project, role) in rows.iter().filter_map(|(project, name)| Some((*project, ProjectRole::parse(name)?))) {
        held.projects.entry(project).or_default().insert(role);
    }
    Ok(held)
}

/// The roles of a holder in one project, as granted.
pub async fn in_project(tx: &mut Tx, holder: &str, project: ProjectId) -> Result<Vec<ProjectRole>, Fault> {
    let names: Vec<String> = tx.all(ROLES_IN_PROJECT, &args![holder, project]).await?;
    Ok(names.iter().filter_map(|name| ProjectRole::parse(name)).collect())
}

/// Replaces the roles of a holder in one project; with none the holder is no longer in the project.
pub async fn replace_in_project(
    tx: &mut Tx,
    holder: &str,
    project: ProjectId,
    roles: &[ProjectRole],
    now: Timestamp,
) -> Result<(), Fault> {
    tx.run(CLEAR_PROJECT_ROLES, &args![holder, project]).await?;
    for role in roles {
        add_in_project(tx, holder, project, *role, now).await?;
    }
    Ok(())
}

/// What became of a holder to whom roles in a project were given.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Given {
    /// The holder had exactly these.
    Nothing,
    /// The holder had none in the project.
    First,
    /// The holder had others.
    Others,
}

/// Gives a holder these roles in the project, instead of those that it has there, if the caller may grant what is new.
pub async fn give_in_project(cx: &mut Cx<Project>, holder: &str, wanted: &[ProjectRole]) -> Result<Given> {
    let (project, org, now) = (cx.scope.id, cx.scope.org, cx.now());
    let held = in_project(&mut cx.tx, holder, project).await?;
    let new: Vec<ProjectRole> = wanted.iter().copied().filter(|role| !held.contains(role)).collect();
    if new.is_empty() && held.iter().collect::<BTreeSet<_>>() == wanted.iter().collect() {
        return Ok(Given::Nothing);
    }
    demand_grantable_in_project(cx.caller().as_deref(), org, project, &new)?;
    replace_in_project(&mut cx.tx, holder, project, wanted, now).await?;
    cx.credentials_changed();
    Ok(if held.is_empty() { Given::First } else { Given::Others })
}

/// The project roles of these names: `INVALID_ROLE_FOR_GROUP` of a name that is none.
pub fn parse_in_project(names: &[String], project: ProjectId) -> Result<Vec<ProjectRole>, ApiError> {
    let parse = |name: &String| {
        let unknown = || ApiError::new(ErrorCode::INVALID_ROLE_FOR_GROUP).with(name.as_str()).with(project.to_string());
        ProjectRole::parse(name).ok_or_else(unknown)
    };
    names.iter().map(parse).collect()
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

/// Refuses to grant what the caller's own roles do not imply: `CANNOT_GRANT_ROLE`.
pub fn demand_grantable(caller: Option<&Caller>, org: OrgId, roles: &[OrgRole]) -> Result<()> {
    let own = caller.map(|caller| caller.in_org(org)).unwrap_or_default();
    match roles.iter().find(|role| !own.imply(**role)) {
        Some(role) => Err(ApiError::new(ErrorCode::CANNOT_GRANT_ROLE).with(role.as_str()).into()),
        None => Ok(()),
    }
}

/// Refuses to grant in a project what the caller's own roles there do not allow: `CANNOT_GRANT_ROLE`.
pub fn demand_grantable_in_project(
    caller: Option<&Caller>,
    org: OrgId,
    project: ProjectId,
    roles: &[ProjectRole],
) -> Result<()> {
    let own =
        caller.map(|caller| caller.in_project(project).union(caller.in_org(org).in_projects())).unwrap_or_default();
    match roles.iter().find(|role| !own.iter().any(|own| own.may_grant(**role))) {
        Some(role) => Err(ApiError::new(ErrorCode::CANNOT_GRANT_ROLE).with(role.as_str()).into()),
        None => Ok(()),
    }
}

/// Refuses whoever does not have every role of a holder themselves: `CANNOT_GRANT_ROLE`. The membership of the
/// organization, which comes with every credential of a project, is not looked at.
pub async fn demand_all_of(tx: &mut Tx, caller: Option<&Caller>, holder: &str, org: OrgId) -> Result<()> {
    let in_org = in_org(tx, holder, org).await?;
    let beyond: Vec<OrgRole> = in_org.into_iter().filter(|role| *role != OrgRole::Member).collect();
    demand_grantable(caller, org, &beyond)?;
    for (project, role) in in_projects(tx, holder).await? {
        demand_grantable_in_project(caller, org, project, &[role])?;
    }
    Ok(())
}
