//! The rows of invitations, and what an invitation asks of other tables.

use serde::{Serialize, de::DeserializeOwned};
use telamon_authn::SecretHash;
use telamon_store::{Fault, FromRow, Row, Sql, Tx, args, sql};
use telamon_wire::{InvitationId, OrgId, PersonId, ProjectId, TeamId, Timestamp};

use super::model::Invitation;

/// The columns of [`Invitation`].
macro_rules! invitations {
    ($rest:literal) => {
        sql!(concat!(
            "SELECT id, user_id, org_id, project_id, username, org_roles, project_roles, team_ids, inviter_username,
             status, created_at, expires_at FROM invitation ",
            $rest
        ))
    };
}

const PENDING: &str = "PENDING";
const REJECTED: &str = "INVITATION_REJECTED";

static INSERT: Sql = sql!(
    "INSERT INTO invitation (id, user_id, org_id, project_id, username, org_roles, project_roles, team_ids,
     inviter_username, status, token_hash, created_at, expires_at)
     VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, 'PENDING', $10, $11, $12)"
);
static FIND: Sql = invitations!("WHERE id = $1");
static BY_TOKEN: Sql = invitations!("WHERE token_hash = $1");
static OF_ORG: Sql = invitations!(
    "WHERE org_id = $1 AND project_id IS NULL AND status = 'PENDING' AND expires_at > $2
     AND ($3 = '' OR username = $3) ORDER BY created_at, id"
);
static OF_PROJECT: Sql = invitations!(
    "WHERE project_id = $1 AND status = 'PENDING' AND expires_at > $2 AND ($3 = '' OR username = $3)
     ORDER BY created_at, id"
);
static OF_ADDRESS_IN_ORG: Sql = invitations!("WHERE org_id = $1 AND username = $2 AND project_id IS NULL");
static OF_ADDRESS_IN_PROJECT: Sql = invitations!("WHERE org_id = $1 AND username = $2 AND project_id = $3");
static OF_ADDRESSES: Sql =
    invitations!("WHERE org_id = $1 AND username >= $2 AND username <= $3 ORDER BY username, created_at, id");
static EXPIRED: Sql = invitations!("WHERE expires_at <= $1 ORDER BY expires_at, id LIMIT $2");
static UPDATE: Sql =
    sql!("UPDATE invitation SET org_roles = $2, project_roles = $3, team_ids = $4, expires_at = $5 WHERE id = $1");
static CLEAR_BESIDE_ORG: Sql = sql!(
    "UPDATE invitation SET org_roles = '[]', team_ids = '[]' WHERE org_id = $1 AND username = $2 AND project_id IS NOT NULL"
);
static REJECT: Sql = sql!("UPDATE invitation SET status = 'INVITATION_REJECTED' WHERE id = $1");
static DELETE: Sql = sql!("DELETE FROM invitation WHERE id = $1");
static PENDING_ID: Sql = sql!("SELECT user_id FROM invitation WHERE username = $1 ORDER BY created_at, id LIMIT 1");

static REASSIGN: Sql = sql!("UPDATE invitation SET user_id = $2 WHERE username = $1 AND user_id <> $2");

static PERSON: Sql = sql!("SELECT id FROM person WHERE username = $1");
static IS_MEMBER: Sql = sql!("SELECT 1 FROM org_role WHERE holder_id = $1 AND org_id = $2 LIMIT 1");
static IS_IN_PROJECT: Sql = sql!("SELECT 1 FROM project_role WHERE holder_id = $1 AND project_id = $2 LIMIT 1");
static PROJECT_NAME: Sql = sql!("SELECT name FROM project WHERE id = $1 AND org_id = $2 AND deleted_at IS NULL");
static ORG_NAME: Sql = sql!("SELECT name FROM organization WHERE id = $1");
static HAS_TEAM: Sql = sql!("SELECT 1 FROM team WHERE id = $1 AND org_id = $2");
static JOIN_TEAM: Sql = sql!(
    "INSERT INTO team_member (team_id, person_id, added_at) VALUES ($1, $2, $3)
     ON CONFLICT (team_id, person_id) DO NOTHING"
);

impl FromRow for Invitation {
    fn from_row(row: &Row<'_>) -> Result<Self, Fault> {
        let status: String = row.get(9)?;
        Ok(Self {
            id: row.get(0)?,
            user_id: row.get(1)?,
            org: row.get(2)?,
            project: row.get(3)?,
            username: row.get(4)?,
            org_roles: json(row, 5)?,
            project_roles: json(row, 6)?,
            team_ids: json(row, 7)?,
            inviter_username: row.get(8)?,
            rejected: match status.as_str() {
                PENDING => false,
                REJECTED => true,
                other => return Err(Fault::bug(format!("an invitation cannot be {other}"))),
            },
            created_at: row.get(10)?,
            expires_at: row.get(11)?,
        })
    }
}

fn json<T: DeserializeOwned>(row: &Row<'_>, column: usize) -> Result<T, Fault> {
    let text: String = row.get(column)?;
    serde_json::from_str(&text).map_err(|error| Fault::Bug(error.into()))
}

fn text(value: &impl Serialize) -> Result<String, Fault> {
    serde_json::to_string(value).map_err(|error| Fault::Bug(error.into()))
}

/// Writes an invitation that can be accepted with the token of that hash. One that the address has in the same list
/// already is a unique violation.
pub async fn insert(tx: &mut Tx, new: &Invitation, token: &SecretHash) -> Result<(), Fault> {
    let args = args![
        new.id,
        new.user_id,
        new.org,
        new.project,
        &new.username,
        text(&new.org_roles)?,
        text(&new.project_roles)?,
        text(&new.team_ids)?,
        &new.inviter_username,
        token.as_bytes(),
        new.created_at,
        new.expires_at
    ];
    tx.run(INSERT, &args).await.map(drop)
}

