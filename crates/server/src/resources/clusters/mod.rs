//! Clusters: telamon manages none, and says so.
//!
//! A project of telamon never has a cluster of its own (its `clusterCount` is 0). Clients ask for the list before they
//! delete a project, and stop if there is no answer. The list that they get is empty because it is.

use schemars::JsonSchema;
use serde::Serialize;
use telamon_api::{Cx, Json, Listed, Operation, Paged, Project};
use telamon_authz::ProjectRole;
use telamon_wire::{ApiError, ErrorCode, Result};

use crate::resources::rates;

/// The operations of this resource.
pub fn operations() -> Vec<Operation> {
    vec![list(), get()]
}

/// The shape of a cluster changed with the dates; that of an empty list did not.
fn list() -> Operation {
    Operation::get("/api/atlas/v2/groups/{groupId}/clusters")
        .operation::<Project>(
            "listGroupClusters",
            "Clusters",
            Project::needs(&[ProjectRole::ReadOnly]),
            &rates::PROJECT,
        )
        .summary("Return the clusters of one project")
        .undocumented()
        .handler(none)
}

fn get() -> Operation {
    Operation::get("/api/atlas/v2/groups/{groupId}/clusters/{clusterName}")
        .operation::<Project>("getGroupCluster", "Clusters", Project::needs(&[ProjectRole::ReadOnly]), &rates::PROJECT)
        .summary("Return one cluster from one project")
        .undocumented()
        .handler(not_found)
}

/// There is no value of this type.
#[derive(Debug, Serialize, JsonSchema)]
enum Cluster {}

async fn none(_: &mut Cx<Project>, _: &Paged) -> Result<Listed<Cluster>> {
    Ok(Listed { items: Vec::new(), total: 0 })
}

async fn not_found(cx: &mut Cx<Project>, (): &()) -> Result<Json<Cluster>> {
    let error = ApiError::new(ErrorCode::CLUSTER_NOT_FOUND).with(cx.path_value("clusterName"));
    Err(error.with(cx.scope.id.to_string()).into())
}
