//! `removeGroupTeam`.

use telamon_api::{Cx, NoContent, Operation, Project};
use telamon_authz::ProjectRole;
use telamon_wire::Result;

use super::{super::TAG, about, team_in_project};
use crate::resources::{events, rates, roles};

pub fn operation() -> Operation {
    Operation::delete("/api/atlas/v2/groups/{groupId}/teams/{teamId}")
        .operation::<Project>(
            "removeGroupTeam",
            TAG,
            Project::needs(&[ProjectRole::AccessManager]),
            &rates::PROJECT_TEAMS,
        )
        .summary("Remove one team from one project")
        .without_documented_pretty()
        .handler(remove)
}

async fn remove(cx: &mut Cx<Project>, (): &()) -> Result<NoContent> {
    let (project, now) = (cx.scope.id, cx.now());
    let (id, _) = team_in_project(cx).await?;
    roles::replace_in_project(&mut cx.tx, &id.to_string(), project, &[], now).await?;
    cx.credentials_changed();
    let event = about(cx, "TEAM_REMOVED_FROM_GROUP", id);
    events::record(cx, event).await?;
    Ok(NoContent)
}
