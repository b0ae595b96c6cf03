//! The root of the API: which credential calls, and what it may do.
//!
//! Source: `GET /api/atlas/v2` of the Administration API.

mod control_plane;

use schemars::JsonSchema;
use serde::Serialize;
use telamon_api::{Anyone, Cx, Identity, Json, Operation};
use telamon_authz::OrgRole;
use telamon_store::{Sql, args, sql};
use telamon_wire::{Link, OrgId, ProjectId, Result};

use crate::resources::{rates, roles};

/// The operations of this resource.
pub fn operations() -> Vec<Operation> {
    vec![status(), control_plane::operation()]
}

fn status() -> Operation {
    Operation::get("/api/atlas/v2")
        .operation::<Anyone>("getSystemStatus", "Root", Anyone::authenticated(), &rates::SYSTEM)
        .summary("Return the status of this server and the credential that calls")
        .handler(get)
}

/// The answer: the name of the service is the one that clients know.
#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
struct SystemStatus {
    api_key: CallingKey,
    app_name: &'static str,
    build: &'static str,
    links: Vec<Link>,
    throttling: bool,
}

#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
struct CallingKey {
    access_list: Vec<AllowedAddress>,
    id: String,
    public_key: String,
    roles: Vec<RoleAssignment>,
}

#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
struct AllowedAddress {
    #[serde(skip_serializing_if = "Option::is_none")]
    cidr_block: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    ip_address: Option<String>,
}

/// A role that a credential holds, in an organization or in a project.
#[derive(Clone, Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct RoleAssignment {
    /// The project, for a project role.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub group_id: Option<ProjectId>,
    /// The organization, for an organization role.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub org_id: Option<OrgId>,
    /// The role.
    pub role_name: String,
}

impl RoleAssignment {
    /// A role in an organization.
    pub fn in_org(org: OrgId, role: OrgRole) -> Self {
        Self { group_id: None, org_id: Some(org), role_name: role.to_string() }
    }

    /// A role in a project.
    pub fn in_project(project: ProjectId, role: telamon_authz::ProjectRole) -> Self {
        Self { group_id: Some(project), org_id: None, role_name: role.to_string() }
    }
}

static ACCESS_LIST: Sql =
    sql!("SELECT cidr_block FROM credential_access_entry WHERE holder_id = $1 ORDER BY created_at, cidr_block");

async fn get(cx: &mut Cx<Anyone>, _: &()) -> Result<Json<SystemStatus>> {
    let caller = cx.demand_caller()?;
    let (holder, public_key) = match &caller.identity {
        Identity::ApiKey { id, public_key } => (id.to_string(), public_key.clone()),
        Identity::ServiceAccount { client_id } => (client_id.0.to_string(), client_id.to_string()),
        Identity::Person { id, username } => (id.to_string(), username.clone()),
    };
    let mut assigned = Vec::new();
    for org in caller.orgs.keys() {
        assigned.extend(
            roles::in_org(&mut cx.tx, &holder, *org).await?.into_iter().map(|role| RoleAssignment::in_org(*org, role)),
        );
    }
    let in_projects = roles::in_projects(&mut cx.tx, &holder).await?;
    assigned.extend(in_projects.into_iter().map(|(project, role)| RoleAssignment::in_project(project, role)));
    let entries: Vec<String> = cx.tx.all(ACCESS_LIST, &args![holder.as_str()]).await?;
    Ok(Json(SystemStatus {
        api_key: CallingKey {
            access_list: entries.into_iter().map(allowed).collect(),
            id: holder,
            public_key,
            roles: assigned,
        },
        app_name: "MongoDB Atlas",
        build: env!("TELAMON_BUILD"),
        links: vec![cx.link("self", "/api/atlas/v2")],
        throttling: false,
    }))
}

fn allowed(cidr_block: String) -> AllowedAddress {
    let single = cidr_block.strip_suffix("/32").or_else(|| cidr_block.strip_suffix("/128")).map(str::to_owned);
    AllowedAddress { cidr_block: Some(cidr_block), ip_address: single }
}
