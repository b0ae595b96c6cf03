//! The rules of API keys.
//!
//! Source: the limits of the API's schemas `CreateAtlasOrganizationApiKey` and `UpdateAtlasOrganizationApiKey`.

use telamon_wire::{ApiError, ErrorCode};

use super::wire::NewApiKey;

const DESCRIPTION_LENGTH: usize = 250;

/// Checks a key that is to be made.
pub fn check_new(new: &NewApiKey) -> Result<(), ApiError> {
    check_description(&new.desc)?;
    demand_roles(&new.roles)
}

/// Refuses an empty list of roles where some are needed.
pub fn demand_roles<R>(roles: &[R]) -> Result<(), ApiError> {
    if roles.is_empty() { Err(ErrorCode::MISSING_API_KEY_ROLES.into()) } else { Ok(()) }
}

/// What a change asks for: an empty description and an empty list of roles leave what is there, because clients send
/// them for what they were not told to change.
pub fn asked<'a, R>(
    desc: Option<&'a str>,
    roles: Option<&'a [R]>,
) -> Result<(Option<&'a str>, Option<&'a [R]>), ApiError> {
    let desc = desc.filter(|desc| !desc.is_empty());
    desc.map_or(Ok(()), check_description)?;
    Ok((desc, roles.filter(|roles| !roles.is_empty())))
}

fn check_description(desc: &str) -> Result<(), ApiError> {
    if desc.is_empty() {
        return Err(ErrorCode::API_KEY_REQUIRES_DESCRIPTION.into());
    }
    if desc.chars().count() <= DESCRIPTION_LENGTH {
        return Ok(());
    }
    Err(ApiError::new(ErrorCode::INVALID_API_KEY_DESC).with(DESCRIPTION_LENGTH))
}

#[cfg(test)]
mod tests {
    use telamon_authz::OrgRole;

    use super::*;

    fn refused(desc: &str, roles: &[OrgRole]) -> Option<ErrorCode> {
        let new = NewApiKey { desc: desc.to_owned(), roles: roles.to_vec() };
        check_new(&new).err().map(|error| error.code)
    }

    #[test]
    fn a_key_needs_a_description_and_a_role() {
        let owner = [OrgRole::Owner];
        assert_eq!(refused(&"é".repeat(250), &owner), None);
        assert_eq!(refused(&"é".repeat(251), &owner), Some(ErrorCode::INVALID_API_KEY_DESC));
        assert_eq!(refused("", &owner), Some(ErrorCode::API_KEY_REQUIRES_DESCRIPTION));
        assert_eq!(refused("d", &[]), Some(ErrorCode::MISSING_API_KEY_ROLES));
    }

    #[test]
    fn what_is_empty_is_not_asked_for() {
        assert_eq!(asked::<OrgRole>(None, None), Ok((None, None)));
        assert_eq!(asked::<OrgRole>(Some(""), Some(&[])), Ok((None, None)));
        let member = [OrgRole::Member];
        assert_eq!(asked(Some("d"), Some(&member)), Ok((Some("d"), Some(&member[..]))));
        let long = "d".repeat(251);
        let refused = asked::<OrgRole>(Some(&long), None).err();
        assert_eq!(refused.map(|error| error.code), Some(ErrorCode::INVALID_API_KEY_DESC));
    }
}
