//! What names and tags of projects must look like.

use std::collections::HashSet;

use telamon_wire::{ApiError, ErrorCode};

use super::wire::ResourceTag;
use crate::resources::names;

/// How many characters the key and the value of a tag may have.
const TAG_CHARACTERS: usize = 255;
/// How many tags a project may have.
const TAGS: usize = 50;

/// Refuses a name that no project may have: `INVALID_GROUP_NAME`.
pub fn check_name(name: &str) -> Result<(), ApiError> {
    if names::is_valid(name) { Ok(()) } else { Err(ApiError::new(ErrorCode::INVALID_GROUP_NAME).with(name)) }
}

/// Refuses tags that are too many, too long, of other characters, or of the same key: `VALIDATION_ERROR`.
pub fn check_tags(tags: &[ResourceTag]) -> Result<(), ApiError> {
    if tags.len() > TAGS {
        return Err(ApiError::invalid_field("tags", format!("a project has at most {TAGS} tags.")));
    }
    let mut keys = HashSet::new();
    for (i, ResourceTag { key, value }) in tags.iter().enumerate() {
        check_tag_text(&format!("tags[{i}].key"), key)?;
        check_tag_text(&format!("tags[{i}].value"), value)?;
        if !keys.insert(key) {
            return Err(ApiError::invalid_field(
                format!("tags[{i}].key"),
                format!("the key {key} is given more than once."),
            ));
        }
    }
    Ok(())
}

fn check_tag_text(field: &str, text: &str) -> Result<(), ApiError> {
    let allowed = |c: char| c.is_alphanumeric() || " ;@_-.+".contains(c);
    let wrong = |description: String| Err(ApiError::invalid_field(field, description));
    if text.is_empty() {
        return wrong("it must not be empty.".to_owned());
    }
    if text.chars().count() > TAG_CHARACTERS {
        return wrong(format!("it exceeded the maximum allowed length of {TAG_CHARACTERS} characters."));
    }
    if !text.chars().all(allowed) {
        return wrong(format!(
            "{text} contains invalid characters. Allowable characters include letters, digits, spaces and ; @ _ - . +"
        ));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_have_1_to_64_characters_of_an_alphabet() {
        for name in ["a", "Atlas CLI E2E", "-_.(),:&@+'", "Überprüfung 7", "プロジェクト", &"ü".repeat(64)] {
            assert_eq!(check_name(name), Ok(()), "{name}");
        }
        for name in ["", " ", "a/b", "a\nb", "a<b", "a\"b", "a#b", "$external", &"a".repeat(65)] {
            assert_eq!(check_name(name), Err(ApiError::new(ErrorCode::INVALID_GROUP_NAME).with(name)), "{name:?}");
        }
    }

    fn tags(pairs: &[(&str, &str)]) -> Vec<ResourceTag> {
        pairs.iter().map(|(key, value)| ResourceTag { key: (*key).to_owned(), value: (*value).to_owned() }).collect()
    }

    #[test]
    fn tags_are_checked_one_by_one() {
        let long = "a".repeat(256);
        let cases = [
            (tags(&[("", "v")]), "Invalid attribute tags[0].key: it must not be empty."),
            (tags(&[("k", "")]), "Invalid attribute tags[0].value: it must not be empty."),
            (
                tags(&[("a", "1"), (&long, "v")]),
                "Invalid attribute tags[1].key: it exceeded the maximum allowed length of 255 characters.",
            ),
            (
                tags(&[("k", &long)]),
                "Invalid attribute tags[0].value: it exceeded the maximum allowed length of 255 characters.",
            ),
            (
                tags(&[("env?", "v")]),
                "Invalid attribute tags[0].key: env? contains invalid characters. Allowable characters include letters, digits, spaces and ; @ _ - . +",
            ),
            (tags(&[("k", "1"), ("k", "2")]), "Invalid attribute tags[1].key: the key k is given more than once."),
        ];
        for (wrong, detail) in cases {
            assert_eq!(
                check_tags(&wrong).map_err(|error| (error.code, error.detail())),
                Err((ErrorCode::VALIDATION_ERROR, detail.to_owned()))
            );
        }
        assert_eq!(check_tags(&tags(&[("env", "prod"), ("ENV", "prod"), ("a b;@_-.+", "ünï")])), Ok(()));
    }

    #[test]
    fn fifty_tags_are_enough() {
        let many: Vec<_> = (0..51).map(|i| ResourceTag { key: format!("k{i}"), value: "v".to_owned() }).collect();
        assert_eq!(check_tags(&many[..50]), Ok(()));
        assert_eq!(
            check_tags(&many).map_err(|error| error.detail()),
            Err("Invalid attribute tags: a project has at most 50 tags.".to_owned())
        );
    }
}
