//! The declaration of an operation.

use std::{marker::PhantomData, sync::Arc};

use http::Method;
use telamon_authz::{OrgAccess, ProjectAccess};
use telamon_wire::Version;

use crate::{
    Cx, EndpointSet, Input, OperationDoc, Output, Scope,
    handler::{Endpoint, Handler, Runs},
};

/// Who may call an operation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Access {
    /// Everybody, without a credential.
    Public,
    /// Every credential.
    Anyone,
    /// Credentials with a role in the organization of the path.
    Org(OrgAccess),
    /// Credentials with a role in the project of the path.
    Project(ProjectAccess),
}

impl From<OrgAccess> for Access {
    fn from(access: OrgAccess) -> Self {
        Self::Org(access)
    }
}

impl From<ProjectAccess> for Access {
    fn from(access: ProjectAccess) -> Self {
        Self::Project(access)
    }
}

/// The end of a shape.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Deprecated {
    /// The first date on which a newer shape holds, or on which another operation did better.
    pub since: Version,
    /// The day from which this shape may be gone.
    pub sunset: Version,
    /// Whether a newer shape of the same operation answers from then on.
    pub replaced: bool,
}

/// Everything about one operation, declared beside its handler.
#[expect(clippy::struct_excessive_bools, reason = "independent switches of a declaration")]
pub struct Operation {
    /// The HTTP method.
    pub method: Method,
    /// The path, with `{parameters}`; a last segment may end in `:verb`.
    pub path: &'static str,
    /// The parameter of the path whose value may be sent with a raw slash.
    pub slashes_in: Option<&'static str>,
    /// The operation id of the API.
    pub id: &'static str,
    /// The tag it is filed under.
    pub tag: &'static str,
    /// One line for people.
    pub summary: &'static str,
    /// The first date of this shape.
    pub since: Version,
    /// When a newer shape replaced this one.
    pub deprecated: Option<Deprecated>,
    /// Whether `preview` names this shape too.
    pub preview: bool,
    /// Whether the document lists the `pretty` parameter, which every operation takes.
    pub documents_pretty: bool,
    /// Whether the document lists it.
    pub documented: bool,
    /// Whether it is chosen by an `Accept` with a date, as the operations of the API are.
    pub versioned: bool,
    /// Whether its handler may change data.
    pub writes: bool,
    /// Who may call it.
    pub access: Access,
    /// What it is counted against.
    pub rate: &'static EndpointSet,
    pub(crate) describe: fn(&mut OperationDoc<'_>),
    pub(crate) run: Arc<dyn Runs>,
}

impl std::fmt::Debug for Operation {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} {} ({} from {})", self.method, self.path, self.id, self.since)
    }
}

/// An operation that is being declared: `Operation::get(path)` begins, [`Builder::handler`] ends.
#[must_use = "a declaration ends with `handler`"]
#[expect(clippy::struct_excessive_bools, reason = "independent switches of a declaration")]
pub struct Builder<S: Scope> {
    method: Method,
    path: &'static str,
    slashes_in: Option<&'static str>,
    id: &'static str,
    tag: &'static str,
    summary: &'static str,
    since: Version,
    deprecated: Option<Deprecated>,
    preview: bool,
    documents_pretty: bool,
    documented: bool,
    versioned: bool,
    writes: bool,
    access: S::Access,
    rate: &'static EndpointSet,
    scope: PhantomData<S>,
}

/// The first words of a declaration.
#[must_use = "a declaration goes on with `id`"]
pub struct Route {
    method: Method,
    path: &'static str,
}

impl Operation {
    /// Reads something.
    pub const fn get(path: &'static str) -> Route {
        Route { method: Method::GET, path }
    }
    /// Makes something.
    pub const fn post(path: &'static str) -> Route {
        Route { method: Method::POST, path }
    }
    /// Replaces something.
    pub const fn put(path: &'static str) -> Route {
        Route { method: Method::PUT, path }
    }
    /// Changes something.
    pub const fn patch(path: &'static str) -> Route {
        Route { method: Method::PATCH, path }
    }
    /// Removes something.
    pub const fn delete(path: &'static str) -> Route {
        Route { method: Method::DELETE, path }
    }

