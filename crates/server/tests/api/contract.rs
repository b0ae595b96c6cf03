//! The `OpenAPI` document agrees with the contract: `tests/contract/operations.json` holds the contract's facts about every
//! operation that the server has.
//!
//! A fact is a name: of an operation, a status, a media type, a parameter, or a property down to the third level.

use std::collections::{BTreeMap, BTreeSet};

use serde::Deserialize;
use serde_json::Value;

const FACTS: &str = include_str!("../../../../tests/contract/operations.json");

/// Media type to property names, dotted.
type Content = BTreeMap<String, BTreeSet<String>>;

#[derive(Debug, Default, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Facts {
    operation_id: String,
    method: String,
    path: String,
    tag: String,
    query: BTreeSet<String>,
    #[serde(default)]
    required_query: BTreeSet<String>,
    #[serde(default)]
    request: Content,
    responses: BTreeMap<String, Content>,
}

/// The JSON schemas of the document, by name, and the mark of the properties that do not count: those that are only read
/// in requests, those that are only written in responses.
struct Schemas<'a>(&'a Value, &'static str);

impl<'a> Schemas<'a> {
    fn resolve(&self, schema: &'a Value) -> (Option<&'a str>, &'a Value) {
        match schema["$ref"].as_str().and_then(|reference| reference.strip_prefix("#/components/schemas/")) {
            Some(name) => (Some(name), &self.0[name]),
            None => (None, schema),
        }
    }

    fn properties(&self, schema: &'a Value) -> BTreeSet<String> {
        let mut found = BTreeSet::new();
        self.collect(schema, "", 3, &[], &mut found);
        found
    }

    fn collect(&self, schema: &'a Value, prefix: &str, depth: usize, trail: &[&'a str], found: &mut BTreeSet<String>) {
        let (name, schema) = self.resolve(schema);
        let mut trail = trail.to_vec();
        if let Some(name) = name {
            if trail.contains(&name) {
                return;
            }
            trail.push(name);
        }
        let alternatives = ["allOf", "oneOf", "anyOf"].iter().filter_map(|part| schema[part].as_array()).flatten();
        for part in alternatives.chain(schema.get("items")) {
            self.collect(part, prefix, depth, &trail, found);
        }
        let counted = |(_, property): &(&String, &Value)| property[self.1] != true;
        for (key, property) in schema["properties"].as_object().into_iter().flatten().filter(counted) {
            let dotted = format!("{prefix}{key}");
            if depth > 1 && key != "links" {
                self.collect(property, &format!("{dotted}."), depth - 1, &trail, found);
            }
            found.insert(dotted);
        }
    }

    fn content(&self, body: &'a Value) -> Content {
        let types = body["content"].as_object().into_iter().flatten();
        types.map(|(name, content)| (name.clone(), self.properties(&content["schema"]))).collect()
    }
}

fn text(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}

fn facts_of(document: &Value) -> Vec<Facts> {
    let schemas = &document["components"]["schemas"];
    let (requests, responses) = (Schemas(schemas, "readOnly"), Schemas(schemas, "writeOnly"));
    let mut found = Vec::new();
    for (path, item) in document["paths"].as_object().into_iter().flatten() {
        for (method, operation) in item.as_object().into_iter().flatten() {
            let parameters: Vec<&Value> = operation["parameters"].as_array().into_iter().flatten().collect();
            let query = parameters.iter().filter(|parameter| parameter["in"] == "query");
            found.push(Facts {
                operation_id: text(&operation["operationId"]),
                method: method.to_uppercase(),
                path: path.clone(),
                tag: text(&operation["tags"][0]),
                query: query.clone().map(|parameter| text(&parameter["name"])).collect(),
                required_query: query.filter(|p| p["required"] == true).map(|p| text(&p["name"])).collect(),
                request: requests.content(&operation["requestBody"]),
                responses: operation["responses"]
                    .as_object()
                    .into_iter()
                    .flatten()
                    .filter(|(status, _)| status.starts_with('2'))
                    .map(|(status, reply)| (status.clone(), responses.content(reply)))
                    .collect(),
            });
        }
    }
    found
}

/// What `left` has beyond `right`.
fn beyond(left: &BTreeSet<String>, right: &BTreeSet<String>) -> String {
    left.difference(right).map(String::as_str).collect::<Vec<_>>().join(", ")
}

fn compare_names(what: &str, contract: &BTreeSet<String>, ours: &BTreeSet<String>, differences: &mut Vec<String>) {
    let (lacks, extra) = (beyond(contract, ours), beyond(ours, contract));
    if !lacks.is_empty() {
        differences.push(format!("{what}: lacks {lacks}"));
    }
    if !extra.is_empty() {
        differences.push(format!("{what}: has beyond the contract {extra}"));
    }
}

fn compare_content(what: &str, contract: &Content, ours: &Content, differences: &mut Vec<String>) {
    let types = |content: &Content| content.keys().cloned().collect();
    compare_names(&format!("{what} media types"), &types(contract), &types(ours), differences);
    for (media_type, names) in contract {
        if let Some(ours) = ours.get(media_type) {
            compare_names(&format!("{what} {media_type}"), names, ours, differences);
        }
    }
}

fn compare(contract: &Facts, ours: &Facts) -> Vec<String> {
    let mut differences = Vec::new();
    let head = |facts: &Facts| format!("{} {}, tag {}", facts.method, facts.path, facts.tag);
    if head(contract) != head(ours) {
        differences.push(format!("is {}, contract: {}", head(ours), head(contract)));
    }
    compare_names("query parameters", &contract.query, &ours.query, &mut differences);
    compare_names("required query parameters", &contract.required_query, &ours.required_query, &mut differences);
    compare_content("request", &contract.request, &ours.request, &mut differences);
    let statuses = |facts: &Facts| facts.responses.keys().cloned().collect();
    compare_names("success statuses", &statuses(contract), &statuses(ours), &mut differences);
    for (status, content) in &contract.responses {
        if let Some(ours) = ours.responses.get(status) {
            compare_content(status, content, ours, &mut differences);
        }
    }
    differences
}

#[test]
fn every_operation_agrees_with_the_contract() {
    let registry =
        telamon_api::Registry::new(telamon_server::resources::operations()).expect("no two operations overlap");
    let document = telamon_api::document(&registry, None, "http://localhost");
    let mut ours: BTreeMap<String, Facts> =
        facts_of(&document).into_iter().map(|facts| (facts.operation_id.clone(), facts)).collect();
    let contract: Vec<Facts> = serde_json::from_str(FACTS).expect("the facts are well-formed");

    let mut report = Vec::new();
    for facts in &contract {
        match ours.remove(&facts.operation_id) {
            None => report.push(format!("{}: the document lacks it", facts.operation_id)),
            Some(ours) => {
                report.extend(
                    compare(facts, &ours).into_iter().map(|difference| format!("{}: {difference}", facts.operation_id)),
                );
            }
        }
    }
    report.extend(ours.keys().map(|id| format!("{id}: tests/contract/operations.json has no facts about it")));
    assert!(report.is_empty(), "{} differences:\n{}", report.len(), report.join("\n"));
}
