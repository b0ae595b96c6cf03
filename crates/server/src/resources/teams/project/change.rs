//! `updateGroupTeam`.

use telamon_api::{Body, Cx, Listed, Operation, Project};
use telamon_authz::ProjectRole;
use telamon_wire::{ApiError, ErrorCode, Result};

use super::{
    super::{
        TAG, store,
        wire::{TeamRole, TeamRoleChange},
    },
    about, printed, team_in_project, wanted,
};
use crate::resources::{
    events, rates,
    roles::{self, Given},
};

pub fn operation() -> Operation {
    Operation::patch("/api/atlas/v2/groups/{groupId}/teams/{teamId}")
        .operation::<Project>(
            "updateGroupTeam",
            TAG,
            Project::needs(&[ProjectRole::AccessManager]),
            &rates::PROJECT_TEAMS,
        )
        .summary("Update the roles of one team in one project")
        .handler(change)
}

/// The answer is a list, of the one team.
async fn change(cx: &mut Cx<Project>, Body(change): &Body<TeamRoleChange>) -> Result<Listed<TeamRole>> {
    let project = cx.scope.id;
    let (id, _) = team_in_project(cx).await?;
    if change.team_id.is_some_and(|given| given != id) {
        let why = "It must be the team of the path, or be left out.";
        return Err(ApiError::new(ErrorCode::INVALID_ATTRIBUTE).with("teamId").with(why).into());
    }
    let wanted = wanted(&change.role_names, project)?;
    if roles::give_in_project(cx, &id.to_string(), &wanted).await? != Given::Nothing {
        let event = about(cx, "TEAM_ROLES_MODIFIED", id);
        events::record(cx, event).await?;
    }
    let held = store::roles(&mut cx.tx, project, id).await?;
    Ok(Listed { items: vec![printed(cx, id, held)], total: 1 })
}
