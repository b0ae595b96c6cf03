//! The limits that hold for projects without limits of their own.

use telamon_api::{Anyone, Cx, Json, Listed, Operation, Paged};
use telamon_wire::Result;

use super::{
    model::{LIMITS, Limit},
    wire::DefaultGroupLimit,
};
use crate::{limits::ResourceLimits, resources::rates};

const TAG: &str = "Limit Description";

pub fn list_operation() -> Operation {
    Operation::get("/api/atlas/v2/defaultGroupLimits")
        .operation::<Anyone>("listDefaultGroupLimits", TAG, Anyone::authenticated(), &rates::SYSTEM)
        .summary("Return all limits of projects, with their defaults")
        .only_preview()
        .handler(list)
}

pub fn get_operation() -> Operation {
    Operation::get("/api/atlas/v2/defaultGroupLimits/{limitName}")
        .operation::<Anyone>("getDefaultGroupLimit", TAG, Anyone::authenticated(), &rates::SYSTEM)
        .summary("Return one limit of projects, with its default")
        .only_preview()
        .handler(get)
}

async fn list(cx: &mut Cx<Anyone>, Paged(page): &Paged<false>) -> Result<Listed<DefaultGroupLimit>> {
    let configured = cx.service::<ResourceLimits>();
    let mut limits: Vec<_> = LIMITS.iter().map(|limit| limit.describe(configured)).collect();
    limits.sort_unstable_by_key(|limit| limit.name);
    let total = i64::try_from(limits.len()).unwrap_or(i64::MAX);
    let count = |number: i64| usize::try_from(number).unwrap_or(usize::MAX);
    Ok(Listed { items: limits.into_iter().skip(count(page.offset())).take(count(page.limit() + 1)).collect(), total })
}

async fn get(cx: &mut Cx<Anyone>, (): &()) -> Result<Json<DefaultGroupLimit>> {
    let limit = Limit::find_default(cx.path_value("limitName"))?;
    Ok(Json(limit.describe(cx.service::<ResourceLimits>())))
}
