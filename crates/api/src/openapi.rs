//! The OpenAPI 3.0.3 document, written from the declarations.

use std::{collections::BTreeMap, ops::RangeInclusive};

use schemars::{JsonSchema, SchemaGenerator, generate::SchemaSettings};
use serde_json::{Map, Value, json};
use telamon_wire::{ErrorCode, MediaType, RequestBody, Version};

use crate::{Access, Operation, Registry};

/// A query parameter, described.
#[derive(Clone, Debug)]
pub struct Parameter {
    name: &'static str,
    description: &'static str,
    schema: Value,
}

impl Parameter {
    /// A text.
    pub fn text(name: &'static str, description: &'static str) -> Self {
        Self { name, description, schema: json!({ "type": "string" }) }
    }

    /// An id.
    pub fn id(name: &'static str, description: &'static str) -> Self {
        Self { name, description, schema: json!({ "type": "string" }) }
    }

    /// A date and time, RFC 3339.
    pub fn date_time(name: &'static str, description: &'static str) -> Self {
        Self { name, description, schema: json!({ "type": "string", "format": "date-time" }) }
    }

    /// `true` or `false`.
    pub fn boolean(name: &'static str, description: &'static str, default: bool) -> Self {
        Self { name, description, schema: json!({ "type": "boolean", "default": default }) }
    }

    /// A whole number.
    pub fn integer(name: &'static str, description: &'static str, range: RangeInclusive<i64>, default: i64) -> Self {
        let schema = json!({ "type": "integer", "minimum": range.start(), "maximum": range.end(), "default": default });
        Self { name, description, schema }
    }

    /// A text that may be repeated.
    pub fn list(name: &'static str, description: &'static str) -> Self {
        Self { name, description, schema: json!({ "type": "array", "items": { "type": "string" } }) }
    }

    fn print(&self) -> Value {
        json!({ "name": self.name, "in": "query", "description": self.description, "required": false, "schema": self.schema })
    }
}

/// The part of the document that describes one operation, while its inputs and outputs write into it.
pub struct OperationDoc<'a> {
    schemas: &'a mut SchemaGenerator,
    media_types: Vec<String>,
    parameters: Vec<Value>,
    request: Option<Value>,
    responses: Map<String, Value>,
}

impl OperationDoc<'_> {
    /// A query parameter.
    #[expect(clippy::needless_pass_by_value, reason = "a description is made for its document")]
    pub fn query(&mut self, parameter: Parameter) {
        self.parameters.push(parameter.print());
    }

    /// The body of the request.
    pub fn request_body<T: RequestBody>(&mut self, required: bool) {
        let schema = self.schemas.subschema_for::<T>();
        self.request = Some(json!({ "required": required, "content": self.content(&json!(schema)) }));
    }

    /// The body of the answer.
    pub fn response<T: JsonSchema>(&mut self, status: u16) {
        let schema = self.schemas.subschema_for::<T>();
        let content = self.content(&json!(schema));
        self.add(status, &content);
    }

    /// An answer with nothing in it.
    pub fn empty_response(&mut self, status: u16) {
        let content = self.content(&json!({}));
        self.add(status, &content);
    }

    fn add(&mut self, status: u16, content: &Value) {
        let reason = http::StatusCode::from_u16(status).ok().and_then(|s| s.canonical_reason()).unwrap_or("Success");
        self.responses.insert(status.to_string(), json!({ "description": reason, "content": content }));
    }

    fn content(&self, schema: &Value) -> Value {
        self.media_types.iter().map(|name| (name.clone(), json!({ "schema": schema }))).collect::<Map<_, _>>().into()
    }
}

/// The statuses that every operation may answer with, beside its own.
const ERRORS: [u16; 13] = [400, 401, 403, 404, 405, 406, 408, 409, 410, 413, 415, 429, 500];

/// The document. With a date it holds only the shapes in force on that day, otherwise all of them.
pub fn document(registry: &Registry, on: Option<Version>, server_url: &str) -> Value {
    let mut schemas = SchemaSettings::openapi3().into_generator();
    let mut paths: BTreeMap<String, Map<String, Value>> = BTreeMap::new();
    for operation in registry.operations().iter().filter(|o| on.is_none_or(|date| o.covers(date))) {
        let described = describe(operation, &mut schemas);
        let method = operation.method.as_str().to_ascii_lowercase();
        let item = paths.entry(operation.path.to_owned()).or_default();
        match item.get_mut(&method) {
            Some(other) => merge(other, described),
            None => drop(item.insert(method, described)),
        }
    }
    let mut schemas = schemas.take_definitions(true);
    schemas.insert("ApiError".into(), error_schema());
    json!({
        "openapi": "3.0.3",
        "info": {
            "title": "telamon Administration API",
            "version": on.map_or_else(|| "2.0".to_owned(), |date| date.to_string()),
            "description": "A self-hosted Administration API for MongoDB, wire-compatible with version 2 of the MongoDB Atlas \
                Administration API.",
            "license": { "name": "Apache-2.0 OR MIT" },
        },
        "servers": [{ "url": server_url }],
        "security": [{ "DigestAuth": [] }, { "ServiceAccounts": [] }],
        "paths": paths,
        "components": {
            "schemas": schemas,
            "responses": ERRORS.iter().chain(&[503]).map(|status| (format!("Error{status}"), error_reply(*status))).collect::<Map<_, _>>(),
            "securitySchemes": {
                "DigestAuth": { "type": "http", "scheme": "digest" },
                "ServiceAccounts": {
                    "type": "oauth2",
                    "flows": { "clientCredentials": { "tokenUrl": "/api/oauth/token", "scopes": {} } },
                },
            },
        },
    })
}

