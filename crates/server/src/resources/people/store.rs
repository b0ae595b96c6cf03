//! The SQL of people: those who have joined and those who were asked to, in one list.
//!
//! Somebody may have been asked more than once, to the organization and to some of its projects: of the invitations that
//! can be accepted, or else of all, the one that lasts longest stands for the others, and what they promise is put
//! together. Who has joined the organization is listed as that, whatever they are still asked to.

use std::collections::HashMap;

use telamon_authz::{OrgRole, ProjectRole};
use telamon_store::{Fault, FromRow, Row, Sql, Tx, Value, args, sql};
use telamon_wire::{OrgId, PageQuery, PersonId, ProjectId, TeamId, Timestamp};

use super::{
    filter::{Filter, ProjectFilter},
    member::Member,
    wire::{Asked, Membership, Profile},
};
use crate::resources::invitations::{self, Status};

/// People and invitations that a condition picks of each, and those of them whom the filter wants. `at` is when somebody
/// was last seen, or until when they may answer; `$1` the organization, `$2` the time, `$3` to `$5` the filter.
macro_rules! merged {
    ($people:literal, $invitations:literal) => {
        concat!(
            "FROM (SELECT p.id AS id, p.username AS username, 'ACTIVE' AS status, p.country AS country,
              p.first_name AS first_name, p.last_name AS last_name, p.mobile_number AS mobile_number,
              p.created_at AS created_at, p.last_auth_at AS at, '' AS inviter_username
              FROM person p WHERE p.id IN (SELECT holder_id FROM org_role WHERE org_id = $1) AND ",
            $people,
            " UNION ALL
              SELECT i.user_id, i.username,
              CASE WHEN i.status = 'PENDING' AND i.expires_at <= $2 THEN 'INVITATION_EXPIRED' ELSE i.status END,
              '', '', '', NULL, i.created_at, i.expires_at, i.inviter_username
              FROM invitation i WHERE i.org_id = $1
              AND NOT EXISTS (SELECT 1 FROM person j JOIN org_role r ON r.holder_id = j.id
               WHERE j.username = i.username AND r.org_id = i.org_id)
              AND NOT EXISTS (SELECT 1 FROM invitation o WHERE o.org_id = i.org_id AND o.username = i.username
               AND (o.status = 'PENDING' AND o.expires_at > $2, o.expires_at, o.id)
                 > (i.status = 'PENDING' AND i.expires_at > $2, i.expires_at, i.id))
              AND EXISTS (SELECT 1 FROM invitation a WHERE a.org_id = i.org_id AND a.username = i.username
               AND (a.status = 'PENDING' AND a.expires_at > $2) = (i.status = 'PENDING' AND i.expires_at > $2) AND ",
            $invitations,
            ")) m WHERE ($3 = '' OR m.username = $3) AND ($4 = '' OR m.id = $4) AND $5 LIKE '%' || m.status || '%' "
        )
    };
}

macro_rules! members {
    ($merged:expr, $page:literal) => {
        sql!(concat!(
            "SELECT m.id, m.username, m.status, m.country, m.first_name, m.last_name, m.mobile_number, m.created_at,
             m.at, m.inviter_username ",
            $merged,
            $page
        ))
    };
}

macro_rules! of_org {
    () => {
        merged!(
            "($6 = '' OR p.id IN (SELECT person_id FROM team_member WHERE team_id = $6))",
            "($6 = '' OR a.team_ids LIKE '%' || $6 || '%')"
        )
    };
}

// `$6` is the project, `$7` whether teams count, `$8` whether roles in the organization do.
macro_rules! of_project {
    () => {
        merged!(
            "(p.id IN (SELECT holder_id FROM project_role WHERE project_id = $6)
              OR ($7 AND p.id IN (SELECT t.person_id FROM team_member t
                 JOIN project_role r ON r.holder_id = t.team_id WHERE r.project_id = $6))
              OR ($8 AND p.id IN (SELECT holder_id FROM org_role
                 WHERE org_id = $1 AND role IN ('ORG_OWNER', 'ORG_READ_ONLY', 'ORG_STREAM_PROCESSING_ADMIN'))))",
            "(a.project_roles LIKE '%' || $6 || '%'
              OR ($7 AND EXISTS (SELECT 1 FROM project_role r
                 WHERE r.project_id = $6 AND a.team_ids LIKE '%' || r.holder_id || '%'))
              OR ($8 AND (a.org_roles LIKE '%ORG_OWNER%' OR a.org_roles LIKE '%ORG_READ_ONLY%'
                 OR a.org_roles LIKE '%ORG_STREAM_PROCESSING_ADMIN%')))"
        )
    };
}

