//! Teams: people of an organization who hold roles in its projects together.
//!
//! A team is a holder of roles like any other: its roles in projects are rows of `project_role`, and each of its members
//! holds them too.
//!
//! Source: the tag "Teams" of the Administration API.

mod create;
mod delete;
mod members;
mod model;
mod project;
mod read;
mod rename;
mod store;
mod wire;

use telamon_api::{Cx, Operation};
use telamon_wire::{ApiError, ErrorCode, Link, OrgId, Result, TeamId};

use self::{store::Team, wire::TeamResponse};

const TAG: &str = "Teams";

/// The operations of this resource.
pub fn operations() -> Vec<Operation> {
    vec![
        project::read::list_operation(),
        project::add::operation(),
        project::read::get_operation(),
        project::change::operation(),
        project::remove::operation(),
        read::list_operation(),
        create::operation(),
        read::get_operation(),
        read::by_name_operation(),
        rename::operation(),
        delete::operation(),
        members::list::joined_operation(),
        members::list::operation(),
        members::add::operation(),
        members::add::several_operation(),
        members::remove::operation(),
        members::remove::joined_operation(),
    ]
}

/// The team of the path, if the organization has it.
async fn team_of_path<S>(cx: &mut Cx<S>, org: OrgId) -> Result<Team> {
    let text = cx.path_value("teamId");
    let id = text.parse().map_err(|_| ApiError::new(ErrorCode::INVALID_TEAM_ID).with(text))?;
    demand_team(cx, org, id).await
}

/// A team of the organization: `TEAM_NOT_FOUND` of others, wherever they are.
async fn demand_team<S>(cx: &mut Cx<S>, org: OrgId, id: TeamId) -> Result<Team> {
    let found = store::find(&mut cx.tx, org, id).await?;
    found.ok_or_else(|| ApiError::new(ErrorCode::TEAM_NOT_FOUND).with(id.to_string()).into())
}

fn path(org: OrgId, id: TeamId) -> String {
    format!("/api/atlas/v2/orgs/{org}/teams/{id}")
}

fn self_link<S>(cx: &Cx<S>, org: OrgId, id: TeamId) -> Link {
    cx.link("self", &path(org, id))
}

fn printed<S>(cx: &Cx<S>, org: OrgId, team: Team) -> TeamResponse {
    TeamResponse { links: vec![self_link(cx, org, team.id)], id: team.id, name: team.name }
}
