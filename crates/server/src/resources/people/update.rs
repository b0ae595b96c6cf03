//! Changing what somebody holds in an organization.

use telamon_api::{Body, Cx, Json, Operation, Org};
use telamon_authz::OrgRole;
use telamon_wire::{ApiError, ErrorCode, Result, TeamId, Version};

use super::{
    TAG, demand_in_org, grants,
    member::Member,
    request::OrgUserUpdateRequest,
    room, store,
    wire::{GroupRoleAssignment, OrgUserResponse},
};
use crate::resources::rates;

pub(super) fn operation() -> Operation {
    Operation::patch("/api/atlas/v2/orgs/{orgId}/users/{userId}")
        .operation::<Org>("updateOrgUser", TAG, Org::needs(&[OrgRole::Owner]), &rates::ORG_USERS)
        .summary("Update one person of one organization")
        .since(Version::V2025_02_19)
        .handler(update)
}

async fn update(cx: &mut Cx<Org>, Body(change): &Body<OrgUserUpdateRequest>) -> Result<Json<OrgUserResponse>> {
    let org = cx.scope.id;
    let member = demand_in_org(cx).await?;
    if let Some(roles) = &change.roles {
        grants::set_in_org(cx, org, &member, &roles.org_roles).await?;
        if let Some(wanted) = &roles.group_role_assignments {
            check_assignments(cx, wanted).await?;
            assign(cx, &member, wanted).await?;
        }
    }
    if let Some(teams) = &change.team_ids {
        check_teams(cx, teams).await?;
        grants::set_teams(cx, org, &member, teams).await?;
        let new = teams.iter().copied().filter(|team| !member.teams.contains(team));
        room::demand_in_teams(cx, org, new).await?;
    }
    Ok(Json(demand_in_org(cx).await?.into()))
}

/// Refuses projects that the organization does not have, and a project that is named without a role.
pub(super) async fn check_assignments(cx: &mut Cx<Org>, assignments: &[GroupRoleAssignment]) -> Result<()> {
    for GroupRoleAssignment { group_id, group_roles } in assignments {
        if store::org_of_project(&mut cx.tx, *group_id).await? != Some(cx.scope.id) {
            return Err(ApiError::new(ErrorCode::GROUP_NOT_FOUND).with(group_id.to_string()).into());
        }
        if group_roles.is_empty() {
            return Err(ApiError::new(ErrorCode::NO_ROLES_IN_ASSIGNMENT).with(group_id.to_string()).into());
        }
    }
    Ok(())
}

/// Refuses teams that the organization does not have.
pub(super) async fn check_teams(cx: &mut Cx<Org>, teams: &[TeamId]) -> Result<()> {
    let id = cx.scope.id;
    for team in teams {
        if !store::is_team(&mut cx.tx, id, *team).await? {
            return Err(ApiError::new(ErrorCode::TEAM_NOT_FOUND).with(team.to_string()).into());
        }
    }
    Ok(())
}

/// Gives somebody these roles in projects, and none in any other.
async fn assign(cx: &mut Cx<Org>, member: &Member, wanted: &[GroupRoleAssignment]) -> Result<()> {
    let org = cx.scope.id;
    let mut left: Vec<_> = member.project_roles.iter().map(|(project, _)| *project).collect();
    left.dedup();
    left.retain(|project| wanted.iter().all(|given| given.group_id != *project));
    for project in left {
        grants::set_in_project(cx, (org, project), member, &[]).await?;
    }
    for GroupRoleAssignment { group_id, group_roles } in wanted {
        grants::set_in_project(cx, (org, *group_id), member, group_roles).await?;
    }
    Ok(())
}
