//! Whether there is room for one more person. Those who were asked to join are counted.

use telamon_api::Cx;
use telamon_store::Tx;
use telamon_wire::{ApiError, ErrorCode, OrgId, ProjectId, Result, TeamId, Timestamp};

use super::{
    filter::{Filter, ProjectFilter},
    store,
};
use crate::limits::ResourceLimits;

/// Refuses somebody who is not counted yet in a full organization or in one of its projects that is full.
pub async fn demand_for<S>(
    cx: &mut Cx<S>,
    org: OrgId,
    username: &str,
    projects: impl IntoIterator<Item = ProjectId>,
) -> Result<()> {
    let (services, now, namesake) = (cx.services(), cx.now(), Filter::default().named(username));
    if store::find_in_org(&mut cx.tx, org, now, &namesake).await?.is_none() {
        demand_in_org(&mut cx.tx, services.get(), org, now).await?;
    }
    for project in projects {
        if store::find_in_project(&mut cx.tx, (org, project), now, namesake.clone()).await?.is_none() {
            demand_in_project(&mut cx.tx, services.get(), (org, project), now).await?;
        }
    }
    Ok(())
}

/// Refuses one more person in a full organization: `MAX_USERS_PER_ORG_EXCEEDED`.
pub async fn demand_in_org(tx: &mut Tx, limits: &ResourceLimits, org: OrgId, now: Timestamp) -> Result<()> {
    let Some(most) = limits.users_per_org else { return Ok(()) };
    if store::count_of_org(tx, org, now, &Filter::default()).await? < most {
        return Ok(());
    }
    Err(ApiError::new(ErrorCode::MAX_USERS_PER_ORG_EXCEEDED).with(most).into())
}

/// Refuses one more person in a full project: `MAX_USERS_PER_GROUP_EXCEEDED`.
pub async fn demand_in_project(
    tx: &mut Tx,
    limits: &ResourceLimits,
    place: (OrgId, ProjectId),
    now: Timestamp,
) -> Result<()> {
    let Some(most) = limits.users_per_project else { return Ok(()) };
    if store::count_of_project(tx, place, now, &ProjectFilter::default()).await? < most {
        return Ok(());
    }
    Err(ApiError::new(ErrorCode::MAX_USERS_PER_GROUP_EXCEEDED).with(most).into())
}

/// Refuses teams that have become too large.
pub async fn demand_in_teams<S>(cx: &mut Cx<S>, org: OrgId, teams: impl IntoIterator<Item = TeamId>) -> Result<()> {
    let (services, now) = (cx.services(), cx.now());
    for team in teams {
        demand_in_team(&mut cx.tx, services.get(), (org, team), now).await?;
    }
    Ok(())
}

/// Refuses a team that has become too large: `MAX_USERS_PER_TEAM_EXCEEDED`.
pub async fn demand_in_team(
    tx: &mut Tx,
    limits: &ResourceLimits,
    (org, team): (OrgId, TeamId),
    now: Timestamp,
) -> Result<()> {
    let Some(most) = limits.users_per_team else { return Ok(()) };
    if store::count_of_org(tx, org, now, &Filter::default().in_team(team)).await? <= most {
        return Ok(());
    }
    Err(ApiError::new(ErrorCode::MAX_USERS_PER_TEAM_EXCEEDED).with(most).into())
}
