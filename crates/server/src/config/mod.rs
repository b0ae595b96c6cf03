//! The configuration: one commented file, the environment above it, flags above that.
//!
//! The commented default file [`DEFAULT`] is the one list of the keys that exist: their names, types, defaults and
//! descriptions are read from it, and so is the page in `docs/config.md`. What always holds: a key that is not in it is
//! refused by name, every message names the key and where its value came from, and no message shows a secret.

mod known;
mod layers;
mod page;
mod reader;
mod settings;

pub use layers::{Flag, Layers};
pub use page::markdown;
pub use settings::{
    Certificates, KeySource, Log, LogFormat, MailSettings, Rates, SecretText, Settings, TlsFiles, Tokens, parse_address,
};

/// The commented default file: what `telamon config` prints.
pub const DEFAULT: &str = include_str!("telamon.toml");

/// One thing that is wrong with a configuration.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct Problem(pub String);

/// All that is wrong with a configuration; prints one line each.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problems(pub Vec<Problem>);

impl std::error::Error for Problems {}

impl std::fmt::Display for Problems {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        for (index, problem) in self.0.iter().enumerate() {
            let separator = if index == 0 { "" } else { "\n" };
            write!(f, "{separator}{problem}")?;
        }
        Ok(())
    }
}

/// Reads the layers into settings.
///
/// # Errors
/// Everything that is wrong with them, not only the first thing.
pub fn load(layers: &Layers) -> Result<Settings, Problems> {
    let (values, mut problems) = layers.merge();
    let settings = settings::read(&values, &mut problems);
    if problems.is_empty() { Ok(settings) } else { Err(Problems(problems)) }
}
