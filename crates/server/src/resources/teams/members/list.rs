//! `listOrgTeamUsers`, in both shapes.

use telamon_api::{Cx, Listed, Operation, Org, Paged, Parameter, Query, QueryParams};
use telamon_authz::OrgRole;
use telamon_wire::{ApiError, ErrorCode, PageQuery, Result, Version};

use super::super::team_of_path;
use crate::resources::{
    people::{
        self, SUNSET, TAG,
        filter::Filter,
        member::Member,
        wire::{CloudAppUser, OrgUserResponse},
    },
    rates,
};

const PATH: &str = "/api/atlas/v2/orgs/{orgId}/teams/{teamId}/users";

/// The filters of a team's list.
pub(super) struct TeamFilter(Filter);

impl QueryParams for TeamFilter {
    fn parse(pairs: &[(String, String)]) -> Result<Self, ApiError> {
        let mut filter = Filter::parse(pairs)?;
        if let Some((_, text)) = pairs.iter().find(|(name, _)| name == "userId") {
            let person = text.parse().map_err(|_| ApiError::new(ErrorCode::INVALID_USER_ID).with(text.as_str()))?;
            filter = filter.of(person);
        }
        Ok(Self(filter))
    }

    fn parameters() -> Vec<Parameter> {
        let mut parameters = Filter::parameters();
        parameters.push(Parameter::id("userId", "The id of the one who is wanted."));
        parameters
    }
}

pub fn joined_operation() -> Operation {
    Operation::get(PATH)
        .operation::<Org>("listOrgTeamUsers", TAG, Org::needs(&[OrgRole::Member]), &rates::ORG_TEAMS)
        .summary("Return all members of one team")
        .until(Version::V2025_02_19, SUNSET)
        .handler(list_joined)
}

async fn list_joined(
    cx: &mut Cx<Org>,
    (Paged(page), Query(TeamFilter(filter))): &(Paged<false>, Query<TeamFilter>),
) -> Result<Listed<CloudAppUser>> {
    let (members, total) = members(cx, filter.clone().joined(), *page).await?;
    Ok(Listed { items: members.into_iter().filter_map(|member| CloudAppUser::listed(cx, member)).collect(), total })
}

pub fn operation() -> Operation {
    Operation::get(PATH)
        .operation::<Org>("listOrgTeamUsers", TAG, Org::needs(&[OrgRole::Member]), &rates::ORG_TEAMS)
        .summary("Return all members of one team")
        .since(Version::V2025_02_19)
        .handler(list)
}

async fn list(
    cx: &mut Cx<Org>,
    (Paged(page), Query(TeamFilter(filter))): &(Paged<false>, Query<TeamFilter>),
) -> Result<Listed<OrgUserResponse>> {
    let (members, total) = members(cx, filter.clone(), *page).await?;
    Ok(Listed { items: members.into_iter().map(OrgUserResponse::from).collect(), total })
}

/// A page of the members of the team of the path, and how many there are.
async fn members(cx: &mut Cx<Org>, filter: Filter, page: PageQuery) -> Result<(Vec<Member>, i64)> {
    let (org, now) = (cx.scope.id, cx.now());
    let team = team_of_path(cx, org).await?;
    let filter = filter.in_team(team.id);
    let members = people::of_org(&mut cx.tx, org, now, &filter, page).await?;
    Ok((members, people::count_of_org(&mut cx.tx, org, now, &filter).await?))
}
