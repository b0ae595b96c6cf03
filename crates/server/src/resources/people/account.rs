//! People by themselves, in the shape of 2023-01-01.

use telamon_api::{Anyone, Cx, Json, Operation};
use telamon_wire::{ApiError, ErrorCode, Result, Version};

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
    let id = person_id(cx)?;
    let found = store::person(&mut cx.tx, id).await?;
    let seen = visible(cx, found).and_then(|member| CloudAppUser::single(cx, member));
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
    let username = cx.path_value("userName").to_lowercase();
    let found = store::person_named(&mut cx.tx, &username).await?;
    let seen = visible(cx, found).and_then(|member| CloudAppUser::single(cx, member));
    seen.map(Json).ok_or_else(|| ApiError::new(ErrorCode::USERNAME_NOT_FOUND).with(username).into())
}

/// Nobody is seen by those who share no organization with them.
fn visible(cx: &Cx<Anyone>, found: Option<Member>) -> Option<Member> {
    let caller = cx.caller()?;
    found.filter(|member| member.org_roles.iter().any(|(org, _)| !caller.in_org(*org).is_empty()))
}
