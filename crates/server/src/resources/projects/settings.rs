//! `getGroupSettings` and `updateGroupSettings`.

use telamon_api::{Body, Cx, Json, Operation, Project};
use telamon_authz::ProjectRole;
use telamon_wire::Result;

use super::wire::{GroupSettings, GroupSettingsUpdate};
use crate::resources::{
    events::{Event, record},
    rates,
    settings::{Settings, settings},
};

const PATH: &str = "/api/atlas/v2/groups/{groupId}/settings";

pub fn get() -> Operation {
    Operation::get(PATH)
        .operation::<Project>("getGroupSettings", "Projects", Project::needs(&[ProjectRole::ReadOnly]), &rates::PROJECT)
        .summary("Return the settings of one project")
        .handler(read)
}

pub fn update() -> Operation {
    Operation::patch(PATH)
        .operation::<Project>("updateGroupSettings", "Projects", Project::needs(&[ProjectRole::Owner]), &rates::PROJECT)
        .summary("Update the settings of one project")
        .handler(write)
}

static SETTINGS: Settings<GroupSettings> = settings!("project", "settings");

async fn read(cx: &mut Cx<Project>, (): &()) -> Result<Json<GroupSettings>> {
    let id = cx.scope.id;
    Ok(Json(SETTINGS.load(&mut cx.tx, id).await?))
}

async fn write(cx: &mut Cx<Project>, Body(change): &Body<GroupSettingsUpdate>) -> Result<Json<GroupSettings>> {
    let Project { id, org, .. } = cx.scope;
    let mut settings = SETTINGS.load(&mut cx.tx, id).await?;
    let before = settings.clone();
    settings.apply(change);
    SETTINGS.store(&mut cx.tx, id, &settings).await?;
    for event in events(&before, &settings) {
        record(cx, Event::in_project(event, org, id)).await?;
    }
    Ok(Json(settings))
}

/// The events of a change: those of the settings that have one of their own, and the common one for all others.
fn events(before: &GroupSettings, after: &GroupSettings) -> Vec<&'static str> {
    let explorer = if after.is_data_explorer_enabled { "DATA_EXPLORER_ENABLED" } else { "DATA_EXPLORER_DISABLED" };
    let statistics = |settings: &GroupSettings| settings.is_collect_database_specifics_statistics_enabled;
    let own = [
        (before.is_data_explorer_enabled != after.is_data_explorer_enabled, explorer),
        (statistics(before) != statistics(after), "PROJECT_COLLECT_DATABASE_STATISTICS_UPDATED"),
        (
            before.is_data_validation_enabled != after.is_data_validation_enabled,
            "PROJECT_ENABLE_DATA_VALIDATION_UPDATED",
        ),
        (
            before.is_extended_storage_sizes_enabled != after.is_extended_storage_sizes_enabled,
            "PROJECT_ENABLE_EXTENDED_STORAGE_SIZES_UPDATED",
        ),
    ];
    let others_of_before = GroupSettings {
        is_data_explorer_enabled: after.is_data_explorer_enabled,
        is_collect_database_specifics_statistics_enabled: statistics(after),
        is_data_validation_enabled: after.is_data_validation_enabled,
        is_extended_storage_sizes_enabled: after.is_extended_storage_sizes_enabled,
        ..before.clone()
    };
    let common = (others_of_before != *after, "GROUP_SETTINGS_UPDATED");
    own.into_iter().chain([common]).filter_map(|(changed, event)| changed.then_some(event)).collect()
}
