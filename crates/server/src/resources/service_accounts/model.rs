//! The rules of service accounts.
//!
//! Source: the limits of the API's schemas `OrgServiceAccountRequest` and `OrgServiceAccountUpdateRequest`, and its page
//! on service accounts.

use telamon_wire::{ApiError, ErrorCode, Timestamp};

use super::wire::NewServiceAccount;
use crate::resources::organizations::OrgSettings;

const NAME_LENGTH: usize = 64;
const DESCRIPTION_LENGTH: usize = 250;

/// The least and the most hours that a secret lives.
pub const SECRET_HOURS: (i32, i32) = (8, 8760);

/// How many secrets an account has at the most: the one in use, and the one that takes its place.
pub const SECRETS: i64 = 2;

/// How long an older secret lives on beside a new one, in seconds: 7 days.
const OVERLAP_SECONDS: i64 = 7 * 24 * 3600;

/// Checks an account that is to be made in an organization whose secrets live at most `max_hours`.
pub fn check_new(new: &NewServiceAccount, max_hours: i32) -> Result<(), ApiError> {
    check_text("name", &new.name, NAME_LENGTH)?;
    check_text("description", &new.description, DESCRIPTION_LENGTH)?;
    check_roles(&new.roles)?;
    check_hours(new.secret_expires_after_hours, max_hours)
}

/// Checks what is to be changed.
pub fn check_change<R>(name: Option<&str>, description: Option<&str>, roles: Option<&[R]>) -> Result<(), ApiError> {
    name.map_or(Ok(()), |name| check_text("name", name, NAME_LENGTH))?;
    description.map_or(Ok(()), |text| check_text("description", text, DESCRIPTION_LENGTH))?;
    roles.map_or(Ok(()), check_roles)
}

/// Checks the life of a secret, in hours.
pub fn check_hours(hours: i32, max_hours: i32) -> Result<(), ApiError> {
    let (least, _) = SECRET_HOURS;
    if (least..=max_hours).contains(&hours) {
        return Ok(());
    }
    Err(ApiError::invalid_field("secretExpiresAfterHours", format!("It must be from {least} to {max_hours}.")))
}

/// When the older secrets expire at the latest, once a new one is made.
pub fn end_of_older(now: Timestamp) -> Timestamp {
    now.plus_seconds(OVERLAP_SECONDS)
}

/// Why an account that has all the secrets that it may have gets no other. If there was room when the request came in,
/// another request has taken it meanwhile.
pub fn no_room(had_room: bool) -> ApiError {
    if had_room {
        return ErrorCode::DATA_CONCURRENCY_ERROR.into();
    }
    let detail = format!("A service account has at most {SECRETS} secrets. Delete one of them first.");
    ApiError::new(ErrorCode::VALIDATION_ERROR).with(detail)
}

/// The most hours that a secret lives in an organization with these settings.
pub fn max_hours(settings: &OrgSettings) -> i32 {
    settings.max_service_account_secret_validity_in_hours.unwrap_or(SECRET_HOURS.1)
}

fn check_text(field: &str, text: &str, most: usize) -> Result<(), ApiError> {
    let allowed = |c: char| c.is_alphabetic() || c.is_numeric() || "-_.,' ".contains(c);
    if !(1..=most).contains(&text.chars().count()) {
        return Err(ApiError::invalid_field(field, format!("It must have 1 to {most} characters.")));
    }
    if !text.chars().all(allowed) {
        return Err(ApiError::invalid_field(field, "It may have letters, digits, spaces and - _ . , ' only."));
    }
    Ok(())
}

/// Refuses an empty list of roles.
pub fn check_roles<R>(roles: &[R]) -> Result<(), ApiError> {
    if roles.is_empty() { Err(ApiError::invalid_field("roles", "It must name at least one role.")) } else { Ok(()) }
}

#[cfg(test)]
mod tests {
    use telamon_authz::OrgRole;

    use super::*;

    fn new() -> NewServiceAccount {
        NewServiceAccount {
            description: "For the nightly job".into(),
            name: "nightly".into(),
            roles: vec![OrgRole::Member],
            secret_expires_after_hours: 8,
        }
    }

    fn refused(change: impl FnOnce(&mut NewServiceAccount)) -> String {
        let mut account = new();
        change(&mut account);
        check_new(&account, 8760).unwrap_err().detail()
    }

    #[test]
    fn each_rule_names_its_field() {
        assert_eq!(check_new(&new(), 8760), Ok(()));
        assert_eq!(refused(|a| a.name.clear()), "Invalid attribute name: It must have 1 to 64 characters.");
        assert_eq!(refused(|a| a.name = "é".repeat(65)), "Invalid attribute name: It must have 1 to 64 characters.");
        let letters = "Invalid attribute name: It may have letters, digits, spaces and - _ . , ' only.";
        for name in ["a/b", "a\n", "<b>", "a:b"] {
            assert_eq!(refused(|a| a.name = name.into()), letters, "{name}");
        }
        assert_eq!(
            refused(|a| a.description = "d".repeat(251)),
            "Invalid attribute description: It must have 1 to 250 characters."
        );
        assert_eq!(refused(|a| a.roles.clear()), "Invalid attribute roles: It must name at least one role.");
    }

    #[test]
    fn letters_of_every_script_are_allowed_and_counted_as_characters() {
        let mut account = new();
        account.name = "Ω-ß_日本.٣, it's".into();
        assert_eq!(check_new(&account, 8760), Ok(()));
        account.name = "é".repeat(64);
        assert_eq!(check_new(&account, 8760), Ok(()));
    }

    #[test]
    fn a_secret_lives_from_eight_hours_to_what_the_organization_allows() {
        assert_eq!(check_hours(8, 8760), Ok(()));
        assert_eq!(check_hours(8760, 8760), Ok(()));
        for hours in [-1, 0, 7, 8761, i32::MAX] {
            let error = check_hours(hours, 8760).unwrap_err().detail();
            assert_eq!(error, "Invalid attribute secretExpiresAfterHours: It must be from 8 to 8760.", "{hours}");
        }
        let mut settings = OrgSettings::default();
        assert_eq!(max_hours(&settings), 8760);
        settings.max_service_account_secret_validity_in_hours = Some(24);
        assert!(check_hours(25, max_hours(&settings)).is_err());
    }
}
