//! Names of organizations and projects: which are allowed, and how they are searched.

/// How many characters a name may have.
const CHARACTERS: usize = 64;

/// Whether an organization or a project may have this name: 1 to 64 letters, digits, spaces and
/// `- _ . ( ) , : & @ + '`, not spaces alone.
pub fn is_valid(name: &str) -> bool {
    let allowed = |c: char| c.is_alphanumeric() || " -_.(),:&@+'".contains(c);
    !name.trim().is_empty() && name.chars().count() <= CHARACTERS && name.chars().all(allowed)
}

/// The range of folded names that begin with a text in any case: from the first on, before the second.
pub fn prefix_range(prefix: &str) -> (String, String) {
    let from = prefix.to_lowercase();
    // No name contains the last code point, so nothing that begins with the text lies beyond.
    let before = format!("{from}{}", char::MAX);
    (from, before)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_prefix_is_a_range_of_folded_names() {
        let (from, before) = prefix_range("Äb");
        for inside in ["äb", "äb 7", "äbzz", "äb\u{10fffd}"] {
            assert!(from.as_str() <= inside && inside < before.as_str(), "{inside}");
        }
        for outside in ["", "ä", "äa", "äc", "b"] {
            assert!(!(from.as_str() <= outside && outside < before.as_str()), "{outside}");
        }
    }
}
