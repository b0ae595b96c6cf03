//! Changing and withdrawing invitations. Each change is recorded.

use std::collections::BTreeSet;

use telamon_api::Cx;
use telamon_wire::{OrgId, Result};

use super::{model::Invitation, store};
use crate::resources::events::{self, Event};

/// Writes what has changed of an invitation, and records it.
pub async fn change<S>(cx: &mut Cx<S>, before: &Invitation, after: &Invitation) -> Result<()> {
    store::update(&mut cx.tx, after).await?;
    for event in changes(before, after) {
        events::record(cx, event.with("targetUsername", after.username.as_str())).await?;
    }
    Ok(())
}

/// Removes an invitation, and records it.
pub async fn withdraw<S>(cx: &mut Cx<S>, invitation: &Invitation) -> Result<()> {
    store::delete(&mut cx.tx, invitation.id).await?;
    events::record(cx, removal(invitation)).await
}

/// Removes every invitation of somebody to an organization and to its projects.
pub async fn withdraw_all<S>(cx: &mut Cx<S>, org: OrgId, username: &str) -> Result<()> {
    for invitation in store::of_addresses(&mut cx.tx, org, username, username).await? {
        withdraw(cx, &invitation).await?;
    }
    Ok(())
}

/// The event of an invitation that is removed or declined.
pub fn removal(invitation: &Invitation) -> Event {
    let event = match invitation.project {
        None => Event::in_org("ORG_INVITATION_DELETED", invitation.org),
        Some(project) => Event::in_project("GROUP_INVITATION_DELETED", invitation.org, project),
    };
    event.with("targetUsername", invitation.username.as_str())
}

fn changes(before: &Invitation, after: &Invitation) -> Vec<Event> {
    let org = after.org;
    let projects = |of: &Invitation| of.project_roles.iter().map(|grant| grant.project).collect::<BTreeSet<_>>();
    let (old, new) = (projects(before), projects(after));
    let in_project = |name, project: &_| Event::in_project(name, org, *project);
    let mut events: Vec<Event> = new.difference(&old).map(|added| in_project("INVITED_TO_GROUP", added)).collect();
    events.extend(old.difference(&new).map(|left| in_project("GROUP_INVITATION_DELETED", left)));

    let in_org = |of: &Invitation| of.org_roles.iter().copied().collect::<BTreeSet<_>>();
    let roles = |of: &Invitation, project| of.roles_in(project).into_iter().collect::<BTreeSet<_>>();
    let differs = |project: &&_| roles(before, **project) != roles(after, **project);
    if in_org(before) != in_org(after) || old.intersection(&new).any(|project| differs(&project)) {
        events.push(Event::in_org("USER_ROLES_CHANGED_AUDIT", org));
    }

    let teams = |of: &Invitation| of.team_ids.iter().copied().collect::<BTreeSet<_>>();
    let (old, new) = (teams(before), teams(after));
    events.extend(new.difference(&old).map(|_| Event::in_org("INVITED_TO_TEAM", org)));
    events.extend(old.difference(&new).map(|_| Event::in_org("REMOVED_FROM_TEAM", org)));
    events
}
