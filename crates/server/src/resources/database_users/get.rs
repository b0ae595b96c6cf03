//! Reads one database user.

use telamon_api::{Cx, Json, Operation, Project};
use telamon_wire::{ApiError, ErrorCode, Result};

use super::{ONE, READERS, TAG, store, wire::DatabaseUser};
use crate::resources::rates;

pub fn operation() -> Operation {
    Operation::get(ONE)
        .operation::<Project>("getGroupDatabaseUser", TAG, Project::needs(READERS), &rates::DATABASE_USERS)
        .summary("Return one database user of one project")
        .handler(get)
}

async fn get(cx: &mut Cx<Project>, _: &()) -> Result<Json<DatabaseUser>> {
    let (database, username) = (cx.path_value("databaseName").to_owned(), cx.path_value("username").to_owned());
    let (project, now) = (cx.scope.id, cx.now());
    match store::find(&mut cx.tx, project, &database, &username, now).await? {
        Some(user) => Ok(Json(DatabaseUser::new(cx, project, user))),
        None => Err(ApiError::new(ErrorCode::USERNAME_NOT_FOUND).with(username).into()),
    }
}
