//! What awaits somebody, whichever invitations promise it.
//!
//! Somebody may have been asked more than once: to the organization, and to some of its projects. Their roles in the
//! organization and their teams stand in one of those invitations, the organization's own if there is one, so that who
//! changes or withdraws that one changes or withdraws them.

use telamon_authz::{OrgRole, ProjectRole};
use telamon_store::{Fault, Tx};
use telamon_wire::{OrgId, ProjectId, TeamId, Timestamp};

use super::{
    model::{Invitation, Status},
    store,
};

/// Changes the roles in the organization that await somebody.
pub async fn promise_org_roles(
    tx: &mut Tx,
    org: OrgId,
    username: &str,
    now: Timestamp,
    roles: &[OrgRole],
) -> Result<(), Fault> {
    let mut roles = roles.to_vec();
    for mut invitation in standing(tx, org, username, now).await? {
        invitation.org_roles = std::mem::take(&mut roles);
        store::update(tx, &invitation).await?;
    }
    Ok(())
}

/// Changes the teams that await somebody.
pub async fn promise_teams(
    tx: &mut Tx,
    org: OrgId,
    username: &str,
    now: Timestamp,
    teams: &[TeamId],
) -> Result<(), Fault> {
    let mut teams = teams.to_vec();
    for mut invitation in standing(tx, org, username, now).await? {
        invitation.team_ids = std::mem::take(&mut teams);
        store::update(tx, &invitation).await?;
    }
    Ok(())
}

/// Changes the roles in a project that await somebody. They are written into one invitation: the project's own, if there
/// is one. Without roles that one goes, and what else it promised is another's.
pub async fn promise_project_roles(
    tx: &mut Tx,
    org: OrgId,
    username: &str,
    now: Timestamp,
    project: ProjectId,
    roles: &[ProjectRole],
) -> Result<(), Fault> {
    let mut all = standing(tx, org, username, now).await?;
    all.sort_by_key(|invitation| invitation.project != Some(project));
    let mut granted = roles.to_vec();
    for invitation in &mut all {
        invitation.set_roles_in(project, std::mem::take(&mut granted));
    }
    if let [own, others @ ..] = &mut *all
        && own.project == Some(project)
        && roles.is_empty()
    {
        if let [next, ..] = others {
            next.org_roles.append(&mut own.org_roles);
            next.team_ids.append(&mut own.team_ids);
        }
        store::delete(tx, own.id).await?;
    }
    // One that is gone is not written.
    for invitation in &all {
        store::update(tx, invitation).await?;
    }
    Ok(())
}

/// The invitations that stand for somebody in the lists of people, the organization's own first, then the oldest: those
/// that can be accepted; where none can, all of them.
async fn standing(tx: &mut Tx, org: OrgId, username: &str, now: Timestamp) -> Result<Vec<Invitation>, Fault> {
    let mut all = store::of_addresses(tx, org, username, username).await?;
    if all.iter().any(|invitation| invitation.status(now) == Status::Pending) {
        all.retain(|invitation| invitation.status(now) == Status::Pending);
    }
    all.sort_by_key(|invitation| invitation.project.is_some());
    Ok(all)
}
