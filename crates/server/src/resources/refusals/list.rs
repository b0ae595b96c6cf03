//! Reading the reasons of refusals.

use serde_json::Value;
use telamon_api::{Cx, Incoming, Input, Listed, Operation, OperationDoc, Org, Paged, Parameter, Query, QueryParams};
use telamon_authz::OrgRole;
use telamon_wire::{ApiError, Failure, Result, Timestamp};

use super::{Refusals, store};
use crate::{resources::rates, retention::Retention};

pub(super) fn operation() -> Operation {
    Operation::get("/api/telamon/orgs/{orgId}/refusals")
        .operation::<Org>("listOrgRefusals", "Refusals", Org::needs(&[OrgRole::Owner]), &rates::ORG)
        .summary("Return why requests were refused")
        .unversioned()
        .undocumented()
        .handler(list)
}

/// The id of the request that is asked about.
struct OfRequest(Option<String>);

impl QueryParams for OfRequest {
    fn parse(pairs: &[(String, String)]) -> Result<Self, ApiError> {
        Ok(Self(pairs.iter().find(|(name, _)| name == "requestId").map(|(_, value)| value.clone())))
    }

    fn parameters() -> Vec<Parameter> {
        vec![Parameter::text("requestId", "The X-Request-Id of the answer that refused the request.")]
    }
}

/// Whoever was just refused may ask at once: what is still in memory is written first.
struct AllWritten;

impl Input for AllWritten {
    fn read(_: &Incoming<'_>) -> Result<Self> {
        Ok(Self)
    }

    const PREPARES: bool = true;
    async fn prepare(&mut self, request: &Incoming<'_>) -> Result<()> {
        request.services.get::<Refusals>().write(request.work).await
    }

    fn describe(_: &mut OperationDoc<'_>) {}
}

async fn list(cx: &mut Cx<Org>, input: &(AllWritten, (Query<OfRequest>, Paged))) -> Result<Listed<Value>> {
    let (AllWritten, (Query(OfRequest(request_id)), Paged(page))) = input;
    // One that is not kept any more is not shown, although it may not be removed yet.
    let kept = cx.service::<Retention>().refusals;
    let after = kept.map_or(Timestamp::from_micros(i64::MIN), |seconds| cx.now().plus_seconds(-seconds));
    let org = cx.scope.id;
    let request_id = request_id.as_deref();
    let texts = store::list(&mut cx.tx, org, request_id, after, *page).await?;
    let items = texts.iter().map(|text| serde_json::from_str(text)).collect::<Result<_, _>>();
    let total = if page.include_count { store::count(&mut cx.tx, org, request_id, after).await? } else { 0 };
    Ok(Listed { items: items.map_err(|error| Failure::Bug(error.into()))?, total })
}
