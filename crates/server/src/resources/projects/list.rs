//! `listGroups`, `getGroupByName`, and the projects of one organization.

use telamon_api::{Anyone, Caller, Cx, Json, Listed, Operation, Paged};
use telamon_store::Tx;
use telamon_wire::{ApiError, ErrorCode, OrgId, PageQuery, Result};

use super::{
    get::{in_list, single},
    store::{self, Stored, Window},
    wire::Group,
};
use crate::resources::{names, rates};

pub fn operation() -> Operation {
    Operation::get("/api/atlas/v2/groups")
        .operation::<Anyone>("listGroups", "Projects", Anyone::authenticated(), &rates::PROJECT_LIST)
        .summary("Return all projects that the credential may read")
        .handler(list)
}

pub fn by_name() -> Operation {
    Operation::get("/api/atlas/v2/groups/byName/{groupName}")
        .operation::<Anyone>("getGroupByName", "Projects", Anyone::authenticated(), &rates::PROJECT_LIST)
        .summary("Return one project by its name")
        .handler(get_by_name)
}

async fn list(cx: &mut Cx<Anyone>, Paged(page): &Paged) -> Result<Listed<Group>> {
    let caller = cx.demand_caller()?;
    // The credential of a program belongs to one organization; only a person may belong to several.
    if let [org] = caller.orgs.keys().copied().collect::<Vec<_>>()[..] {
        return list_in_org(cx, &caller, org, "", page).await;
    }
    let holder = caller.holder_id();
    let items = store::of_holder(&mut cx.tx, &holder, page.limit() + 1, page.offset()).await?;
    let total = match known_total(page, items.len()) {
        Some(total) => total,
        None => store::count_of_holder(&mut cx.tx, &holder).await?,
    };
    Ok(listed(cx, items, total))
}

/// A page of the projects of an organization that the caller may read, whose names begin with `prefix` in any case.
pub(crate) async fn list_in_org<S>(
    cx: &mut Cx<S>,
    caller: &Caller,
    org: OrgId,
    prefix: &str,
    page: &PageQuery,
) -> Result<Listed<Group>> {
    let (from, before) = names::prefix_range(prefix);
    let window = Window { from, before, limit: page.limit() + 1, offset: page.offset() };
    let reads_all = !caller.in_org(org).in_projects().is_empty();
    let holder = (!reads_all).then(|| caller.holder_id());
    let items = match &holder {
        None => store::of_org(&mut cx.tx, org, &window).await?,
        Some(holder) => store::of_holder_in_org(&mut cx.tx, org, holder, &window).await?,
    };
    let total = match known_total(page, items.len()) {
        Some(total) => total,
        None if reads_all && prefix.is_empty() => store::count_living(&mut cx.tx, org).await?,
        None => count(&mut cx.tx, org, holder.as_deref(), &window).await?,
    };
    Ok(listed(cx, items, total))
}

async fn count(tx: &mut Tx, org: OrgId, holder: Option<&str>, window: &Window) -> Result<i64> {
    Ok(match holder {
        None => store::count_of_org(tx, org, window).await?,
        Some(holder) => store::count_of_holder_in_org(tx, org, holder, window).await?,
    })
}

/// The total that needs no counting: nobody asked, or this page is the last one.
fn known_total(page: &PageQuery, found: usize) -> Option<i64> {
    let found = i64::try_from(found).unwrap_or(i64::MAX);
    let is_last = found <= page.limit() && (found > 0 || page.offset() == 0);
    if page.include_count { is_last.then(|| page.offset() + found) } else { Some(0) }
}

fn listed<S>(cx: &Cx<S>, items: Vec<Stored>, total: i64) -> Listed<Group> {
    Listed { items: items.into_iter().map(|project| in_list(cx, project)).collect(), total }
}

async fn get_by_name(cx: &mut Cx<Anyone>, (): &()) -> Result<Json<Group>> {
    let caller = cx.demand_caller()?;
    let name = cx.path_value("groupName").to_owned();
    let mut visible = Vec::new();
    for (org, roles) in &caller.orgs {
        if let Some(found) = store::named(&mut cx.tx, *org, &name).await?
            && !(caller.in_project(found.id).is_empty() && roles.in_projects().is_empty())
        {
            visible.push(found);
        }
    }
    let found = visible.pop().ok_or_else(|| ApiError::new(ErrorCode::GROUP_NAME_NOT_FOUND).with(name.as_str()))?;
    if !visible.is_empty() {
        return Err(ApiError::new(ErrorCode::MULTIPLE_GROUPS).with(name).into());
    }
    Ok(Json(single(cx, found)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_page_tells_the_total() {
        let page = |page_num, include_count| PageQuery { page_num, items_per_page: 10, include_count };
        assert_eq!(known_total(&page(1, true), 7), Some(7));
        assert_eq!(known_total(&page(3, true), 10), Some(30));
        assert_eq!(known_total(&page(3, true), 11), None);
        assert_eq!(known_total(&page(3, true), 0), None);
        assert_eq!(known_total(&page(1, true), 0), Some(0));
        assert_eq!(known_total(&page(3, false), 11), Some(0));
    }
}