fn describe(operation: &Operation, schemas: &mut SchemaGenerator) -> Value {
    let mut media_types = vec![MediaType(operation.since).to_string()];
    if operation.preview {
        media_types.push(MediaType(Version::Preview).to_string());
    }
    let mut doc = OperationDoc { schemas, media_types, parameters: path_parameters(operation.path), request: None, responses: Map::new() };
    doc.query(Parameter::boolean("envelope", "Wraps the answer, for clients that cannot read the HTTP status.", false));
    if operation.documents_pretty {
        doc.query(Parameter::boolean("pretty", "Indents the answer.", false));
    }
    (operation.describe)(&mut doc);
    for status in ERRORS.iter().chain(&[503]) {
        doc.responses.insert(status.to_string(), json!({ "$ref": format!("#/components/responses/Error{status}") }));
    }
    let OperationDoc { parameters, request, responses, .. } = doc;
    let mut described = json!({
        "operationId": operation.id,
        "tags": [operation.tag],
        "summary": operation.summary,
        "description": who(operation.access),
        "parameters": parameters,
        "responses": responses,
    });
    if let Some(request) = request {
        described["requestBody"] = request;
    }
    if operation.access == Access::Public {
        described["security"] = json!([]);
    }
    described
}

fn who(access: Access) -> String {
    let list = |names: Vec<&str>| names.join(" or ");
    match access {
        Access::Public => "Needs no credential.".to_owned(),
        Access::Anyone => "Any credential may call it; the answer holds what its roles show.".to_owned(),
        Access::Org(access) => format!("Needs {} in the organization.", list(access.roles().iter().map(|r| r.as_str()).collect())),
        Access::Project(access) => format!("Needs {} in the project.", list(access.roles().iter().map(|r| r.as_str()).collect())),
    }
}

fn path_parameters(path: &str) -> Vec<Value> {
    let names = path.split('{').skip(1).filter_map(|rest| rest.split('}').next());
    let schema = |name: &str| match name {
        "clientId" => json!({ "type": "string", "pattern": "^mdb_sa_id_[a-fA-F\\d]{24}$" }),
        "groupId" | "orgId" | "apiUserId" | "eventId" => json!({ "type": "string", "pattern": "^([a-f0-9]{24})$" }),
        _ => json!({ "type": "string" }),
    };
    names.map(|name| json!({ "name": name, "in": "path", "required": true, "schema": schema(name) })).collect()
}

/// Puts the media types of another shape beside those that are there.
fn merge(described: &mut Value, other: Value) {
    match (described, other) {
        (Value::Object(described), Value::Object(other)) => {
            for (key, value) in other {
                match described.get_mut(&key) {
                    Some(place) if matches!(key.as_str(), "requestBody" | "responses" | "content") || key.parse::<u16>().is_ok() => {
                        merge(place, value);
                    }
                    Some(_) => {}
                    None => drop(described.insert(key, value)),
                }
            }
        }
        (place, value) => *place = value,
    }
}

fn error_schema() -> Value {
    json!({
        "type": "object",
        "required": ["detail", "error", "errorCode", "parameters", "reason"],
        "properties": {
            "badRequestDetail": {
                "type": "object",
                "properties": { "fields": { "type": "array", "items": {
                    "type": "object",
                    "required": ["description", "field"],
                    "properties": { "description": { "type": "string" }, "field": { "type": "string" } },
                } } },
            },
            "detail": { "type": "string" },
            "error": { "type": "integer", "format": "int32" },
            "errorCode": { "type": "string" },
            "parameters": { "type": "array", "items": {} },
            "reason": { "type": "string" },
        },
    })
}

fn error_reply(status: u16) -> Value {
    let codes: Vec<_> = ErrorCode::ALL.iter().filter(|code| code.status() == status).map(|code| code.wire_name()).collect();
    // The challenge has neither `parameters` nor the order of the other errors.
    let schema = if status == 401 {
        json!({ "type": "object", "required": ["detail", "error", "errorCode", "reason"] })
    } else {
        json!({ "$ref": "#/components/schemas/ApiError" })
    };
    let description = if codes.is_empty() { "An error.".to_owned() } else { format!("One of {}.", codes.join(", ")) };
    json!({ "description": description, "content": { "application/json": { "schema": schema } } })
}
