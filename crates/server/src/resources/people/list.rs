//! Reading the people of an organization.

use telamon_api::{Cx, Json, Listed, Operation, Org, Paged, Query};
use telamon_authz::OrgRole;
use telamon_wire::{Result, Version};

use super::{
    SUNSET, TAG,
    filter::{Filter, States},
    not_in_org, person_id, store,
    wire::{CloudAppUser, OrgUserResponse},
};
use crate::resources::rates;

const LIST: &str = "/api/atlas/v2/orgs/{orgId}/users";

pub(super) fn list_joined_operation() -> Operation {
    Operation::get(LIST)
        .operation::<Org>("listOrgUsers", TAG, Org::needs(&[OrgRole::Member]), &rates::ORG_USERS)
        .summary("Return all people of one organization")
        .until(Version::V2025_02_19, SUNSET)
        .handler(list_joined)
}

async fn list_joined(
    cx: &mut Cx<Org>,
    (Paged(page), Query(filter)): &(Paged, Query<Filter>),
) -> Result<Listed<CloudAppUser>> {
    let (org, now, filter) = (cx.scope.id, cx.now(), filter.clone().joined());
    let members = store::of_org(&mut cx.tx, org, now, &filter, *page).await?;
    let total = if page.include_count { store::count_of_org(&mut cx.tx, org, now, &filter).await? } else { 0 };
    Ok(Listed { items: members.into_iter().filter_map(|member| CloudAppUser::listed(cx, member)).collect(), total })
}

pub(super) fn list_operation() -> Operation {
    Operation::get(LIST)
        .operation::<Org>("listOrgUsers", TAG, Org::needs(&[OrgRole::Member]), &rates::ORG_USERS)
        .summary("Return all people of one organization")
        .since(Version::V2025_02_19)
        .handler(list)
}

async fn list(
    cx: &mut Cx<Org>,
    (Paged(page), Query(filter)): &(Paged, Query<Filter>),
) -> Result<Listed<OrgUserResponse>> {
    let (org, now) = (cx.scope.id, cx.now());
    let members = store::of_org(&mut cx.tx, org, now, filter, *page).await?;
    let total = if page.include_count { store::count_of_org(&mut cx.tx, org, now, filter).await? } else { 0 };
    Ok(Listed { items: members.into_iter().map(OrgUserResponse::from).collect(), total })
}

pub(super) fn get_operation() -> Operation {
    Operation::get("/api/atlas/v2/orgs/{orgId}/users/{userId}")
        .operation::<Org>("getOrgUser", TAG, Org::needs(&[OrgRole::Member]), &rates::ORG_USERS)
        .summary("Return one person of one organization")
        .since(Version::V2025_02_19)
        .handler(get)
}

async fn get(cx: &mut Cx<Org>, Query(States(filter)): &Query<States>) -> Result<Json<OrgUserResponse>> {
    let (org, now, id) = (cx.scope.id, cx.now(), person_id(cx)?);
    let found = store::find_in_org(&mut cx.tx, org, now, &filter.clone().of(id)).await?;
    found.map(|member| Json(member.into())).ok_or_else(|| not_in_org(id, org).into())
}
