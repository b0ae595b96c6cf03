//! Lists the database users of a project.

use telamon_api::{Cx, Listed, Operation, Paged, Project};
use telamon_wire::Result;

use super::{COLLECTION, READERS, TAG, store, wire::DatabaseUser};
use crate::resources::rates;

pub fn operation() -> Operation {
    Operation::get(COLLECTION)
        .operation::<Project>("listGroupDatabaseUsers", TAG, Project::needs(READERS), &rates::DATABASE_USERS)
        .summary("Return the database users of one project, in the order of their creation")
        .handler(list)
}

async fn list(cx: &mut Cx<Project>, Paged(page): &Paged) -> Result<Listed<DatabaseUser>> {
    let (project, now) = (cx.scope.id, cx.now());
    let users = store::list(&mut cx.tx, project, now, page.limit() + 1, page.offset()).await?;
    let total = if page.include_count { store::count(&mut cx.tx, project, now).await? } else { 0 };
    Ok(Listed { items: users.into_iter().map(|user| DatabaseUser::new(cx, project, user)).collect(), total })
}
