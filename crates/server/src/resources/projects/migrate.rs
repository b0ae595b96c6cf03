//! `migrateGroup`: a project moves to another organization.
//!
//! The caller owns the organization that the project leaves, and proves by an API key of the other one, both halves of it,
//! that its owners want the project; a person who owns both needs no key. Its people keep their roles in it and become
//! members of the other organization. Credentials and teams belong to an organization, and stay behind without roles.

use std::sync::Arc;

use telamon_api::{Body, Caller, Cx, Json, Operation, Project};
use telamon_authz::OrgRole;
use telamon_wire::{ApiError, ErrorCode, OrgId, Result, Version};

use super::{
    create::demand_room,
    get::single,
    store,
    wire::{Group, GroupMigrationRequest},
};
use crate::{
    gate::Known,
    keys::Keys,
    resources::{
        events::{Event, record},
        organizations, rates, roles,
    },
};

pub fn operation() -> Operation {
    Operation::post("/api/atlas/v2/groups/{groupId}:migrate")
        .operation::<Project>("migrateGroup", "Projects", Project::needs_in_org(&[OrgRole::Owner]), &rates::PROJECT)
        .summary("Move one project to another organization")
        .since(Version::V2024_05_30)
        .without_documented_pretty()
        .handler(migrate)
}

async fn migrate(cx: &mut Cx<Project>, Body(body): &Body<GroupMigrationRequest>) -> Result<Json<Group>> {
    let Project { id, org: from, .. } = cx.scope;
    let to = destination(cx, body).await?;
    demand_room(cx, to).await?;
    let mut project = store::one(&mut cx.tx, id).await?;
    match store::hand_over(&mut cx.tx, id, to).await {
        Err(fault) if store::is_name_taken(&fault) => {
            return Err(ApiError::new(ErrorCode::GROUP_ALREADY_EXISTS).with(project.name).into());
        }
        done => done?,
    }
    project.org = to;
    let now = cx.now();
    store::leave_behind(&mut cx.tx, id, from).await?;
    for person in store::people_from_outside(&mut cx.tx, id, to).await? {
        roles::add_in_org(&mut cx.tx, &person, to, OrgRole::Member, now).await?;
    }
    cx.credentials_changed();
    record(cx, Event::in_org_about("GROUP_MOVED_FROM_ORG", from, id)).await?;
    record(cx, Event::in_org_about("GROUP_MOVED", to, id)).await?;
    Ok(Json(single(cx, project)))
}

/// The organization that the body names, if its owners want the project.
async fn destination(cx: &mut Cx<Project>, body: &GroupMigrationRequest) -> Result<OrgId> {
    let text = body.destination_org_id.as_str();
    let org: OrgId = text.parse().map_err(|_| ApiError::new(ErrorCode::INVALID_ORG_ID).with(text))?;
    if org == cx.scope.org {
        let why = "it must be another organization than the project's own.";
        return Err(ApiError::invalid_field("destinationOrgId", why).into());
    }
    if !organizations::lives(&mut cx.tx, org).await? {
        return Err(ApiError::new(ErrorCode::ORG_NOT_FOUND).with(text).into());
    }
    let caller = cx.demand_caller()?;
    let there = if caller.in_org(org).is_empty() { vouching_key(cx, body).await? } else { caller };
    if there.in_org(org).is_empty() {
        return Err(ErrorCode::USER_CANNOT_ACCESS_ORG.into());
    }
    if !there.in_org(org).imply(OrgRole::Owner) {
        return Err(ErrorCode::USER_UNAUTHORIZED.into());
    }
    Ok(org)
}

/// The API key of the body. One that is not there and one whose private half is wrong are answered alike.
async fn vouching_key(cx: &mut Cx<Project>, body: &GroupMigrationRequest) -> Result<Arc<Caller>> {
    let demand = |half: &'static str, text: &Option<String>| {
        text.clone().ok_or_else(|| ApiError::new(ErrorCode::MISSING_ATTRIBUTE).with(half))
    };
    let public_key = demand("destinationOrgPublicApiKey", &body.destination_org_public_api_key)?;
    let private_key = demand("destinationOrgPrivateApiKey", &body.destination_org_private_api_key)?;
    let (services, address) = (cx.services(), cx.info().address);
    let sealing = services.get::<Keys>().sealing();
    let known = Known::of_key_pair(&mut cx.tx, sealing, &public_key, &private_key, address).await?;
    known.ok_or_else(|| ErrorCode::USER_CANNOT_ACCESS_ORG.into())
}
