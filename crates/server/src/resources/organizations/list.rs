//! `listOrgs`.

use telamon_api::{Anyone, Cx, Listed, Operation, Paged, Parameter, Query, QueryParams};
use telamon_wire::{ApiError, Result};

use super::{
    get,
    store::{self, Window},
    wire::AtlasOrganization,
};
use crate::resources::{names, rates};

pub fn operation() -> Operation {
    Operation::get("/api/atlas/v2/orgs")
        .operation::<Anyone>("listOrgs", "Organizations", Anyone::authenticated(), &rates::ORG_LIST)
        .summary("Return all organizations of the credential")
        .handler(list)
}

/// What names begin with, in any case. Empty: all names.
#[derive(Debug)]
pub struct NamePrefix(pub String);

impl QueryParams for NamePrefix {
    fn parse(pairs: &[(String, String)]) -> Result<Self, ApiError> {
        let value = pairs.iter().find(|(name, _)| name == "name").map(|(_, value)| value.clone());
        Ok(Self(value.unwrap_or_default()))
    }
    fn parameters() -> Vec<Parameter> {
        vec![Parameter::text("name", "What the names begin with, in any case.")]
    }
}

async fn list(
    cx: &mut Cx<Anyone>,
    (Query(prefix), Paged(page)): &(Query<NamePrefix>, Paged),
) -> Result<Listed<AtlasOrganization>> {
    let holder = cx.demand_caller()?.holder_id();
    let (from, before) = names::prefix_range(&prefix.0);
    let window = Window { from, before, limit: page.limit() + 1, offset: page.offset() };
    let found = store::of_holder(&mut cx.tx, &holder, &window).await?;
    let total = if page.include_count { store::count_of_holder(&mut cx.tx, &holder, &window).await? } else { 0 };
    Ok(Listed { items: found.into_iter().map(|org| get::in_list(cx, org)).collect(), total })
}
