//! Events as they are answered.

use std::borrow::Cow;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::Serialize;
use serde_json::{Map, Value, json};
use telamon_api::Cx;
use telamon_wire::{Failure, Link, Result};

use self::Kind::{Bool, Id, Links, Metric, Port, Principal, Raw, Text, Texts, Time};
use super::{store::StoredEvent, types};

/// An event of an organization's list.
#[derive(Clone, Debug, Serialize)]
#[serde(transparent)]
pub struct OrgEvent(Map<String, Value>);

/// An event of a project's list.
#[derive(Clone, Debug, Serialize)]
#[serde(transparent)]
pub struct ProjectEvent(Map<String, Value>);

impl OrgEvent {
    /// The event, with the organization's id, and the project's if it is about one.
    pub fn of<S>(cx: &Cx<S>, event: &StoredEvent, raw: bool) -> Result<Self> {
        let mut keys = print(event, raw)?;
        keys.insert("orgId".into(), json!(event.org));
        let link = cx.link("self", &format!("/api/atlas/v2/orgs/{}/events/{}", event.org, event.id));
        keys.insert("links".into(), json!([link]));
        Ok(Self(keys))
    }
}

impl ProjectEvent {
    /// The event, with the project's id alone.
    pub fn of<S>(cx: &Cx<S>, event: &StoredEvent, raw: bool) -> Result<Self> {
        let mut keys = print(event, raw)?;
        if let Some(project) = event.project {
            let link = cx.link("self", &format!("/api/atlas/v2/groups/{project}/events/{}", event.id));
            keys.insert("links".into(), json!([link]));
        }
        Ok(Self(keys))
    }
}

fn print(event: &StoredEvent, raw: bool) -> Result<Map<String, Value>> {
    let mut keys: Map<String, Value> = serde_json::from_str(&event.body).map_err(|error| Failure::Bug(error.into()))?;
    let recorded = raw.then(|| print_raw(event, &keys));
    keys.insert("created".into(), json!(event.created_at));
    keys.insert("eventTypeName".into(), json!(event.event_type));
    keys.insert("id".into(), json!(event.id));
    keys.insert("isGlobalAdmin".into(), json!(false));
    if let Some(project) = event.project {
        keys.insert("groupId".into(), json!(project));
    }
    if let Some(recorded) = recorded {
        keys.insert("raw".into(), recorded.into());
    }
    Ok(keys)
}

/// What was recorded: the actor and the target, under the short names that the API has for the rest.
fn print_raw(event: &StoredEvent, keys: &Map<String, Value>) -> Map<String, Value> {
    let mut raw = keys.clone();
    raw.insert("_t".into(), json!(event.event_type));
    raw.insert("cre".into(), json!(event.created_at));
    raw.insert("description".into(), json!(types::find(&event.event_type).map(|known| known.description)));
    raw.insert("id".into(), json!(event.id));
    raw.insert("orgId".into(), json!(event.org));
    raw.insert("orgName".into(), json!(event.org_name));
    raw.insert("severity".into(), json!("INFO"));
    if let Some(project) = event.project {
        raw.insert("cid".into(), json!(project));
        raw.insert("gn".into(), json!(event.project_name));
    }
    raw
}

/// What a property of an event is.
#[derive(Clone, Copy)]
enum Kind {
    Id,
    Text,
    Time,
    Bool,
    Port,
    Texts,
    Links,
    /// Who acts, and on whose behalf.
    Principal,
    /// A number and its unit.
    Metric,
    Raw,
}

// The properties of the API's schemas `EventViewForOrg` and `EventViewForNdsGroup`, over all their variants. An event
// has those that apply to it; events of service accounts, as the API's own do, have `clientId` beside them.
const PROPERTIES: &[(&str, Kind)] = &[
    ("alertConfigId", Id),
    ("alertId", Id),
    ("apiKeyId", Id),
    ("created", Time),
    ("dbUserUsername", Text),
    ("delegatePrincipal", Principal),
    ("eventTypeName", Text),
    ("groupId", Id),
    ("id", Id),
    ("invoiceId", Id),
    ("isGlobalAdmin", Bool),
    ("links", Links),
    ("orgId", Id),
    ("paymentId", Id),
    ("publicKey", Text),
    ("raw", Raw),
    ("remoteAddress", Text),
    ("resourceId", Id),
    ("resourcePolicyId", Id),
    ("resourceType", Text),
    ("targetPublicKey", Text),
    ("targetUsername", Text),
    ("teamId", Id),
    ("userId", Id),
    ("username", Text),
    ("whitelistEntry", Text),
];

const PROPERTIES_IN_PROJECTS: &[(&str, Kind)] = &[
    ("collection", Text),
    ("currentValue", Metric),
    ("database", Text),
    ("deskLocation", Text),
    ("employeeIdentifier", Text),
    ("endpointId", Id),
    ("fromTier", Text),
    ("hostname", Text),
    ("instanceName", Text),
    ("metricName", Text),
    ("modifiedBy", Text),
    ("opType", Text),
    ("port", Port),
    ("processorErrorMsg", Text),
    ("processorName", Text),
    ("processorState", Text),
    ("providerEndpointId", Text),
    ("reason", Text),
    ("region", Text),
    ("replicaSetName", Text),
    ("sessionId", Id),
    ("shardName", Text),
    ("toTier", Text),
    ("violatedPolicies", Texts),
    ("violationAction", Text),
];

impl JsonSchema for OrgEvent {
    fn schema_name() -> Cow<'static, str> {
        "EventViewForOrg".into()
    }
    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        schema(generator, PROPERTIES.iter())
    }
}

impl JsonSchema for ProjectEvent {
    fn schema_name() -> Cow<'static, str> {
        "EventViewForNdsGroup".into()
    }
    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        schema(generator, PROPERTIES.iter().chain(PROPERTIES_IN_PROJECTS))
    }
}

fn schema<'a>(generator: &mut SchemaGenerator, properties: impl Iterator<Item = &'a (&'a str, Kind)>) -> Schema {
    let properties: Map<String, Value> =
        properties.map(|(name, kind)| ((*name).to_owned(), property(generator, *kind))).collect();
    json_schema!({
        "type": "object",
        "description": "An event. `clientId` names the service account that it is about, `actorClientId` the one that acted.",
        "properties": properties,
        "required": ["created", "eventTypeName", "id"],
    })
}

fn property(generator: &mut SchemaGenerator, kind: Kind) -> Value {
    let text = json!({ "type": "string" });
    let id = json!({ "type": "string", "pattern": "^([a-f0-9]{24})$" });
    let time = json!({ "type": "string", "format": "date-time" });
    match kind {
        Id => id,
        Text => text,
        Time => time,
        Bool => json!({ "type": "boolean" }),
        Port => json!({ "type": "integer", "format": "int32" }),
        Texts => json!({ "type": "array", "items": text }),
        Links => json!(generator.subschema_for::<Vec<Link>>()),
        Principal => {
            json!({ "type": "object", "properties": { "id": text, "name": text, "onBehalfOf": { "type": "object" } } })
        }
        Metric => json!({
            "type": "object",
            "properties": { "number": { "type": "number", "format": "double" }, "units": text },
        }),
        Raw => json!({
            "type": "object",
            "properties": {
                "_t": text, "alertConfigId": id, "cid": id, "cre": time, "description": text, "gn": text, "id": id, "orgId": id,
                "orgName": text, "severity": text,
            },
        }),
    }
}
