//! Removes the mapping of names.

use telamon_api::{Accepted, Cx, Operation, Project};
use telamon_wire::Result;

use super::{OWNERS, TAG, keep, store, wire::UserSecurity};
use crate::resources::rates;

pub fn operation() -> Operation {
    Operation::delete("/api/atlas/v2/groups/{groupId}/userSecurity/ldap/userToDNMapping")
        .operation::<Project>(
            "deleteGroupUserSecurityLdapUserToDnMapping",
            TAG,
            Project::needs(OWNERS),
            &rates::USER_SECURITY,
        )
        .summary("Remove how names become names of LDAP entries in one project")
        .handler(forget)
}

async fn forget(cx: &mut Cx<Project>, (): &()) -> Result<Accepted<UserSecurity>> {
    let project = cx.scope.id;
    let mut settings = store::get(&mut cx.tx, project).await?;
    settings.ldap.user_to_dn_mapping = None;
    keep(cx, &settings).await?;
    Ok(Accepted(settings.into()))
}
