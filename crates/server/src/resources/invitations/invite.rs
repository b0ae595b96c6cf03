//! Inviting somebody.

use telamon_api::{Caller, Cx, Identity};
use telamon_authn::{SecretHash, random_token};
use telamon_authz::{OrgRole, ProjectRole};
use telamon_wire::{ApiError, ErrorCode, Failure, InvitationId, OrgId, PersonId, ProjectId, Result, TeamId};

use super::{
    letter::Letter,
    model::{Invitation, LIFETIME_SECONDS, NewInvitation, ProjectGrant, Status, fold_address, without_repetition},
    store,
};
use crate::{
    mail::{self, Links},
    resources::{
        events::{self, Event},
        people::room,
        roles,
    },
};

/// What became of somebody who was to get roles in a project.
#[derive(Debug)]
pub enum Invited {
    /// They are in the organization, and have the roles now.
    Added(PersonId),
    /// They were asked to join the organization, and the roles await them there.
    Pending(Invitation),
}

/// Invites somebody to an organization, records it, and posts the mail. What is granted has been checked by
/// [`check_grants`]. An invitation of the same list that expired or was declined is replaced; one that is pending, or a
/// membership, is `USER_ALREADY_EXISTS`. Whoever is invited is counted as if they had joined.
pub async fn invite<S>(cx: &mut Cx<S>, new: NewInvitation) -> Result<Invitation> {
    let (org, now, username) = (new.org, cx.now(), fold_address(&new.username)?);
    let person = store::person(&mut cx.tx, &username).await?;
    if let Some(person) = person
        && is_there(cx, person, org, new.project).await?
    {
        return Err(ApiError::new(ErrorCode::USER_ALREADY_EXISTS).with(username).into());
    }
    let known = store::pending_id(&mut cx.tx, &username).await?;
    if let Some(earlier) = store::of_address(&mut cx.tx, org, new.project, &username).await? {
        if earlier.status(now) == Status::Pending {
            return Err(ApiError::new(ErrorCode::USER_ALREADY_EXISTS).with(username).into());
        }
        store::delete(&mut cx.tx, earlier.id).await?;
    }
    let invitation = Invitation {
        id: cx.new_id(),
        user_id: person.or(known).unwrap_or_else(|| cx.new_id()),
        org,
        project: new.project,
        username,
        org_roles: without_repetition(&new.org_roles),
        project_roles: merged(new.project_roles),
        team_ids: without_repetition(&new.team_ids),
        inviter_username: inviter(&*cx.demand_caller()?),
        rejected: false,
        created_at: now,
        expires_at: now.plus_seconds(LIFETIME_SECONDS),
    };
    room::demand_for(cx, org, &invitation.username, invitation.projects()).await?;
    if invitation.project.is_none() {
        store::clear_beside_org(&mut cx.tx, org, &invitation.username).await?;
    }
    let token = random_token(cx.entropy());
    match store::insert(&mut cx.tx, &invitation, &SecretHash::of(token.expose())).await {
        // Somebody else invites them at the same moment: another run sees it.
        Err(fault) if store::is_invited_already(&fault) => return Err(Failure::Retry),
        written => written?,
    }
    let event = Event::in_org("INVITED_TO_ORG", org).with("targetUsername", invitation.username.as_str());
    events::record(cx, event).await?;
    room::demand_in_teams(cx, org, invitation.team_ids.iter().copied()).await?;
    post(cx, &invitation, token.expose()).await?;
    Ok(invitation)
}

/// Gives somebody roles in a project of an organization: at once if they are in the organization, else by an invitation
/// of the organization, which is made, or gets these roles as well and 30 days from now. What is granted has been
/// checked by [`check_grants`].
pub async fn invite_to_project<S>(
    cx: &mut Cx<S>,
    org: OrgId,
    project: ProjectId,
    username: &str,
    granted: &[ProjectRole],
) -> Result<Invited> {
    let (now, username) = (cx.now(), fold_address(username)?);
    if let Some(person) = store::person(&mut cx.tx, &username).await?
        && store::is_member(&mut cx.tx, person, org).await?
    {
        add_to_project(cx, org, project, person, &username, granted).await?;
        return Ok(Invited::Added(person));
    }
    if let Some(mut invitation) = store::of_address(&mut cx.tx, org, None, &username).await?
        && invitation.status(now) == Status::Pending
    {
        room::demand_for(cx, org, &username, [project]).await?;
        invitation.add_roles_in(project, granted);
        invitation.expires_at = now.plus_seconds(LIFETIME_SECONDS);
        store::update(&mut cx.tx, &invitation).await?;
        let event = Event::in_project("INVITED_TO_GROUP", org, project).with("targetUsername", username);
        events::record(cx, event).await?;
        return Ok(Invited::Pending(invitation));
    }
    let project_roles = vec![ProjectGrant { project, roles: granted.to_vec() }];
    let org_roles = vec![OrgRole::Member];
    let new = NewInvitation { org, project: None, username, org_roles, project_roles, team_ids: Vec::new() };
    invite(cx, new).await.map(Invited::Pending)
}

