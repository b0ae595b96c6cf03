//! The error body that every failed request gets.

use serde_json::{Value, json};

use crate::ErrorCode;

/// What a handler returns.
pub type Result<T, E = Failure> = std::result::Result<T, E>;

/// An error as it stands on the wire:
/// `{"detail","error","errorCode","parameters","reason"}`, and `badRequestDetail` when single fields are to blame.
#[derive(Clone, Debug, PartialEq)]
pub struct ApiError {
    /// The row of the table.
    pub code: ErrorCode,
    /// What fills the `{}` of the detail, in order.
    pub parameters: Vec<Value>,
    /// The fields of the body that are to blame.
    pub fields: Vec<FieldViolation>,
}

/// A field of the body and what is wrong with it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FieldViolation {
    /// The path of the field: `roles[0].roleName`.
    pub field: String,
    /// What would be right.
    pub description: String,
}

impl ApiError {
    /// An error without parameters.
    pub const fn new(code: ErrorCode) -> Self {
        Self { code, parameters: Vec::new(), fields: Vec::new() }
    }

    /// The same error with one more parameter.
    #[must_use]
    pub fn with(mut self, parameter: impl Into<Value>) -> Self {
        self.parameters.push(parameter.into());
        self
    }

    /// `VALIDATION_ERROR` that names a field.
    pub fn invalid_field(field: impl Into<String>, description: impl Into<String>) -> Self {
        let (field, description) = (field.into(), description.into());
        let detail = format!("Invalid attribute {field}: {description}");
        Self {
            fields: vec![FieldViolation { field, description }],
            ..Self::new(ErrorCode::VALIDATION_ERROR).with(detail)
        }
    }

    /// The HTTP status.
    pub const fn status(&self) -> u16 {
        self.code.status()
    }

    /// The detail with its parameters filled in.
    pub fn detail(&self) -> String {
        let mut detail = String::new();
        let mut parameters = self.parameters.iter();
        let mut rest = self.code.template();
        while let Some((before, after)) = rest.split_once("{}") {
            detail.push_str(before);
            match parameters.next() {
                Some(Value::String(text)) => detail.push_str(text),
                Some(other) => detail.push_str(&other.to_string()),
                None => {}
            }
            rest = after;
        }
        detail + rest
    }

    /// The body, with its keys in alphabetical order.
    pub fn body(&self) -> Value {
        let status = http::StatusCode::from_u16(self.status()).unwrap_or(http::StatusCode::INTERNAL_SERVER_ERROR);
        // The detail of a validation error is its own sentence; the service prints no parameters for it.
        let parameters = if self.code == ErrorCode::VALIDATION_ERROR { &[][..] } else { &self.parameters };
        let mut body = json!({
            "detail": self.detail(),
            "error": self.status(),
            "errorCode": self.code.wire_name(),
            "parameters": parameters,
            "reason": status.canonical_reason().unwrap_or("Error"),
        });
        if !self.fields.is_empty() {
            let fields = self.fields.iter().map(|f| json!({ "description": f.description, "field": f.field }));
            body["badRequestDetail"] = json!({ "fields": fields.collect::<Vec<_>>() });
        }
        body
    }
}

impl From<ErrorCode> for ApiError {
    fn from(code: ErrorCode) -> Self {
        Self::new(code)
    }
}

/// Why a request failed: a row of the table, a wish to run it again, or a defect of ours.
#[derive(Debug)]
pub enum Failure {
    /// The caller's to mend; answered with its code.
    Known(ApiError),
    /// A concurrent change got in the way; the dispatcher runs the handler again.
    Retry,
    /// The database cannot be reached or its commit failed; answered with 503.
    Unavailable(String),
    /// A defect: logged with its source, answered with 500 and nothing else.
    Bug(Box<dyn std::error::Error + Send + Sync>),
}

impl Failure {
    /// A defect described in words.
    pub fn bug(what: impl Into<String>) -> Self {
        Self::Bug(what.into().into())
    }

    /// The error that the caller gets.
    pub fn to_api_error(&self) -> ApiError {
        match self {
            Self::Known(error) => error.clone(),
            Self::Retry => ErrorCode::DATA_CONCURRENCY_ERROR.into(),
            Self::Unavailable(_) => ErrorCode::SERVICE_UNAVAILABLE.into(),
            Self::Bug(_) => ErrorCode::UNEXPECTED_ERROR.into(),
        }
    }
}

impl From<ApiError> for Failure {
    fn from(error: ApiError) -> Self {
        Self::Known(error)
    }
}

impl From<ErrorCode> for Failure {
    fn from(code: ErrorCode) -> Self {
        Self::Known(code.into())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_body_has_every_field_in_alphabetical_order() {
        let error = ApiError::new(ErrorCode::GROUP_NOT_FOUND).with("5f0000000000000000000001");
        assert_eq!(
            error.body().to_string(),
            r#"{"detail":"No group with ID 5f0000000000000000000001 exists.","error":404,"errorCode":"GROUP_NOT_FOUND","parameters":["5f0000000000000000000001"],"reason":"Not Found"}"#
        );
    }

    #[test]
    fn a_validation_error_names_its_field() {
        assert_eq!(
            ApiError::invalid_field("name", "must have 1 to 64 characters.").body().to_string(),
            r#"{"badRequestDetail":{"fields":[{"description":"must have 1 to 64 characters.","field":"name"}]},"detail":"Invalid attribute name: must have 1 to 64 characters.","error":400,"errorCode":"VALIDATION_ERROR","parameters":[],"reason":"Bad Request"}"#
        );
    }

    #[test]
    fn parameters_that_contain_braces_are_left_alone() {
        let error = ApiError::new(ErrorCode::INVALID_ATTRIBUTE).with("{}").with(7);
        assert_eq!(error.detail(), "Invalid attribute {} specified. 7");
    }
}
