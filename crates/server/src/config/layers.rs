//! The layers of a configuration, and what they come to together.

use std::collections::BTreeMap;
use std::fmt;
use std::path::PathBuf;

use toml::{Table, Value};

use super::Problem;
use super::known::{self, KEYS, Key, SEALING_KEY};

/// What a flag of the command line sets.
#[derive(Clone, Debug)]
pub struct Flag {
    /// The flag as it is typed: `--listen`.
    pub name: &'static str,
    /// The key that it stands for.
    pub key: &'static str,
    /// The value, of the key's type.
    pub value: Value,
}

/// What a configuration is made of, from below.
#[derive(Clone, Debug, Default)]
pub struct Layers {
    /// A file: its name and its text.
    pub file: Option<(PathBuf, String)>,
    /// The environment; variables that do not begin with `TELAMON_` are passed over.
    pub environment: Vec<(String, String)>,
    /// The command line.
    pub flags: Vec<Flag>,
}

/// Where a value came from; prints as the end of a sentence.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Origin {
    Default,
    File(PathBuf),
    Environment(String),
    Flag(&'static str),
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Default => f.write_str("by default"),
            Self::File(path) => write!(f, "in {}", path.display()),
            Self::Environment(name) => write!(f, "in the environment as {name}"),
            Self::Flag(name) => write!(f, "by the flag {name}"),
        }
    }
}

/// A value and where it came from.
#[derive(Clone, Debug)]
pub(super) struct Entry {
    pub(super) value: Value,
    pub(super) origin: Origin,
}

/// A value for every key.
pub(super) type Values = BTreeMap<String, Entry>;

impl Layers {
    pub(super) fn merge(&self) -> (Values, Vec<Problem>) {
        let mut problems = Vec::new();
        let mut values: Values = KEYS
            .iter()
            .map(|key| (key.path.clone(), Entry { value: key.default.clone(), origin: Origin::Default }))
            .collect();
        if let Some((path, text)) = &self.file {
            match text.parse::<Table>() {
                Ok(table) => add_file(path, table, &mut values, &mut problems),
                Err(error) => problems.push(Problem(format!("{} is not valid TOML: {error}", path.display()))),
            }
        }
        for (name, text) in &self.environment {
            add_variable(name, text, &mut values, &mut problems);
        }
        for flag in &self.flags {
            let entry = Entry { value: flag.value.clone(), origin: Origin::Flag(flag.name) };
            values.insert(flag.key.to_owned(), entry);
        }
        (values, problems)
    }
}

fn add_file(path: &std::path::Path, table: Table, values: &mut Values, problems: &mut Vec<Problem>) {
    let origin = Origin::File(path.to_owned());
    for (section, content) in table {
        let content = match content {
            Value::Table(content) if is_section(&section) => content,
            _ => {
                problems.push(unknown(&section, &origin, is_section(&section)));
                continue;
            }
        };
        for (key, value) in content {
            let name = format!("{section}.{key}");
            match known::find(&name) {
                Some(known) => set(known, value, origin.clone(), values, problems),
                None if name == SEALING_KEY => problems.push(Problem(format!(
                    "{name} {origin}: a key does not belong in this file. Give it in the environment as TELAMON_KEY, \
                     or name a file with sealing.key_file"
                ))),
                None => problems.push(unknown(&name, &origin, false)),
            }
        }
    }
}

fn add_variable(name: &str, text: &str, values: &mut Values, problems: &mut Vec<Problem>) {
    let Some(rest) = name.strip_prefix("TELAMON_") else { return };
    let origin = Origin::Environment(name.to_owned());
    if name == "TELAMON_KEY" || name == known::variable(SEALING_KEY) {
        values.insert(SEALING_KEY.to_owned(), Entry { value: Value::String(text.to_owned()), origin });
        return;
    }
    if let Some(known) = KEYS.iter().find(|key| key.variable() == name) {
        match read_variable(&known.default, text) {
            Some(value) => set(known, value, origin, values, problems),
            None => problems.push(Problem(format!("{} {origin}: must be {}", known.path, kind(&known.default)))),
        }
        return;
    }
    // Others may have variables of such a name (container platforms describe a service called "telamon" in
    // TELAMON_PORT and the like), so only what looks like a key is taken for a mistake.
    let single = |key: &&Key| key.variable().replacen("__", "_", 1) == name;
    if let Some(meant) = KEYS.iter().find(single) {
        problems.push(Problem(format!("{name} is not read: did you mean {}, with two underscores?", meant.variable())));
    } else if rest.contains("__") {
        let path = rest.to_ascii_lowercase().replacen("__", ".", 1);
        let meant = known::nearest(&path, KEYS.iter().map(|key| key.path.as_str()));
        let hint = meant.map_or_else(String::new, |path| format!(": did you mean {}?", known::variable(path)));
        problems.push(Problem(format!("there is no key {path}, which the environment gives as {name}{hint}")));
    }
}

fn set(key: &Key, value: Value, origin: Origin, values: &mut Values, problems: &mut Vec<Problem>) {
    if value.same_type(&key.default) {
        values.insert(key.path.clone(), Entry { value, origin });
    } else {
        let found = kind(&value);
        problems.push(Problem(format!("{} {origin}: must be {}, not {found}", key.path, kind(&key.default))));
    }
}

/// The environment knows texts only: the type of the default says how one is read.
fn read_variable(default: &Value, text: &str) -> Option<Value> {
    let inline = || format!("value = {text}").parse::<Table>().ok().and_then(|mut table| table.remove("value"));
    match default {
        Value::String(_) => Some(Value::String(text.to_owned())),
        Value::Integer(_) => text.trim().parse().ok().map(Value::Integer),
        Value::Boolean(_) => text.trim().parse().ok().map(Value::Boolean),
        Value::Array(_) if text.trim_start().starts_with('[') => inline(),
        Value::Array(_) => {
            let items = text.split(',').map(str::trim).filter(|item| !item.is_empty());
            Some(Value::Array(items.map(|item| Value::String(item.to_owned())).collect()))
        }
        Value::Table(_) => inline(),
        Value::Float(_) | Value::Datetime(_) => None,
    }
}

fn kind(value: &Value) -> &'static str {
    match value {
        Value::String(_) => "a text in quotes",
        Value::Integer(_) => "a whole number",
        Value::Boolean(_) => "true or false",
        Value::Array(_) => "a list",
        Value::Table(_) => "a table",
        Value::Float(_) => "a number with a fraction",
        Value::Datetime(_) => "a date",
    }
}

fn is_section(name: &str) -> bool {
    KEYS.iter().any(|key| key.path.split('.').next() == Some(name))
}

fn unknown(name: &str, origin: &Origin, is_section: bool) -> Problem {
    if is_section {
        return Problem(format!("{name} {origin}: is a section, written as [{name}]"));
    }
    let meant = known::nearest(name, KEYS.iter().map(|key| key.path.as_str()));
    let hint = meant.map_or_else(
        || "; `telamon config` prints all that there are".to_owned(),
        |path| format!(": did you mean {path}?"),
    );
    Problem(format!("there is no key {name}, which stands {origin}{hint}"))
}
