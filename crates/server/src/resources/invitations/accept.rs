//! Answering an invitation.

use std::net::IpAddr;

use telamon_authz::OrgRole;
use telamon_store::Tx;
use telamon_wire::{Entropy, PersonId, Result, Timestamp};

use super::{change::removal, model::Invitation, store};
use crate::{
    limits::ResourceLimits,
    resources::{
        events::{self, Event},
        people::room,
        roles,
    },
};

/// Who accepts, from where and when.
pub struct Acceptance<'a> {
    /// The person: [`Invitation::user_id`], unless they made their account in another way meanwhile.
    pub person: PersonId,
    /// Where they are.
    pub address: IpAddr,
    /// The time.
    pub now: Timestamp,
    /// How many people there may be.
    pub limits: &'a ResourceLimits,
    /// Randomness for the ids of events.
    pub entropy: &'a dyn Entropy,
}

/// Grants what an invitation promises, as far as it is still there, and removes the invitation. The caller has seen that
/// the invitation is pending and that the organization is alive, writes the person's row first if they are new, and
/// marks the change of credentials.
///
/// Who joins was counted when they were invited. Who had joined in another way was not: there must be room for them
/// where they come to be.
pub async fn accept(tx: &mut Tx, invitation: &Invitation, by: &Acceptance<'_>) -> Result<()> {
    let (org, holder, now) = (invitation.org, by.person.to_string(), by.now);
    let about = |event: Event| {
        let event = event.with("userId", holder.as_str()).with("username", invitation.username.as_str());
        event.with("remoteAddress", by.address.to_string()).with("targetUsername", invitation.username.as_str())
    };
    let mut events = Vec::new();

    let held = roles::in_org(tx, &holder, org).await?;
    let newcomer = held.is_empty();
    let membership: &[OrgRole] = if newcomer && invitation.org_roles.is_empty() { &[OrgRole::Member] } else { &[] };
    let granted: Vec<OrgRole> = invitation.org_roles.iter().chain(membership).copied().collect();
    for role in &granted {
        roles::add_in_org(tx, &holder, org, *role, now).await?;
    }
    if newcomer {
        events.push(Event::in_org("JOINED_ORG", org));
    }
    let mut others = !newcomer && granted.iter().any(|role| !held.contains(role));

    for grant in &invitation.project_roles {
        if store::project_name(tx, org, grant.project).await?.is_none() {
            continue;
        }
        let held = roles::in_project(tx, &holder, grant.project).await?;
        if held.is_empty() {
            if !newcomer {
                room::demand_in_project(tx, by.limits, (org, grant.project), now).await?;
            }
            events.push(Event::in_project("JOINED_GROUP", org, grant.project));
        } else {
            others |= grant.roles.iter().any(|role| !held.contains(role));
        }
        for role in &grant.roles {
            roles::add_in_project(tx, &holder, grant.project, *role, now).await?;
        }
    }
    for team in &invitation.team_ids {
        if store::has_team(tx, org, *team).await? && store::join_team(tx, *team, by.person, now).await? {
            if !newcomer {
                room::demand_in_team(tx, by.limits, (org, *team), now).await?;
            }
            events.push(Event::in_org("JOINED_TEAM", org));
        }
    }
    if others {
        events.push(Event::in_org("USER_ROLES_CHANGED_AUDIT", org));
    }
    for event in events {
        events::record_by_system(tx, about(event), now, by.entropy).await?;
    }
    store::delete(tx, invitation.id).await?;
    Ok(store::reassign(tx, &invitation.username, by.person).await?)
}

/// Marks an invitation as declined. Whoever has the link can do that.
pub async fn decline(
    tx: &mut Tx,
    invitation: &Invitation,
    address: IpAddr,
    now: Timestamp,
    entropy: &dyn Entropy,
) -> Result<()> {
    store::reject(tx, invitation.id).await?;
    let event = removal(invitation).with("remoteAddress", address.to_string());
    Ok(events::record_by_system(tx, event, now, entropy).await?)
}