/// Whether this fault says that the address has an invitation in the list already.
pub fn is_invited_already(fault: &Fault) -> bool {
    fault.is_unique("invitation.org_id,username") || fault.is_unique("invitation.project_id,username")
}

/// The invitation of that id, in whichever state and list.
pub async fn find(tx: &mut Tx, id: InvitationId) -> Result<Option<Invitation>, Fault> {
    tx.optional(FIND, &args![id]).await
}

/// The invitation that the token of a mail opens, in whichever state.
pub async fn by_token(tx: &mut Tx, token: &str) -> Result<Option<Invitation>, Fault> {
    tx.optional(BY_TOKEN, &args![SecretHash::of(token).as_bytes()]).await
}

/// The invitation of an address in a list: a project's, or the organization's own. In whichever state.
pub async fn of_address(
    tx: &mut Tx,
    org: OrgId,
    project: Option<ProjectId>,
    address: &str,
) -> Result<Option<Invitation>, Fault> {
    match project {
        None => tx.optional(OF_ADDRESS_IN_ORG, &args![org, address]).await,
        Some(project) => tx.optional(OF_ADDRESS_IN_PROJECT, &args![org, address, project]).await,
    }
}

/// The invitations of the organization's own list that can be accepted, oldest first: of one address, or all if it is
/// empty.
pub async fn pending_in_org(tx: &mut Tx, org: OrgId, address: &str, now: Timestamp) -> Result<Vec<Invitation>, Fault> {
    tx.all(OF_ORG, &args![org, now, address]).await
}

/// The same of a project's list.
pub async fn pending_in_project(
    tx: &mut Tx,
    project: ProjectId,
    address: &str,
    now: Timestamp,
) -> Result<Vec<Invitation>, Fault> {
    tx.all(OF_PROJECT, &args![project, now, address]).await
}

/// Every invitation to an organization and to its projects of the addresses from one to another, oldest first of each
/// address. In whichever state.
pub async fn of_addresses(tx: &mut Tx, org: OrgId, from: &str, to: &str) -> Result<Vec<Invitation>, Fault> {
    tx.all(OF_ADDRESSES, &args![org, from, to]).await
}

/// The first invitations that expired before a time.
pub async fn expired(tx: &mut Tx, before: Timestamp, most: i64) -> Result<Vec<Invitation>, Fault> {
    tx.all(EXPIRED, &args![before, most]).await
}

/// Writes the roles, teams and end of an invitation.
pub async fn update(tx: &mut Tx, changed: &Invitation) -> Result<(), Fault> {
    let Invitation { org_roles, project_roles, team_ids, .. } = changed;
    let args = args![changed.id, text(org_roles)?, text(project_roles)?, text(team_ids)?, changed.expires_at];
    tx.run(UPDATE, &args).await.map(drop)
}

/// Has no roles in the organization and no teams await an address by the invitations to projects: the organization's own
/// says what does.
pub async fn clear_beside_org(tx: &mut Tx, org: OrgId, address: &str) -> Result<(), Fault> {
    tx.run(CLEAR_BESIDE_ORG, &args![org, address]).await.map(drop)
}

/// Marks an invitation as declined.
pub async fn reject(tx: &mut Tx, id: InvitationId) -> Result<(), Fault> {
    tx.run(REJECT, &args![id]).await.map(drop)
}

/// Removes an invitation.
pub async fn delete(tx: &mut Tx, id: InvitationId) -> Result<(), Fault> {
    tx.run(DELETE, &args![id]).await.map(drop)
}

/// The id under which an address without an account is listed as pending, and which its person must get.
pub async fn pending_id(tx: &mut Tx, address: &str) -> Result<Option<PersonId>, Fault> {
    tx.optional(PENDING_ID, &args![address]).await
}

/// Lists an address under the id of its person wherever else it is invited.
pub async fn reassign(tx: &mut Tx, address: &str, person: PersonId) -> Result<(), Fault> {
    tx.run(REASSIGN, &args![address, person]).await.map(drop)
}

/// The person with that address.
pub async fn person(tx: &mut Tx, address: &str) -> Result<Option<PersonId>, Fault> {
    tx.optional(PERSON, &args![address]).await
}

/// Whether somebody has a role in an organization.
pub async fn is_member(tx: &mut Tx, person: PersonId, org: OrgId) -> Result<bool, Fault> {
    Ok(tx.optional::<i64>(IS_MEMBER, &args![person, org]).await?.is_some())
}

/// Whether somebody has a role of their own in a project.
pub async fn is_in_project(tx: &mut Tx, person: PersonId, project: ProjectId) -> Result<bool, Fault> {
    Ok(tx.optional::<i64>(IS_IN_PROJECT, &args![person, project]).await?.is_some())
}

/// The name of a living project of an organization.
pub async fn project_name(tx: &mut Tx, org: OrgId, project: ProjectId) -> Result<Option<String>, Fault> {
    tx.optional(PROJECT_NAME, &args![project, org]).await
}

/// The name of an organization.
pub async fn org_name(tx: &mut Tx, org: OrgId) -> Result<String, Fault> {
    tx.one(ORG_NAME, &args![org]).await
}

/// Whether an organization has that team.
pub async fn has_team(tx: &mut Tx, org: OrgId, team: TeamId) -> Result<bool, Fault> {
    Ok(tx.optional::<i64>(HAS_TEAM, &args![team, org]).await?.is_some())
}

/// Puts somebody into a team; whether they are new there.
pub async fn join_team(tx: &mut Tx, team: TeamId, person: PersonId, now: Timestamp) -> Result<bool, Fault> {
    Ok(tx.run(JOIN_TEAM, &args![team, person, now]).await? > 0)
}