static OF_ORG: Sql = members!(of_org!(), "ORDER BY m.username, m.id LIMIT $7 OFFSET $8");
static COUNT_OF_ORG: Sql = sql!(concat!("SELECT COUNT(*) ", of_org!()));
static OF_PROJECT: Sql = members!(of_project!(), "ORDER BY m.username, m.id LIMIT $9 OFFSET $10");
static COUNT_OF_PROJECT: Sql = sql!(concat!("SELECT COUNT(*) ", of_project!()));

static ORG_ROLES: Sql = sql!(
    "SELECT r.holder_id, r.org_id, r.role FROM person p JOIN org_role r ON r.holder_id = p.id
     WHERE r.org_id = $1 AND p.username >= $2 AND p.username <= $3 ORDER BY r.holder_id, r.role"
);
static PROJECT_ROLES: Sql = sql!(
    "SELECT r.holder_id, r.project_id, r.role FROM person p
     JOIN project_role r ON r.holder_id = p.id JOIN project j ON j.id = r.project_id
     WHERE j.org_id = $1 AND j.deleted_at IS NULL AND p.username >= $2 AND p.username <= $3
     ORDER BY r.holder_id, r.granted_at, r.project_id, r.role"
);
static ROLES_BY_TEAM: Sql = sql!(
    "SELECT DISTINCT p.id, r.project_id, r.role FROM person p
     JOIN team_member t ON t.person_id = p.id JOIN project_role r ON r.holder_id = t.team_id
     WHERE r.project_id = $1 AND p.username >= $2 AND p.username <= $3 ORDER BY p.id, r.project_id, r.role"
);
static TEAMS: Sql = sql!(
    "SELECT m.person_id, m.team_id FROM person p
     JOIN team_member m ON m.person_id = p.id JOIN team t ON t.id = m.team_id
     WHERE t.org_id = $1 AND p.username >= $2 AND p.username <= $3 ORDER BY m.person_id, m.added_at, m.team_id"
);

static PERSON: Sql = sql!(
    "SELECT id, username, 'ACTIVE', country, first_name, last_name, mobile_number, created_at, last_auth_at, ''
     FROM person WHERE id = $1"
);
static PERSON_NAMED: Sql = sql!(
    "SELECT id, username, 'ACTIVE', country, first_name, last_name, mobile_number, created_at, last_auth_at, ''
     FROM person WHERE username = $1"
);
static ORGS_OF_PERSON: Sql = sql!(
    "SELECT DISTINCT r.org_id FROM org_role r JOIN organization o ON o.id = r.org_id
     WHERE r.holder_id = $1 AND o.deleted_at IS NULL ORDER BY r.org_id"
);
static INSERT: Sql = sql!(
    "INSERT INTO person (id, username, password_hash, first_name, last_name, created_at, country, mobile_number)
     VALUES ($1, $2, $3, $4, $5, $6, $7, $8)"
);

static CLEAR_PROJECT_ROLES: Sql =
    sql!("DELETE FROM project_role WHERE holder_id = $1 AND project_id IN (SELECT id FROM project WHERE org_id = $2)");
static CLEAR_TEAMS: Sql =
    sql!("DELETE FROM team_member WHERE person_id = $1 AND team_id IN (SELECT id FROM team WHERE org_id = $2)");
