//! The types of the events that this server records.

use schemars::JsonSchema;
use serde::Serialize;
use telamon_api::{Anyone, Cx, Listed, Operation, Paged};
use telamon_wire::Result;

use crate::resources::rates;

/// A type of event.
#[derive(Clone, Copy, Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(rename = "EventTypeDetails")]
pub struct EventType {
    /// Whether an alert can be configured for it. This server has no alerts.
    alertable: bool,
    /// What has happened, for people.
    pub description: &'static str,
    /// Its name.
    pub event_type: &'static str,
}

const fn of(event_type: &'static str, description: &'static str) -> EventType {
    EventType { alertable: false, description, event_type }
}

/// Every type, sorted by name.
pub static ALL: &[EventType] = &[
    of("API_KEY_ACCESS_LIST_ENTRY_ADDED", "An entry was added to the access list of an API key."),
    of("API_KEY_ACCESS_LIST_ENTRY_DELETED", "An entry was removed from the access list of an API key."),
    of("API_KEY_ADDED_TO_GROUP", "An API key was given roles in a project."),
    of("API_KEY_CREATED", "An API key was created."),
    of("API_KEY_DELETED", "An API key was deleted."),
    of("API_KEY_DESCRIPTION_CHANGED", "The description of an API key was changed."),
    of("API_KEY_REMOVED_FROM_GROUP", "An API key lost its roles in a project."),
    of("API_KEY_ROLES_CHANGED", "The roles of an API key were changed."),
    of("ATLAS_MAINTENANCE_AUTO_DEFER_DISABLED", "Maintenance of a project is no longer deferred by itself."),
    of("ATLAS_MAINTENANCE_AUTO_DEFER_ENABLED", "Maintenance of a project is deferred by itself."),
    of("ATLAS_MAINTENANCE_DEFERRED", "Maintenance of a project was deferred by a week."),
    of("ATLAS_MAINTENANCE_PROTECTED_HOURS_CREATED", "A project got hours in which no maintenance begins."),
    of(
        "ATLAS_MAINTENANCE_PROTECTED_HOURS_MODIFIED",
        "The hours in which no maintenance of a project begins were changed.",
    ),
    of(
        "ATLAS_MAINTENANCE_PROTECTED_HOURS_REMOVED",
        "The hours in which no maintenance of a project begins were removed.",
    ),
    of("ATLAS_MAINTENANCE_START_ASAP", "Maintenance of a project was wanted at once."),
    of("ATLAS_MAINTENANCE_WINDOW_ADDED", "A project got a maintenance window."),
    of("ATLAS_MAINTENANCE_WINDOW_MODIFIED", "The maintenance window of a project was changed."),
    of("ATLAS_MAINTENANCE_WINDOW_REMOVED", "The maintenance window of a project was removed."),
    of("AUDIT_LOG_CONFIGURATION_UPDATED", "The auditing configuration of a project was changed."),
    of("DATA_EXPLORER_DISABLED", "The data explorer of a project was disabled."),
    of("DATA_EXPLORER_ENABLED", "The data explorer of a project was enabled."),
    of("GROUP_CREATED", "A project was created."),
    of("GROUP_DEFAULT_ALERTS_SETTINGS_CHANGED", "The setting for default alerts of a project was changed."),
    of("GROUP_DELETED", "A project was deleted."),
    of("GROUP_INVITATION_DELETED", "An invitation to a project was removed."),
    of("GROUP_MOVED", "A project came from another organization."),
    of("GROUP_MOVED_FROM_ORG", "A project was moved to another organization."),
    of("GROUP_NAME_CHANGED", "A project was renamed."),
    of("GROUP_SETTINGS_UPDATED", "The settings of a project were changed."),
    of("GROUP_TAGS_MODIFIED", "The tags of a project were changed."),
    of("INVITED_TO_GROUP", "Somebody who has not joined the organization was given roles in a project."),
    of("INVITED_TO_ORG", "Somebody was invited to an organization."),
    of("INVITED_TO_TEAM", "Somebody who has not joined the organization was put into a team."),
    of("JOINED_GROUP", "Somebody joined a project."),
    of("JOINED_ORG", "Somebody joined an organization."),
    of("JOINED_TEAM", "Somebody joined a team."),
    of("MAINTENANCE_WAVE_ASSIGNMENT_ADDED", "A project was given its maintenance wave."),
    of("MAINTENANCE_WAVE_ASSIGNMENT_MODIFIED", "A project was given another maintenance wave."),
    of("MAINTENANCE_WAVE_ASSIGNMENT_REMOVED", "The maintenance wave of a project was taken away."),
    of("MONGODB_ROLE_ADDED", "A custom database role was added."),
    of("MONGODB_ROLE_DELETED", "A custom database role was deleted."),
    of("MONGODB_ROLE_UPDATED", "A custom database role was changed."),
    of("MONGODB_USER_ADDED", "A database user was added."),
    of("MONGODB_USER_DELETED", "A database user was deleted."),
    of("MONGODB_USER_UPDATED", "A database user was changed."),
    of("MONGODB_USER_X509_CERT_CREATED", "A certificate was issued for a database user."),
    of("NETWORK_PERMISSION_ENTRY_ADDED", "An entry was added to the access list of a project."),
    of("NETWORK_PERMISSION_ENTRY_REMOVED", "An entry was removed from the access list of a project."),
    of("NETWORK_PERMISSION_ENTRY_UPDATED", "An entry of the access list of a project was changed."),
    of("OAUTH_TOKEN_ISSUED", "An access token was issued to a service account."),
    of("OAUTH_TOKEN_REVOKED", "An access token of a service account was revoked."),
    of("ORG_CREATED", "An organization was created."),
    of("ORG_DELEGATION_SETTINGS_UPDATED", "What programs may do in the name of people of an organization was changed."),
    of("ORG_EMPLOYEE_ACCESS_RESTRICTED", "Access of support staff to an organization was restricted."),
    of("ORG_EMPLOYEE_ACCESS_UNRESTRICTED", "Access of support staff to an organization was no longer restricted."),
    of("ORG_INVITATION_DELETED", "An invitation to an organization was removed."),
    of("ORG_PUBLIC_API_ACCESS_LIST_NOT_REQUIRED", "Credentials of an organization no longer need an access list."),
    of("ORG_PUBLIC_API_ACCESS_LIST_REQUIRED", "Credentials of an organization need an access list."),
    of("ORG_RENAMED", "An organization was renamed."),
    of(
        "ORG_SERVICE_ACCOUNT_MAX_SECRET_VALIDITY_EDITED",
        "How long secrets of service accounts live at most was changed.",
    ),
    of("ORG_SETTINGS_UPDATED", "The settings of an organization were changed."),
    of("ORG_TWO_FACTOR_AUTH_OPTIONAL", "People of an organization no longer need a second factor."),
    of("ORG_TWO_FACTOR_AUTH_REQUIRED", "People of an organization need a second factor."),
    of("ORG_WAVE_ASSIGNMENT_MODE_ENV_TAG_MAPPING", "Tags decide the maintenance waves of an organization's projects."),
    of("ORG_WAVE_ASSIGNMENT_MODE_MANUAL", "Maintenance waves of an organization's projects are given one by one."),
    of("PROJECT_COLLECT_DATABASE_STATISTICS_UPDATED", "The setting for statistics of single databases was changed."),
    of("PROJECT_ENABLE_DATA_VALIDATION_UPDATED", "The setting for validation of data of a project was changed."),
    of("PROJECT_ENABLE_EXTENDED_STORAGE_SIZES_UPDATED", "The setting for extended sizes of storage was changed."),
    of("PROJECT_LIMIT_UPDATED", "A limit of a project was changed."),
    of("REMOVED_FROM_GROUP", "Somebody lost their roles in a project."),
    of("REMOVED_FROM_ORG", "Somebody was removed from an organization."),
    of("REMOVED_FROM_TEAM", "Somebody was removed from a team."),
    of("SERVICE_ACCOUNT_ACCESS_LIST_ENTRY_ADDED", "An entry was added to the access list of a service account."),
    of("SERVICE_ACCOUNT_ACCESS_LIST_ENTRY_DELETED", "An entry was removed from the access list of a service account."),
    of("SERVICE_ACCOUNT_ADDED_TO_GROUP", "A service account was given roles in a project."),
    of("SERVICE_ACCOUNT_CREATED", "A service account was created."),
    of("SERVICE_ACCOUNT_DELETED", "A service account was deleted."),
    of("SERVICE_ACCOUNT_DETAILS_CHANGED", "The name or the description of a service account was changed."),
    of("SERVICE_ACCOUNT_REMOVED_FROM_GROUP", "A service account lost its roles in a project."),
    of("SERVICE_ACCOUNT_ROLES_CHANGED", "The roles of a service account were changed."),
    of("SERVICE_ACCOUNT_SECRET_ADDED", "A secret of a service account was made."),
    of("SERVICE_ACCOUNT_SECRET_DELETED", "A secret of a service account was deleted."),
    of("TEAM_ADDED_TO_GROUP", "A team was given roles in a project."),
    of("TEAM_CREATED", "A team was created."),
    of("TEAM_DELETED", "A team was deleted."),
    of("TEAM_NAME_CHANGED", "A team was renamed."),
    of("TEAM_REMOVED_FROM_GROUP", "The roles of a team in a project were taken away."),
    of("TEAM_ROLES_MODIFIED", "The roles of a team in a project were changed."),
    of("USER_ROLES_CHANGED_AUDIT", "The roles of a person were changed."),
    of("USER_SECURITY_SETTINGS_UPDATED", "The LDAP or X.509 settings of a project were changed."),
];

