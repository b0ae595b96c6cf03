//! Typed access to the merged values; what does not fit becomes a problem that names key and origin.

use super::Problem;
use super::layers::{Entry, Values};

pub(super) struct Reader<'a> {
    pub(super) values: &'a Values,
    pub(super) problems: &'a mut Vec<Problem>,
}

impl Reader<'_> {
    fn entry(&self, key: &str) -> Option<&Entry> {
        self.values.get(key)
    }

    /// `wrong` says what the value must be.
    pub(super) fn problem(&mut self, key: &str, wrong: &str) {
        let place = self.entry(key).map_or_else(String::new, |entry| format!(" {}", entry.origin));
        self.problems.push(Problem(format!("{key}{place}: {wrong}")));
    }

    /// A text; `None` if it is empty, which is "not set".
    pub(super) fn text(&self, key: &str) -> Option<String> {
        let text = self.entry(key)?.value.as_str()?.trim();
        (!text.is_empty()).then(|| text.to_owned())
    }

    pub(super) fn boolean(&self, key: &str) -> bool {
        self.entry(key).and_then(|entry| entry.value.as_bool()).unwrap_or_default()
    }

    /// A text that is read by `parse`; `None` if not set, or if it is a problem.
    pub(super) fn parsed<T>(&mut self, key: &str, must_be: &str, parse: impl FnOnce(&str) -> Option<T>) -> Option<T> {
        let text = self.text(key)?;
        let parsed = parse(&text);
        if parsed.is_none() {
            self.problem(key, &format!("must be {must_be}, not \"{}\"", text.escape_debug()));
        }
        parsed
    }

    /// A list of texts, each of which is read by `parse`.
    pub(super) fn list<T>(&mut self, key: &str, must_be: &str, parse: impl Fn(&str) -> Option<T>) -> Vec<T> {
        let items = self.entry(key).and_then(|entry| entry.value.as_array()).cloned().unwrap_or_default();
        let mut parsed = Vec::new();
        for item in items {
            if let Some(item) = item.as_str().and_then(&parse) {
                parsed.push(item);
            } else {
                let found = item.as_str().map_or_else(|| "something else".to_owned(), |text| format!("{text:?}"));
                self.problem(key, &format!("must list {must_be}, not {found}"));
            }
        }
        parsed
    }

    /// A whole number of at least `least`.
    pub(super) fn number<T: TryFrom<i64> + Default>(&mut self, key: &str, least: i64) -> T {
        let number = self.entry(key).and_then(|entry| entry.value.as_integer()).unwrap_or_default();
        if let (true, Ok(number)) = (number >= least, T::try_from(number)) {
            return number;
        }
        self.problem(key, &format!("must be a whole number from {least}, not {number}"));
        T::default()
    }

    /// The tables of a table.
    pub(super) fn tables(&self, key: &str) -> toml::Table {
        self.entry(key).and_then(|entry| entry.value.as_table()).cloned().unwrap_or_default()
    }
}
