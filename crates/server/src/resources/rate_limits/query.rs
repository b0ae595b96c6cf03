//! Whose limits are asked for, and which.

use std::net::IpAddr;

use telamon_api::{Anyone, Caller, Cx, Identity, Parameter, QueryParams};
use telamon_store::{Sql, args, sql};
use telamon_wire::{ApiError, ErrorCode, OrgId, ProjectId, Result};

/// Whose limits are asked for.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ScopeQuery {
    project: Option<ProjectId>,
    org: Option<OrgId>,
    user: Option<String>,
}

/// Which endpoint sets are asked for.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SetQuery {
    pub name: Option<String>,
    pub endpoint_path: Option<String>,
}

impl QueryParams for ScopeQuery {
    fn parse(pairs: &[(String, String)]) -> Result<Self, ApiError> {
        let mut query = Self::default();
        for (name, value) in pairs {
            match name.as_str() {
                "groupId" => {
                    query.project = Some(value.parse().map_err(|_| wrong(ErrorCode::INVALID_GROUP_ID, value))?);
                }
                "orgId" => query.org = Some(value.parse().map_err(|_| wrong(ErrorCode::INVALID_ORG_ID, value))?),
                "userId" => query.user = Some(value.clone()),
                "ipAddress" if value.parse::<IpAddr>().is_err() => {
                    return Err(wrong(ErrorCode::INVALID_QUERY_PARAMETER, name).with("It must be an IP address."));
                }
                _ => {}
            }
        }
        Ok(query)
    }

    fn parameters() -> Vec<Parameter> {
        vec![
            Parameter::id("groupId", "The project whose limits are asked for."),
            Parameter::id("orgId", "The organization whose limits are asked for."),
            Parameter::text("userId", "The credential whose limits are asked for: the caller's own."),
            Parameter::text("ipAddress", "The address whose limits are asked for."),
        ]
    }
}

impl QueryParams for SetQuery {
    fn parse(pairs: &[(String, String)]) -> Result<Self, ApiError> {
        let last = |wanted: &str| {
            let found = pairs.iter().rev().find(|(name, value)| name == wanted && !value.is_empty());
            found.map(|(_, value)| value.clone())
        };
        Ok(Self { name: last("name"), endpoint_path: last("endpointPath") })
    }

    fn parameters() -> Vec<Parameter> {
        vec![
            Parameter::text("name", "A part of the names of the endpoint sets that are wanted, in any case."),
            Parameter::text("endpointPath", "The path of an endpoint of the sets that are wanted."),
        ]
    }
}

fn wrong(code: ErrorCode, value: &str) -> ApiError {
    ApiError::new(code).with(value)
}

static PROJECT: Sql = sql!("SELECT org_id FROM project WHERE id = $1 AND deleted_at IS NULL");
static ORG: Sql = sql!("SELECT id FROM organization WHERE id = $1 AND deleted_at IS NULL");

impl ScopeQuery {
    /// Refuses a scope that is not there, or that the caller cannot see.
    pub async fn check(&self, cx: &mut Cx<Anyone>) -> Result<()> {
        let Some(caller) = cx.caller() else { return Err(ErrorCode::UNAUTHORIZED.into()) };
        if let Some(project) = self.project {
            let org: Option<OrgId> = cx.tx.optional(PROJECT, &args![project]).await?;
            let org = org.ok_or_else(|| wrong(ErrorCode::GROUP_NOT_FOUND, &project.to_string()))?;
            if caller.in_project(project).is_empty() && caller.in_org(org).in_projects().is_empty() {
                return Err(ErrorCode::USER_CANNOT_ACCESS_GROUP.into());
            }
        }
        if let Some(org) = self.org {
            let found: Option<OrgId> = cx.tx.optional(ORG, &args![org]).await?;
            found.ok_or_else(|| wrong(ErrorCode::ORG_NOT_FOUND, &org.to_string()))?;
            if caller.in_org(org).is_empty() {
                return Err(ErrorCode::USER_CANNOT_ACCESS_ORG.into());
            }
        }
        match self.user.as_deref() {
            Some(user) if !is_self(&caller, user) => Err(wrong(ErrorCode::NOT_USER_ADMIN, user).into()),
            _ => Ok(()),
        }
    }
}

fn is_self(caller: &Caller, user: &str) -> bool {
    match &caller.identity {
        Identity::ApiKey { id, public_key } => user == id.to_string() || user == public_key,
        Identity::ServiceAccount { client_id } => user == client_id.to_string() || user == client_id.0.to_string(),
        Identity::Person { id, .. } => user == id.to_string(),
    }
}
