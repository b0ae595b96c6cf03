//! Maintenance windows as they stand on the wire.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::json;
use telamon_wire::RequestBody;

use super::model::{Change, Window};
use crate::resources::organizations::wire::given;

/// The hours of a day in which no maintenance begins.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields, rename_all = "camelCase")]
pub struct ProtectedHours {
    /// The first hour after them.
    #[schemars(range(min = 0, max = 23))]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub end_hour_of_day: Option<i32>,
    /// The first of them.
    #[schemars(range(min = 0, max = 23))]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub start_hour_of_day: Option<i32>,
}

/// The hours are those of this zone.
const TIME_ZONE: &str = "UTC";

/// A maintenance window.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct GroupMaintenanceWindow {
    /// Whether maintenance is put off by a week once, by itself.
    auto_defer_once_enabled: bool,
    /// The day, from 1 for Sunday to 7.
    day_of_week: i32,
    /// The hour, from 0 to 23.
    hour_of_day: i32,
    /// How often maintenance was put off.
    number_of_deferrals: i32,
    #[serde(skip_serializing_if = "Option::is_none")]
    protected_hours: Option<ProtectedHours>,
    /// Whether maintenance is wanted at once.
    #[serde(rename = "startASAP")]
    start_asap: bool,
    /// The zone of the hours.
    time_zone_id: &'static str,
}

impl GroupMaintenanceWindow {
    /// The shape in force.
    pub fn of(window: &Window) -> Self {
        Self {
            auto_defer_once_enabled: window.auto_defer_once_enabled,
            day_of_week: window.day_of_week,
            hour_of_day: window.hour_of_day,
            number_of_deferrals: window.number_of_deferrals,
            protected_hours: window.protected_hours,
            start_asap: window.start_asap,
            time_zone_id: TIME_ZONE,
        }
    }
}

/// A maintenance window and its place among those of the organization.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(rename = "GroupMaintenanceWindowPreviewResponse")]
pub struct GroupMaintenanceWindowPreview {
    #[serde(flatten)]
    window: GroupMaintenanceWindow,
    /// The wave that maintenance reaches the project in, if that is settled.
    #[serde(skip_serializing_if = "Option::is_none")]
    effective_wave_assignment: Option<i32>,
    /// The wave that the project was given: 1, 2 or 3.
    wave_assignment: Option<i32>,
}

impl GroupMaintenanceWindowPreview {
    /// The shape to come.
    pub fn of(window: &Window, effective_wave_assignment: Option<i32>) -> Self {
        let wave_assignment = window.wave_assignment;
        Self { window: GroupMaintenanceWindow::of(window), effective_wave_assignment, wave_assignment }
    }
}

/// What is to become different; what is left out stays.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
#[schemars(example = json!({ "dayOfWeek": 7, "hourOfDay": 2 }))]
pub struct GroupMaintenanceWindowUpdate {
    /// Whether maintenance is put off by a week once, by itself.
    pub auto_defer_once_enabled: Option<bool>,
    /// The day, from 1 for Sunday to 7. A project without a window needs it.
    #[schemars(range(min = 1, max = 7))]
    pub day_of_week: Option<i32>,
    /// The hour, from 0 to 23.
    #[schemars(range(min = 0, max = 23))]
    pub hour_of_day: Option<i32>,
    /// An empty object removes them.
    pub protected_hours: Option<ProtectedHours>,
    /// Whether maintenance is wanted at once.
    #[serde(rename = "startASAP")]
    pub start_asap: Option<bool>,
}

impl RequestBody for GroupMaintenanceWindowUpdate {
    const READ_ONLY: &'static [&'static str] = &["numberOfDeferrals", "timeZoneId"];
}

impl GroupMaintenanceWindowUpdate {
    /// What it asks for.
    pub fn change(&self) -> Change {
        Change {
            auto_defer_once_enabled: self.auto_defer_once_enabled,
            day_of_week: self.day_of_week,
            hour_of_day: self.hour_of_day,
            protected_hours: self.protected_hours,
            start_asap: self.start_asap,
            wave_assignment: None,
        }
    }
}

/// What is to become different; what is left out stays.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
#[schemars(rename = "GroupMaintenanceWindowPreviewUpdateRequest")]
pub struct GroupMaintenanceWindowPreviewUpdate {
    /// Whether maintenance is put off by a week once, by itself.
    pub auto_defer_once_enabled: Option<bool>,
    /// The day, from 1 for Sunday to 7. A project without a window needs it.
    #[schemars(range(min = 1, max = 7))]
    pub day_of_week: Option<i32>,
    /// The hour, from 0 to 23.
    #[schemars(range(min = 0, max = 23))]
    pub hour_of_day: Option<i32>,
    /// An empty object removes them.
    pub protected_hours: Option<ProtectedHours>,
    /// Whether maintenance is wanted at once.
    #[serde(rename = "startASAP")]
    pub start_asap: Option<bool>,
    /// The wave, 1, 2 or 3; null takes it away.
    #[serde(default, deserialize_with = "given")]
    #[schemars(with = "Option<i32>", range(min = 1, max = 3))]
    #[expect(clippy::option_option, reason = "null takes the wave away, and what is left out stays")]
    pub wave_assignment: Option<Option<i32>>,
}

impl RequestBody for GroupMaintenanceWindowPreviewUpdate {
    const READ_ONLY: &'static [&'static str] = &["effectiveWaveAssignment", "numberOfDeferrals", "timeZoneId"];
}

impl GroupMaintenanceWindowPreviewUpdate {
    /// What it asks for.
    pub fn change(&self) -> Change {
        Change {
            auto_defer_once_enabled: self.auto_defer_once_enabled,
            day_of_week: self.day_of_week,
            hour_of_day: self.hour_of_day,
            protected_hours: self.protected_hours,
            start_asap: self.start_asap,
            wave_assignment: self.wave_assignment,
        }
    }
}
