//! The schemas of the document: what requests may hold, and what answers hold.
//!
//! The two are generated apart, because an attribute with a default may be left out of a request and is always in an
//! answer. Afterwards the schemas are put into words that client generators turn into plain types.

use schemars::{JsonSchema, Schema, SchemaGenerator, generate::SchemaSettings, transform::RecursiveTransform};
use serde_json::{Map, Value, json};

pub(super) struct Schemas {
    requests: SchemaGenerator,
    responses: SchemaGenerator,
}

impl Default for Schemas {
    fn default() -> Self {
        let settings = || SchemaSettings::openapi3().with_transform(RecursiveTransform(plain));
        Self {
            requests: settings().into_generator(),
            responses: settings().for_serialize().with_transform(RecursiveTransform(without_null)).into_generator(),
        }
    }
}

impl Schemas {
    pub(super) fn request<T: JsonSchema>(&mut self) -> Value {
        json!(self.requests.subschema_for::<T>())
    }

    pub(super) fn response<T: JsonSchema>(&mut self) -> Value {
        json!(self.responses.subschema_for::<T>())
    }

    /// All that were named, by name.
    pub(super) fn into_definitions(mut self) -> Map<String, Value> {
        let mut all = self.requests.take_definitions(true);
        for (name, mut schema) in self.responses.take_definitions(true) {
            // A type of both is described as it is answered, and a request may still hold nothing beside it.
            if let Some(closed) = all.get(&name).and_then(|request| request.get("additionalProperties")) {
                schema["additionalProperties"] = closed.clone();
            }
            all.insert(name, schema);
        }
        all
    }
}

fn plain(schema: &mut Schema) {
    merge_enumeration(schema);
    simplify_nullable(schema);
    if schema.get("default").is_some_and(Value::is_null) {
        schema.remove("default");
    }
    // OpenAPI knows two formats of integers, both signed.
    let format = match schema.get("format").and_then(Value::as_str) {
        Some("uint8" | "uint16") => "int32",
        Some("uint32" | "uint64") => "int64",
        _ => return,
    };
    schema.insert("format".into(), format.into());
}

/// What an answer has no value for is left out of it, or is null if it is always there; and a default says nothing about
/// an answer.
fn without_null(schema: &mut Schema) {
    schema.remove("default");
    let required = schema.get("required").cloned().unwrap_or_default();
    let is_required = |name: &str| required.as_array().is_some_and(|names| names.iter().any(|other| other == name));
    if let Some(properties) = schema.get_mut("properties").and_then(Value::as_object_mut) {
        let optional = properties.iter_mut().filter(|(name, _)| !is_required(name));
        for property in optional.filter_map(|(_, property)| property.as_object_mut()) {
            property.remove("nullable");
        }
    }
    let Some([only]) = schema.get("allOf").and_then(Value::as_array).map(Vec::as_slice) else { return };
    if let (Ok(only), Some(1)) = (Schema::try_from(only.clone()), schema.as_object().map(Map::len)) {
        *schema = only;
    }
}

/// One list of values instead of an alternative for each value.
fn merge_enumeration(schema: &mut Schema) {
    let Some(alternatives) = schema.get("oneOf").and_then(Value::as_array) else { return };
    let value = |alternative: &Value| match (alternative["type"].as_str()?, alternative["enum"].as_array()?.as_slice())
    {
        ("string", [value]) => Some(value.clone()),
        _ => None,
    };
    let Some(values) = alternatives.iter().map(value).collect::<Option<Vec<_>>>() else { return };
    let mut description = schema.get("description").and_then(Value::as_str).unwrap_or_default().to_owned();
    description.extend(alternatives.iter().filter_map(|alternative| {
        Some(format!("\n- `{}`: {}", alternative["enum"][0].as_str()?, alternative["description"].as_str()?))
    }));
    schema.remove("oneOf");
    schema.insert("type".into(), "string".into());
    schema.insert("enum".into(), values.into());
    schema.insert("description".into(), description.trim_start().into());
}

