//! Makes a database user.

use telamon_api::{Body, Created, Cx, Incoming, Input, Operation, OperationDoc, Project};
use telamon_wire::{ApiError, ErrorCode, Id, Result, UserId};
use zeroize::Zeroizing;

use super::{
    COLLECTION, TAG, WRITERS,
    custom_roles::demand_custom_roles,
    model::{StoredUser, demand_same_project, event_name},
    scram, store,
    update::seal,
    wire::{DatabaseUser, NewDatabaseUser},
};
use crate::resources::{
    events::{self, Event},
    limits::{Counted, demand_room},
    rates,
};

pub fn operation() -> Operation {
    Operation::post(COLLECTION)
        .operation::<Project>("createGroupDatabaseUser", TAG, Project::needs(WRITERS), &rates::DATABASE_USERS)
        .summary("Create one database user in one project")
        .handler(create)
}

/// A user that is valid in itself, and the verifier of its password.
struct Checked {
    group_id: Option<String>,
    user: StoredUser,
    verifier: Option<Zeroizing<Vec<u8>>>,
}

impl Input for Checked {
    fn read(request: &Incoming<'_>) -> Result<Self> {
        let Body(mut body) = Body::<NewDatabaseUser>::read(request)?;
        let (now, entropy) = (request.services.clock.now(), &*request.services.entropy);
        let group_id = body.group_id.take();
        let password = body.password.clone().map(Zeroizing::new).filter(|password| !password.is_empty());
        let user = StoredUser::from_new(UserId::new(now, entropy), body, now)?;
        let verifier = password.map(|password| scram::verifier(&password, entropy)).transpose()?;
        Ok(Self { group_id, user, verifier })
    }

    fn describe(doc: &mut OperationDoc<'_>) {
        Body::<NewDatabaseUser>::describe(doc);
    }
}

async fn create(cx: &mut Cx<Project>, input: &Checked) -> Result<Created<DatabaseUser>> {
    let Checked { group_id, user, verifier } = input;
    let (project, now) = (cx.scope.id, cx.now());
    demand_same_project(group_id.as_deref(), project)?;
    remove_expired_namesake(cx, user).await?;
    demand_custom_roles(cx, &user.roles).await?;
    demand_room(cx, Counted::DatabaseUsers).await?;
    let scram = verifier.as_ref().map(|verifier| seal(cx, user.id, verifier));
    match store::insert(&mut cx.tx, project, user, scram, now).await {
        Err(fault) if fault.is_unique(store::NAME_KEY) => {
            return Err(ApiError::new(ErrorCode::USER_ALREADY_EXISTS).with(user.username.clone()).into());
        }
        inserted => inserted?,
    }
    let event = Event::in_project("MONGODB_USER_ADDED", cx.scope.org, project);
    events::record(cx, event.with("dbUserUsername", user.event_name())).await?;
    Ok(Created(DatabaseUser::new(cx, project, user.clone())))
}

/// A user whose time is over is in nobody's way, even before the job that removes it.
async fn remove_expired_namesake(cx: &mut Cx<Project>, user: &StoredUser) -> Result<()> {
    let (project, org, now) = (cx.scope.id, cx.scope.org, cx.now());
    if let Some((username, way)) = store::remove_expired_namesake(&mut cx.tx, project, user, now).await? {
        let event = Event::in_project("MONGODB_USER_DELETED", org, project);
        let event = event.with("dbUserUsername", event_name(way, &username));
        events::record_by_system(cx, event).await?;
    }
    Ok(())
}
