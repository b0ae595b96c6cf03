//! The rules of teams.

use std::collections::HashSet;

use telamon_wire::{ApiError, ErrorCode};

use crate::resources::names;

/// Checks the name of a team.
pub fn check_name(name: &str) -> Result<(), ApiError> {
    if names::is_valid(name) { Ok(()) } else { Err(ApiError::new(ErrorCode::INVALID_TEAM_NAME).with(name)) }
}

/// The usernames in the spelling that they are kept in, each once.
pub fn folded(usernames: &[String]) -> Vec<String> {
    let mut seen = HashSet::new();
    let folded = usernames.iter().map(|username| username.to_lowercase());
    folded.filter(|username| seen.insert(username.clone())).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_says_something() {
        for good in ["a", "team b", "Ops (EU) & co."] {
            assert_eq!(check_name(good), Ok(()));
        }
        for bad in ["", "  ", "a/b", &"x".repeat(65)] {
            assert_eq!(check_name(bad).map_err(|error| error.code), Err(ErrorCode::INVALID_TEAM_NAME));
        }
    }

    #[test]
    fn a_username_counts_once_however_it_is_written() {
        let given = ["B@example.com", "a@example.com", "b@Example.com"].map(str::to_owned);
        assert_eq!(folded(&given), ["b@example.com", "a@example.com"]);
    }
}
