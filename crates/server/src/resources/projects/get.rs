//! `getGroup`, and how a project is printed.

use telamon_api::{Cx, Json, Operation, Project};
use telamon_authz::ProjectRole;
use telamon_wire::{Link, ProjectId, Result};

use super::{
    store::{self, Stored},
    wire::Group,
};
use crate::resources::rates;

pub fn operation() -> Operation {
    Operation::get("/api/atlas/v2/groups/{groupId}")
        .operation::<Project>("getGroup", "Projects", Project::needs(&[ProjectRole::ReadOnly]), &rates::PROJECT)
        .summary("Return one project")
        .handler(get)
}

async fn get(cx: &mut Cx<Project>, (): &()) -> Result<Json<Group>> {
    let id = cx.scope.id;
    let project = store::one(&mut cx.tx, id).await?;
    Ok(Json(single(cx, project)))
}

/// What the answer about one project links to, beside itself.
const PARTS: [&str; 6] = ["containers", "clusters", "databaseUsers", "peers", "processes", "whitelist"];

fn path(id: ProjectId) -> String {
    format!("/api/atlas/v2/groups/{id}")
}

/// A project among others: it links to itself alone.
pub fn in_list<S>(cx: &Cx<S>, project: Stored) -> Group {
    let links = vec![cx.link("self", &path(project.id))];
    print(project, links)
}

/// The one project that the answer is about.
pub fn single<S>(cx: &Cx<S>, project: Stored) -> Group {
    let path = path(project.id);
    let part = |part: &str| cx.link(&format!("https://cloud.mongodb.com/{part}"), &format!("{path}/{part}"));
    let links = std::iter::once(cx.link("self", &path)).chain(PARTS.into_iter().map(part)).collect();
    print(project, links)
}

fn print(project: Stored, links: Vec<Link>) -> Group {
    Group {
        cluster_count: 0,
        created: project.created_at,
        id: project.id,
        links,
        name: project.name,
        org_id: project.org,
        region_usage_restrictions: None,
        tags: Some(project.tags),
        with_default_alerts_settings: project.with_default_alerts,
    }
}