static LEAVE_TEAM: Sql = sql!("DELETE FROM team_member WHERE person_id = $1 AND team_id = $2");
static JOIN_TEAM: Sql = sql!(
    "INSERT INTO team_member (team_id, person_id, added_at) VALUES ($2, $1, $3) ON CONFLICT (team_id, person_id) DO NOTHING"
);
static IS_TEAM: Sql = sql!("SELECT 1 FROM team WHERE id = $1 AND org_id = $2");
static PROJECT_ORG: Sql = sql!("SELECT org_id FROM project WHERE id = $1 AND deleted_at IS NULL");

impl FromRow for Member {
    fn from_row(row: &Row<'_>) -> Result<Self, Fault> {
        let status: String = row.get(2)?;
        let membership = match status.as_str() {
            "ACTIVE" => Membership::Active(Profile {
                country: row.get(3)?,
                first_name: row.get(4)?,
                last_name: row.get(5)?,
                mobile_number: row.get(6)?,
                created_at: row.get(7)?,
                last_auth: row.get(8)?,
            }),
            "PENDING" => Membership::Pending(asked(row)?),
            "INVITATION_EXPIRED" => Membership::InvitationExpired(asked(row)?),
            "INVITATION_REJECTED" => Membership::InvitationRejected(asked(row)?),
            other => return Err(Fault::bug(format!("an invitation cannot be {other}"))),
        };
        Ok(Self {
            id: row.get(0)?,
            username: row.get(1)?,
            membership,
            org_roles: Vec::new(),
            project_roles: Vec::new(),
            teams: Vec::new(),
        })
    }
}

fn asked(row: &Row<'_>) -> Result<Asked, Fault> {
    Ok(Asked { invitation_created_at: row.get(7)?, invitation_expires_at: row.get(8)?, inviter_username: row.get(9)? })
}

fn filter_args(org: OrgId, now: Timestamp, filter: &Filter) -> Vec<Value> {
    let person = filter.person.map(|id| id.to_string()).unwrap_or_default();
    args![org, now, filter.username.as_deref().unwrap_or_default(), person, filter.statuses()].to_vec()
}

fn of_org_args(org: OrgId, now: Timestamp, filter: &Filter) -> Vec<Value> {
    let mut args = filter_args(org, now, filter);
    args.extend(args![filter.team.map(|id| id.to_string()).unwrap_or_default()]);
    args
}

/// A page of the people of an organization in the order of their usernames, and one more if there is a next page. Those
/// who were asked to join stand among them.
pub async fn of_org(
    tx: &mut Tx,
    org: OrgId,
    now: Timestamp,
    filter: &Filter,
    page: PageQuery,
) -> Result<Vec<Member>, Fault> {
    let mut args = of_org_args(org, now, filter);
    args.extend(args![page.limit() + 1, page.offset()]);
    let mut members = tx.all(OF_ORG, &args).await?;
    add_grants(tx, org, &mut members).await?;
    add_promises(tx, org, now, &mut members).await?;
    Ok(members)
}

/// How many people of an organization a filter wants.
pub async fn count_of_org(tx: &mut Tx, org: OrgId, now: Timestamp, filter: &Filter) -> Result<i64, Fault> {
    tx.one(COUNT_OF_ORG, &of_org_args(org, now, filter)).await
}

/// One of the people of an organization, if the filter wants them.
pub async fn find_in_org(tx: &mut Tx, org: OrgId, now: Timestamp, filter: &Filter) -> Result<Option<Member>, Fault> {
    Ok(of_org(tx, org, now, filter, ONE).await?.into_iter().next())
}

const ONE: PageQuery = PageQuery { page_num: 1, items_per_page: 1, include_count: false };

fn of_project_args(org: OrgId, project: ProjectId, now: Timestamp, filter: &ProjectFilter) -> Vec<Value> {
    let mut args = filter_args(org, now, &filter.common);
    args.extend(args![project, filter.flatten_teams, filter.include_org_users]);
    args
}

