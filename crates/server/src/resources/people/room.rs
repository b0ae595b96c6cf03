//! Whether there is room for one more person.

use telamon_api::Cx;
use telamon_wire::{ApiError, ErrorCode, OrgId, ProjectId, Result};

use super::{
    filter::{Filter, ProjectFilter},
    store,
};
use crate::limits::ResourceLimits;

/// Refuses one more person in a full organization: `MAX_USERS_PER_ORG_EXCEEDED`.
pub async fn demand_in_org<S>(cx: &mut Cx<S>, org: OrgId) -> Result<()> {
    let Some(most) = cx.service::<ResourceLimits>().users_per_org else { return Ok(()) };
    let now = cx.now();
    if store::count_of_org(&mut cx.tx, org, now, &Filter::default()).await? < most {
        return Ok(());
    }
    Err(ApiError::new(ErrorCode::MAX_USERS_PER_ORG_EXCEEDED).with(most).into())
}

/// Refuses one more person in a full project: `MAX_USERS_PER_GROUP_EXCEEDED`.
pub async fn demand_in_project<S>(cx: &mut Cx<S>, place: (OrgId, ProjectId)) -> Result<()> {
    let Some(most) = cx.service::<ResourceLimits>().users_per_project else { return Ok(()) };
    let now = cx.now();
    if store::count_of_project(&mut cx.tx, place, now, &ProjectFilter::default()).await? < most {
        return Ok(());
    }
    Err(ApiError::new(ErrorCode::MAX_USERS_PER_GROUP_EXCEEDED).with(most).into())
}
