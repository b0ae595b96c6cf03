//! `createOrgTeam`.

use telamon_api::{Body, CreatedAt, Cx, Operation, Org};
use telamon_authz::OrgRole;
use telamon_wire::{ApiError, ErrorCode, OrgId, Result, TeamId};

use super::{
    TAG, model, self_link,
    store::{self, Team},
    wire::{MadeTeam, NewTeam},
};
use crate::{
    limits::ResourceLimits,
    resources::{
        events::{Event, record},
        people::{self, filter::Filter, member::Member},
        rates,
    },
};

pub(super) fn operation() -> Operation {
    Operation::post("/api/atlas/v2/orgs/{orgId}/teams")
        .operation::<Org>("createOrgTeam", TAG, Org::needs(&[OrgRole::Owner]), &rates::ORG_TEAMS)
        .summary("Create one team in an organization")
        .handler(create)
}

async fn create(cx: &mut Cx<Org>, Body(new): &Body<NewTeam>) -> Result<CreatedAt<MadeTeam>> {
    let (org, now) = (cx.scope.id, cx.now());
    model::check_name(&new.name)?;
    if new.usernames.is_empty() {
        return Err(ErrorCode::CANNOT_CREATE_EMPTY_TEAM.into());
    }
    demand_room(cx, org, new.usernames.len()).await?;
    let usernames = model::folded(&new.usernames);
    let team = Team { id: cx.new_id(), name: new.name.clone() };
    match store::insert(&mut cx.tx, org, &team, now).await {
        Err(fault) if store::is_name_taken(&fault) => {
            return Err(ApiError::new(ErrorCode::TEAM_NAME_NOT_AVAILABLE).with(team.name).into());
        }
        done => done?,
    }
    for username in &usernames {
        let member = demand_joined(cx, org, username).await?;
        let wanted: Vec<TeamId> = member.teams.iter().copied().chain([team.id]).collect();
        people::set_teams(cx, org, &member, &wanted).await?;
    }
    record(cx, Event::in_org("TEAM_CREATED", org).with("teamId", team.id.to_string())).await?;
    // The service leaves the beginning of the API's paths out of it.
    let location = format!("/orgs/{org}/teams/{}", team.id);
    let links = vec![self_link(cx, org, team.id)];
    Ok(CreatedAt { body: MadeTeam { id: team.id, links, name: team.name, usernames }, location })
}

async fn demand_room(cx: &mut Cx<Org>, org: OrgId, members: usize) -> Result<()> {
    let ResourceLimits { teams_per_org, users_per_team, .. } = *cx.service::<ResourceLimits>();
    if let Some(limit) = users_per_team
        && i64::try_from(members).unwrap_or(i64::MAX) > limit
    {
        return Err(ApiError::new(ErrorCode::MAX_USERS_PER_TEAM_EXCEEDED).with(limit).into());
    }
    if let Some(limit) = teams_per_org
        && store::count(&mut cx.tx, org).await? >= limit
    {
        return Err(ApiError::new(ErrorCode::MAX_TEAMS_PER_ORG_EXCEEDED).with(limit).into());
    }
    Ok(())
}

/// The person of that name, who must have joined the organization.
async fn demand_joined(cx: &mut Cx<Org>, org: OrgId, username: &str) -> Result<Member> {
    let now = cx.now();
    let found = people::find_in_org(&mut cx.tx, org, now, &Filter::default().named(username)).await?;
    let member = found.ok_or_else(|| ApiError::new(ErrorCode::BAD_USERNAME_REF).with(username))?;
    if !member.has_joined() {
        return Err(ApiError::new(ErrorCode::CANNOT_ADD_PENDING_USER).with(member.id.to_string()).into());
    }
    Ok(member)
}
