//! Teams: which of them hold roles in a project.
//!
//! A team is a holder of roles like any other: its roles in projects are rows of `project_role`.

use schemars::JsonSchema;
use serde::Serialize;
use telamon_api::{Cx, Listed, Operation, Paged, Project};
use telamon_authz::ProjectRole;
use telamon_store::{Sql, args, sql};
use telamon_wire::{Link, Result};

use crate::resources::rates;

/// The operations of this resource.
pub fn operations() -> Vec<Operation> {
    vec![list()]
}

fn list() -> Operation {
    Operation::get("/api/atlas/v2/groups/{groupId}/teams")
        .operation::<Project>("listGroupTeams", "Teams", Project::needs(&[ProjectRole::ReadOnly]), &rates::PROJECT)
        .summary("Return the teams of one project")
        .handler(of_project)
}

/// A team and its roles in a project.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
struct TeamRole {
    links: Vec<Link>,
    role_names: Vec<String>,
    team_id: String,
}

static OF_PROJECT: Sql = sql!(
    "SELECT id FROM team WHERE id IN (SELECT holder_id FROM project_role WHERE project_id = $1)
     ORDER BY created_at, id LIMIT $2 OFFSET $3"
);
static COUNT: Sql =
    sql!("SELECT COUNT(*) FROM team WHERE id IN (SELECT holder_id FROM project_role WHERE project_id = $1)");
static ROLES: Sql =
    sql!("SELECT role FROM project_role WHERE project_id = $1 AND holder_id = $2 ORDER BY granted_at, role");

async fn of_project(cx: &mut Cx<Project>, Paged(page): &Paged) -> Result<Listed<TeamRole>> {
    let project = cx.scope.id;
    let teams: Vec<String> = cx.tx.all(OF_PROJECT, &args![project, page.limit() + 1, page.offset()]).await?;
    let mut items = Vec::with_capacity(teams.len());
    for team_id in teams {
        let role_names = cx.tx.all(ROLES, &args![project, team_id.as_str()]).await?;
        let links = vec![cx.link("self", &format!("/api/atlas/v2/groups/{project}/teams/{team_id}"))];
        items.push(TeamRole { links, role_names, team_id });
    }
    let total = if page.include_count { cx.tx.one(COUNT, &args![project]).await? } else { 0 };
    Ok(Listed { items, total })
}
