//! Answering an invitation.

use telamon_api::UnitOfWork;
use telamon_authz::OrgRole;
use telamon_wire::{PersonId, Result};

use super::{change::removal, model::Invitation, store};
use crate::resources::{
    events::{self, Event},
    people::room,
    roles,
};

/// Grants somebody what an invitation promises, as far as it is still there, and removes the invitation. The caller has
/// seen that the invitation is pending and that the organization is alive, and writes the person's row first if they are
/// new.
///
/// Who joins was counted when they were invited. Who had joined in another way was not: there must be room for them
/// where they come to be.
pub async fn accept(unit: &mut UnitOfWork, invitation: &Invitation, person: PersonId) -> Result<()> {
    let (org, holder, now) = (invitation.org, person.to_string(), unit.now());
    let mut events = Vec::new();

    let held = roles::in_org(&mut unit.tx, &holder, org).await?;
    let newcomer = held.is_empty();
    let membership: &[OrgRole] = if newcomer && invitation.org_roles.is_empty() { &[OrgRole::Member] } else { &[] };
    let granted: Vec<OrgRole> = invitation.org_roles.iter().chain(membership).copied().collect();
    for role in &granted {
        roles::add_in_org(&mut unit.tx, &holder, org, *role, now).await?;
    }
    if newcomer {
        events.push(Event::in_org("JOINED_ORG", org));
    }
    let mut others = !newcomer && granted.iter().any(|role| !held.contains(role));

    for grant in &invitation.project_roles {
        if store::project_name(&mut unit.tx, org, grant.project).await?.is_none() {
            continue;
        }
        let held = roles::in_project(&mut unit.tx, &holder, grant.project).await?;
        if held.is_empty() {
            if !newcomer {
                room::demand_in_project(unit, (org, grant.project)).await?;
            }
            events.push(Event::in_project("JOINED_GROUP", org, grant.project));
        } else {
            others |= grant.roles.iter().any(|role| !held.contains(role));
        }
        for role in &grant.roles {
            roles::add_in_project(&mut unit.tx, &holder, grant.project, *role, now).await?;
        }
    }
    for team in &invitation.team_ids {
        if store::has_team(&mut unit.tx, org, *team).await?
            && store::join_team(&mut unit.tx, *team, person, now).await?
        {
            if !newcomer {
                room::demand_in_team(unit, (org, *team)).await?;
            }
            events.push(Event::in_org("JOINED_TEAM", org));
        }
    }
    if others {
        events.push(Event::in_org("USER_ROLES_CHANGED_AUDIT", org));
    }
    unit.credentials_changed();
    for event in events {
        // Whoever makes their account by this acts for the first time.
        let event = event.with("userId", holder.as_str()).with("username", invitation.username.as_str());
        events::record(unit, event.with("targetUsername", invitation.username.as_str())).await?;
    }
    store::delete(&mut unit.tx, invitation.id).await?;
    Ok(store::reassign(&mut unit.tx, &invitation.username, person).await?)
}

/// Marks an invitation as declined. Whoever has the link can do that.
pub async fn decline(unit: &mut UnitOfWork, invitation: &Invitation) -> Result<()> {
    store::reject(&mut unit.tx, invitation.id).await?;
    events::record(unit, removal(invitation)).await
}
