//! What an operation is about: an organization, a project, or neither.

use std::future::Future;

use telamon_authz::{OrgAccess, OrgRole, ProjectAccess, ProjectRole};
use telamon_store::{Sql, Tx, args, sql};
use telamon_wire::{ApiError, ErrorCode, OrgId, ProjectId, Result};

use crate::{Access, Caller, RequestInfo};

/// A scope that the dispatcher can load from a path. Sealed: [`crate::Cx`] trusts it.
pub trait Scope: Send + Sync + Sized + 'static + sealed::Sealed {
    /// What the operation demands, in the words of the scope.
    type Access: Copy + Send + Sync + Into<Access>;

    /// Loads the scope and checks the caller's roles there.
    fn load(
        tx: &mut Tx,
        info: &RequestInfo,
        access: Self::Access,
        caller: Option<&Caller>,
    ) -> impl Future<Output = Result<Self>> + Send;

    /// The organization and project, for rate limits.
    fn ids(&self) -> (Option<OrgId>, Option<ProjectId>);
}

mod sealed {
    pub trait Sealed {}
    impl Sealed for super::Org {}
    impl Sealed for super::Project {}
    impl Sealed for super::Anyone {}
    impl Sealed for super::Public {}
}

/// The organization of `{orgId}`.
#[derive(Clone, Debug)]
pub struct Org {
    /// Its id.
    pub id: OrgId,
    /// Its name.
    pub name: String,
}

impl Org {
    /// Needs this role in the organization.
    pub const fn needs(role: &'static [OrgRole]) -> OrgAccess {
        OrgAccess::any_of(role)
    }
}

static ORG: Sql = sql!("SELECT name, deleted_at FROM organization WHERE id = $1");

impl Scope for Org {
    type Access = OrgAccess;

    async fn load(tx: &mut Tx, info: &RequestInfo, access: OrgAccess, caller: Option<&Caller>) -> Result<Self> {
        let text = path_value(info, "orgId");
        let id: OrgId = text.parse().map_err(|_| ApiError::new(ErrorCode::INVALID_ORG_ID).with(text))?;
        let found: Option<(String, Option<i64>)> = tx.optional(ORG, &args![id]).await?;
        let Some((name, deleted_at)) = found else {
            return Err(ApiError::new(ErrorCode::ORG_NOT_FOUND).with(text).into());
        };
        if deleted_at.is_some() {
            return Err(gone(info));
        }
        let roles = caller.map(|caller| caller.in_org(id)).unwrap_or_default();
        if roles.is_empty() {
            return Err(ErrorCode::USER_CANNOT_ACCESS_ORG.into());
        }
        let is_itself = |parameter| caller.is_some_and(|caller| caller.holder_id() == path_value(info, parameter));
        if !access.admits(roles) && !access.itself().is_some_and(is_itself) {
            return Err(ErrorCode::USER_UNAUTHORIZED.into());
        }
        Ok(Self { id, name })
    }

    fn ids(&self) -> (Option<OrgId>, Option<ProjectId>) {
        (Some(self.id), None)
    }
}

/// The project of `{groupId}`.
#[derive(Clone, Debug)]
pub struct Project {
    /// Its id.
    pub id: ProjectId,
    /// Its organization.
    pub org: OrgId,
    /// Its name.
    pub name: String,
}

impl Project {
    /// Needs one of these roles in the project.
    pub const fn needs(roles: &'static [ProjectRole]) -> ProjectAccess {
        ProjectAccess::any_of(roles)
    }

    /// Needs one of these roles in the project's organization.
    pub const fn needs_in_org(roles: &'static [OrgRole]) -> ProjectAccess {
        ProjectAccess::InOrganization(roles)
    }
}

static PROJECT: Sql = sql!("SELECT org_id, name, deleted_at FROM project WHERE id = $1");

impl Scope for Project {
    type Access = ProjectAccess;

    async fn load(tx: &mut Tx, info: &RequestInfo, access: ProjectAccess, caller: Option<&Caller>) -> Result<Self> {
        let text = path_value(info, "groupId");
        let id: ProjectId = text.parse().map_err(|_| ApiError::new(ErrorCode::INVALID_GROUP_ID).with(text))?;
        let found: Option<(OrgId, String, Option<i64>)> = tx.optional(PROJECT, &args![id]).await?;
        let Some((org, name, deleted_at)) = found else {
            return Err(ApiError::new(ErrorCode::GROUP_NOT_FOUND).with(text).into());
        };
        if deleted_at.is_some() {
            return Err(gone(info));
        }
        let (in_project, in_org) = caller.map(|caller| (caller.in_project(id), caller.in_org(org))).unwrap_or_default();
        if in_project.is_empty() && in_org.in_projects().is_empty() {
            return Err(ErrorCode::USER_CANNOT_ACCESS_GROUP.into());
        }
        if !access.admits(in_project, in_org) {
            return Err(ErrorCode::USER_UNAUTHORIZED.into());
        }
        Ok(Self { id, org, name })
    }

    fn ids(&self) -> (Option<OrgId>, Option<ProjectId>) {
        (Some(self.org), Some(self.id))
    }
}

/// No organization and no project: whoever has authenticated may call, and sees what their roles show.
#[derive(Clone, Debug)]
pub struct Anyone;

impl Anyone {
    /// Needs a credential and nothing else.
    pub const fn authenticated() -> AnyCredential {
        AnyCredential
    }
}

/// The demand of an operation that any credential may call.
#[derive(Clone, Copy, Debug)]
pub struct AnyCredential;

impl Scope for Anyone {
    type Access = AnyCredential;

    async fn load(_: &mut Tx, _: &RequestInfo, _: AnyCredential, caller: Option<&Caller>) -> Result<Self> {
        caller.map(|_| Self).ok_or(ErrorCode::UNAUTHORIZED.into())
    }

    fn ids(&self) -> (Option<OrgId>, Option<ProjectId>) {
        (None, None)
    }
}

/// Not even a credential is needed.
#[derive(Clone, Debug)]
pub struct Public;

/// The demand of an operation that needs no credential.
#[derive(Clone, Copy, Debug)]
pub struct NoCredential;

impl Public {
    /// Needs nothing.
    pub const fn unauthenticated() -> NoCredential {
        NoCredential
    }
}

impl Scope for Public {
    type Access = NoCredential;

    async fn load(_: &mut Tx, _: &RequestInfo, _: NoCredential, _: Option<&Caller>) -> Result<Self> {
        Ok(Self)
    }

    fn ids(&self) -> (Option<OrgId>, Option<ProjectId>) {
        (None, None)
    }
}

impl From<AnyCredential> for Access {
    fn from(_: AnyCredential) -> Self {
        Self::Anyone
    }
}

impl From<NoCredential> for Access {
    fn from(_: NoCredential) -> Self {
        Self::Public
    }
}

fn path_value<'a>(info: &'a RequestInfo, name: &str) -> &'a str {
    info.path_values.get(name).map(String::as_str).unwrap_or_default()
}

fn gone(info: &RequestInfo) -> telamon_wire::Failure {
    ApiError::new(ErrorCode::RESOURCE_NOT_FOUND).with(info.path.clone()).into()
}
