//! Accepting an invitation.

use std::net::IpAddr;

use telamon_authz::OrgRole;
use telamon_store::{Fault, Tx};
use telamon_wire::{Entropy, PersonId, Timestamp};

use super::{model::Invitation, store};
use crate::resources::{
    events::{self, Event},
    roles,
};

/// Who accepts, from where and when.
pub struct Acceptance<'a> {
    /// The person: [`Invitation::user_id`], unless they made their account in another way meanwhile.
    pub person: PersonId,
    /// Where they are.
    pub address: IpAddr,
    /// The time.
    pub now: Timestamp,
    /// Randomness for the ids of events.
    pub entropy: &'a dyn Entropy,
}

/// Grants what an invitation promises, as far as it is still there, and removes the invitation. The caller has seen that
/// the invitation is pending and that the organization is alive, writes the person's row first if they are new, and
/// marks the change of credentials.
pub async fn accept(tx: &mut Tx, invitation: &Invitation, by: &Acceptance<'_>) -> Result<(), Fault> {
    let (org, holder) = (invitation.org, by.person.to_string());
    let newcomer = !store::is_member(tx, by.person, org).await?;
    for role in &invitation.org_roles {
        roles::add_in_org(tx, &holder, org, *role, by.now).await?;
    }
    if newcomer && invitation.org_roles.is_empty() {
        roles::add_in_org(tx, &holder, org, OrgRole::Member, by.now).await?;
    }
    let about = |event: Event| {
        let event = event.with("userId", holder.as_str()).with("username", invitation.username.as_str());
        event.with("remoteAddress", by.address.to_string()).with("targetUsername", invitation.username.as_str())
    };
    if newcomer {
        events::record_by_system(tx, about(Event::in_org("JOINED_ORG", org)), by.now, by.entropy).await?;
    }
    for grant in &invitation.project_roles {
        if store::project_name(tx, org, grant.project).await?.is_none() {
            continue;
        }
        if !store::is_in_project(tx, by.person, grant.project).await? {
            let event = about(Event::in_project("JOINED_GROUP", org, grant.project));
            events::record_by_system(tx, event, by.now, by.entropy).await?;
        }
        for role in &grant.roles {
            roles::add_in_project(tx, &holder, grant.project, *role, by.now).await?;
        }
    }
    for team in &invitation.team_ids {
        if store::has_team(tx, org, *team).await? && store::join_team(tx, *team, by.person, by.now).await? {
            let event = about(Event::in_org("JOINED_TEAM", org)).with("teamId", team.to_string());
            events::record_by_system(tx, event, by.now, by.entropy).await?;
        }
    }
    store::delete(tx, invitation.id).await?;
    store::reassign(tx, &invitation.username, by.person).await
}
