//! The sealing key: from its file or the environment.

use std::io::ErrorKind;
use std::path::Path;

use anyhow::{Context, anyhow};
use telamon_authn::SealingKey;
use telamon_server::bootstrap::{self, SealingKeyError};
use telamon_server::config::KeySource;
use telamon_store::Db;

use crate::secret_file::SecretFile;

/// Where a key comes from, as a person calls it.
pub(crate) fn place(source: &KeySource) -> String {
    match source {
        KeySource::File(path) => path.display().to_string(),
        KeySource::Environment(name, _) => format!("the variable {name}"),
    }
}

/// Reads the key; an error says what to do.
pub(crate) fn read(source: &KeySource) -> anyhow::Result<SealingKey> {
    let place = place(source);
    match source {
        KeySource::Environment(_, text) => SealingKey::from_base64(text.expose()).with_context(|| place),
        KeySource::File(path) => match std::fs::read_to_string(path) {
            Ok(text) => SealingKey::from_base64(&text).with_context(|| place),
            Err(error) if error.kind() == ErrorKind::NotFound => Err(anyhow!(
                "the sealing key is missing: there is no {place}. Restore the file that `telamon init` created, name it with \
                 --key-file, or set its content as TELAMON_KEY. The private keys in the database cannot be used without \
                 it, and no other key can replace it"
            )),
            Err(error) => Err(error).with_context(|| format!("cannot read the sealing key {place}")),
        },
    }
}

/// Reads the key, or makes a file with a new one.
pub(crate) fn read_or_create(source: &KeySource) -> anyhow::Result<SealingKey> {
    match source {
        KeySource::File(path) if !path.exists() => create(path),
        _ => read(source),
    }
}

fn create(path: &Path) -> anyhow::Result<SealingKey> {
    let key = SealingKey::generate()?;
    let content = format!("{}\n", *key.to_base64());
    SecretFile::at(path)?.write_new(content.as_bytes())?;
    Ok(key)
}

/// Refuses a key that the database was not sealed with.
pub(crate) async fn check(db: &Db, key: &SealingKey, source: &KeySource) -> anyhow::Result<()> {
    bootstrap::check_sealing_key(db, key).await.map_err(|error| match error {
        SealingKeyError::AnotherKey => anyhow!(
            "the sealing key in {} is not the one that this database was created with. Restore the right file, or name it \
             with --key-file or TELAMON_KEY. If the key is right, the database belongs to another installation: check \
             --data-dir or --database-url",
            place(source)
        ),
        SealingKeyError::Database(failure) => crate::database::failed(&failure),
    })
}