    /// Whether a request for this version is answered by this shape.
    pub fn covers(&self, asked: Version) -> bool {
        match asked {
            Version::Preview => self.preview,
            date @ Version::Date(..) => {
                self.since <= date && self.deprecated.is_none_or(|end| !end.replaced || date < end.since)
            }
        }
    }
}

impl Route {
    /// Names the operation, files it, and says who may call it and what it is counted against.
    pub fn operation<S: Scope>(
        self,
        id: &'static str,
        tag: &'static str,
        access: S::Access,
        rate: &'static EndpointSet,
    ) -> Builder<S> {
        Builder {
            writes: self.method != Method::GET,
            method: self.method,
            path: self.path,
            slashes_in: None,
            id,
            tag,
            summary: "",
            since: Version::V2023_01_01,
            deprecated: None,
            preview: false,
            documents_pretty: true,
            documented: true,
            versioned: true,
            access,
            rate,
            scope: PhantomData,
        }
    }
}

impl<S: Scope> Builder<S> {
    /// One line for people, without a period.
    pub fn summary(self, summary: &'static str) -> Self {
        Self { summary, ..self }
    }

    /// The value of this parameter may have slashes: as `%2F`, like every other's, and also as they are.
    pub fn slashes_in(self, parameter: &'static str) -> Self {
        Self { slashes_in: Some(parameter), ..self }
    }

    /// The first date of this shape, if it is not the first of the API.
    pub fn since(self, since: Version) -> Self {
        Self { since, ..self }
    }

    /// The first date on which a newer shape replaces this one, and the day from which this one may be gone.
    pub fn until(self, since: Version, sunset: Version) -> Self {
        Self { deprecated: Some(Deprecated { since, sunset, replaced: true }), ..self }
    }

    /// The day on which operations of other names took this one's place, and the day from which it may be gone. It
    /// answers on every later date as well.
    pub fn deprecated(self, since: Version, sunset: Version) -> Self {
        Self { deprecated: Some(Deprecated { since, sunset, replaced: false }), ..self }
    }

    /// `preview` names this shape too.
    pub fn also_preview(self) -> Self {
        Self { preview: true, ..self }
    }

    /// Only `preview` names this shape.
    pub fn only_preview(self) -> Self {
        Self { since: Version::Preview, preview: true, ..self }
    }

    /// Leaves `pretty` out of the document, as the published description of this operation does.
    pub fn without_documented_pretty(self) -> Self {
        Self { documents_pretty: false, ..self }
    }

    /// Leaves the operation out of the document: clients call it, and telamon has nothing of the kind to describe.
    pub fn undocumented(self) -> Self {
        Self { documented: false, ..self }
    }

    /// It is telamon's own: it has one shape, whatever the request accepts, and answers `application/json`.
    pub fn unversioned(self) -> Self {
        Self { versioned: false, ..self }
    }

    /// The handler changes nothing, whatever the method says: no writer waits for it.
    pub fn without_effect(self) -> Self {
        Self { writes: false, ..self }
    }

    /// The handler: `async fn(cx: &mut Cx<S>, input: &I) -> Result<O>`.
    pub fn handler<I, O, F>(self, handler: F) -> Operation
    where
        I: Input,
        O: Output,
        F: for<'a> Handler<'a, Cx<S>, I, O> + Send + Sync + 'static,
    {
        Operation {
            method: self.method,
            path: self.path,
            slashes_in: self.slashes_in,
            id: self.id,
            tag: self.tag,
            summary: self.summary,
            since: self.since,
            deprecated: self.deprecated,
            preview: self.preview,
            documents_pretty: self.documents_pretty,
            documented: self.documented,
            versioned: self.versioned,
            writes: self.writes,
            access: self.access.into(),
            rate: self.rate,
            describe: |doc| {
                I::describe(doc);
                O::describe(doc);
            },
            run: Arc::new(Endpoint::<S, I, O, F>::new(self.access, handler)),
        }
    }
}
