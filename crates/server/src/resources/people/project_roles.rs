//! Single roles of somebody in a project, and all of them at once.

use telamon_api::{Body, Cx, Json, Operation, Project};
use telamon_authz::ProjectRole;
use telamon_wire::{ErrorCode, Result, Version};

use super::{
    SUNSET, TAG, demand_in_project,
    filter::Filter,
    grants,
    member::Member,
    not_in_project, person_id,
    request::{AddOrRemoveGroupRole, UpdateGroupRolesForUser},
    store,
    wire::GroupUserResponse,
};
use crate::resources::{rates, roles};

pub(super) fn add_operation() -> Operation {
    Operation::post("/api/atlas/v2/groups/{groupId}/users/{userId}:addRole")
        .operation::<Project>(
            "addGroupUserRole",
            TAG,
            Project::needs(&[ProjectRole::AccessManager]),
            &rates::PROJECT_USERS,
        )
        .summary("Add one role to one person of one project")
        .since(Version::V2025_02_19)
        .handler(add)
}

async fn add(cx: &mut Cx<Project>, Body(asked): &Body<AddOrRemoveGroupRole>) -> Result<Json<GroupUserResponse>> {
    let project = cx.scope.id;
    let member = demand_in_project(cx).await?;
    let mut wanted = member.in_project(project);
    wanted.extend(roles::parse_in_project(std::slice::from_ref(&asked.group_role), project)?);
    set(cx, &member, &wanted).await?;
    Ok(Json(GroupUserResponse::new(demand_in_project(cx).await?, project)))
}

pub(super) fn remove_operation() -> Operation {
    Operation::post("/api/atlas/v2/groups/{groupId}/users/{userId}:removeRole")
        .operation::<Project>(
            "removeGroupUserRole",
            TAG,
            Project::needs(&[ProjectRole::AccessManager]),
            &rates::PROJECT_USERS,
        )
        .summary("Remove one role from one person of one project")
        .since(Version::V2025_02_19)
        .handler(remove)
}

async fn remove(cx: &mut Cx<Project>, Body(asked): &Body<AddOrRemoveGroupRole>) -> Result<Json<GroupUserResponse>> {
    let project = cx.scope.id;
    let member = demand_in_project(cx).await?;
    let unwanted = roles::parse_in_project(std::slice::from_ref(&asked.group_role), project)?;
    let left: Vec<_> = member.in_project(project).into_iter().filter(|role| !unwanted.contains(role)).collect();
    set(cx, &member, &left).await?;
    Ok(Json(GroupUserResponse::new(demand_in_project(cx).await?, project)))
}

pub(super) fn replace_operation() -> Operation {
    Operation::put("/api/atlas/v2/groups/{groupId}/users/{userId}/roles")
        .operation::<Project>(
            "updateGroupUserRoles",
            "Projects",
            Project::needs(&[ProjectRole::Owner]),
            &rates::PROJECT_USERS,
        )
        .summary("Replace the roles of one person of one project")
        .deprecated(Version::V2025_02_19, SUNSET)
        .handler(replace)
}

async fn replace(
    cx: &mut Cx<Project>,
    Body(asked): &Body<UpdateGroupRolesForUser>,
) -> Result<Json<UpdateGroupRolesForUser>> {
    let (place, now, id) = ((cx.scope.org, cx.scope.id), cx.now(), person_id(cx)?);
    let project = place.1;
    let wanted = roles::parse_in_project(&asked.group_roles, project)?;
    let filter = Filter::default().joined().of(id);
    let found = store::find_in_project(&mut cx.tx, place, now, filter).await?;
    let member = found.ok_or_else(|| not_in_project(id, project))?;
    set(cx, &member, &wanted).await?;
    let held = demand_in_project(cx).await?.in_project(project);
    let links = vec![cx.link("self", &format!("/api/atlas/v2/groups/{project}/users/{id}/roles"))];
    Ok(Json(UpdateGroupRolesForUser { group_roles: held.iter().map(ToString::to_string).collect(), links }))
}

/// Gives somebody these roles in the project. Who is to have none must be removed from it.
async fn set(cx: &mut Cx<Project>, member: &Member, wanted: &[ProjectRole]) -> Result<()> {
    if wanted.is_empty() {
        return Err(ErrorCode::CANNOT_REMOVE_ALL_USER_ROLES.into());
    }
    let place = (cx.scope.org, cx.scope.id);
    grants::set_in_project(cx, place, member, wanted).await
}