/// A page of the people of a project in the order of their usernames, and one more if there is a next page. Those who
/// were asked to join stand among them.
pub async fn of_project(
    tx: &mut Tx,
    (org, project): (OrgId, ProjectId),
    now: Timestamp,
    filter: &ProjectFilter,
    page: PageQuery,
) -> Result<Vec<Member>, Fault> {
    let mut args = of_project_args(org, project, now, filter);
    args.extend(args![page.limit() + 1, page.offset()]);
    let mut members: Vec<Member> = tx.all(OF_PROJECT, &args).await?;
    add_grants(tx, org, &mut members).await?;
    add_promises(tx, org, now, &mut members).await?;
    if let (true, [first, ..], [.., last]) = (filter.flatten_teams, &*members, &*members) {
        let rows = tx.all(ROLES_BY_TEAM, &args![project, &first.username, &last.username]).await?;
        add_project_roles(&mut joined(&mut members), rows);
    }
    Ok(members)
}

/// How many people of a project a filter wants.
pub async fn count_of_project(
    tx: &mut Tx,
    (org, project): (OrgId, ProjectId),
    now: Timestamp,
    filter: &ProjectFilter,
) -> Result<i64, Fault> {
    tx.one(COUNT_OF_PROJECT, &of_project_args(org, project, now, filter)).await
}

/// One of the people of a project, if the filter wants them.
pub async fn find_in_project(
    tx: &mut Tx,
    place: (OrgId, ProjectId),
    now: Timestamp,
    common: Filter,
) -> Result<Option<Member>, Fault> {
    let filter = ProjectFilter { common, ..ProjectFilter::default() };
    Ok(of_project(tx, place, now, &filter, ONE).await?.into_iter().next())
}

/// Adds what people hold in an organization. The members are in the order of their usernames: what lies between the first
/// and the last is read at once.
async fn add_grants(tx: &mut Tx, org: OrgId, members: &mut [Member]) -> Result<(), Fault> {
    let ([first, ..], [.., last]) = (&*members, &*members) else { return Ok(()) };
    let args = args![org, &first.username, &last.username];
    let org_roles: Vec<(PersonId, OrgId, String)> = tx.all(ORG_ROLES, &args).await?;
    let project_roles = tx.all(PROJECT_ROLES, &args).await?;
    let teams: Vec<(PersonId, TeamId)> = tx.all(TEAMS, &args).await?;
    let mut joined = joined(members);
    for (person, org, role) in org_roles {
        if let (Some(member), Some(role)) = (joined.get_mut(&person), OrgRole::parse(&role)) {
            member.org_roles.push((org, role));
        }
    }
    add_project_roles(&mut joined, project_roles);
    for (person, team) in teams {
        if let Some(member) = joined.get_mut(&person) {
            member.teams.push(team);
        }
    }
    Ok(())
}

fn joined(members: &mut [Member]) -> HashMap<PersonId, &mut Member> {
    members.iter_mut().filter(|member| member.has_joined()).map(|member| (member.id, member)).collect()
}

fn add_project_roles(members: &mut HashMap<PersonId, &mut Member>, rows: Vec<(PersonId, ProjectId, String)>) {
    for (person, project, role) in rows {
        if let (Some(member), Some(role)) = (members.get_mut(&person), ProjectRole::parse(&role))
            && !member.project_roles.contains(&(project, role))
        {
            member.project_roles.push((project, role));
        }
    }
}

/// A person with everything that they hold in those organizations.
pub async fn person(tx: &mut Tx, id: PersonId, within: impl Fn(OrgId) -> bool) -> Result<Option<Member>, Fault> {
    let found = tx.optional(PERSON, &args![id]).await?;
    add_grants_within(tx, found, within).await
}

/// The person of a username with everything that they hold in those organizations.
pub async fn person_named(
    tx: &mut Tx,
    username: &str,
    within: impl Fn(OrgId) -> bool,
) -> Result<Option<Member>, Fault> {
    let found = tx.optional(PERSON_NAMED, &args![username]).await?;
    add_grants_within(tx, found, within).await
}

