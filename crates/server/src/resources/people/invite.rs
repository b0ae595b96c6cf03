//! Asking somebody to join an organization, and giving somebody roles in a project.

use telamon_api::{Body, Created, Cx, Operation, Org, Project};
use telamon_authz::{OrgRole, ProjectRole};
use telamon_wire::{ApiError, ErrorCode, Result, Version};

use super::{
    TAG,
    filter::Filter,
    not_in_org, not_in_project,
    request::{GroupUserRequest, OrgUserRequest},
    store,
    wire::{GroupUserResponse, OrgUserResponse},
};
use crate::resources::{
    invitations::{self, Invited, NewInvitation, ProjectGrant},
    rates, roles,
};

pub(super) fn to_org_operation() -> Operation {
    Operation::post("/api/atlas/v2/orgs/{orgId}/users")
        .operation::<Org>("createOrgUser", TAG, Org::needs(&[OrgRole::Owner]), &rates::ORG_USERS)
        .summary("Ask one person to join one organization")
        .since(Version::V2025_02_19)
        .handler(to_org)
}

async fn to_org(cx: &mut Cx<Org>, Body(new): &Body<OrgUserRequest>) -> Result<Created<OrgUserResponse>> {
    let (org, now) = (cx.scope.id, cx.now());
    let org_roles = new.roles.org_roles.clone();
    if org_roles.is_empty() {
        return Err(ApiError::invalid_field("roles.orgRoles", "It must name at least one role.").into());
    }
    let assignments = new.roles.group_role_assignments.iter().flatten();
    let project_roles: Vec<ProjectGrant> =
        assignments.map(|given| ProjectGrant { project: given.group_id, roles: given.group_roles.clone() }).collect();
    invitations::check_grants(cx, org, &org_roles, &project_roles, &new.team_ids).await?;
    let (username, team_ids) = (new.username.clone(), new.team_ids.clone());
    let asked = NewInvitation { org, project: None, username, org_roles, project_roles, team_ids };
    let id = invitations::invite(cx, asked).await?.user_id;
    let member = store::find_in_org(&mut cx.tx, org, now, &Filter::default().of(id)).await?;
    member.map(|member| Created(member.into())).ok_or_else(|| not_in_org(id, org).into())
}

pub(super) fn to_project_operation() -> Operation {
    Operation::post("/api/atlas/v2/groups/{groupId}/users")
        .operation::<Project>(
            "addGroupUsers",
            TAG,
            Project::needs(&[ProjectRole::AccessManager]),
            &rates::PROJECT_USERS,
        )
        .summary("Add one person to one project")
        .since(Version::V2025_02_19)
        .handler(to_project)
}

async fn to_project(cx: &mut Cx<Project>, Body(new): &Body<GroupUserRequest>) -> Result<Created<GroupUserResponse>> {
    let (org, project, now) = (cx.scope.org, cx.scope.id, cx.now());
    let wanted = roles::parse_in_project(&new.roles, project)?;
    if wanted.is_empty() {
        return Err(ApiError::invalid_field("roles", "It must name at least one role.").into());
    }
    invitations::check_grants(cx, org, &[], &[ProjectGrant { project, roles: wanted.clone() }], &[]).await?;
    let namesake = Filter::default().named(&invitations::fold_address(&new.username)?);
    if store::find_in_project(&mut cx.tx, (org, project), now, namesake).await?.is_some() {
        return Err(ApiError::new(ErrorCode::USER_ALREADY_EXISTS).with(new.username.as_str()).into());
    }
    let id = match invitations::invite_to_project(cx, org, project, &new.username, &wanted).await? {
        Invited::Added(person) => person,
        Invited::Pending(invitation) => invitation.user_id,
    };
    let member = store::find_in_project(&mut cx.tx, (org, project), now, Filter::default().of(id)).await?;
    let answer = member.map(|member| Created(GroupUserResponse::new(member, project)));
    answer.ok_or_else(|| not_in_project(id, project).into())
}
