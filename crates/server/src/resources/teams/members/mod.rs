//! The members of a team.

pub(super) mod add;
pub(super) mod list;
pub(super) mod remove;

use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::json;
use telamon_api::{Cx, Org};
use telamon_wire::{ApiError, ErrorCode, PersonId, RequestBody, Result, TeamId};

use crate::resources::people::{self, filter::Filter, member::Member};

/// Somebody who is to be added.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(example = json!({ "id": "32b6e34b3d91647abb20e7b8" }))]
struct AddUserToTeam {
    /// Their id.
    id: PersonId,
}

impl RequestBody for AddUserToTeam {}

/// Somebody who is to be added or removed.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(example = json!({ "id": "32b6e34b3d91647abb20e7b8" }))]
struct AddOrRemoveUserFromTeam {
    /// Their id.
    id: PersonId,
}

impl RequestBody for AddOrRemoveUserFromTeam {}

/// Somebody of the organization, in the states of membership that the filter wants.
async fn demand_member(cx: &mut Cx<Org>, id: PersonId, filter: Filter) -> Result<Member> {
    let (org, now) = (cx.scope.id, cx.now());
    let found = people::find_in_org(&mut cx.tx, org, now, &filter.of(id)).await?;
    found.ok_or_else(|| people::not_in_org(id, org).into())
}

async fn join(cx: &mut Cx<Org>, member: &Member, team: TeamId) -> Result<()> {
    if member.teams.contains(&team) {
        let error = ApiError::new(ErrorCode::USER_ALREADY_IN_TEAM).with(member.id.to_string()).with(team.to_string());
        return Err(error.into());
    }
    let wanted: Vec<TeamId> = member.teams.iter().copied().chain([team]).collect();
    people::set_teams(cx, cx.scope.id, member, &wanted).await
}

async fn leave(cx: &mut Cx<Org>, member: &Member, team: TeamId) -> Result<()> {
    if !member.teams.contains(&team) {
        let error = ApiError::new(ErrorCode::USER_NOT_IN_TEAM).with(member.id.to_string()).with(team.to_string());
        return Err(error.into());
    }
    let wanted: Vec<TeamId> = member.teams.iter().copied().filter(|other| *other != team).collect();
    people::set_teams(cx, cx.scope.id, member, &wanted).await
}
