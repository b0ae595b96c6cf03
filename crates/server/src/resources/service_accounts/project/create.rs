//! Making a service account in a project: a member of the organization with roles in the project.

use telamon_api::{Body, Created, Cx, Operation, Project};
use telamon_authz::{OrgRole, ProjectRole};
use telamon_wire::{Result, Version};

use super::give;
use crate::resources::{
    rates, roles,
    service_accounts::{
        create_in_org, model,
        wire::{GroupServiceAccount, NewProjectServiceAccount, NewServiceAccount},
    },
};

pub fn operation() -> Operation {
    Operation::post("/api/atlas/v2/groups/{groupId}/serviceAccounts")
        .operation::<Project>(
            "createGroupServiceAccount",
            "Service Accounts",
            Project::needs(&[ProjectRole::Owner]),
            &rates::PROJECT_SERVICE_ACCOUNTS,
        )
        .summary("Create one service account in a project")
        .since(Version::V2024_08_05)
        .handler(create)
}

async fn create(
    cx: &mut Cx<Project>,
    Body(new): &Body<NewProjectServiceAccount>,
) -> Result<Created<GroupServiceAccount>> {
    let org = cx.scope.org;
    let wanted = roles::parse_in_project(&new.roles, cx.scope.id)?;
    model::check_roles(&wanted)?;
    let member = NewServiceAccount {
        description: new.description.clone(),
        name: new.name.clone(),
        roles: vec![OrgRole::Member],
        secret_expires_after_hours: new.secret_expires_after_hours,
    };
    let account = create_in_org(cx, org, &member).await?;
    give(cx, account, &wanted).await.map(Created)
}
