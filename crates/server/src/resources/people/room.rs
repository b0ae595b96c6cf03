//! Whether there is room for one more person. Those who were asked to join are counted.

use telamon_api::UnitOfWork;
use telamon_wire::{ApiError, ErrorCode, OrgId, ProjectId, Result, TeamId};

use super::{
    filter::{Filter, ProjectFilter},
    store,
};
use crate::limits::ResourceLimits;

/// Refuses somebody who is not counted yet in a full organization or in one of its projects that is full.
pub async fn demand_for(
    unit: &mut UnitOfWork,
    org: OrgId,
    username: &str,
    projects: impl IntoIterator<Item = ProjectId>,
) -> Result<()> {
    let (now, namesake) = (unit.now(), Filter::default().named(username));
    if store::find_in_org(&mut unit.tx, org, now, &namesake).await?.is_none() {
        demand_in_org(unit, org).await?;
    }
    for project in projects {
        if store::find_in_project(&mut unit.tx, (org, project), now, namesake.clone()).await?.is_none() {
            demand_in_project(unit, (org, project)).await?;
        }
    }
    Ok(())
}

/// Refuses one more person in a full organization: `MAX_USERS_PER_ORG_EXCEEDED`.
pub async fn demand_in_org(unit: &mut UnitOfWork, org: OrgId) -> Result<()> {
    let Some(most) = unit.service::<ResourceLimits>().users_per_org else { return Ok(()) };
    let now = unit.now();
    if store::count_of_org(&mut unit.tx, org, now, &Filter::default()).await? < most {
        return Ok(());
    }
    Err(ApiError::new(ErrorCode::MAX_USERS_PER_ORG_EXCEEDED).with(most).into())
}

/// Refuses one more person in a full project: `MAX_USERS_PER_GROUP_EXCEEDED`.
pub async fn demand_in_project(unit: &mut UnitOfWork, place: (OrgId, ProjectId)) -> Result<()> {
    let Some(most) = unit.service::<ResourceLimits>().users_per_project else { return Ok(()) };
    let now = unit.now();
    if store::count_of_project(&mut unit.tx, place, now, &ProjectFilter::default()).await? < most {
        return Ok(());
    }
    Err(ApiError::new(ErrorCode::MAX_USERS_PER_GROUP_EXCEEDED).with(most).into())
}

/// Refuses teams that have become too large.
pub async fn demand_in_teams(unit: &mut UnitOfWork, org: OrgId, teams: impl IntoIterator<Item = TeamId>) -> Result<()> {
    for team in teams {
        demand_in_team(unit, (org, team)).await?;
    }
    Ok(())
}

/// Refuses a team that has become too large: `MAX_USERS_PER_TEAM_EXCEEDED`.
pub async fn demand_in_team(unit: &mut UnitOfWork, (org, team): (OrgId, TeamId)) -> Result<()> {
    let Some(most) = unit.service::<ResourceLimits>().users_per_team else { return Ok(()) };
    let now = unit.now();
    if store::count_of_org(&mut unit.tx, org, now, &Filter::default().in_team(team)).await? <= most {
        return Ok(());
    }
    Err(ApiError::new(ErrorCode::MAX_USERS_PER_TEAM_EXCEEDED).with(most).into())
}
