//! Service accounts in a project: an account belongs to its organization, and is in a project by the roles that it holds
//! there.

mod change;
mod create;
mod invite;
mod read;
mod remove;

use telamon_api::{Cx, Operation, Project};
use telamon_authz::ProjectRole;
use telamon_wire::{ClientId, Result};

use super::{
    client_id, not_found, store,
    wire::{GroupServiceAccount, OrgServiceAccount},
};
use crate::resources::{
    events::{self, Event},
    roles::{self, Given},
};

pub(super) fn operations() -> Vec<Operation> {
    vec![
        read::list_operation(),
        create::operation(),
        read::get_operation(),
        change::operation(),
        remove::operation(),
        invite::operation(),
    ]
}

/// The account of the path, if it is in the project.
pub(super) async fn member(cx: &mut Cx<Project>) -> Result<GroupServiceAccount> {
    let (project, client_id) = (cx.scope.id, client_id(cx)?);
    let roles = roles::in_project(&mut cx.tx, &client_id.0.to_string(), project).await?;
    if roles.is_empty() {
        return Err(not_found(client_id).into());
    }
    Ok(GroupServiceAccount::of(of_org(cx, client_id).await?, roles))
}

/// The account of that client id, if it is in the organization.
async fn of_org(cx: &mut Cx<Project>, client_id: ClientId) -> Result<OrgServiceAccount> {
    let org = cx.scope.org;
    let account = store::find(&mut cx.tx, org, client_id).await?;
    account.ok_or_else(|| not_found(client_id).into())
}

/// Gives an account these roles in the project, instead of those that it has there, and records it. Answers with the
/// account as the project sees it now.
async fn give(cx: &mut Cx<Project>, account: OrgServiceAccount, wanted: &[ProjectRole]) -> Result<GroupServiceAccount> {
    let (project, org, holder) = (cx.scope.id, cx.scope.org, account.client_id.0.to_string());
    let event_type = match roles::give_in_project(cx, &holder, wanted).await? {
        Given::Nothing => None,
        Given::First => Some("SERVICE_ACCOUNT_ADDED_TO_GROUP"),
        Given::Others => Some("SERVICE_ACCOUNT_ROLES_CHANGED"),
    };
    if let Some(event_type) = event_type {
        let event = Event::in_project(event_type, org, project).with("clientId", account.client_id.to_string());
        events::record(cx, event).await?;
    }
    let roles = roles::in_project(&mut cx.tx, &holder, project).await?;
    Ok(GroupServiceAccount::of(account, roles))
}
