//! Changing what somebody holds: rows of roles and teams for who has joined, the promises of an invitation for who was
//! asked to.

use std::collections::BTreeSet;

use telamon_api::Cx;
use telamon_authz::{OrgRole, ProjectRole};
use telamon_wire::{ErrorCode, OrgId, ProjectId, Result, TeamId};

use super::{member::Member, room, store};
use crate::resources::{
    events::{self, Event},
    invitations, roles,
};

/// Gives somebody these roles in an organization, instead of those that they have. Without a role nobody belongs to it,
/// and somebody must own it.
pub async fn set_in_org<S>(cx: &mut Cx<S>, org: OrgId, member: &Member, wanted: &[OrgRole]) -> Result<()> {
    let held = member.in_org(org);
    if wanted.is_empty() {
        return Err(ErrorCode::CANNOT_REMOVE_ALL_USER_ROLES.into());
    }
    if BTreeSet::from_iter(wanted) == BTreeSet::from_iter(&held) {
        return Ok(());
    }
    let new: Vec<OrgRole> = wanted.iter().copied().filter(|role| !held.contains(role)).collect();
    roles::demand_grantable(cx.caller().as_deref(), org, &new)?;
    if !member.has_joined() {
        let now = cx.now();
        invitations::promise_org_roles(&mut cx.tx, org, &member.username, now, wanted).await?;
        return record(cx, Event::in_org("USER_ROLES_CHANGED_AUDIT", org), member).await;
    }
    let (holder, now) = (member.id.to_string(), cx.now());
    if !wanted.contains(&OrgRole::Owner) {
        roles::demand_another_owner(&mut cx.tx, &holder, org).await?;
    }
    roles::replace_in_org(&mut cx.tx, &holder, org, wanted, now).await?;
    cx.credentials_changed();
    record(cx, Event::in_org("USER_ROLES_CHANGED_AUDIT", org), member).await
}

/// Gives somebody these roles in a project, instead of those that they have there; with none they leave it.
pub async fn set_in_project<S>(
    cx: &mut Cx<S>,
    (org, project): (OrgId, ProjectId),
    member: &Member,
    wanted: &[ProjectRole],
) -> Result<()> {
    let held = member.in_project(project);
    if BTreeSet::from_iter(wanted) == BTreeSet::from_iter(&held) {
        return Ok(());
    }
    let new: Vec<ProjectRole> = wanted.iter().copied().filter(|role| !held.contains(role)).collect();
    roles::demand_grantable_in_project(cx.caller().as_deref(), org, project, &new)?;
    let now = cx.now();
    if held.is_empty() {
        room::demand_in_project(cx, (org, project)).await?;
    }
    let (joined, left) = if member.has_joined() {
        roles::replace_in_project(&mut cx.tx, &member.id.to_string(), project, wanted, now).await?;
        cx.credentials_changed();
        ("JOINED_GROUP", "REMOVED_FROM_GROUP")
    } else {
        invitations::promise_project_roles(&mut cx.tx, org, &member.username, now, project, wanted).await?;
        ("INVITED_TO_GROUP", "GROUP_INVITATION_DELETED")
    };
    let event = match (held.is_empty(), wanted.is_empty()) {
        (true, _) => Event::in_project(joined, org, project),
        (_, true) => Event::in_project(left, org, project),
        // In the organization's list, as the service does, wherever the roles are.
        _ => Event::in_org("USER_ROLES_CHANGED_AUDIT", org),
    };
    record(cx, event, member).await
}

/// Makes somebody a member of these teams, instead of those of the organization that they belong to.
pub async fn set_teams<S>(cx: &mut Cx<S>, org: OrgId, member: &Member, wanted: &[TeamId]) -> Result<()> {
    let (now, wanted) = (cx.now(), invitations::without_repetition(wanted));
    let left: Vec<TeamId> = member.teams.iter().copied().filter(|team| !wanted.contains(team)).collect();
    let new: Vec<TeamId> = wanted.iter().copied().filter(|team| !member.teams.contains(team)).collect();
    if left.is_empty() && new.is_empty() {
        return Ok(());
    }
    let joined = if member.has_joined() {
        for team in &left {
            store::leave_team(&mut cx.tx, member.id, *team).await?;
        }
        for team in &new {
            store::join_team(&mut cx.tx, member.id, *team, now).await?;
        }
        cx.credentials_changed();
        "JOINED_TEAM"
    } else {
        invitations::promise_teams(&mut cx.tx, org, &member.username, now, &wanted).await?;
        "INVITED_TO_TEAM"
    };
    for name in left.iter().map(|_| "REMOVED_FROM_TEAM").chain(new.iter().map(|_| joined)) {
        record(cx, Event::in_org(name, org), member).await?;
    }
    Ok(())
}

/// Takes everything that somebody holds in an organization, in its projects and in its teams, and takes back what they
/// were asked.
pub async fn remove_from_org<S>(cx: &mut Cx<S>, org: OrgId, member: &Member) -> Result<()> {
    invitations::withdraw_all(cx, org, &member.username).await?;
    if !member.has_joined() {
        return Ok(());
    }
    let (holder, now) = (member.id.to_string(), cx.now());
    roles::demand_another_owner(&mut cx.tx, &holder, org).await?;
    roles::replace_in_org(&mut cx.tx, &holder, org, &[], now).await?;
    store::clear_below_org(&mut cx.tx, org, member.id).await?;
    cx.credentials_changed();
    record(cx, Event::in_org("REMOVED_FROM_ORG", org), member).await
}

async fn record<S>(cx: &mut Cx<S>, event: Event, member: &Member) -> Result<()> {
    events::record(cx, event.with("targetUsername", member.username.as_str())).await
}
