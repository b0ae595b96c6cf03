//! People by themselves, in the shape of 2023-01-01.

use telamon_api::{Anyone, Caller, Cx, Json, Operation};
use telamon_wire::{ApiError, ErrorCode, OrgId, Result, Version};

use super::{SUNSET, TAG, member::Member, person_id, store, wire::CloudAppUser};
use crate::resources::rates;

pub(super) fn get_operation() -> Operation {
    Operation::get("/api/atlas/v2/users/{userId}")
        .operation::<Anyone>("getUser", TAG, Anyone::authenticated(), &rates::USERS)
        .summary("Return one person by their id")
        .deprecated(Version::V2025_02_19, SUNSET)
        .handler(get)
}

async fn get(cx: &mut Cx<Anyone>, (): &()) -> Result<Json<CloudAppUser>> {
    let (id, caller) = (person_id(cx)?, cx.demand_caller()?);
    let found = store::person(&mut cx.tx, id, shared(&caller)).await?;
    let seen = found.filter(is_visible).and_then(|member| CloudAppUser::single(cx, member));
    seen.map(Json).ok_or_else(|| ApiError::new(ErrorCode::USER_NOT_FOUND).with(id.to_string()).into())
}

pub(super) fn get_by_name_operation() -> Operation {
    Operation::get("/api/atlas/v2/users/byName/{userName}")
        .operation::<Anyone>("getUserByName", TAG, Anyone::authenticated(), &rates::USERS)
        .summary("Return one person by their username")
        .deprecated(Version::V2025_02_19, SUNSET)
        .handler(get_by_name)
}

async fn get_by_name(cx: &mut Cx<Anyone>, (): &()) -> Result<Json<CloudAppUser>> {
    let (username, caller) = (cx.path_value("userName").to_lowercase(), cx.demand_caller()?);
    let found = store::person_named(&mut cx.tx, &username, shared(&caller)).await?;
    let seen = found.filter(is_visible).and_then(|member| CloudAppUser::single(cx, member));
    seen.map(Json).ok_or_else(|| ApiError::new(ErrorCode::USERNAME_NOT_FOUND).with(username).into())
}

/// The organizations of which the caller may see who is in them.
fn shared(caller: &Caller) -> impl Fn(OrgId) -> bool {
    |org| !caller.in_org(org).is_empty()
}

/// Nobody is seen by those who share no organization with them.
fn is_visible(member: &Member) -> bool {
    !member.org_roles.is_empty()
}