/// `nullable` beside a schema instead of an alternative that is null.
fn simplify_nullable(schema: &mut Schema) {
    let Some([other, null]) = schema.get("anyOf").and_then(Value::as_array).map(Vec::as_slice) else { return };
    if null["enum"] != json!([null]) {
        return;
    }
    let other = other.clone();
    schema.remove("anyOf");
    schema.insert("allOf".into(), json!([other]));
    schema.insert("nullable".into(), true.into());
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde::{Deserialize, Serialize};

    #[derive(Deserialize, Serialize, JsonSchema)]
    #[serde(deny_unknown_fields)]
    struct Pet {
        #[serde(default)]
        kind: Kind,
        #[serde(skip_serializing_if = "Option::is_none")]
        second: Option<Kind>,
        #[serde(skip_serializing_if = "Option::is_none")]
        name: Option<String>,
        age: u16,
    }

    #[derive(Serialize, JsonSchema)]
    struct Cage {
        tenant: Option<String>,
    }

    /// What it is.
    #[derive(Default, Deserialize, Serialize, JsonSchema)]
    enum Kind {
        /// It purrs.
        #[default]
        Cat,
        /// It barks.
        Dog,
    }

    #[derive(Serialize, JsonSchema)]
    struct Zoo {
        pets: Vec<Pet>,
    }

    const REFERENCE: &str = "#/components/schemas/Kind";

    fn kind() -> Value {
        json!({ "type": "string", "description": "What it is.\n- `Cat`: It purrs.\n- `Dog`: It barks.", "enum": ["Cat", "Dog"] })
    }

    #[test]
    fn an_answer_may_hold_null_in_what_is_always_there() {
        let mut schemas = Schemas::default();
        schemas.response::<Cage>();
        let cage = json!({
            "type": "object",
            "required": ["tenant"],
            "properties": { "tenant": { "type": "string", "nullable": true } },
        });
        assert_eq!(Value::from(schemas.into_definitions()), json!({ "Cage": cage }));
    }

    #[test]
    fn a_request_may_hold_null_and_leave_out_what_has_a_default() {
        let mut schemas = Schemas::default();
        assert_eq!(schemas.request::<Pet>(), json!({ "$ref": "#/components/schemas/Pet" }));
        let pet = json!({
            "type": "object",
            "additionalProperties": false,
            "required": ["age"],
            "properties": {
                "kind": { "allOf": [{ "$ref": REFERENCE }], "default": "Cat" },
                "second": { "allOf": [{ "$ref": REFERENCE }], "nullable": true },
                "name": { "type": "string", "nullable": true },
                "age": { "type": "integer", "format": "int32", "minimum": 0, "maximum": 65535 },
            },
        });
        assert_eq!(Value::from(schemas.into_definitions()), json!({ "Kind": kind(), "Pet": pet }));
    }

    #[test]
    fn an_answer_leaves_out_what_would_be_null_and_holds_what_has_a_default() {
        let mut schemas = Schemas::default();
        schemas.request::<Pet>();
        schemas.response::<Zoo>();
        let pet = json!({
            "type": "object",
            "additionalProperties": false,
            "required": ["kind", "age"],
            "properties": {
                "kind": { "$ref": REFERENCE },
                "second": { "$ref": REFERENCE },
                "name": { "type": "string" },
                "age": { "type": "integer", "format": "int32", "minimum": 0, "maximum": 65535 },
            },
        });
        let zoo = json!({
            "type": "object",
            "required": ["pets"],
            "properties": { "pets": { "type": "array", "items": { "$ref": "#/components/schemas/Pet" } } },
        });
        assert_eq!(Value::from(schemas.into_definitions()), json!({ "Kind": kind(), "Pet": pet, "Zoo": zoo }));
    }
}
