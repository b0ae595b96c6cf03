//! `getOrgGroups`: the projects of an organization that the credential may read.

use telamon_api::{Cx, Listed, Operation, Org, Paged, Query};
use telamon_authz::OrgRole;
use telamon_wire::Result;

use super::list::NamePrefix;
use crate::resources::{
    projects::{self, wire::Group},
    rates,
};

pub fn operation() -> Operation {
    Operation::get("/api/atlas/v2/orgs/{orgId}/groups")
        .operation::<Org>("getOrgGroups", "Organizations", Org::needs(&[OrgRole::Member]), &rates::ORG)
        .summary("Return all projects of one organization that the credential may read")
        .handler(list)
}

async fn list(cx: &mut Cx<Org>, (Query(prefix), Paged(page)): &(Query<NamePrefix>, Paged)) -> Result<Listed<Group>> {
    let (org, caller) = (cx.scope.id, cx.demand_caller()?);
    projects::list_in_org(cx, &caller, org, &prefix.0, page).await
}
