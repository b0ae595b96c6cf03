//! The window of a project, and what a change makes of it.

use serde::{Deserialize, Serialize};
use telamon_wire::{ApiError, ErrorCode};

use super::wire::ProtectedHours;
use crate::resources::{
    organizations::{OrgMaintenance, WaveAssignmentMode},
    projects::wire::ResourceTag,
};

/// A maintenance window, as it is stored. Without one of its own a project is printed with the default.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Window {
    pub auto_defer_once_enabled: bool,
    /// From 1, which is Sunday, to 7.
    pub day_of_week: i32,
    pub hour_of_day: i32,
    pub number_of_deferrals: i32,
    pub protected_hours: Option<ProtectedHours>,
    pub start_asap: bool,
    /// From 1, which is first, to 3.
    pub wave_assignment: Option<i32>,
}

impl Default for Window {
    fn default() -> Self {
        Self {
            auto_defer_once_enabled: false,
            day_of_week: 1,
            hour_of_day: 1,
            number_of_deferrals: 0,
            protected_hours: None,
            start_asap: false,
            wave_assignment: None,
        }
    }
}

/// What is to become different; `None` stays.
#[derive(Clone, Copy, Debug, Default)]
pub struct Change {
    pub auto_defer_once_enabled: Option<bool>,
    pub day_of_week: Option<i32>,
    pub hour_of_day: Option<i32>,
    /// Without either hour: none.
    pub protected_hours: Option<ProtectedHours>,
    pub start_asap: Option<bool>,
    /// `Some(None)` takes the wave away.
    #[expect(clippy::option_option, reason = "null takes the wave away, and what is left out stays")]
    pub wave_assignment: Option<Option<i32>>,
}

/// How often maintenance may be put off.
const MOST_DEFERRALS: i32 = 2;

/// The window after a change. A first one needs its day.
pub fn changed(before: Option<Window>, change: &Change) -> Result<Window, ApiError> {
    let Some(day_of_week) = change.day_of_week.or(before.map(|window| window.day_of_week)) else {
        return Err(ApiError::new(ErrorCode::MISSING_ATTRIBUTE).with("dayOfWeek"));
    };
    let old = before.unwrap_or_default();
    let hour_of_day = change.hour_of_day.unwrap_or(old.hour_of_day);
    if !(1..=7).contains(&day_of_week) {
        return Err(ApiError::new(ErrorCode::ATLAS_INVALID_MAINTENANCE_WINDOW_DAY_OF_WEEK).with(day_of_week));
    }
    if !is_hour(hour_of_day) {
        return Err(ApiError::new(ErrorCode::ATLAS_INVALID_MAINTENANCE_WINDOW_HOUR_OF_DAY).with(hour_of_day));
    }
    let wave_assignment = change.wave_assignment.unwrap_or(old.wave_assignment);
    if wave_assignment.is_some_and(|wave| !(1..=3).contains(&wave)) {
        return Err(ApiError::invalid_field("waveAssignment", "it must be 1, 2 or 3."));
    }
    Ok(Window {
        auto_defer_once_enabled: change.auto_defer_once_enabled.unwrap_or(old.auto_defer_once_enabled),
        day_of_week,
        hour_of_day,
        number_of_deferrals: old.number_of_deferrals,
        protected_hours: protected_hours(old.protected_hours, change.protected_hours)?,
        start_asap: change.start_asap.unwrap_or(old.start_asap),
        wave_assignment,
    })
}

fn is_hour(hour: i32) -> bool {
    (0..=23).contains(&hour)
}

fn protected_hours(
    old: Option<ProtectedHours>,
    change: Option<ProtectedHours>,
) -> Result<Option<ProtectedHours>, ApiError> {
    let Some(change) = change else { return Ok(old) };
    if change == ProtectedHours::default() {
        return Ok(None);
    }
    let old = old.unwrap_or_default();
    let new = ProtectedHours {
        start_hour_of_day: change.start_hour_of_day.or(old.start_hour_of_day),
        end_hour_of_day: change.end_hour_of_day.or(old.end_hour_of_day),
    };
    for (name, hour) in [("startHourOfDay", new.start_hour_of_day), ("endHourOfDay", new.end_hour_of_day)] {
        let name = format!("protectedHours.{name}");
        match hour {
            None => return Err(ApiError::new(ErrorCode::MISSING_ATTRIBUTE).with(name)),
            Some(hour) if !is_hour(hour) => return Err(ApiError::invalid_field(name, "it must be from 0 to 23.")),
            Some(_) => {}
        }
    }
    Ok(Some(new))
}

