//! `deleteOrgTeam`.

use telamon_api::{Cx, NoContent, Operation, Org};
use telamon_authz::OrgRole;
use telamon_wire::{ApiError, ErrorCode, PageQuery, Result, TeamId};

use super::{TAG, store, team_of_path};
use crate::resources::{
    events::{Event, record},
    people::{self, filter::Filter},
    rates,
};

pub(super) fn operation() -> Operation {
    Operation::delete("/api/atlas/v2/orgs/{orgId}/teams/{teamId}")
        .operation::<Org>("deleteOrgTeam", TAG, Org::needs(&[OrgRole::Owner]), &rates::ORG_TEAMS)
        .summary("Remove one team from an organization")
        .handler(delete)
}

async fn delete(cx: &mut Cx<Org>, (): &()) -> Result<NoContent> {
    let (org, now) = (cx.scope.id, cx.now());
    let team = team_of_path(cx, org).await?;
    if store::has_role(&mut cx.tx, team.id).await? {
        return Err(ApiError::new(ErrorCode::CANNOT_DELETE_TEAM_ASSIGNED_TO_PROJECT).with(team.id.to_string()).into());
    }
    // Those whom it awaits as well as those who have joined.
    let filter = Filter::default().in_any_state().in_team(team.id);
    let everybody = PageQuery { items_per_page: u32::MAX, ..PageQuery::default() };
    for member in people::of_org(&mut cx.tx, org, now, &filter, everybody).await? {
        let wanted: Vec<TeamId> = member.teams.iter().copied().filter(|other| *other != team.id).collect();
        people::set_teams(cx, org, &member, &wanted).await?;
    }
    store::delete(&mut cx.tx, team.id).await?;
    record(cx, Event::in_org("TEAM_DELETED", org).with("teamId", team.id.to_string())).await?;
    Ok(NoContent)
}
