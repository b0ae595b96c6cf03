//! Files that hold secrets: mode 0600 from the first moment, and whole or not there.

use std::io::{self, Write};
use std::path::{Path, PathBuf};

use anyhow::Context;
use tempfile::NamedTempFile;

/// A file that is written beside its place and then renamed into it. Making one early shows whether it can be written.
pub(crate) struct SecretFile {
    path: PathBuf,
    file: NamedTempFile,
}

impl SecretFile {
    pub(crate) fn at(path: &Path) -> anyhow::Result<Self> {
        let file = NamedTempFile::new_in(folder(path)).with_context(|| format!("cannot write {}", path.display()))?;
        Ok(Self { path: path.to_owned(), file })
    }

    /// Writes the content and puts the file into its place, over what is there.
    pub(crate) fn write(self, content: &[u8]) -> anyhow::Result<()> {
        let path = self.path.clone();
        self.finish(content, |file, path| file.persist(path))
            .with_context(|| format!("cannot write {}", path.display()))
    }

    /// The same, but never over what is there.
    pub(crate) fn write_new(self, content: &[u8]) -> anyhow::Result<()> {
        let path = self.path.clone();
        self.finish(content, |file, path| file.persist_noclobber(path))
            .with_context(|| format!("cannot write {}", path.display()))
    }

    fn finish(
        mut self,
        content: &[u8],
        persist: impl FnOnce(NamedTempFile, &Path) -> Result<std::fs::File, tempfile::PersistError>,
    ) -> io::Result<()> {
        self.file.write_all(content)?;
        self.file.as_file().sync_all()?;
        persist(self.file, &self.path)?;
        // The name must be durable too, where the file system can say so.
        std::fs::File::open(folder(&self.path))?.sync_all()
    }
}

fn folder(path: &Path) -> &Path {
    path.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."))
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt;

    use super::*;

    #[test]
    fn the_file_is_private_and_a_new_one_never_replaces_another() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("secret");
        SecretFile::at(&path).unwrap().write(b"one").unwrap();
        SecretFile::at(&path).unwrap().write(b"two").unwrap();
        assert!(SecretFile::at(&path).unwrap().write_new(b"three").is_err());
        assert_eq!(std::fs::read(&path).unwrap(), b"two");
        assert_eq!(path.metadata().unwrap().permissions().mode() & 0o777, 0o600);
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1, "nothing else is left behind");
    }
}
