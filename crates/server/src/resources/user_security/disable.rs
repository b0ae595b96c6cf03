//! Stops trusting the customer's own authorities.

use telamon_api::{Accepted, Cx, Operation, Project};
use telamon_wire::Result;

use super::{OWNERS, keep, store, wire::UserSecurity};
use crate::resources::{rates, x509};

pub fn operation() -> Operation {
    Operation::delete("/api/atlas/v2/groups/{groupId}/userSecurity/customerX509")
        .operation::<Project>("disableGroupUserSecurityCustomerX509", x509::TAG, Project::needs(OWNERS), &rates::X509)
        .without_documented_pretty()
        .summary("Stop trusting one project's own certificate authorities")
        .handler(disable)
}

async fn disable(cx: &mut Cx<Project>, _: &()) -> Result<Accepted<UserSecurity>> {
    let project = cx.scope.id;
    let mut settings = store::get(&mut cx.tx, project).await?;
    settings.customer_cas = None;
    keep(cx, &settings).await?;
    Ok(Accepted(settings.into()))
}