/// The window after maintenance was put off once more.
pub fn deferred(window: Window) -> Result<Window, ApiError> {
    if window.number_of_deferrals >= MOST_DEFERRALS {
        return Err(ApiError::new(ErrorCode::ATLAS_NUM_MAINTENANCE_DEFERRALS_EXCEEDED).with(MOST_DEFERRALS));
    }
    Ok(Window { number_of_deferrals: window.number_of_deferrals + 1, ..window })
}

/// The events of a change, in the order in which they are recorded.
pub fn events(before: Option<Window>, after: &Window) -> Vec<&'static str> {
    let old = before.unwrap_or_default();
    let moved = (old.day_of_week, old.hour_of_day) != (after.day_of_week, after.hour_of_day);
    let window = match before {
        None => Some("ATLAS_MAINTENANCE_WINDOW_ADDED"),
        Some(_) => moved.then_some("ATLAS_MAINTENANCE_WINDOW_MODIFIED"),
    };
    let switched = (old.auto_defer_once_enabled != after.auto_defer_once_enabled).then(|| auto_defer_event(after));
    let hours = of_change(
        old.protected_hours,
        after.protected_hours,
        [
            "ATLAS_MAINTENANCE_PROTECTED_HOURS_CREATED",
            "ATLAS_MAINTENANCE_PROTECTED_HOURS_MODIFIED",
            "ATLAS_MAINTENANCE_PROTECTED_HOURS_REMOVED",
        ],
    );
    let wave = of_change(
        old.wave_assignment,
        after.wave_assignment,
        [
            "MAINTENANCE_WAVE_ASSIGNMENT_ADDED",
            "MAINTENANCE_WAVE_ASSIGNMENT_MODIFIED",
            "MAINTENANCE_WAVE_ASSIGNMENT_REMOVED",
        ],
    );
    let at_once = (after.start_asap && !old.start_asap).then_some("ATLAS_MAINTENANCE_START_ASAP");
    [window, switched, hours, wave, at_once].into_iter().flatten().collect()
}

/// The event of the switch for deferring by itself.
pub fn auto_defer_event(window: &Window) -> &'static str {
    if window.auto_defer_once_enabled {
        "ATLAS_MAINTENANCE_AUTO_DEFER_ENABLED"
    } else {
        "ATLAS_MAINTENANCE_AUTO_DEFER_DISABLED"
    }
}

fn of_change<T: PartialEq>(
    before: Option<T>,
    after: Option<T>,
    [added, modified, removed]: [&'static str; 3],
) -> Option<&'static str> {
    match (before, after) {
        (None, Some(_)) => Some(added),
        (Some(_), None) => Some(removed),
        (Some(before), Some(after)) if before != after => Some(modified),
        _ => None,
    }
}

/// The wave of a project: by its tag `environment` where the organization says so and the tag says anything, else the one
/// that it was given.
pub fn effective_wave(own: Option<i32>, org: OrgMaintenance, tags: &[ResourceTag]) -> Option<i32> {
    match org.effective() {
        WaveAssignmentMode::Manual => own,
        WaveAssignmentMode::EnvTagMapping => {
            let tag = tags.iter().find(|tag| tag.key.eq_ignore_ascii_case("environment"));
            tag.and_then(|tag| wave_of_environment(&tag.value)).or(own)
        }
    }
}

