//! Writing events: who did what, from where, in the transaction of the change.
//!
//! An event's own keys win over those of its actor. `clientId` is the service account that an event is about; a service
//! account that acts is named by `actorClientId`, so that one key never has two meanings.

use serde_json::{Map, Value, json};
use telamon_api::{Caller, Cx, Identity};
use telamon_store::{Fault, Sql, Tx, args, sql};
use telamon_wire::{Entropy, EventId, Id, OrgId, ProjectId, Result, Timestamp};

use super::types;

/// Something that happened.
#[derive(Clone, Debug)]
pub struct Event {
    event_type: &'static str,
    org: OrgId,
    project: Option<ProjectId>,
    in_org: bool,
    more: Map<String, Value>,
}

impl Event {
    /// An event of the organization's list.
    pub fn in_org(event_type: &'static str, org: OrgId) -> Self {
        Self { event_type, org, project: None, in_org: true, more: Map::new() }
    }

    /// An event of the organization's list that is about a project as well.
    pub fn in_org_about(event_type: &'static str, org: OrgId, project: ProjectId) -> Self {
        Self { event_type, org, project: Some(project), in_org: true, more: Map::new() }
    }

    /// An event of the project's list.
    pub fn in_project(event_type: &'static str, org: OrgId, project: ProjectId) -> Self {
        Self { event_type, org, project: Some(project), in_org: false, more: Map::new() }
    }

    /// The same event and one more of its keys: `targetPublicKey`, `clientId`, `dbUserUsername`.
    #[must_use]
    pub fn with(mut self, key: &str, value: impl Into<Value>) -> Self {
        self.more.insert(key.to_owned(), value.into());
        self
    }
}

static INSERT: Sql = sql!(
    "INSERT INTO event (id, event_type, org_id, project_id, in_org, created_at, body) VALUES ($1, $2, $3, $4, $5, $6, $7)"
);

/// Records an event of this request. Several of one request are a microsecond apart, so that they sort as they came.
pub async fn record<S>(cx: &mut Cx<S>, event: Event) -> Result<()> {
    let actor = cx.caller().map(|caller| actor(&caller, &cx.info().address.to_string())).unwrap_or_default();
    let (now, services) = (cx.next_moment(), cx.services());
    Ok(insert(&mut cx.tx, event, actor, now, &*services.entropy).await?)
}

/// Records an event that nobody called for: a job did it, or the first start.
pub async fn record_by_system(tx: &mut Tx, event: Event, now: Timestamp, entropy: &dyn Entropy) -> Result<(), Fault> {
    insert(tx, event, Map::new(), now, entropy).await
}

async fn insert(
    tx: &mut Tx,
    event: Event,
    actor: Map<String, Value>,
    now: Timestamp,
    entropy: &dyn Entropy,
) -> Result<(), Fault> {
    let Event { event_type, org, project, in_org, more } = event;
    debug_assert!(types::find(event_type).is_some(), "{event_type} is missing from the table of event types");
    let id = EventId::new(now, entropy);
    let mut body = actor;
    body.extend(more);
    let body = Value::Object(body).to_string();
    tx.run(INSERT, &args![id, event_type, org, project, in_org, now, body]).await.map(drop)
}

fn actor(caller: &Caller, address: &str) -> Map<String, Value> {
    let keys = match &caller.identity {
        Identity::ApiKey { id, public_key } => json!({ "apiKeyId": id, "publicKey": public_key }),
        Identity::ServiceAccount { client_id } => json!({ "actorClientId": client_id }),
        Identity::Person { id, username } => json!({ "userId": id, "username": username }),
    };
    let Value::Object(mut keys) = keys else { return Map::new() };
    keys.insert("remoteAddress".to_owned(), address.into());
    keys
}
