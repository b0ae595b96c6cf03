//! Writing events: who did what, from where, in the transaction of the change.
//!
//! An event's own keys win over those of its actor. `clientId` is the service account that an event is about; a service
//! account that acts is named by `actorClientId`, so that one key never has two meanings.

use serde_json::{Map, Value, json};
use telamon_api::{Caller, Identity, UnitOfWork};
use telamon_store::{Sql, args, sql};
use telamon_wire::{EventId, Id, OrgId, ProjectId, Result};

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

/// Records an event in the actor's name. Several of one unit of work are a microsecond apart, so that they sort as they
/// came.
pub async fn record(unit: &mut UnitOfWork, event: Event) -> Result<()> {
    let mut body = unit.caller().map(|caller| actor(&caller)).unwrap_or_default();
    if let Some(address) = unit.address() {
        body.insert("remoteAddress".to_owned(), address.to_string().into());
    }
    insert(unit, event, body).await
}

/// Records an event that nobody called for, although somebody acts: what had expired was found in their way.
pub async fn record_by_system(unit: &mut UnitOfWork, event: Event) -> Result<()> {
    insert(unit, event, Map::new()).await
}

async fn insert(unit: &mut UnitOfWork, event: Event, mut body: Map<String, Value>) -> Result<()> {
    let Event { event_type, org, project, in_org, more } = event;
    debug_assert!(types::find(event_type).is_some(), "{event_type} is missing from the table of event types");
    let now = unit.next_moment();
    let id = EventId::new(now, unit.entropy());
    body.extend(more);
    let body = Value::Object(body).to_string();
    Ok(unit.tx.run(INSERT, &args![id, event_type, org, project, in_org, now, body]).await.map(drop)?)
}

fn actor(caller: &Caller) -> Map<String, Value> {
    let keys = match &caller.identity {
        Identity::ApiKey { id, public_key } => json!({ "apiKeyId": id, "publicKey": public_key }),
        Identity::ServiceAccount { client_id } => json!({ "actorClientId": client_id }),
        Identity::Person { id, username } => json!({ "userId": id, "username": username }),
    };
    let Value::Object(keys) = keys else { return Map::new() };
    keys
}
