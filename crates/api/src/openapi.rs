//! The OpenAPI 3.0.3 document, written from the declarations.

mod schemas;

use std::{
    collections::{BTreeMap, BTreeSet},
    ops::RangeInclusive,
};

use schemars::JsonSchema;
use serde_json::{Map, Value, json};
use telamon_authz::ProjectAccess;
use telamon_wire::{ErrorCode, MediaType, RequestBody, Version};

use self::schemas::Schemas;
use crate::{Access, Operation, Registry};

/// What ids look like.
const ID_PATTERN: &str = "^([a-f0-9]{24})$";
/// What the examples name.
const ID_EXAMPLE: &str = "65a593c0e8f1a2b3c4d50001";

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
        Self { name, description, schema: json!({ "type": "string", "pattern": ID_PATTERN }) }
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

    /// The same list, of texts of that pattern.
    #[must_use]
    pub fn of(mut self, pattern: &str) -> Self {
        self.schema["items"]["pattern"] = pattern.into();
        self
    }

    fn print(&self) -> Value {
        json!({ "name": self.name, "in": "query", "description": self.description, "required": false, "schema": self.schema })
    }
}

/// The part of the document that describes one operation, while its inputs and outputs write into it.
pub struct OperationDoc<'a> {
    schemas: &'a mut Schemas,
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
        let schema = self.schemas.request::<T>();
        self.request = Some(json!({ "required": required, "content": self.content(&schema) }));
    }

    /// The body of the answer.
    pub fn response<T: JsonSchema>(&mut self, status: u16) {
        let schema = self.schemas.response::<T>();
        let content = self.content(&schema);
        self.add(status, &content);
    }

    /// An answer with nothing in it: no body for 204, otherwise `{}`.
    pub fn empty_response(&mut self, status: u16) {
        let content = if status == 204 {
            self.media_types.iter().map(|name| (name.clone(), json!({}))).collect::<Map<_, _>>().into()
        } else {
            self.content(&json!({ "type": "object" }))
        };
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
    let mut schemas = Schemas::default();
    let mut tags = BTreeSet::new();
    let mut paths: BTreeMap<String, Map<String, Value>> = BTreeMap::new();
    for operation in registry.operations().iter().filter(|o| o.documented && on.is_none_or(|date| o.covers(date))) {
        tags.insert(operation.tag);
        let described = describe(operation, &mut schemas);
        let method = operation.method.as_str().to_ascii_lowercase();
        let item = paths.entry(operation.path.to_owned()).or_default();
        match item.get_mut(&method) {
            Some(other) => merge(other, described),
            None => drop(item.insert(method, described)),
        }
    }
    let mut schemas = schemas.into_definitions();
    schemas.insert("Envelope".into(), envelope_schema());
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
        "tags": tags.iter().map(|tag| json!({ "name": tag })).collect::<Vec<_>>(),
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

fn describe(operation: &Operation, schemas: &mut Schemas) -> Value {
    let mut media_types = vec![MediaType(operation.since).to_string()];
    if operation.preview && operation.since != Version::Preview {
        media_types.push(MediaType(Version::Preview).to_string());
    }
    let mut doc = OperationDoc {
        schemas,
        media_types,
        parameters: path_parameters(operation.path),
        request: None,
        responses: Map::new(),
    };
    let envelope = "Wraps the answer, for clients that cannot read the HTTP status: 200, with the status and the answer in \
        `status` and `content`; a list gets `status` beside its own members.";
    doc.query(Parameter::boolean("envelope", envelope, false));
    if operation.documents_pretty {
        doc.query(Parameter::boolean("pretty", "Indents the answer.", false));
    }
    (operation.describe)(&mut doc);
    for status in ERRORS.iter().chain(&[503]) {
        doc.responses.insert(status.to_string(), json!({ "$ref": format!("#/components/responses/Error{status}") }));
    }
    if !doc.responses.contains_key("200") {
        // Under this name, because the operation itself has one success, and that is not a 200.
        let mut content = doc.content(&json!({ "$ref": "#/components/schemas/Envelope" }));
        content["application/json"] = content[doc.media_types[0].as_str()].clone();
        let description = "200, if the request asked for an envelope with `envelope=true`.";
        doc.responses.insert("default".into(), json!({ "description": description, "content": content }));
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
        Access::Org(access) => {
            let roles = list(access.roles().iter().map(|r| r.as_str()).collect());
            let itself = if access.itself().is_some() { ", or to be the credential that it is about" } else { "" };
            format!("Needs {roles} in the organization{itself}.")
        }
        Access::Project(access @ ProjectAccess::InProject(_)) => {
            format!("Needs {} in the project.", list(access.role_names()))
        }
        Access::Project(access @ ProjectAccess::InOrganization(_)) => {
            format!("Needs {} in the project's organization.", list(access.role_names()))
        }
    }
}

fn path_parameters(path: &str) -> Vec<Value> {
    let names = path.split('{').skip(1).filter_map(|rest| rest.split('}').next());
    let described = |name: &str| {
        let id = json!({ "type": "string", "pattern": ID_PATTERN });
        let text = json!({ "type": "string", "minLength": 1 });
        match name {
            "apiUserId" => ("The API key.", id, ID_EXAMPLE),
            "clientId" => {
                let client_id = json!({ "type": "string", "pattern": "^mdb_sa_id_[a-fA-F\\d]{24}$" });
                ("The service account.", client_id, "mdb_sa_id_65a593c0e8f1a2b3c4d50001")
            }
            "databaseName" => ("The database that the user logs in to: `admin` or `$external`.", text, "admin"),
            "endpointSetId" => ("The endpoint set.", text, "databaseUsers"),
            "eventId" => ("The event.", id, ID_EXAMPLE),
            "groupId" => ("The project.", id, ID_EXAMPLE),
            "groupName" => ("The name of the project.", text, "Example"),
            "ipAddress" => {
                ("The entry: an address, or a block of addresses with its slash as `%2F`.", text, "192.0.2.7")
            }
            "limitName" => ("The name of the limit.", text, "atlas.project.security.databaseAccess.users"),
            "orgId" => ("The organization.", id, ID_EXAMPLE),
            "username" => ("The name of the database user.", text, "ada"),
            _ => ("Which one.", text, "example"),
        }
    };
    let print = |name: &str| {
        let (description, schema, example) = described(name);
        json!({
            "name": name, "in": "path", "description": description, "required": true, "schema": schema, "example": example,
        })
    };
    names.map(print).collect()
}

/// Puts the media types of another shape beside those that are there.
fn merge(described: &mut Value, other: Value) {
    match (described, other) {
        (Value::Object(described), Value::Object(other)) => {
            for (key, value) in other {
                match described.get_mut(&key) {
                    Some(place)
                        if matches!(key.as_str(), "requestBody" | "responses" | "content")
                            || key.parse::<u16>().is_ok() =>
                    {
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

/// An error. `parameters` is missing from one answer alone: the challenge to a caller without a credential.
fn error_schema() -> Value {
    json!({
        "type": "object",
        "description": "An error.",
        "required": ["detail", "error", "errorCode", "reason"],
        "properties": {
            "badRequestDetail": {
                "type": "object",
                "description": "The attributes of the body that are to blame.",
                "properties": { "fields": { "type": "array", "items": {
                    "type": "object",
                    "required": ["description", "field"],
                    "properties": {
                        "description": { "type": "string", "description": "What would be right." },
                        "field": { "type": "string", "description": "The path of the attribute." },
                    },
                } } },
            },
            "detail": { "type": "string", "description": "What was wrong, for people." },
            "error": { "type": "integer", "format": "int32", "minimum": 400, "maximum": 599, "description": "The HTTP status." },
            "errorCode": { "type": "string", "description": "What was wrong, for programs." },
            "parameters": {
                "type": "array",
                "description": "The values that the detail names. The 401 that asks for a credential has none.",
                "items": {},
            },
            "reason": { "type": "string", "description": "The HTTP reason phrase." },
        },
    })
}

fn envelope_schema() -> Value {
    json!({
        "type": "object",
        "description": "An answer to a request with `envelope=true`.",
        "required": ["content", "status"],
        "properties": {
            "content": { "description": "What the answer would have been without the envelope." },
            "status": { "type": "integer", "format": "int32", "description": "What the HTTP status would have been." },
        },
    })
}

fn error_reply(status: u16) -> Value {
    let codes = ErrorCode::ALL.iter().filter(|code| code.status() == status).map(|code| code.wire_name());
    let codes: BTreeSet<_> = codes.collect();
    let codes: Vec<_> = codes.into_iter().collect();
    let description = if codes.is_empty() { "An error.".to_owned() } else { format!("One of {}.", codes.join(", ")) };
    let schema = json!({ "$ref": "#/components/schemas/ApiError" });
    json!({ "description": description, "content": { "application/json": { "schema": schema } } })
}
