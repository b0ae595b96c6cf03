//! Lists the certificates of a managed user.

use telamon_api::{Cx, Listed, Operation, Paged, Project};
use telamon_authz::ProjectRole;
use telamon_wire::Result;

use super::{
    CERTIFICATES, TAG,
    certificate::{UserCert, managed_holder},
    store,
};
use crate::resources::rates;

pub fn operation() -> Operation {
    Operation::get(CERTIFICATES)
        .operation::<Project>("listGroupDatabaseUserCerts", TAG, Project::needs(&[ProjectRole::ReadOnly]), &rates::X509)
        .summary("Return the certificates of one database user that are not expired, the newest last")
        .handler(list)
}

async fn list(cx: &mut Cx<Project>, Paged(page): &Paged) -> Result<Listed<UserCert>> {
    let (_, name) = managed_holder(cx).await?;
    let (project, now, subject) = (cx.scope.id, cx.now(), name.to_rfc2253());
    let rows = store::list(&mut cx.tx, project, &subject, now, page.limit() + 1, page.offset()).await?;
    let total = if page.include_count { store::count(&mut cx.tx, project, &subject, now).await? } else { 0 };
    Ok(Listed { items: rows.into_iter().map(|row| UserCert::new(project, row)).collect(), total })
}
