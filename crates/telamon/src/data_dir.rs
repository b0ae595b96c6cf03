//! The data directory and its lock.
//!
//! One process serves a data directory at a time. The lock ends with the process, however that ends.

use std::fmt;
use std::fs::{self, DirBuilder, File, OpenOptions, TryLockError};
use std::io::{Read, Write};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::Path;

use anyhow::{Context, bail};

/// The file whose lock says who has the directory; it holds the id of the process.
const LOCK: &str = "telamon.lock";

/// A data directory that is ours until this is dropped.
#[derive(Debug)]
pub(crate) struct Locked {
    _file: File,
}

/// Makes the directory, for its owner alone, if it is not there.
pub(crate) fn create(path: &Path) -> anyhow::Result<()> {
    DirBuilder::new()
        .recursive(true)
        .mode(0o700)
        .create(path)
        .with_context(|| format!("cannot make the data directory {}", path.display()))
}

/// Takes the directory, which exists, or says who has it.
pub(crate) fn lock(path: &Path) -> anyhow::Result<Locked> {
    let name = path.join(LOCK);
    let mut file = OpenOptions::new()
        .read(true)
        .write(true)
        .create(true)
        .truncate(false)
        .mode(0o600)
        .open(&name)
        .with_context(|| format!("cannot open {}", name.display()))?;
    match file.try_lock() {
        Ok(()) => {
            file.set_len(0)?;
            write!(file, "{}", std::process::id())?;
            Ok(Locked { _file: file })
        }
        Err(TryLockError::WouldBlock) => {
            let holder = Holder::named_in(&mut file);
            bail!(
                "the data directory {} is in use by another telamon{holder}: stop it first, or use another directory",
                path.display()
            )
        }
        Err(TryLockError::Error(error)) => Err(error).with_context(|| format!("cannot lock {}", name.display())),
    }
}

/// The process that has a directory, if it can be told; prints as ` (process 17)`.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Holder(Option<u32>);

impl Holder {
    fn named_in(file: &mut File) -> Self {
        let mut text = String::new();
        Self(file.read_to_string(&mut text).ok().and_then(|_| text.trim().parse().ok()))
    }
}

impl fmt::Display for Holder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.map_or(Ok(()), |id| write!(f, " (process {id})"))
    }
}

/// Who has the directory just now; changes nothing.
pub(crate) fn holder(path: &Path) -> Option<Holder> {
    let mut file = File::open(path.join(LOCK)).ok()?;
    match file.try_lock_shared() {
        Err(TryLockError::WouldBlock) => Some(Holder::named_in(&mut file)),
        _ => None,
    }
}

/// Removes the database from the directory.
pub(crate) fn remove_database(path: &Path) -> anyhow::Result<()> {
    for name in ["telamon.db", "telamon.db-wal", "telamon.db-shm"] {
        match fs::remove_file(path.join(name)) {
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => return Err(error.into()),
            _ => {}
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_directory_has_one_user_at_a_time() {
        let folder = tempfile::tempdir().unwrap();
        let first = lock(folder.path()).unwrap();
        let refused = lock(folder.path()).unwrap_err().to_string();
        assert!(refused.contains(&format!("in use by another telamon (process {})", std::process::id())), "{refused}");
        assert_eq!(holder(folder.path()), Some(Holder(Some(std::process::id()))));
        drop(first);
        assert_eq!(holder(folder.path()), None);
        lock(folder.path()).unwrap();
    }
}
