//! Changes the settings.

use base64::{Engine, engine::general_purpose::STANDARD};
use telamon_api::{Accepted, Body, Cx, Incoming, Input, Operation, OperationDoc, Project};
use telamon_wire::Result;

use super::{
    OWNERS, PATH, TAG, keep,
    model::{check_cas, check_ldap},
    store,
    wire::{UserSecurity, UserSecurityChange},
};
use crate::{keys::Keys, resources::rates};

pub fn operation() -> Operation {
    Operation::patch(PATH)
        .operation::<Project>("updateGroupUserSecurity", TAG, Project::needs(OWNERS), &rates::USER_SECURITY)
        .summary("Edit the LDAP and X.509 settings of one project")
        .handler(change)
}

/// A change that is valid in itself.
struct Checked(UserSecurityChange);

impl Input for Checked {
    fn read(request: &Incoming<'_>) -> Result<Self> {
        let Body(change) = Body::<UserSecurityChange>::read(request)?;
        let cas = change.customer_x509.as_ref().and_then(|x509| x509.cas.as_deref());
        if let Some(chain) = cas.filter(|chain| !chain.is_empty()) {
            check_cas(chain, request.services.clock.now())?;
        }
        if let Some(ldap) = &change.ldap {
            check_ldap(ldap)?;
        }
        Ok(Self(change))
    }

    fn describe(doc: &mut OperationDoc<'_>) {
        Body::<UserSecurityChange>::describe(doc);
    }
}

async fn change(cx: &mut Cx<Project>, Checked(change): &Checked) -> Result<Accepted<UserSecurity>> {
    let project = cx.scope.id;
    let mut settings = store::get(&mut cx.tx, project).await?;
    if let Some(chain) = change.customer_x509.as_ref().and_then(|x509| x509.cas.clone()) {
        settings.customer_cas = Some(chain).filter(|chain| !chain.is_empty());
    }
    if let Some(ldap) = &change.ldap {
        let sealing = cx.service::<Keys>().sealing();
        let context = format!("user_security/{project}/bindPassword");
        settings.ldap.apply(ldap, |password| STANDARD.encode(sealing.seal(&context, password.as_bytes())));
    }
    keep(cx, &settings).await?;
    Ok(Accepted(settings.into()))
}
