//! `createGroup`.

use telamon_api::{Anyone, Body, Created, Cx, Incoming, Input, Operation, OperationDoc, Parameter, Query, QueryParams};
use telamon_authn::SealingKey;
use telamon_authz::{OrgRole, ProjectRole};
use telamon_store::Tx;
use telamon_wire::{ApiError, Entropy, ErrorCode, Id, OrgId, PersonId, ProjectId, Result, Timestamp};

use super::{
    authority::{self, PreparedAuthority},
    get::single,
    model::{check_name, check_tags},
    store::{self, NewProject, Stored},
    update::tags_modified,
    wire::{Group, GroupRequest, RegionUsageRestrictions},
};
use crate::{
    keys::Keys,
    limits::ResourceLimits,
    resources::{
        events::{Event, record},
        organizations, rates, roles,
    },
};

pub fn operation() -> Operation {
    Operation::post("/api/atlas/v2/groups")
        .operation::<Anyone>("createGroup", "Projects", Anyone::authenticated(), &rates::PROJECT_LIST)
        .summary("Create one project")
        .handler(create)
}

/// Whom the query names as the owner.
struct Owner(Option<String>);

impl QueryParams for Owner {
    fn parse(pairs: &[(String, String)]) -> Result<Self, ApiError> {
        let value = pairs.iter().find(|(name, _)| name == "projectOwnerId").map(|(_, value)| value.clone());
        Ok(Self(value.filter(|value| !value.is_empty())))
    }
    fn parameters() -> Vec<Parameter> {
        vec![Parameter::id(
            "projectOwnerId",
            "The person who becomes the owner, instead of the organization's oldest owner.",
        )]
    }
}

/// The request and what was made for it while no writer waits: the id, and the certificate authority of that name.
struct Prepared {
    body: GroupRequest,
    owner: Option<String>,
    id: ProjectId,
    authority: PreparedAuthority,
}

impl Input for Prepared {
    fn read(request: &Incoming<'_>) -> Result<Self> {
        let Body(body) = Body::<GroupRequest>::read(request)?;
        let Query(Owner(owner)) = Query::read(request)?;
        let services = request.services;
        let now = services.clock.now();
        let id = ProjectId::new(now, &*services.entropy);
        let authority = authority::prepare(id, now, &*services.entropy, services.get::<Keys>().sealing())?;
        Ok(Self { body, owner, id, authority })
    }
    fn describe(doc: &mut OperationDoc<'_>) {
        <(Query<Owner>, Body<GroupRequest>)>::describe(doc);
    }
}

async fn create(cx: &mut Cx<Anyone>, new: &Prepared) -> Result<Created<Group>> {
    let Prepared { body, id, .. } = new;
    let org = demand_creator(cx, &body.org_id).await?;
    check(body)?;
    let owner = owner(cx, org, new.owner.as_deref()).await?;
    demand_room(cx, org).await?;

    let now = cx.now();
    let tags = body.tags.clone().unwrap_or_default();
    let with_default_alerts = body.with_default_alerts_settings.unwrap_or(true);
    let row = NewProject { id: *id, org, name: &body.name, with_default_alerts, tags: &tags };
    match store::insert(&mut cx.tx, &row, now).await {
        Err(fault) if store::is_name_taken(&fault) => {
            return Err(ApiError::new(ErrorCode::GROUP_ALREADY_EXISTS).with(body.name.as_str()).into());
        }
        done => done?,
    }
    new.authority.insert(&mut cx.tx, now).await?;

    let caller = cx.demand_caller()?.holder_id();
    for holder in [Some(caller), owner].into_iter().flatten() {
        roles::add_in_project(&mut cx.tx, &holder, *id, ProjectRole::Owner, now).await?;
    }
    cx.credentials_changed();

    record(cx, Event::in_org_about("GROUP_CREATED", org, *id)).await?;
    if !tags.is_empty() {
        record(cx, tags_modified(org, *id)).await?;
    }
    let stored = Stored { id: *id, org, name: body.name.clone(), created_at: now, with_default_alerts, tags };
    let mut made = single(cx, stored);
    if body.tags.is_none() {
        made.tags = None;
    }
    Ok(Created(made))
}

/// The organization of the body, if the caller may create projects there.
async fn demand_creator(cx: &mut Cx<Anyone>, text: &str) -> Result<OrgId> {
    let org: OrgId = text.parse().map_err(|_| ApiError::new(ErrorCode::INVALID_ORG_ID).with(text))?;
    if !organizations::lives(&mut cx.tx, org).await? {
        return Err(ApiError::new(ErrorCode::ORG_NOT_FOUND).with(text).into());
    }
    if !cx.demand_caller()?.in_org(org).imply(OrgRole::GroupCreator) {
        return Err(ApiError::new(ErrorCode::NOT_ORG_GROUP_CREATOR).with(text).into());
    }
    Ok(org)
}

fn check(body: &GroupRequest) -> Result<()> {
    check_name(&body.name)?;
    check_tags(body.tags.as_deref().unwrap_or_default())?;
    if body.region_usage_restrictions == Some(RegionUsageRestrictions::GovRegionsOnly) {
        let why = "GOV_REGIONS_ONLY is not available; only COMMERCIAL_FEDRAMP_REGIONS_ONLY is.";
        return Err(ApiError::new(ErrorCode::INVALID_ATTRIBUTE).with("regionUsageRestrictions").with(why).into());
    }
    Ok(())
}

/// The person who becomes an owner beside the caller: the one that the query names, who must belong to the
/// organization, else its oldest owner, if a person owns it.
async fn owner(cx: &mut Cx<Anyone>, org: OrgId, asked: Option<&str>) -> Result<Option<String>> {
    let Some(text) = asked else {
        return Ok(organizations::oldest_owner(&mut cx.tx, org).await?.map(|person| person.to_string()));
    };
    let not_found = || ApiError::new(ErrorCode::USER_NOT_FOUND).with(text);
    let person: PersonId = text.parse().map_err(|_| not_found())?;
    if organizations::has_member(&mut cx.tx, org, person).await? {
        Ok(Some(text.to_owned()))
    } else {
        Err(not_found().into())
    }
}

/// Refuses a project more than an organization may have: `MAX_GROUPS_PER_ORG_EXCEEDED`.
pub async fn demand_room<S>(cx: &mut Cx<S>, org: OrgId) -> Result<()> {
    let Some(limit) = cx.service::<ResourceLimits>().projects_per_org else { return Ok(()) };
    let count = store::count_living(&mut cx.tx, org).await?;
    if count >= limit {
        return Err(ApiError::new(ErrorCode::MAX_GROUPS_PER_ORG_EXCEEDED).with(count).into());
    }
    Ok(())
}

/// Makes a project that nobody called for, with its certificate authority: what a new installation begins with. A living
/// one of the same name is a unique violation of `project.org_id,name`.
pub async fn insert_project(
    tx: &mut Tx,
    sealing: &SealingKey,
    org: OrgId,
    name: &str,
    now: Timestamp,
    entropy: &dyn Entropy,
) -> Result<ProjectId> {
    check_name(name)?;
    let id = ProjectId::new(now, entropy);
    let authority = authority::prepare(id, now, entropy, sealing)?;
    store::insert(tx, &NewProject { id, org, name, with_default_alerts: true, tags: &[] }, now).await?;
    authority.insert(tx, now).await?;
    Ok(id)
}
