//! Reading the people of a project.

use telamon_api::{Cx, Json, Listed, Operation, Paged, Project, Query};
use telamon_authz::ProjectRole;
use telamon_wire::{Result, Version};

use super::{
    SUNSET, TAG,
    filter::{ProjectFilter, States},
    not_in_project, person_id, store,
    wire::{CloudAppUser, GroupUserResponse},
};
use crate::resources::rates;

const LIST: &str = "/api/atlas/v2/groups/{groupId}/users";

pub(super) fn list_joined_operation() -> Operation {
    Operation::get(LIST)
        .operation::<Project>("listGroupUsers", TAG, Project::needs(&[ProjectRole::ReadOnly]), &rates::PROJECT_USERS)
        .summary("Return all people of one project")
        .until(Version::V2025_02_19, SUNSET)
        .handler(list_joined)
}

async fn list_joined(
    cx: &mut Cx<Project>,
    (Paged(page), Query(filter)): &(Paged, Query<ProjectFilter>),
) -> Result<Listed<CloudAppUser>> {
    let (place, now) = ((cx.scope.org, cx.scope.id), cx.now());
    let filter = ProjectFilter { common: filter.common.clone().joined(), ..filter.clone() };
    let members = store::of_project(&mut cx.tx, place, now, &filter, *page).await?;
    let total = if page.include_count { store::count_of_project(&mut cx.tx, place, now, &filter).await? } else { 0 };
    Ok(Listed { items: members.into_iter().filter_map(|member| CloudAppUser::listed(cx, member)).collect(), total })
}

pub(super) fn list_operation() -> Operation {
    Operation::get(LIST)
        .operation::<Project>("listGroupUsers", TAG, Project::needs(&[ProjectRole::ReadOnly]), &rates::PROJECT_USERS)
        .summary("Return all people of one project")
        .since(Version::V2025_02_19)
        .handler(list)
}

async fn list(
    cx: &mut Cx<Project>,
    (Paged(page), Query(filter)): &(Paged, Query<ProjectFilter>),
) -> Result<Listed<GroupUserResponse>> {
    let (place, now) = ((cx.scope.org, cx.scope.id), cx.now());
    let members = store::of_project(&mut cx.tx, place, now, filter, *page).await?;
    let total = if page.include_count { store::count_of_project(&mut cx.tx, place, now, filter).await? } else { 0 };
    Ok(Listed { items: members.into_iter().map(|member| GroupUserResponse::new(member, place.1)).collect(), total })
}

pub(super) fn get_operation() -> Operation {
    Operation::get("/api/atlas/v2/groups/{groupId}/users/{userId}")
        .operation::<Project>("getGroupUser", TAG, Project::needs(&[ProjectRole::ReadOnly]), &rates::PROJECT_USERS)
        .summary("Return one person of one project")
        .since(Version::V2025_02_19)
        .handler(get)
}

async fn get(cx: &mut Cx<Project>, Query(States(filter)): &Query<States>) -> Result<Json<GroupUserResponse>> {
    let (place, now, id) = ((cx.scope.org, cx.scope.id), cx.now(), person_id(cx)?);
    let found = store::find_in_project(&mut cx.tx, place, now, filter.clone().of(id)).await?;
    let member = found.ok_or_else(|| not_in_project(id, place.1))?;
    Ok(Json(GroupUserResponse::new(member, place.1)))
}
