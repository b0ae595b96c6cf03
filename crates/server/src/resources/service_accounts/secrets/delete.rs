//! Deleting a secret of a service account: from then on neither it nor a token that was issued with it is good.

use telamon_api::{Cx, NoContent, Operation, Org, Project};
use telamon_authz::{OrgRole, ProjectRole};
use telamon_wire::{ApiError, ClientId, ErrorCode, OrgId, Result, SecretId, Version};

use super::store;
use crate::resources::{
    events::{self, Event},
    rates, roles,
    service_accounts::{client_id, not_found, project::member, store as accounts},
};

pub fn org_operation() -> Operation {
    Operation::delete("/api/atlas/v2/orgs/{orgId}/serviceAccounts/{clientId}/secrets/{secretId}")
        .operation::<Org>(
            "deleteOrgServiceAccountSecret",
            "Service Accounts",
            Org::needs(&[OrgRole::Owner]),
            &rates::ORG_SERVICE_ACCOUNTS,
        )
        .summary("Delete one secret of a service account of an organization")
        .since(Version::V2024_08_05)
        .handler(delete_in_org)
}

pub fn project_operation() -> Operation {
    Operation::delete("/api/atlas/v2/groups/{groupId}/serviceAccounts/{clientId}/secrets/{secretId}")
        .operation::<Project>(
            "deleteGroupServiceAccountSecret",
            "Service Accounts",
            Project::needs(&[ProjectRole::Owner]),
            &rates::PROJECT_SERVICE_ACCOUNTS,
        )
        .summary("Delete one secret of a service account of a project")
        .since(Version::V2024_08_05)
        .handler(delete_in_project)
}

async fn delete_in_org(cx: &mut Cx<Org>, (): &()) -> Result<NoContent> {
    let (org, client_id) = (cx.scope.id, client_id(cx)?);
    accounts::find(&mut cx.tx, org, client_id).await?.ok_or_else(|| not_found(client_id))?;
    delete(cx, org, client_id).await
}

async fn delete_in_project(cx: &mut Cx<Project>, (): &()) -> Result<NoContent> {
    let (org, client_id, caller) = (cx.scope.org, member(cx).await?.client_id, cx.caller());
    // Taking the secrets of an account puts an end to what it does elsewhere, too.
    roles::demand_all_of(&mut cx.tx, caller.as_deref(), &client_id.0.to_string(), org).await?;
    delete(cx, org, client_id).await
}

async fn delete<S>(cx: &mut Cx<S>, org: OrgId, client_id: ClientId) -> Result<NoContent> {
    let text = cx.path_value("secretId").to_owned();
    let missing = || ApiError::new(ErrorCode::RESOURCE_NOT_FOUND).with(format!("secret with ID {text}"));
    let secret: SecretId = text.parse().map_err(|_| missing())?;
    if !store::delete(&mut cx.tx, client_id.0, secret).await? {
        return Err(missing().into());
    }
    cx.credentials_changed();
    let event = Event::in_org("SERVICE_ACCOUNT_SECRET_DELETED", org).with("clientId", client_id.to_string());
    events::record(cx, event).await?;
    Ok(NoContent)
}
