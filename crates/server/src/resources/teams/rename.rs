//! `renameOrgTeam`.

use telamon_api::{Body, Cx, Json, Operation, Org};
use telamon_authz::OrgRole;
use telamon_wire::{ApiError, ErrorCode, Result};

use super::{
    TAG, model, printed, store, team_of_path,
    wire::{TeamResponse, TeamUpdate},
};
use crate::resources::{
    events::{Event, record},
    rates,
};

pub(super) fn operation() -> Operation {
    Operation::patch("/api/atlas/v2/orgs/{orgId}/teams/{teamId}")
        .operation::<Org>("renameOrgTeam", TAG, Org::needs(&[OrgRole::Owner]), &rates::ORG_TEAMS)
        .summary("Rename one team of an organization")
        .handler(rename)
}

async fn rename(cx: &mut Cx<Org>, Body(TeamUpdate { name }): &Body<TeamUpdate>) -> Result<Json<TeamResponse>> {
    let org = cx.scope.id;
    let mut team = team_of_path(cx, org).await?;
    model::check_name(name)?;
    if team.name != *name {
        match store::rename(&mut cx.tx, team.id, name).await {
            Err(fault) if store::is_name_taken(&fault) => {
                return Err(ApiError::new(ErrorCode::TEAM_NAME_NOT_AVAILABLE).with(name.as_str()).into());
            }
            done => done?,
        }
        team.name.clone_from(name);
        record(cx, Event::in_org("TEAM_NAME_CHANGED", org).with("teamId", team.id.to_string())).await?;
    }
    Ok(Json(printed(cx, org, team)))
}
