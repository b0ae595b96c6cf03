//! The keys that exist.

use std::sync::LazyLock;

use toml::{Table, Value};

use super::DEFAULT;

/// The one key that the file must not hold, because it is a secret.
pub(super) const SEALING_KEY: &str = "sealing.key";

/// A key of the default file.
pub(super) struct Key {
    /// `section.key`.
    pub(super) path: String,
    /// Its default, which also gives its type.
    pub(super) default: Value,
}

impl Key {
    /// The name in the environment.
    pub(super) fn variable(&self) -> String {
        variable(&self.path)
    }
}

/// `section.key` as it is named in the environment.
pub(super) fn variable(path: &str) -> String {
    format!("TELAMON_{}", path.replacen('.', "__", 1).to_ascii_uppercase())
}

/// Every key; the sections in the order of the file.
pub(super) static KEYS: LazyLock<Vec<Key>> = LazyLock::new(|| {
    let document: Table = DEFAULT.parse().expect("the embedded file is valid TOML: a test parses it");
    let mut keys = Vec::new();
    for (section, content) in document {
        if let Value::Table(content) = content {
            keys.extend(content.into_iter().map(|(key, default)| Key { path: format!("{section}.{key}"), default }));
        }
    }
    let place = |key: &Key| DEFAULT.find(&format!("\n[{}]", key.path.split('.').next().unwrap_or_default()));
    keys.sort_by_key(place);
    keys
});

/// The key of that path.
pub(super) fn find(path: &str) -> Option<&'static Key> {
    KEYS.iter().find(|key| key.path == path)
}

/// The name among `candidates` that was probably meant: either the whole or its last part is much like it.
pub(super) fn nearest<'a>(name: &str, candidates: impl Iterator<Item = &'a str>) -> Option<&'a str> {
    let last = |path: &str| path.rsplit(['.', '_']).next().unwrap_or_default().to_owned();
    let key = |path: &str| path.rsplit('.').next().unwrap_or_default().to_owned();
    let likeness = |candidate: &str| {
        let whole = strsim::normalized_damerau_levenshtein(name, candidate);
        let part = strsim::normalized_damerau_levenshtein(&key(name), &key(candidate));
        let end = if last(name) == last(candidate) { 0.05 } else { 0.0 };
        whole.max(part * 0.95) + end
    };
    let mut best: Option<(f64, &str)> = None;
    for candidate in candidates {
        let found = likeness(candidate);
        if found > 0.6 && best.is_none_or(|(other, _)| found > other) {
            best = Some((found, candidate));
        }
    }
    best.map(|(_, candidate)| candidate)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_key_has_a_section_and_a_name_for_the_environment() {
        assert!(KEYS.len() > 20);
        assert_eq!(find("server.listen").unwrap().variable(), "TELAMON_SERVER__LISTEN");
        assert_eq!(find("server.public_url").unwrap().variable(), "TELAMON_SERVER__PUBLIC_URL");
        assert!(find("server.nothing").is_none());
    }

    #[test]
    fn the_nearest_name_is_found_if_there_is_one_that_is_near() {
        let near = |name| nearest(name, KEYS.iter().map(|key| key.path.as_str()));
        assert_eq!(near("server.lisen"), Some("server.listen"));
        assert_eq!(near("sever.listen"), Some("server.listen"));
        assert_eq!(near("listen"), Some("server.listen"));
        assert_eq!(near("public_url"), Some("server.public_url"));
        assert_eq!(near("server.url"), Some("server.public_url"));
        assert_eq!(near("storage.data_directory"), Some("storage.data_dir"));
        assert_eq!(near("kubernetes.pod"), None);
    }
}
