//! Assigning a service account of the organization to a project.

use telamon_api::{Body, Cx, Incoming, Input, Json, Operation, OperationDoc, Project};
use telamon_authz::OrgRole;
use telamon_wire::{Result, Version};

use super::{give, of_org};
use crate::resources::{
    rates, roles,
    service_accounts::{
        client_id, model,
        wire::{GroupServiceAccount, RoleAssignment},
    },
};

pub fn operation() -> Operation {
    Operation::post("/api/atlas/v2/groups/{groupId}/serviceAccounts/{clientId}:invite")
        .operation::<Project>(
            "inviteGroupServiceAccount",
            "Service Accounts",
            Project::needs_in_org(&[OrgRole::Owner]),
            &rates::PROJECT_SERVICE_ACCOUNTS,
        )
        .summary("Assign one service account of the organization to a project")
        .since(Version::V2024_08_05)
        .handler(invite)
}

/// The roles of one assignment, or of all in a list: clients that were made while the operation was a preview send one.
struct Assigned(Vec<String>);

impl Input for Assigned {
    fn read(request: &Incoming<'_>) -> Result<Self> {
        let assignments = if request.body.trim_ascii_start().starts_with(b"[") {
            Body::<Vec<RoleAssignment>>::read(request)?.0
        } else {
            vec![Body::<RoleAssignment>::read(request)?.0]
        };
        Ok(Self(assignments.into_iter().flat_map(|assignment| assignment.roles).collect()))
    }

    fn describe(doc: &mut OperationDoc<'_>) {
        Body::<RoleAssignment>::describe(doc);
    }
}

async fn invite(cx: &mut Cx<Project>, Assigned(names): &Assigned) -> Result<Json<GroupServiceAccount>> {
    let client_id = client_id(cx)?;
    let account = of_org(cx, client_id).await?;
    let wanted = roles::parse_in_project(names, cx.scope.id)?;
    model::check_roles(&wanted)?;
    give(cx, account, &wanted).await.map(Json)
}
