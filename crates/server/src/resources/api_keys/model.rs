//! The rules of API keys.
//!
//! Source: the limits of the API's schemas `CreateAtlasOrganizationApiKey` and `UpdateAtlasOrganizationApiKey`.

use telamon_authz::OrgRole;
use telamon_wire::{ApiError, ErrorCode};

use super::wire::{ApiKeyChange, NewApiKey};

const DESCRIPTION_LENGTH: usize = 250;

/// Checks a key that is to be made.
pub fn check_new(new: &NewApiKey) -> Result<(), ApiError> {
    check_description(&new.desc)?;
    if new.roles.is_empty() { Err(ErrorCode::MISSING_API_KEY_ROLES.into()) } else { Ok(()) }
}

/// What a change asks for: an empty description and an empty list of roles leave what is there, because clients send
/// them for what they were not told to change.
pub fn asked(change: &ApiKeyChange) -> Result<(Option<&str>, Option<&[OrgRole]>), ApiError> {
    let desc = change.desc.as_deref().filter(|desc| !desc.is_empty());
    desc.map_or(Ok(()), check_description)?;
    Ok((desc, change.roles.as_deref().filter(|roles| !roles.is_empty())))
}

fn check_description(desc: &str) -> Result<(), ApiError> {
    if (1..=DESCRIPTION_LENGTH).contains(&desc.chars().count()) {
        return Ok(());
    }
    Err(ApiError::new(ErrorCode::INVALID_API_KEY_DESC).with(DESCRIPTION_LENGTH))
}

#[cfg(test)]
mod tests {
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
        assert_eq!(refused("", &owner), Some(ErrorCode::INVALID_API_KEY_DESC));
        assert_eq!(refused("d", &[]), Some(ErrorCode::MISSING_API_KEY_ROLES));
    }

    #[test]
    fn what_is_empty_is_not_asked_for() {
        let change =
            |desc: Option<&str>, roles: Option<Vec<OrgRole>>| ApiKeyChange { desc: desc.map(str::to_owned), roles };
        assert_eq!(asked(&change(None, None)), Ok((None, None)));
        assert_eq!(asked(&change(Some(""), Some(vec![]))), Ok((None, None)));
        let both = change(Some("d"), Some(vec![OrgRole::Member]));
        assert_eq!(asked(&both), Ok((Some("d"), Some(&[OrgRole::Member][..]))));
        let long = change(Some(&"d".repeat(251)), None);
        assert_eq!(asked(&long).err().map(|error| error.code), Some(ErrorCode::INVALID_API_KEY_DESC));
    }
}