async fn add_to_project<S>(
    cx: &mut Cx<S>,
    org: OrgId,
    project: ProjectId,
    person: PersonId,
    username: &str,
    granted: &[ProjectRole],
) -> Result<()> {
    let now = cx.now();
    let newcomer = !store::is_in_project(&mut cx.tx, person, project).await?;
    room::demand_for(cx, org, username, [project]).await?;
    for role in granted {
        roles::add_in_project(&mut cx.tx, &person.to_string(), project, *role, now).await?;
    }
    cx.credentials_changed();
    let event = if newcomer {
        Event::in_project("JOINED_GROUP", org, project)
    } else {
        Event::in_org("USER_ROLES_CHANGED_AUDIT", org)
    };
    events::record(cx, event.with("targetUsername", username)).await
}

/// Refuses roles that the caller may not grant, projects and teams that the organization does not have, and a project
/// that is named without a role.
pub async fn check_grants<S>(
    cx: &mut Cx<S>,
    org: OrgId,
    org_roles: &[OrgRole],
    project_roles: &[ProjectGrant],
    team_ids: &[TeamId],
) -> Result<()> {
    let caller = cx.demand_caller()?;
    roles::demand_grantable(Some(&*caller), org, org_roles)?;
    for ProjectGrant { project, roles: granted } in project_roles {
        if store::project_name(&mut cx.tx, org, *project).await?.is_none() {
            return Err(ApiError::new(ErrorCode::GROUP_NOT_FOUND).with(project.to_string()).into());
        }
        if granted.is_empty() {
            return Err(ApiError::new(ErrorCode::NO_ROLES_IN_ASSIGNMENT).with(project.to_string()).into());
        }
        roles::demand_grantable_in_project(Some(&*caller), org, *project, granted)?;
    }
    for team in team_ids {
        if !store::has_team(&mut cx.tx, org, *team).await? {
            return Err(ApiError::new(ErrorCode::TEAM_NOT_FOUND).with(team.to_string()).into());
        }
    }
    Ok(())
}

/// The invitation of a list that can still be accepted: `RESOURCE_NOT_FOUND` if there is none of that id.
pub async fn demand_pending<S>(
    cx: &mut Cx<S>,
    org: OrgId,
    project: Option<ProjectId>,
    id: InvitationId,
) -> Result<Invitation> {
    let now = cx.now();
    let found = store::find(&mut cx.tx, id).await?;
    let found =
        found.filter(|found| found.org == org && found.project == project && found.status(now) == Status::Pending);
    found.ok_or_else(|| not_found(cx))
}

/// Nothing of that name, said of the path.
pub(super) fn not_found<S>(cx: &Cx<S>) -> Failure {
    ApiError::new(ErrorCode::RESOURCE_NOT_FOUND).with(cx.info().path.clone()).into()
}

/// What `inviterUsername` says of a caller.
pub fn inviter(caller: &Caller) -> String {
    match &caller.identity {
        Identity::ApiKey { public_key, .. } => public_key.clone(),
        Identity::ServiceAccount { client_id } => client_id.to_string(),
        Identity::Person { username, .. } => username.clone(),
    }
}

/// Whether there is nothing to invite somebody to: they have a role where the invitation would lead.
async fn is_there<S>(cx: &mut Cx<S>, person: PersonId, org: OrgId, project: Option<ProjectId>) -> Result<bool> {
    Ok(match project {
        None => store::is_member(&mut cx.tx, person, org).await?,
        Some(project) => store::is_in_project(&mut cx.tx, person, project).await?,
    })
}

/// Each project once, and each of its roles.
pub(super) fn merged(grants: Vec<ProjectGrant>) -> Vec<ProjectGrant> {
    let mut merged: Vec<ProjectGrant> = Vec::with_capacity(grants.len());
    for grant in grants {
        match merged.iter_mut().find(|other| other.project == grant.project) {
            Some(other) => other.roles.extend(grant.roles),
            None => merged.push(grant),
        }
    }
    for grant in &mut merged {
        grant.roles = without_repetition(&grant.roles);
    }
    merged
}

async fn post<S>(cx: &mut Cx<S>, invitation: &Invitation, token: &str) -> Result<()> {
    let org = store::org_name(&mut cx.tx, invitation.org).await?;
    let project = match invitation.project {
        Some(project) => store::project_name(&mut cx.tx, invitation.org, project).await?,
        None => None,
    };
    let letter = Letter {
        recipient: &invitation.username,
        org: &org,
        project: project.as_deref(),
        inviter: &invitation.inviter_username,
        link: &cx.service::<Links>().to(&format!("/invitations/{token}")),
        expires_at: invitation.expires_at,
    };
    let mail = letter.mail();
    mail::post(cx, &mail).await
}
