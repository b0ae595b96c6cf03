//! Changes a database user.

use telamon_api::{Body, Cx, Incoming, Input, Json, Operation, OperationDoc, Project};
use telamon_wire::{ApiError, ErrorCode, Result, UserId};
use zeroize::Zeroizing;

use super::{
    ONE, TAG, WRITERS,
    custom_roles::demand_custom_roles,
    model::demand_same_project,
    scram, store,
    wire::{DatabaseUser, DatabaseUserChange},
};
use crate::{
    keys::Keys,
    resources::{
        events::{self, Event},
        rates,
    },
};

pub fn operation() -> Operation {
    Operation::patch(ONE)
        .operation::<Project>("updateGroupDatabaseUser", TAG, Project::needs(WRITERS), &rates::DATABASE_USERS)
        .summary("Update one database user of one project")
        .handler(update)
}

/// A change, and the verifier of the new password.
struct Change {
    body: DatabaseUserChange,
    verifier: Option<Zeroizing<Vec<u8>>>,
}

impl Input for Change {
    fn read(request: &Incoming<'_>) -> Result<Self> {
        let Body(mut body) = Body::<DatabaseUserChange>::read(request)?;
        body.password = body.password.filter(|password| !password.is_empty());
        let password = body.password.clone().map(Zeroizing::new);
        let verifier = password.map(|password| scram::verifier(&password, &*request.services.entropy)).transpose()?;
        Ok(Self { body, verifier })
    }

    fn describe(doc: &mut OperationDoc<'_>) {
        Body::<DatabaseUserChange>::describe(doc);
    }
}

async fn update(cx: &mut Cx<Project>, input: &Change) -> Result<Json<DatabaseUser>> {
    let (database, username) = (cx.path_value("databaseName").to_owned(), cx.path_value("username").to_owned());
    let (project, now) = (cx.scope.id, cx.now());
    let Some(mut user) = store::find(&mut cx.tx, project, &database, &username, now).await? else {
        return Err(ApiError::new(ErrorCode::DATABASE_USER_NOT_FOUND).with(username).with(database).into());
    };
    demand_same_project(input.body.group_id.as_deref(), project)?;
    user.apply(&input.body, now)?;
    if input.body.roles.is_some() {
        demand_custom_roles(cx, &user.roles).await?;
    }
    let scram = input.verifier.as_ref().map(|verifier| seal(cx, user.id, verifier));
    store::update(&mut cx.tx, &user, scram).await?;
    let event = Event::in_project("MONGODB_USER_UPDATED", cx.scope.org, project);
    events::record(cx, event.with("dbUserUsername", user.event_name())).await?;
    Ok(Json(DatabaseUser::new(cx, project, user)))
}

/// Seals the verifier of a password for its row.
pub fn seal<S>(cx: &Cx<S>, user: UserId, verifier: &[u8]) -> Vec<u8> {
    cx.service::<Keys>().sealing().seal(&format!("database_user/{user}/scram"), verifier)
}
