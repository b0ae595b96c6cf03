//! What names may look like, and what a change of settings does.

use telamon_wire::{ApiError, ErrorCode};

use super::wire::{
    CustomSessionTimeouts, OrgDelegationSettings, OrgDelegationSettingsUpdate, OrgSettings, OrganizationSettingsUpdate,
};
use crate::resources::names;

/// Refuses a name that no organization may have: `INVALID_ORG_NAME`.
pub fn check_name(name: &str) -> Result<(), ApiError> {
    if names::is_valid(name) { Ok(()) } else { Err(ApiError::new(ErrorCode::INVALID_ORG_NAME).with(name)) }
}

/// For how many hours a secret of a service account may be valid.
const SECRET_HOURS: std::ops::RangeInclusive<i32> = 8..=8760;

/// Takes over what a change names, and leaves the rest. `VALIDATION_ERROR` for a value out of range.
pub fn apply(settings: &mut OrgSettings, change: &OrganizationSettingsUpdate) -> Result<(), ApiError> {
    let keep = |value: &mut bool, change: Option<bool>| *value = change.unwrap_or(*value);
    keep(&mut settings.api_access_list_required, change.api_access_list_required);
    keep(&mut settings.gen_ai_features_enabled, change.gen_ai_features_enabled);
    keep(&mut settings.multi_factor_auth_required, change.multi_factor_auth_required);
    keep(&mut settings.restrict_employee_access, change.restrict_employee_access);
    keep(&mut settings.streams_cross_group_enabled, change.streams_cross_group_enabled);
    if let Some(hours) = change.max_service_account_secret_validity_in_hours {
        if !SECRET_HOURS.contains(&hours) {
            let (least, most) = SECRET_HOURS.into_inner();
            let why = format!("it must be from {least} to {most}.");
            return Err(ApiError::invalid_field("maxServiceAccountSecretValidityInHours", why));
        }
        settings.max_service_account_secret_validity_in_hours = Some(hours);
    }
    if let Some(contact) = &change.operations_contact {
        settings.operations_contact = address("operationsContact", contact.as_deref().unwrap_or_default())?;
    }
    if let Some(contact) = &change.security_contact {
        settings.security_contact = address("securityContact", contact)?;
    }
    if let Some(change) = change.custom_session_timeouts {
        settings.custom_session_timeouts = timeouts(settings.custom_session_timeouts.unwrap_or_default(), change)?;
    }
    Ok(())
}

/// An e-mail address; an empty text is none.
fn address(field: &str, text: &str) -> Result<Option<String>, ApiError> {
    let is_address = |text: &str| {
        text.len() <= 320
            && !text.contains(|c: char| c.is_whitespace() || c.is_control())
            && text.rsplit_once('@').is_some_and(|(name, host)| !name.is_empty() && !host.is_empty())
    };
    match text {
        "" => Ok(None),
        text if is_address(text) => Ok(Some(text.to_owned())),
        _ => Err(ApiError::invalid_field(field, "it must be an e-mail address.")),
    }
}

fn timeouts(
    old: CustomSessionTimeouts,
    change: CustomSessionTimeouts,
) -> Result<Option<CustomSessionTimeouts>, ApiError> {
    let new = CustomSessionTimeouts {
        absolute_session_timeout_in_seconds: change
            .absolute_session_timeout_in_seconds
            .or(old.absolute_session_timeout_in_seconds),
        idle_session_timeout_in_seconds: change.idle_session_timeout_in_seconds.or(old.idle_session_timeout_in_seconds),
    };
    let named = [
        ("absoluteSessionTimeoutInSeconds", new.absolute_session_timeout_in_seconds),
        ("idleSessionTimeoutInSeconds", new.idle_session_timeout_in_seconds),
    ];
    for (name, seconds) in named {
        if seconds.is_some_and(|seconds| seconds < 1) {
            return Err(ApiError::invalid_field(
                format!("customSessionTimeouts.{name}"),
                "it must be greater than zero.",
            ));
        }
    }
    Ok((new != CustomSessionTimeouts::default()).then_some(new))
}

/// For how many seconds a refresh token may live: a year at most.
const TOKEN_SECONDS: std::ops::RangeInclusive<i64> = 1..=31_536_000;

/// Delegation after a change. `VALIDATION_ERROR` for a lifetime out of range.
pub fn delegation(
    before: &OrgDelegationSettings,
    change: &OrgDelegationSettingsUpdate,
) -> Result<OrgDelegationSettings, ApiError> {
    let after = OrgDelegationSettings {
        delegated_mcp_access: change.delegated_mcp_access.unwrap_or(before.delegated_mcp_access),
        delegated_partner_access: change.delegated_partner_access.unwrap_or(before.delegated_partner_access),
        idle_refresh_token_lifetime: change.idle_refresh_token_lifetime.unwrap_or(before.idle_refresh_token_lifetime),
        maximum_refresh_token_lifetime: change
            .maximum_refresh_token_lifetime
            .unwrap_or(before.maximum_refresh_token_lifetime),
    };
    let lifetimes = [
        ("idleRefreshTokenLifetime", after.idle_refresh_token_lifetime),
        ("maximumRefreshTokenLifetime", after.maximum_refresh_token_lifetime),
    ];
    for (name, seconds) in lifetimes {
        if seconds.is_some_and(|seconds| !TOKEN_SECONDS.contains(&seconds)) {
            let (least, most) = TOKEN_SECONDS.into_inner();
            return Err(ApiError::invalid_field(name, format!("it must be from {least} to {most} seconds.")));
        }
    }
    Ok(after)
}

