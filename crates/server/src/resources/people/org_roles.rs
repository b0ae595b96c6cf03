//! Single roles of somebody in an organization, and all of them at once.

use telamon_api::{Body, Cx, Json, Operation, Org};
use telamon_authz::OrgRole;
use telamon_wire::{Result, Version};

use super::{
    SUNSET, TAG, demand_in_org,
    filter::Filter,
    grants, not_in_org, person_id,
    request::{AddOrRemoveOrgRole, UpdateOrgRolesForUser},
    store,
    wire::OrgUserResponse,
};
use crate::resources::rates;

pub(super) fn add_operation() -> Operation {
    Operation::post("/api/atlas/v2/orgs/{orgId}/users/{userId}:addRole")
        .operation::<Org>("addOrgUserRole", TAG, Org::needs(&[OrgRole::Owner]), &rates::ORG_USERS)
        .summary("Add one role to one person of one organization")
        .since(Version::V2025_02_19)
        .handler(add)
}

async fn add(cx: &mut Cx<Org>, Body(asked): &Body<AddOrRemoveOrgRole>) -> Result<Json<OrgUserResponse>> {
    let org = cx.scope.id;
    let member = demand_in_org(cx).await?;
    let mut roles = member.in_org(org);
    roles.push(asked.org_role);
    grants::set_in_org(cx, org, &member, &roles).await?;
    Ok(Json(demand_in_org(cx).await?.into()))
}

pub(super) fn remove_operation() -> Operation {
    Operation::post("/api/atlas/v2/orgs/{orgId}/users/{userId}:removeRole")
        .operation::<Org>("removeOrgUserRole", TAG, Org::needs(&[OrgRole::Owner]), &rates::ORG_USERS)
        .summary("Remove one role from one person of one organization")
        .since(Version::V2025_02_19)
        .handler(remove)
}

async fn remove(cx: &mut Cx<Org>, Body(asked): &Body<AddOrRemoveOrgRole>) -> Result<Json<OrgUserResponse>> {
    let org = cx.scope.id;
    let member = demand_in_org(cx).await?;
    let roles: Vec<OrgRole> = member.in_org(org).into_iter().filter(|role| *role != asked.org_role).collect();
    grants::set_in_org(cx, org, &member, &roles).await?;
    Ok(Json(demand_in_org(cx).await?.into()))
}

pub(super) fn replace_operation() -> Operation {
    Operation::put("/api/atlas/v2/orgs/{orgId}/users/{userId}/roles")
        .operation::<Org>("updateOrgUserRoles", "Organizations", Org::needs(&[OrgRole::Owner]), &rates::ORG_USERS)
        .summary("Replace the roles of one person of one organization")
        .deprecated(Version::V2025_02_19, SUNSET)
        .handler(replace)
}

async fn replace(cx: &mut Cx<Org>, Body(asked): &Body<UpdateOrgRolesForUser>) -> Result<Json<UpdateOrgRolesForUser>> {
    let (org, now, id) = (cx.scope.id, cx.now(), person_id(cx)?);
    let filter = Filter::default().joined().of(id);
    let member = store::find_in_org(&mut cx.tx, org, now, &filter).await?.ok_or_else(|| not_in_org(id, org))?;
    grants::set_in_org(cx, org, &member, &asked.org_roles).await?;
    let member = store::find_in_org(&mut cx.tx, org, now, &filter).await?.ok_or_else(|| not_in_org(id, org))?;
    let links = vec![cx.link("self", &format!("/api/atlas/v2/orgs/{org}/users/{id}/roles"))];
    Ok(Json(UpdateOrgRolesForUser { links, org_roles: member.in_org(org) }))
}
