//! What a handler reads from its request.

use std::future::{Future, ready};

use telamon_store::Tx;
use telamon_wire::{ApiError, PageQuery, RequestBody, Result, parse_body};

use crate::{Incoming, OperationDoc, Parameter};

/// Something that is read from a request before the transaction begins.
pub trait Input: Sized + Send + Sync + 'static {
    /// Reads it.
    fn read(request: &Incoming<'_>) -> Result<Self>;

    /// Whether [`Input::look`] does anything.
    const LOOKS: bool = false;

    /// Looks at the database before a change waits for its turn. Others may change what it sees until then: that is how
    /// a change finds out that another one overtook it.
    fn look(&mut self, _tx: &mut Tx, _request: &Incoming<'_>) -> impl Future<Output = Result<()>> + Send {
        ready(Ok(()))
    }

    /// Whether [`Input::prepare`] does anything.
    const PREPARES: bool = false;

    /// Does what takes long, or writes by itself, before the handler's transaction: nothing of the database is held
    /// meanwhile.
    fn prepare(&mut self, _request: &Incoming<'_>) -> impl Future<Output = Result<()>> + Send {
        ready(Ok(()))
    }

    /// Describes it in the OpenAPI document.
    fn describe(doc: &mut OperationDoc<'_>);
}

impl Input for () {
    fn read(_: &Incoming<'_>) -> Result<Self> {
        Ok(())
    }
    fn describe(_: &mut OperationDoc<'_>) {}
}

/// A JSON body.
#[derive(Debug)]
pub struct Body<T>(pub T);

impl<T: RequestBody> Input for Body<T> {
    fn read(request: &Incoming<'_>) -> Result<Self> {
        request.demand_json()?;
        Ok(Self(parse_body(request.body)?))
    }
    fn describe(doc: &mut OperationDoc<'_>) {
        doc.request_body::<T>(true);
    }
}

/// A JSON body that may be left out.
#[derive(Debug)]
pub struct OptionalBody<T>(pub Option<T>);

impl<T: RequestBody> Input for OptionalBody<T> {
    fn read(request: &Incoming<'_>) -> Result<Self> {
        if request.body.is_empty() {
            return Ok(Self(None));
        }
        Body::read(request).map(|Body(value)| Self(Some(value)))
    }
    fn describe(doc: &mut OperationDoc<'_>) {
        doc.request_body::<T>(false);
    }
}

/// The page of a list that the query asks for. `COUNTED` is false for lists that take no `includeCount`.
#[derive(Clone, Copy, Debug)]
pub struct Paged<const COUNTED: bool = true>(pub PageQuery);

impl<const COUNTED: bool> Input for Paged<COUNTED> {
    fn read(request: &Incoming<'_>) -> Result<Self> {
        Ok(Self(request.info.page_query(COUNTED)?))
    }
    fn describe(doc: &mut OperationDoc<'_>) {
        if COUNTED {
            doc.query(Parameter::boolean("includeCount", "Whether the answer counts all items.", true));
        }
        doc.query(Parameter::integer("itemsPerPage", "How many items a page holds.", 1..=500, 100));
        doc.query(Parameter::integer("pageNum", "Which page, from 1.", 1..=i64::from(i32::MAX), 1));
    }
}

/// Query parameters of one operation.
pub trait QueryParams: Sized + Send + Sync + 'static {
    /// Reads them from the decoded pairs, in the order received. Unknown ones are passed over.
    fn parse(pairs: &[(String, String)]) -> Result<Self, ApiError>;

    /// Their descriptions.
    fn parameters() -> Vec<Parameter>;
}

/// Query parameters.
#[derive(Debug)]
pub struct Query<T>(pub T);

impl<T: QueryParams> Input for Query<T> {
    fn read(request: &Incoming<'_>) -> Result<Self> {
        // Clients send parameters that nobody gave a value: they are as good as absent.
        let given: Vec<_> = request.info.query.iter().filter(|(_, value)| !value.is_empty()).cloned().collect();
        Ok(Self(T::parse(&given)?))
    }
    fn describe(doc: &mut OperationDoc<'_>) {
        for parameter in T::parameters() {
            doc.query(parameter);
        }
    }
}

impl<A: Input, B: Input> Input for (A, B) {
    fn read(request: &Incoming<'_>) -> Result<Self> {
        Ok((A::read(request)?, B::read(request)?))
    }
    const LOOKS: bool = A::LOOKS || B::LOOKS;
    const PREPARES: bool = A::PREPARES || B::PREPARES;
    async fn look(&mut self, tx: &mut Tx, request: &Incoming<'_>) -> Result<()> {
        self.0.look(tx, request).await?;
        self.1.look(tx, request).await
    }
    async fn prepare(&mut self, request: &Incoming<'_>) -> Result<()> {
        self.0.prepare(request).await?;
        self.1.prepare(request).await
    }
    fn describe(doc: &mut OperationDoc<'_>) {
        A::describe(doc);
        B::describe(doc);
    }
}
