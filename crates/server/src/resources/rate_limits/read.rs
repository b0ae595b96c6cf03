//! Reading rate limits.

use telamon_api::{Anyone, Cx, Json, Listed, Operation, Paged, Query, REFILL_SECONDS, RateLimiter};
use telamon_wire::{ApiError, ErrorCode, Result, Version};

use super::{
    catalog::{CatalogEntry, RateCatalog},
    query::{ScopeQuery, SetQuery},
    wire::{EndpointSetLimits, LimitValue},
};
use crate::resources::rates;

pub(super) fn list_operation() -> Operation {
    Operation::get("/api/atlas/v2/rateLimits")
        .operation::<Anyone>("listRateLimits", "Rate Limiting", Anyone::authenticated(), &rates::SYSTEM)
        .summary("Return all rate limits")
        .since(Version::V2025_03_12)
        .also_preview()
        .handler(list)
}

type ListQuery = (Paged<false>, (Query<ScopeQuery>, Query<SetQuery>));

async fn list(
    cx: &mut Cx<Anyone>,
    (Paged(page), (Query(scope), Query(wanted))): &ListQuery,
) -> Result<Listed<EndpointSetLimits>> {
    scope.check(cx).await?;
    let is_wanted = |entry: &&CatalogEntry| {
        wanted.name.as_deref().is_none_or(|name| entry.has_name(name))
            && wanted.endpoint_path.as_deref().is_none_or(|path| entry.has_path(path))
    };
    let found: Vec<_> = cx.service::<RateCatalog>().entries().iter().filter(is_wanted).collect();
    let limiter = cx.service();
    let count = |number: i64| usize::try_from(number).unwrap_or(usize::MAX);
    let on_page = found.iter().skip(count(page.offset())).take(count(page.limit() + 1));
    Ok(Listed {
        items: on_page.map(|entry| limits(entry, limiter)).collect(),
        total: i64::try_from(found.len()).unwrap_or(i64::MAX),
    })
}

pub(super) fn get_operation() -> Operation {
    Operation::get("/api/atlas/v2/rateLimits/{endpointSetId}")
        .operation::<Anyone>("getRateLimit", "Rate Limiting", Anyone::authenticated(), &rates::SYSTEM)
        .summary("Return the rate limit of one endpoint set")
        .since(Version::V2025_03_12)
        .also_preview()
        .handler(get)
}

async fn get(cx: &mut Cx<Anyone>, Query(scope): &Query<ScopeQuery>) -> Result<Json<EndpointSetLimits>> {
    scope.check(cx).await?;
    let id = cx.path_value("endpointSetId");
    let entry = cx
        .service::<RateCatalog>()
        .find(id)
        .ok_or_else(|| ApiError::new(ErrorCode::RESOURCE_NOT_FOUND).with(format!("endpoint set with ID {id}")))?;
    Ok(Json(limits(entry, cx.service())))
}

fn limits(entry: &CatalogEntry, limiter: &RateLimiter) -> EndpointSetLimits {
    let set = entry.set;
    let (capacity, refill) = limiter.limits(set);
    let value = |default: u32, value: u32| LimitValue { default_value: default.into(), value: value.into() };
    EndpointSetLimits {
        capacity: value(set.capacity, capacity),
        endpoint_set_id: set.id,
        endpoint_set_name: set.name,
        endpoints: entry.endpoints.clone(),
        refill_duration_seconds: value(REFILL_SECONDS, REFILL_SECONDS),
        refill_rate: value(set.refill, refill),
        scope: set.scope.as_str(),
    }
}
