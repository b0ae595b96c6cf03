//! Making an account: a person who can sign in at once, with roles.

use telamon_api::{Anyone, Body, CreatedAt, Cx, Incoming, Input, Operation, OperationDoc};
use telamon_authn::hash_password;
use telamon_authz::{OrgRole, ProjectAccess, ProjectRole};
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
use crate::resources::{
    database_users::check_password,
    events::{self, Event},
    invitations, rates, roles,
};

pub(super) fn operation() -> Operation {
    Operation::post("/api/atlas/v2/users")
        .operation::<Anyone>("createUser", TAG, Anyone::authenticated(), &rates::USERS)
        .summary("Create one person")
        .deprecated(Version::V2025_02_19, SUNSET)
        .handler(create)
}

/// A person who is valid in themselves, and the hash of their password, which takes a while.
struct Checked {
    username: String,
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
        let services = request.services;
        let hashed = hash_password(&password, &*services.entropy);
        let password_hash = hashed.map_err(|error| Failure::Bug(error.into()))?;
        let profile = Profile {
            country: new.country,
            created_at: services.clock.now(),
            first_name: new.first_name,
            last_auth: None,
            last_name: new.last_name,
            mobile_number: new.mobile_number.filter(|number| !number.is_empty()),
        };
        Ok(Self { username, password_hash, profile, wanted })
    }

    fn describe(doc: &mut OperationDoc<'_>) {
        Body::<NewPerson>::describe(doc);
    }
}

async fn create(cx: &mut Cx<Anyone>, input: &Checked) -> Result<CreatedAt<CloudAppUser>> {
    let Checked { username, password_hash, profile, wanted } = input;
    let places = demand_grantable(cx, wanted).await?;
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

/// Refuses roles where the caller may not give any, and those that go beyond the caller's. Answers with the project
/// roles and the organization of each.
async fn demand_grantable(cx: &mut Cx<Anyone>, wanted: &Wanted) -> Result<Vec<(OrgId, ProjectId, ProjectRole)>> {
    let caller = cx.demand_caller()?;
    for (org, role) in &wanted.orgs {
        let own = caller.in_org(*org);
        if own.is_empty() {
            return Err(ErrorCode::USER_CANNOT_ACCESS_ORG.into());
        }
        if !own.imply(OrgRole::Owner) {
            return Err(ErrorCode::USER_UNAUTHORIZED.into());
        }
        roles::demand_grantable(Some(&caller), *org, &[*role])?;
    }
    let mut places = Vec::with_capacity(wanted.projects.len());
    for (project, role) in &wanted.projects {
        let Some(org) = store::org_of_project(&mut cx.tx, *project).await? else {
            return Err(ApiError::new(ErrorCode::GROUP_NOT_FOUND).with(project.to_string()).into());
        };
        let (in_project, in_org) = (caller.in_project(*project), caller.in_org(org));
        if in_project.is_empty() && in_org.in_projects().is_empty() {
            return Err(ErrorCode::USER_CANNOT_ACCESS_GROUP.into());
        }
        if !ProjectAccess::any_of(&[ProjectRole::AccessManager]).admits(in_project, in_org) {
            return Err(ErrorCode::USER_UNAUTHORIZED.into());
        }
        roles::demand_grantable_in_project(Some(&caller), org, *project, &[*role])?;
        places.push((org, *project, *role));
    }
    Ok(places)
}

/// Gives a new person a role in an organization. The first one there takes the place of what they were asked to.
async fn join_org(cx: &mut Cx<Anyone>, (id, username): (PersonId, &str), org: OrgId, role: OrgRole) -> Result<()> {
    let (holder, now) = (id.to_string(), cx.now());
    if roles::in_org(&mut cx.tx, &holder, org).await?.is_empty() {
        store::withdraw(&mut cx.tx, org, username).await?;
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