/// The events of a change, in the order in which they are recorded.
pub fn events(before: &OrgSettings, after: &OrgSettings) -> Vec<&'static str> {
    let switched = |before: bool, after: bool, on, off| (before != after).then_some(if after { on } else { off });
    let hours_changed =
        before.max_service_account_secret_validity_in_hours != after.max_service_account_secret_validity_in_hours;
    [
        switched(
            before.api_access_list_required,
            after.api_access_list_required,
            "ORG_PUBLIC_API_ACCESS_LIST_REQUIRED",
            "ORG_PUBLIC_API_ACCESS_LIST_NOT_REQUIRED",
        ),
        switched(
            before.multi_factor_auth_required,
            after.multi_factor_auth_required,
            "ORG_TWO_FACTOR_AUTH_REQUIRED",
            "ORG_TWO_FACTOR_AUTH_OPTIONAL",
        ),
        switched(
            before.restrict_employee_access,
            after.restrict_employee_access,
            "ORG_EMPLOYEE_ACCESS_RESTRICTED",
            "ORG_EMPLOYEE_ACCESS_UNRESTRICTED",
        ),
        hours_changed.then_some("ORG_SERVICE_ACCOUNT_MAX_SECRET_VALIDITY_EDITED"),
        (before != after).then_some("ORG_SETTINGS_UPDATED"),
    ]
    .into_iter()
    .flatten()
    .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn changed(change: &OrganizationSettingsUpdate) -> Result<OrgSettings, String> {
        let mut settings = OrgSettings { operations_contact: Some("ops@example.com".into()), ..OrgSettings::default() };
        apply(&mut settings, change).map(|()| settings).map_err(|error| error.detail())
    }

    fn hours(hours: i32) -> OrganizationSettingsUpdate {
        OrganizationSettingsUpdate { max_service_account_secret_validity_in_hours: Some(hours), ..Default::default() }
    }

    #[test]
    fn the_validity_of_secrets_has_a_range() {
        for good in [8, 8760] {
            assert_eq!(changed(&hours(good)).map(|s| s.max_service_account_secret_validity_in_hours), Ok(Some(good)));
        }
        for wrong in [7, 8761, 0, -1] {
            let why = "Invalid attribute maxServiceAccountSecretValidityInHours: it must be from 8 to 8760.";
            assert_eq!(changed(&hours(wrong)), Err(why.to_owned()));
        }
    }

    #[test]
    fn an_empty_contact_removes_it_and_a_wrong_one_is_refused() {
        let with = |contact: Option<Option<&str>>| {
            let operations_contact = contact.map(|text| text.map(str::to_owned));
            changed(&OrganizationSettingsUpdate { operations_contact, ..Default::default() })
                .map(|s| s.operations_contact)
        };
        assert_eq!(with(None), Ok(Some("ops@example.com".to_owned())));
        assert_eq!(with(Some(Some("new@example.com"))), Ok(Some("new@example.com".to_owned())));
        assert_eq!(with(Some(Some(""))), Ok(None));
        assert_eq!(with(Some(None)), Ok(None));
        for wrong in ["ops", "@example.com", "ops@", "a b@example.com"] {
            assert_eq!(
                with(Some(Some(wrong))),
                Err("Invalid attribute operationsContact: it must be an e-mail address.".to_owned())
            );
        }
    }

    #[test]
    fn session_timeouts_are_merged() {
        let timeouts_of = |absolute, idle| CustomSessionTimeouts {
            absolute_session_timeout_in_seconds: absolute,
            idle_session_timeout_in_seconds: idle,
        };
        assert_eq!(
            timeouts(timeouts_of(Some(3600), None), timeouts_of(None, Some(60))),
            Ok(Some(timeouts_of(Some(3600), Some(60))))
        );
        assert_eq!(timeouts(timeouts_of(None, None), timeouts_of(None, None)), Ok(None));
        assert!(timeouts(timeouts_of(None, None), timeouts_of(Some(0), None)).is_err());
    }

    #[test]
    fn each_switch_raises_its_event_and_every_change_the_common_one() {
        let before = OrgSettings::default();
        assert_eq!(events(&before, &before), [""; 0]);
        let required = OrgSettings { api_access_list_required: true, ..before.clone() };
        assert_eq!(events(&before, &required), ["ORG_PUBLIC_API_ACCESS_LIST_REQUIRED", "ORG_SETTINGS_UPDATED"]);
        assert_eq!(events(&required, &before), ["ORG_PUBLIC_API_ACCESS_LIST_NOT_REQUIRED", "ORG_SETTINGS_UPDATED"]);
        let contact = OrgSettings { security_contact: Some("a@b".into()), ..before.clone() };
        assert_eq!(events(&before, &contact), ["ORG_SETTINGS_UPDATED"]);
    }
}
