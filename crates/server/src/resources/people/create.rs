//! Making an account: a person who can sign in at once, with roles.

use std::sync::Arc;

use telamon_api::{Anyone, Body, Caller, CreatedAt, Cx, Incoming, Input, Operation, OperationDoc};
use telamon_authz::{OrgRole, ProjectRole};
use telamon_store::Tx;
use telamon_wire::{ApiError, ErrorCode, Failure, OrgId, PersonId, ProjectId, Result, Version};
use zeroize::Zeroizing;

use super::{
    SUNSET, TAG,
    member::Member,
    model::{self, Wanted},
    request::NewPerson,
    room, store,
    wire::{CloudAppUser, Membership, Profile},
};
use crate::{
    resources::{
        database_users::check_password,
        events::{self, Event},
        invitations, rates, roles,
    },
    slow_hash,
};

pub(super) fn operation() -> Operation {
    Operation::post("/api/atlas/v2/users")
        .operation::<Anyone>("createUser", TAG, Anyone::authenticated(), &rates::USERS)
        .summary("Create one person")
        .deprecated(Version::V2025_02_19, SUNSET)
        .handler(create)
}

/// A person who is valid in themselves, and their password until it is hashed.
struct Checked {
    username: String,
    password: Zeroizing<String>,
    password_hash: String,
    profile: Profile,
    wanted: Wanted,
}

impl Input for Checked {
    fn read(request: &Incoming<'_>) -> Result<Self> {
        let Body(mut new) = Body::<NewPerson>::read(request)?;
        let password = Zeroizing::new(std::mem::take(&mut new.password));
        let username = invitations::fold_address(&new.username)?;
        let wanted = Wanted::from_request(&new.roles)?;
        model::check_profile(&new)?;
        check_password(&password)?;
        let profile = Profile {
            country: new.country,
            created_at: request.services.clock.now(),
            first_name: new.first_name,
            last_auth: None,
            last_name: new.last_name,
            mobile_number: new.mobile_number.filter(|number| !number.is_empty()),
        };
        Ok(Self { username, password, password_hash: String::new(), profile, wanted })
    }

    // Whoever may not make the account does not make the server work.
    const LOOKS: bool = true;

    async fn look(&mut self, tx: &mut Tx, request: &Incoming<'_>) -> Result<()> {
        let caller = request.caller.ok_or_else(|| Failure::bug("an authenticated operation without a caller"))?;
        demand_owner(tx, caller, &self.wanted).await.map(drop)
    }

    const PREPARES: bool = true;
    async fn prepare(&mut self, request: &Incoming<'_>) -> Result<()> {
        let password = std::mem::take(&mut self.password);
        self.password_hash = slow_hash::hash(password, Arc::clone(&request.services.entropy)).await?;
        Ok(())
    }

    fn describe(doc: &mut OperationDoc<'_>) {
        Body::<NewPerson>::describe(doc);
    }
}

async fn create(cx: &mut Cx<Anyone>, input: &Checked) -> Result<CreatedAt<CloudAppUser>> {
    let Checked { username, password_hash, profile, wanted, .. } = input;
    let caller = cx.demand_caller()?;
    let places = demand_owner(&mut cx.tx, &caller, wanted).await?;
    let id = match invitations::pending_id(&mut cx.tx, username).await? {
        // Who was asked to join keeps the id under which they are listed.
        Some(id) => id,
        None => cx.new_id(),
    };
    match store::insert(&mut cx.tx, id, username, password_hash, profile).await {
        Err(fault) if fault.is_unique("person.username") => {
            return Err(ApiError::new(ErrorCode::USER_ALREADY_EXISTS).with(username.as_str()).into());
        }
        written => written?,
    }
    for (org, role) in &wanted.orgs {
        join_org(cx, (id, username), *org, *role).await?;
    }
    for (org, project, role) in &places {
        // Nobody is in a project without being in its organization.
        if roles::in_org(&mut cx.tx, &id.to_string(), *org).await?.is_empty() {
            join_org(cx, (id, username), *org, OrgRole::Member).await?;
        }
        join_project(cx, (id, username), (*org, *project), *role).await?;
    }
    cx.credentials_changed();
    // The service answers before it looks at the roles; who wants to see them reads the person again.
    let made = Member {
        id,
        username: username.clone(),
        membership: Membership::Active(profile.clone()),
        org_roles: Vec::new(),
        project_roles: Vec::new(),
        teams: Vec::new(),
    };
    let body = CloudAppUser::single(cx, made).ok_or_else(|| Failure::bug("a new account is one that has joined"))?;
    // The service names the first edition's path here.
    Ok(CreatedAt { body, location: format!("/api/atlas/v1.0/users/{id}") })
}

/// Refuses roles anywhere but in the organizations that the caller owns, and in their projects: whoever chooses somebody's
/// password can sign in as them. Answers with the project roles and the organization of each.
async fn demand_owner(tx: &mut Tx, caller: &Caller, wanted: &Wanted) -> Result<Vec<(OrgId, ProjectId, ProjectRole)>> {
    for (org, _) in &wanted.orgs {
        let own = caller.in_org(*org);
        if own.is_empty() {
            return Err(ErrorCode::USER_CANNOT_ACCESS_ORG.into());
        }
        if !own.imply(OrgRole::Owner) {
            return Err(ErrorCode::USER_UNAUTHORIZED.into());
        }
    }
    let mut places = Vec::with_capacity(wanted.projects.len());
    for (project, role) in &wanted.projects {
        let Some(org) = store::org_of_project(tx, *project).await? else {
            return Err(ApiError::new(ErrorCode::GROUP_NOT_FOUND).with(project.to_string()).into());
        };
        let own = caller.in_org(org);
        if caller.in_project(*project).is_empty() && own.in_projects().is_empty() {
            return Err(ErrorCode::USER_CANNOT_ACCESS_GROUP.into());
        }
        if !own.imply(OrgRole::Owner) {
            return Err(ErrorCode::USER_UNAUTHORIZED.into());
        }
        places.push((org, *project, *role));
    }
    Ok(places)
}

/// Gives a new person a role in an organization. The first one there takes the place of what they were asked to.
async fn join_org(cx: &mut Cx<Anyone>, (id, username): (PersonId, &str), org: OrgId, role: OrgRole) -> Result<()> {
    let (holder, now) = (id.to_string(), cx.now());
    if roles::in_org(&mut cx.tx, &holder, org).await?.is_empty() {
        invitations::withdraw_all(cx, org, username).await?;
        room::demand_in_org(cx, org).await?;
        events::record(cx, Event::in_org("JOINED_ORG", org).with("targetUsername", username)).await?;
    }
    Ok(roles::add_in_org(&mut cx.tx, &holder, org, role, now).await?)
}

async fn join_project(
    cx: &mut Cx<Anyone>,
    (id, username): (PersonId, &str),
    (org, project): (OrgId, ProjectId),
    role: ProjectRole,
) -> Result<()> {
    let (holder, now) = (id.to_string(), cx.now());
    let held = roles::in_projects(&mut cx.tx, &holder).await?;
    if held.iter().all(|(of, _)| *of != project) {
        room::demand_in_project(cx, (org, project)).await?;
        let event = Event::in_project("JOINED_GROUP", org, project);
        events::record(cx, event.with("targetUsername", username)).await?;
    }
    Ok(roles::add_in_project(&mut cx.tx, &holder, project, role, now).await?)
}
