//! `getGroupMongoDbVersions`: the versions of MongoDB that deployments may have, as this installation is configured.
//!
//! A version here is bound to no provider and no size, so whoever asks for those of one of them gets all.

use telamon_api::{Cx, Listed, Operation, Paged, Parameter, Project, Query, QueryParams};
use telamon_authz::ProjectRole;
use telamon_wire::{ApiError, ErrorCode, Result};

use super::wire::{CloudProvider, DefaultStatus, MdbAvailableVersion};
use crate::{mongodb::MongoDbVersions, resources::rates};

pub fn operation() -> Operation {
    Operation::get("/api/atlas/v2/groups/{groupId}/mongoDBVersions")
        .operation::<Project>(
            "getGroupMongoDbVersions",
            "Projects",
            Project::needs(&[ProjectRole::ReadOnly]),
            &rates::PROJECT,
        )
        .summary("Return the versions of MongoDB that the deployments of one project may have")
        .handler(list)
}

/// Which versions are wanted.
struct Wanted {
    default_only: bool,
}

impl QueryParams for Wanted {
    fn parse(pairs: &[(String, String)]) -> Result<Self, ApiError> {
        let mut default_only = false;
        for (name, value) in pairs {
            match name.as_str() {
                "cloudProvider" if CloudProvider::parse(value).is_none() => {
                    return Err(ApiError::new(ErrorCode::INVALID_ENUM_VALUE).with(value.as_str()));
                }
                "defaultStatus" if value != "DEFAULT" => {
                    return Err(ApiError::new(ErrorCode::INVALID_ENUM_VALUE).with(value.as_str()));
                }
                "defaultStatus" => default_only = true,
                _ => {}
            }
        }
        Ok(Self { default_only })
    }

    fn parameters() -> Vec<Parameter> {
        vec![
            Parameter::text("cloudProvider", "AWS, AZURE, GCP or TENANT: a version is available on all of them."),
            Parameter::text("instanceSize", "A size: a version is available in all of them."),
            Parameter::text("defaultStatus", "DEFAULT leaves the version that a new deployment gets."),
        ]
    }
}

async fn list(
    cx: &mut Cx<Project>,
    (Query(wanted), Paged(page)): &(Query<Wanted>, Paged<false>),
) -> Result<Listed<MdbAvailableVersion>> {
    let versions = cx.service::<MongoDbVersions>();
    let described = versions.all().iter().map(|version| {
        let is_default = version == versions.newest();
        let default_status = if is_default { DefaultStatus::Default } else { DefaultStatus::NotDefault };
        MdbAvailableVersion {
            cloud_provider: None,
            default_status,
            instance_size: None,
            links: None,
            version: version.clone(),
        }
    });
    let found: Vec<_> =
        described.filter(|one| !wanted.default_only || one.default_status == DefaultStatus::Default).collect();
    let total = i64::try_from(found.len()).unwrap_or(i64::MAX);
    let count = |number: i64| usize::try_from(number).unwrap_or(usize::MAX);
    let items = found.into_iter().skip(count(page.offset())).take(count(page.limit() + 1)).collect();
    Ok(Listed { items, total })
}