async fn add_grants_within(
    tx: &mut Tx,
    found: Option<Member>,
    within: impl Fn(OrgId) -> bool,
) -> Result<Option<Member>, Fault> {
    let Some(mut member) = found else { return Ok(None) };
    let orgs: Vec<OrgId> = tx.all(ORGS_OF_PERSON, &args![member.id]).await?;
    for org in orgs.into_iter().filter(|org| within(*org)) {
        add_grants(tx, org, std::slice::from_mut(&mut member)).await?;
    }
    Ok(Some(member))
}

/// Stores a person. Another one of the same username is a unique violation of `person.username`.
pub async fn insert(
    tx: &mut Tx,
    id: PersonId,
    username: &str,
    password_hash: &str,
    profile: &Profile,
) -> Result<(), Fault> {
    let Profile { country, created_at, first_name, last_name, mobile_number, .. } = profile;
    let args = args![id, username, password_hash, first_name, last_name, *created_at, country, mobile_number.clone()];
    tx.run(INSERT, &args).await.map(drop)
}

/// Takes a person's roles in the projects of an organization, and their places in its teams.
pub async fn clear_below_org(tx: &mut Tx, org: OrgId, person: PersonId) -> Result<(), Fault> {
    tx.run(CLEAR_PROJECT_ROLES, &args![person, org]).await?;
    tx.run(CLEAR_TEAMS, &args![person, org]).await.map(drop)
}

/// Makes a person a member of a team.
pub async fn join_team(tx: &mut Tx, person: PersonId, team: TeamId, now: Timestamp) -> Result<(), Fault> {
    tx.run(JOIN_TEAM, &args![person, team, now]).await.map(drop)
}

/// Takes a person out of a team.
pub async fn leave_team(tx: &mut Tx, person: PersonId, team: TeamId) -> Result<(), Fault> {
    tx.run(LEAVE_TEAM, &args![person, team]).await.map(drop)
}

/// Whether the organization has such a team.
pub async fn is_team(tx: &mut Tx, org: OrgId, team: TeamId) -> Result<bool, Fault> {
    Ok(tx.optional::<i64>(IS_TEAM, &args![team, org]).await?.is_some())
}

/// The organization of a living project.
pub async fn org_of_project(tx: &mut Tx, project: ProjectId) -> Result<Option<OrgId>, Fault> {
    tx.optional(PROJECT_ORG, &args![project]).await
}

/// Adds what awaits those of the members who were asked to join, by the invitations that are in their state. They are in
/// the order of their usernames.
async fn add_promises(tx: &mut Tx, org: OrgId, now: Timestamp, members: &mut [Member]) -> Result<(), Fault> {
    let ([first, ..], [.., last]) = (&*members, &*members) else { return Ok(()) };
    if members.iter().all(Member::has_joined) {
        return Ok(());
    }
    for invitation in invitations::of_addresses(tx, org, &first.username, &last.username).await? {
        let is_open = invitation.status(now) == Status::Pending;
        let stands_for = |member: &&mut Member| match member.membership {
            Membership::Active(_) => false,
            Membership::Pending(_) => is_open,
            Membership::InvitationExpired(_) | Membership::InvitationRejected(_) => !is_open,
        };
        let mut found = members.iter_mut().filter(|member| member.username == invitation.username);
        let Some(member) = found.find(stands_for) else { continue };
        let in_projects = invitation
            .project_roles
            .into_iter()
            .flat_map(|grant| grant.roles.into_iter().map(move |role| (grant.project, role)));
        merge(&mut member.org_roles, invitation.org_roles.into_iter().map(|role| (org, role)));
        merge(&mut member.project_roles, in_projects);
        merge(&mut member.teams, invitation.team_ids.into_iter());
    }
    Ok(())
}

fn merge<T: PartialEq>(all: &mut Vec<T>, more: impl Iterator<Item = T>) {
    for item in more {
        if !all.contains(&item) {
            all.push(item);
        }
    }
}
