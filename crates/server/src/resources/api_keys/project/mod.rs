//! API keys in a project: a key belongs to its organization, and is in a project by the roles that it holds there.

mod assign;
mod change;
mod create;
mod list;
mod remove;

use telamon_api::{Cx, Operation, Project};
use telamon_authz::ProjectRole;
use telamon_wire::{ApiKeyId, Result};

use crate::resources::{
    events::{self, Event},
    roles::{self, Given},
};

pub(super) fn operations() -> Vec<Operation> {
    vec![list::operation(), create::operation(), change::operation(), assign::operation(), remove::operation()]
}

/// Gives a key these roles in the project, instead of those that it has there, and records it.
async fn give(cx: &mut Cx<Project>, id: ApiKeyId, public_key: &str, wanted: &[ProjectRole]) -> Result<()> {
    let event_type = match roles::give_in_project(cx, &id.to_string(), wanted).await? {
        Given::Nothing => return Ok(()),
        Given::First => "API_KEY_ADDED_TO_GROUP",
        Given::Others => "API_KEY_ROLES_CHANGED",
    };
    let event = Event::in_project(event_type, cx.scope.org, cx.scope.id).with("targetPublicKey", public_key);
    events::record(cx, event).await
}
