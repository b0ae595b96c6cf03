//! The teams of a project: which of them hold roles there.

pub(super) mod add;
pub(super) mod change;
pub(super) mod read;
pub(super) mod remove;

use telamon_api::{Cx, Listed, Project};
use telamon_authz::ProjectRole;
use telamon_wire::{ApiError, ErrorCode, PageQuery, ProjectId, Result, TeamId};

use super::{
    store::{self, Team},
    team_of_path,
    wire::TeamRole,
};
use crate::resources::{events::Event, roles};

/// The team of the path and its roles in the project: `TEAM_NOT_IN_GROUP` of one that has none.
async fn team_in_project(cx: &mut Cx<Project>) -> Result<(TeamId, Vec<String>)> {
    let (project, org) = (cx.scope.id, cx.scope.org);
    let Team { id, .. } = team_of_path(cx, org).await?;
    let held = store::roles(&mut cx.tx, project, id).await?;
    if held.is_empty() {
        let error = ApiError::new(ErrorCode::TEAM_NOT_IN_GROUP).with(id.to_string()).with(project.to_string());
        return Err(error.into());
    }
    Ok((id, held))
}

/// The roles of these names, at least one.
fn wanted(names: &[String], project: ProjectId) -> Result<Vec<ProjectRole>, ApiError> {
    if names.is_empty() {
        return Err(ApiError::new(ErrorCode::NO_ROLES_IN_ASSIGNMENT).with(project.to_string()));
    }
    roles::parse_in_project(names, project)
}

fn printed(cx: &Cx<Project>, team_id: TeamId, role_names: Vec<String>) -> TeamRole {
    let path = format!("/api/atlas/v2/groups/{}/teams/{team_id}", cx.scope.id);
    TeamRole { links: vec![cx.link("self", &path)], role_names, team_id }
}

/// A page of the project's teams.
async fn listed(cx: &mut Cx<Project>, page: PageQuery) -> Result<Listed<TeamRole>> {
    let project = cx.scope.id;
    let teams = store::of_project(&mut cx.tx, project, page).await?;
    let total = if page.include_count { store::count_of_project(&mut cx.tx, project).await? } else { 0 };
    let items = teams.into_iter().map(|(team, role_names)| printed(cx, team, role_names)).collect();
    Ok(Listed { items, total })
}

/// An event of the organization's list about a team in the project.
fn about(cx: &Cx<Project>, event_type: &'static str, team: TeamId) -> Event {
    Event::in_org_about(event_type, cx.scope.org, cx.scope.id).with("teamId", team.to_string())
}
