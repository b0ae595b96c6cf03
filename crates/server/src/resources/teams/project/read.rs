//! `listGroupTeams` and `getGroupTeam`.

use telamon_api::{Cx, Json, Listed, Operation, Paged, Project};
use telamon_authz::ProjectRole;
use telamon_wire::Result;

use super::{
    super::{TAG, wire::TeamRole},
    listed, printed, team_in_project,
};
use crate::resources::rates;

pub fn list_operation() -> Operation {
    Operation::get("/api/atlas/v2/groups/{groupId}/teams")
        .operation::<Project>("listGroupTeams", TAG, Project::needs(&[ProjectRole::ReadOnly]), &rates::PROJECT_TEAMS)
        .summary("Return the teams of one project")
        .handler(list)
}

async fn list(cx: &mut Cx<Project>, Paged(page): &Paged) -> Result<Listed<TeamRole>> {
    listed(cx, *page).await
}

pub fn get_operation() -> Operation {
    Operation::get("/api/atlas/v2/groups/{groupId}/teams/{teamId}")
        .operation::<Project>("getGroupTeam", TAG, Project::needs(&[ProjectRole::ReadOnly]), &rates::PROJECT_TEAMS)
        .summary("Return one team of one project")
        .handler(get)
}

async fn get(cx: &mut Cx<Project>, (): &()) -> Result<Json<TeamRole>> {
    let (team, held) = team_in_project(cx).await?;
    Ok(Json(printed(cx, team, held)))
}