/// The type of that name.
pub fn find(name: &str) -> Option<EventType> {
    ALL.binary_search_by_key(&name, |event_type| event_type.event_type).ok().map(|place| ALL[place])
}

pub(super) fn operation() -> Operation {
    Operation::get("/api/atlas/v2/eventTypes")
        .operation::<Anyone>("listEventTypes", "Events", Anyone::authenticated(), &rates::SYSTEM)
        .summary("Return all types of events")
        .handler(list)
}

async fn list(_: &mut Cx<Anyone>, Paged(page): &Paged) -> Result<Listed<EventType>> {
    let count = |number: i64| usize::try_from(number).unwrap_or(usize::MAX);
    let items = ALL.iter().skip(count(page.offset())).take(count(page.limit() + 1)).copied().collect();
    let total = if page.include_count { i64::try_from(ALL.len()).unwrap_or(i64::MAX) } else { 0 };
    Ok(Listed { items, total })
}

#[cfg(test)]
mod tests {
    use std::{fs, path::Path};

    use super::*;

    #[test]
    fn the_table_is_sorted_and_every_type_is_found() {
        assert!(ALL.is_sorted_by(|a, b| a.event_type < b.event_type));
        assert!(
            ALL.iter().all(|known| find(known.event_type).is_some_and(|found| found.event_type == known.event_type))
        );
        assert!(find("NOTHING").is_none());
    }

    #[test]
    fn the_table_holds_what_the_program_records() {
        let mut sources = Vec::new();
        collect(Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/src")), &mut sources);
        for call in ["in_org(\"", "in_org_about(\"", "in_project(\"", "about(\"", "record(\""] {
            for rest in sources.iter().flat_map(|source| source.split(call).skip(1)) {
                let name = rest.split('"').next().unwrap_or_default();
                assert!(!is_type(name) || find(name).is_some(), "{name} is recorded and not in the table");
            }
        }
        for EventType { event_type, .. } in ALL {
            let quoted = format!("\"{event_type}\"");
            assert!(sources.iter().any(|source| source.contains(&quoted)), "{event_type} is never recorded");
        }
    }

    /// All sources but this one, without white space.
    fn collect(folder: &Path, sources: &mut Vec<String>) {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                collect(&path, sources);
            } else if path.extension().is_some_and(|extension| extension == "rs") && !path.ends_with("events/types.rs")
            {
                sources.push(fs::read_to_string(&path).unwrap().split_whitespace().collect());
            }
        }
    }

    fn is_type(name: &str) -> bool {
        name.len() > 3 && name.bytes().all(|b| b.is_ascii_uppercase() || b.is_ascii_digit() || b == b'_')
    }
}
