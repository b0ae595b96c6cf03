//! Reading the teams of an organization.

use telamon_api::{Cx, Json, Listed, Operation, Org, Paged};
use telamon_authz::OrgRole;
use telamon_wire::{ApiError, ErrorCode, Result};

use super::{TAG, printed, store, team_of_path, wire::TeamResponse};
use crate::resources::rates;

pub(super) fn list_operation() -> Operation {
    Operation::get("/api/atlas/v2/orgs/{orgId}/teams")
        .operation::<Org>("listOrgTeams", TAG, Org::needs(&[OrgRole::Member]), &rates::ORG_TEAMS)
        .summary("Return all teams of an organization")
        .handler(list)
}

async fn list(cx: &mut Cx<Org>, Paged(page): &Paged) -> Result<Listed<TeamResponse>> {
    let org = cx.scope.id;
    let teams = store::list(&mut cx.tx, org, *page).await?;
    let total = if page.include_count { store::count(&mut cx.tx, org).await? } else { 0 };
    Ok(Listed { items: teams.into_iter().map(|team| printed(cx, org, team)).collect(), total })
}

pub(super) fn get_operation() -> Operation {
    Operation::get("/api/atlas/v2/orgs/{orgId}/teams/{teamId}")
        .operation::<Org>("getOrgTeam", TAG, Org::needs(&[OrgRole::Member]), &rates::ORG_TEAMS)
        .summary("Return one team of an organization")
        .handler(get)
}

async fn get(cx: &mut Cx<Org>, (): &()) -> Result<Json<TeamResponse>> {
    let org = cx.scope.id;
    let team = team_of_path(cx, org).await?;
    Ok(Json(printed(cx, org, team)))
}

pub(super) fn by_name_operation() -> Operation {
    Operation::get("/api/atlas/v2/orgs/{orgId}/teams/byName/{teamName}")
        .operation::<Org>("getOrgTeamByName", TAG, Org::needs(&[OrgRole::Member]), &rates::ORG_TEAMS)
        .summary("Return one team of an organization by its name")
        .handler(get_by_name)
}

async fn get_by_name(cx: &mut Cx<Org>, (): &()) -> Result<Json<TeamResponse>> {
    let (org, name) = (cx.scope.id, cx.path_value("teamName").to_owned());
    let found = store::named(&mut cx.tx, org, &name).await?;
    let team = found.ok_or_else(|| ApiError::new(ErrorCode::TEAM_NAME_NOT_FOUND).with(name))?;
    Ok(Json(printed(cx, org, team)))
}
