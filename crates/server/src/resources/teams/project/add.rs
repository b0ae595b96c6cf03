//! `addGroupTeams`.

use telamon_api::{Body, Cx, Listed, Operation, Project};
use telamon_authz::ProjectRole;
use telamon_wire::{ApiError, ErrorCode, PageQuery, Result, TeamId};

use super::{
    super::{
        TAG, demand_team, store,
        wire::{NewTeamRole, TeamRole},
    },
    about, listed, wanted,
};
use crate::{
    limits::ResourceLimits,
    resources::{events, rates, roles},
};

pub fn operation() -> Operation {
    Operation::post("/api/atlas/v2/groups/{groupId}/teams")
        .operation::<Project>(
            "addGroupTeams",
            TAG,
            Project::needs(&[ProjectRole::AccessManager]),
            &rates::PROJECT_TEAMS,
        )
        .summary("Add teams to one project")
        .handler(add)
}

/// Clients send an empty list when they have nothing to add: it adds nothing.
async fn add(cx: &mut Cx<Project>, Body(new): &Body<Vec<NewTeamRole>>) -> Result<Listed<TeamRole>> {
    let id = cx.scope.id;
    for NewTeamRole { role_names, team_id } in new {
        let wanted = wanted(role_names, id)?;
        add_one(cx, *team_id, &wanted).await?;
    }
    if let (Some(limit), false) = (cx.service::<ResourceLimits>().teams_per_project, new.is_empty())
        && store::count_of_project(&mut cx.tx, id).await? > limit
    {
        return Err(ApiError::new(ErrorCode::MAX_TEAMS_PER_GROUP_EXCEEDED).with(limit).into());
    }
    listed(cx, PageQuery::default()).await
}

async fn add_one(cx: &mut Cx<Project>, id: TeamId, wanted: &[ProjectRole]) -> Result<()> {
    let (project, org) = (cx.scope.id, cx.scope.org);
    let team = demand_team(cx, org, id).await?;
    if !store::roles(&mut cx.tx, project, team.id).await?.is_empty() {
        let error = ApiError::new(ErrorCode::TEAM_EXISTS_IN_GROUP).with(id.to_string()).with(project.to_string());
        return Err(error.into());
    }
    roles::give_in_project(cx, &id.to_string(), wanted).await?;
    let event = about(cx, "TEAM_ADDED_TO_GROUP", id);
    events::record(cx, event).await
}
