//! The versions of MongoDB that the deployments of an installation have.

/// Major versions such as `8.0`, from the oldest to the newest; there is at least one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MongoDbVersions {
    all: Vec<String>,
    newest: String,
}

impl MongoDbVersions {
    /// These versions, sorted; none without a version.
    pub fn of(versions: Vec<String>) -> Option<Self> {
        let mut all = versions;
        all.sort_by_key(|version| numbers(version));
        all.dedup();
        let newest = all.last()?.clone();
        Some(Self { all, newest })
    }

    /// All of them.
    pub fn all(&self) -> &[String] {
        &self.all
    }

    /// The one that a new deployment gets.
    pub fn newest(&self) -> &String {
        &self.newest
    }
}

impl Default for MongoDbVersions {
    fn default() -> Self {
        Self { all: vec!["8.0".to_owned()], newest: "8.0".to_owned() }
    }
}

/// Reads a major version: two numbers and a dot.
pub fn parse_version(text: &str) -> Option<String> {
    numbers(text).map(|_| text.to_owned())
}

fn numbers(text: &str) -> Option<(u16, u16)> {
    let (major, minor) = text.split_once('.')?;
    let number = |text: &str| if text.bytes().all(|b| b.is_ascii_digit()) { text.parse().ok() } else { None };
    Some((number(major)?, number(minor)?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_sort_by_their_numbers() {
        let versions = ["10.0", "7.0", "8.0", "8.0"].map(str::to_owned).to_vec();
        let versions = MongoDbVersions::of(versions).unwrap();
        assert_eq!(versions.all(), ["7.0", "8.0", "10.0"]);
        assert_eq!(versions.newest(), "10.0");
        assert_eq!(MongoDbVersions::of(Vec::new()), None);
    }

    #[test]
    fn a_version_is_two_numbers() {
        assert_eq!(parse_version("8.0").as_deref(), Some("8.0"));
        for wrong in ["8", "8.", ".0", "8.0.1", "v8.0", "+8.0", ""] {
            assert_eq!(parse_version(wrong), None, "{wrong}");
        }
    }
}
