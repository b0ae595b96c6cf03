//! `addOrgTeamUser`, and the deprecated `addOrgTeamUsers`.

use telamon_api::{Body, Cx, Json, Listed, Operation, Org};
use telamon_authz::OrgRole;
use telamon_wire::{ApiError, ErrorCode, PageQuery, Result, Version};

use super::{
    super::{TAG, team_of_path},
    AddOrRemoveUserFromTeam, AddUserToTeam, demand_member, join,
};
use crate::resources::{
    people::{
        self, SUNSET,
        filter::Filter,
        room,
        wire::{CloudAppUser, OrgUserResponse},
    },
    rates,
};

pub fn operation() -> Operation {
    Operation::post("/api/atlas/v2/orgs/{orgId}/teams/{teamId}:addUser")
        .operation::<Org>("addOrgTeamUser", people::TAG, Org::needs(&[OrgRole::Owner]), &rates::ORG_TEAMS)
        .summary("Add one person to one team")
        .since(Version::V2025_02_19)
        .handler(add)
}

/// Who was asked to join the organization and has not answered may be added: the team awaits them.
async fn add(
    cx: &mut Cx<Org>,
    Body(AddOrRemoveUserFromTeam { id }): &Body<AddOrRemoveUserFromTeam>,
) -> Result<Json<OrgUserResponse>> {
    let org = cx.scope.id;
    let team = team_of_path(cx, org).await?;
    let member = demand_member(cx, *id, Filter::default()).await?;
    join(cx, &member, team.id).await?;
    room::demand_in_teams(cx, org, [team.id]).await?;
    Ok(Json(demand_member(cx, *id, Filter::default()).await?.into()))
}

pub fn several_operation() -> Operation {
    Operation::post("/api/atlas/v2/orgs/{orgId}/teams/{teamId}/users")
        .operation::<Org>("addOrgTeamUsers", TAG, Org::needs(&[OrgRole::Owner]), &rates::ORG_TEAMS)
        .summary("Add people to one team")
        .deprecated(Version::V2025_02_19, SUNSET)
        .handler(add_several)
}

/// The answer lists those who were added before the others.
async fn add_several(cx: &mut Cx<Org>, Body(new): &Body<Vec<AddUserToTeam>>) -> Result<Listed<CloudAppUser>> {
    let (org, now) = (cx.scope.id, cx.now());
    let team = team_of_path(cx, org).await?;
    for AddUserToTeam { id } in new {
        let member = demand_member(cx, *id, Filter::default()).await?;
        if !member.has_joined() {
            return Err(ApiError::new(ErrorCode::CANNOT_ADD_PENDING_USER).with(id.to_string()).into());
        }
        join(cx, &member, team.id).await?;
    }
    room::demand_in_teams(cx, org, [team.id]).await?;
    let filter = Filter::default().joined().in_team(team.id);
    let mut members = people::of_org(&mut cx.tx, org, now, &filter, PageQuery::default()).await?;
    let total = people::count_of_org(&mut cx.tx, org, now, &filter).await?;
    let place = |id| new.iter().position(|added| added.id == id).unwrap_or(new.len());
    members.sort_by_key(|member| place(member.id));
    Ok(Listed { items: members.into_iter().filter_map(|member| CloudAppUser::listed(cx, member)).collect(), total })
}
