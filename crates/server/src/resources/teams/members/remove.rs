//! `removeOrgTeamUser`, and the deprecated `removeOrgTeamUserFromTeam`.

use telamon_api::{Body, Cx, Json, NoContent, Operation, Org};
use telamon_authz::OrgRole;
use telamon_wire::{Result, Version};

use super::{
    super::{TAG, team_of_path},
    AddOrRemoveUserFromTeam, demand_member, leave,
};
use crate::resources::{
    people::{self, SUNSET, filter::Filter, wire::OrgUserResponse},
    rates,
};

pub fn operation() -> Operation {
    Operation::post("/api/atlas/v2/orgs/{orgId}/teams/{teamId}:removeUser")
        .operation::<Org>("removeOrgTeamUser", people::TAG, Org::needs(&[OrgRole::Owner]), &rates::ORG_TEAMS)
        .summary("Remove one person from one team")
        .since(Version::V2025_02_19)
        .handler(remove)
}

async fn remove(
    cx: &mut Cx<Org>,
    Body(AddOrRemoveUserFromTeam { id }): &Body<AddOrRemoveUserFromTeam>,
) -> Result<Json<OrgUserResponse>> {
    let org = cx.scope.id;
    let team = team_of_path(cx, org).await?;
    let member = demand_member(cx, *id, Filter::default()).await?;
    leave(cx, &member, team.id).await?;
    Ok(Json(demand_member(cx, *id, Filter::default()).await?.into()))
}

pub fn joined_operation() -> Operation {
    Operation::delete("/api/atlas/v2/orgs/{orgId}/teams/{teamId}/users/{userId}")
        .operation::<Org>("removeOrgTeamUserFromTeam", TAG, Org::needs(&[OrgRole::Owner]), &rates::ORG_TEAMS)
        .summary("Remove one person who has joined from one team")
        .deprecated(Version::V2025_02_19, SUNSET)
        .handler(remove_joined)
}

async fn remove_joined(cx: &mut Cx<Org>, (): &()) -> Result<NoContent> {
    let org = cx.scope.id;
    let team = team_of_path(cx, org).await?;
    let id = people::person_id(cx)?;
    let member = demand_member(cx, id, Filter::default().joined()).await?;
    leave(cx, &member, team.id).await?;
    Ok(NoContent)
}