fn wave_of_environment(name: &str) -> Option<i32> {
    match name.to_lowercase().as_str() {
        "dev" | "development" | "test" | "testing" => Some(1),
        "qa" | "stage" | "staging" => Some(2),
        "prod" | "production" => Some(3),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hours(start: Option<i32>, end: Option<i32>) -> ProtectedHours {
        ProtectedHours { start_hour_of_day: start, end_hour_of_day: end }
    }

    fn refusal(change: Change) -> Option<ErrorCode> {
        changed(Some(Window::default()), &change).err().map(|error| error.code)
    }

    #[test]
    fn a_first_window_needs_its_day_and_later_ones_keep_it() {
        let hour = Change { hour_of_day: Some(0), ..Change::default() };
        assert_eq!(changed(None, &hour).unwrap_err().code, ErrorCode::MISSING_ATTRIBUTE);
        let first = changed(None, &Change { day_of_week: Some(7), ..Change::default() }).unwrap();
        assert_eq!(first, Window { day_of_week: 7, ..Window::default() });
        let put_off = deferred(first).unwrap();
        assert_eq!(
            changed(Some(put_off), &hour).unwrap(),
            Window { day_of_week: 7, hour_of_day: 0, number_of_deferrals: 1, ..Window::default() }
        );
    }

    #[test]
    fn days_hours_and_waves_have_their_range() {
        for day in [0, 8, -1] {
            let change = Change { day_of_week: Some(day), ..Change::default() };
            assert_eq!(refusal(change), Some(ErrorCode::ATLAS_INVALID_MAINTENANCE_WINDOW_DAY_OF_WEEK));
        }
        for hour in [-1, 24] {
            let change = Change { hour_of_day: Some(hour), ..Change::default() };
            assert_eq!(refusal(change), Some(ErrorCode::ATLAS_INVALID_MAINTENANCE_WINDOW_HOUR_OF_DAY));
            let change = Change { protected_hours: Some(hours(Some(1), Some(hour))), ..Change::default() };
            assert_eq!(refusal(change), Some(ErrorCode::VALIDATION_ERROR));
        }
        for wave in [0, 4] {
            let change = Change { wave_assignment: Some(Some(wave)), ..Change::default() };
            assert_eq!(refusal(change), Some(ErrorCode::VALIDATION_ERROR));
        }
        let change =
            Change { day_of_week: Some(7), hour_of_day: Some(23), wave_assignment: Some(Some(3)), ..Change::default() };
        assert_eq!(refusal(change), None);
    }

    #[test]
    fn protected_hours_come_in_pairs_and_none_removes_them() {
        let whole = Some(hours(Some(8), Some(18)));
        assert_eq!(protected_hours(None, whole), Ok(whole));
        assert_eq!(protected_hours(whole, None), Ok(whole));
        assert_eq!(protected_hours(whole, Some(hours(Some(9), None))), Ok(Some(hours(Some(9), Some(18)))));
        assert_eq!(protected_hours(whole, Some(hours(None, None))), Ok(None));
        let half = protected_hours(None, Some(hours(Some(9), None))).unwrap_err();
        assert_eq!(half.detail(), "The required attribute protectedHours.endHourOfDay was not specified.");
    }

    #[test]
    fn maintenance_is_put_off_twice_at_most() {
        let twice = deferred(deferred(Window::default()).unwrap()).unwrap();
        assert_eq!(twice.number_of_deferrals, 2);
        assert_eq!(deferred(twice).unwrap_err().code, ErrorCode::ATLAS_NUM_MAINTENANCE_DEFERRALS_EXCEEDED);
    }

    #[test]
    fn each_part_of_a_change_has_its_event() {
        let plain = Window::default();
        let full = Window {
            auto_defer_once_enabled: true,
            hour_of_day: 5,
            protected_hours: Some(hours(Some(8), Some(18))),
            start_asap: true,
            wave_assignment: Some(1),
            ..plain
        };
        assert_eq!(events(None, &plain), ["ATLAS_MAINTENANCE_WINDOW_ADDED"]);
        assert_eq!(events(Some(plain), &plain), [""; 0]);
        assert_eq!(
            events(Some(plain), &full),
            [
                "ATLAS_MAINTENANCE_WINDOW_MODIFIED",
                "ATLAS_MAINTENANCE_AUTO_DEFER_ENABLED",
                "ATLAS_MAINTENANCE_PROTECTED_HOURS_CREATED",
                "MAINTENANCE_WAVE_ASSIGNMENT_ADDED",
                "ATLAS_MAINTENANCE_START_ASAP",
            ]
        );
        let other = Window { protected_hours: None, wave_assignment: Some(2), start_asap: false, ..full };
        assert_eq!(
            events(Some(full), &other),
            ["ATLAS_MAINTENANCE_PROTECTED_HOURS_REMOVED", "MAINTENANCE_WAVE_ASSIGNMENT_MODIFIED"]
        );
    }

    #[test]
    fn an_environment_decides_the_wave_only_where_the_organization_says_so() {
        let tag = |value: &str| vec![ResourceTag { key: "Environment".into(), value: value.into() }];
        let by_tag = OrgMaintenance { wave_assignment_mode: Some(WaveAssignmentMode::EnvTagMapping) };
        assert_eq!(effective_wave(Some(2), OrgMaintenance::default(), &tag("prod")), Some(2));
        assert_eq!(effective_wave(Some(2), by_tag, &tag("Production")), Some(3));
        assert_eq!(effective_wave(Some(2), by_tag, &tag("moon")), Some(2));
        assert_eq!(effective_wave(None, by_tag, &[]), None);
    }
}
