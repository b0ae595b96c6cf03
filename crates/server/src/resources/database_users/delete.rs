//! Removes a database user. The certificates that were issued to it stay what they are.

use telamon_api::{Cx, NoContent, Operation, Project};
use telamon_wire::{ApiError, ErrorCode, Result};

use super::{ONE, TAG, WRITERS, model::event_name, store};
use crate::resources::{
    events::{self, Event},
    rates,
};

pub fn operation() -> Operation {
    Operation::delete(ONE)
        .operation::<Project>("deleteGroupDatabaseUser", TAG, Project::needs(WRITERS), &rates::DATABASE_USERS)
        .summary("Remove one database user from one project")
        .handler(delete)
}

async fn delete(cx: &mut Cx<Project>, _: &()) -> Result<NoContent> {
    let (database, username) = (cx.path_value("databaseName").to_owned(), cx.path_value("username").to_owned());
    let (project, now) = (cx.scope.id, cx.now());
    let Some((name, way)) = store::delete(&mut cx.tx, project, &database, &username, now).await? else {
        return Err(ApiError::new(ErrorCode::DATABASE_USER_NOT_FOUND).with(username).with(database).into());
    };
    let event = Event::in_project("MONGODB_USER_DELETED", cx.scope.org, project);
    events::record(cx, event.with("dbUserUsername", event_name(way, &name))).await?;
    Ok(NoContent)
}
