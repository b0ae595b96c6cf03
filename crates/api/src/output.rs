//! What a handler answers.

use schemars::JsonSchema;
use serde::Serialize;
use telamon_wire::{Failure, Page, Result};

use crate::{OperationDoc, Reply};

/// An answer.
pub trait Output: Send + 'static {
    /// The HTTP status of success.
    const STATUS: u16;

    /// The answer without what the dispatcher adds: media type, envelope, links of pages.
    fn into_reply(self) -> Result<Reply>;

    /// Describes it in the OpenAPI document.
    fn describe(doc: &mut OperationDoc<'_>);
}

fn print(value: &impl Serialize) -> Result<String> {
    serde_json::to_string(value).map_err(|error| Failure::Bug(error.into()))
}

macro_rules! json_outputs {
    ($($(#[$doc:meta])* $name:ident = $status:literal,)+) => { $(
        $(#[$doc])*
        #[derive(Debug)]
        pub struct $name<T>(pub T);

        impl<T: Serialize + JsonSchema + Send + 'static> Output for $name<T> {
            const STATUS: u16 = $status;
            fn into_reply(self) -> Result<Reply> {
                Ok(Reply::json($status, print(&self.0)?))
            }
            fn describe(doc: &mut OperationDoc<'_>) {
                doc.response::<T>($status);
            }
        }
    )+ };
}

json_outputs! {
    /// 200 with a JSON body.
    Json = 200,
    /// 201 with a JSON body.
    Created = 201,
    /// 202 with a JSON body.
    Accepted = 202,
}

/// 201 with a JSON body, and with the place of what was made as `Location`.
#[derive(Debug)]
pub struct CreatedAt<T> {
    /// What was made.
    pub body: T,
    /// The path that `Location` adds to the base of links.
    pub location: String,
}

impl<T: Serialize + JsonSchema + Send + 'static> Output for CreatedAt<T> {
    const STATUS: u16 = 201;
    fn into_reply(self) -> Result<Reply> {
        Ok(Reply::json(201, print(&self.body)?).located(self.location))
    }
    fn describe(doc: &mut OperationDoc<'_>) {
        doc.response::<T>(201);
    }
}

/// One page of a list: 200 with `links`, `results` and `totalCount`.
#[derive(Debug)]
pub struct Listed<T> {
    /// The items of the page. One more than the page holds says that there is a next page.
    pub items: Vec<T>,
    /// How many there are in all; 0 when nobody asked.
    pub total: i64,
}

impl<T: Serialize + JsonSchema + Send + 'static> Output for Listed<T> {
    const STATUS: u16 = 200;
    fn into_reply(self) -> Result<Reply> {
        let results = self.items.iter().map(print).collect::<Result<_>>()?;
        Ok(Reply::page(results, self.total))
    }
    fn describe(doc: &mut OperationDoc<'_>) {
        doc.response::<Page<T>>(200);
    }
}

/// 201 with one page of the list that something was added to.
#[derive(Debug)]
pub struct CreatedInList<T>(pub Listed<T>);

impl<T: Serialize + JsonSchema + Send + 'static> Output for CreatedInList<T> {
    const STATUS: u16 = 201;
    fn into_reply(self) -> Result<Reply> {
        Ok(self.0.into_reply()?.with_status(201))
    }
    fn describe(doc: &mut OperationDoc<'_>) {
        doc.response::<Page<T>>(201);
    }
}

/// 204 without a body.
#[derive(Debug)]
pub struct NoContent;

impl Output for NoContent {
    const STATUS: u16 = 204;
    fn into_reply(self) -> Result<Reply> {
        Ok(Reply::empty(204))
    }
    fn describe(doc: &mut OperationDoc<'_>) {
        doc.empty_response(204);
    }
}

/// `STATUS` without a body, and with `X-Content-Type` in place of `Content-Type`: what the service does for maintenance.
#[derive(Debug)]
pub struct Nothing<const STATUS: u16>;

impl<const STATUS: u16> Output for Nothing<STATUS> {
    const STATUS: u16 = STATUS;
    fn into_reply(self) -> Result<Reply> {
        Ok(Reply::nothing(STATUS))
    }
    fn describe(doc: &mut OperationDoc<'_>) {
        doc.empty_response(STATUS);
    }
}

/// 200 with a plain text.
#[derive(Debug)]
pub struct PlainText(pub String);

impl Output for PlainText {
    const STATUS: u16 = 200;
    fn into_reply(self) -> Result<Reply> {
        Ok(Reply::plain_text(self.0))
    }
    fn describe(doc: &mut OperationDoc<'_>) {
        doc.response::<String>(200);
    }
}

/// 202 with the body `{}`: accepted, and nothing to say.
#[derive(Debug)]
pub struct Done;

impl Output for Done {
    const STATUS: u16 = 202;
    fn into_reply(self) -> Result<Reply> {
        Ok(Reply::json(202, "{}".to_owned()))
    }
    fn describe(doc: &mut OperationDoc<'_>) {
        doc.empty_response(202);
    }
}

/// 201 with PEM text as the body, under the versioned media type: what the service does for certificates.
#[derive(Debug)]
pub struct PemCreated(pub String);

impl Output for PemCreated {
    const STATUS: u16 = 201;
    fn into_reply(self) -> Result<Reply> {
        Ok(Reply::text(201, self.0))
    }
    fn describe(doc: &mut OperationDoc<'_>) {
        doc.response::<String>(201);
    }
}
