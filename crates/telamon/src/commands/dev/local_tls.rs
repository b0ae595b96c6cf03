//! The certificate of a development server, and the authority made for it.

use std::fs;
use std::path::{Path, PathBuf};

use telamon_pki::LocalTls;
use telamon_wire::Clock;

use crate::ambient::{SystemClock, SystemEntropy};
use crate::certificate;
use crate::secret_file::SecretFile;

/// How long before the end new ones are made.
const SPARE_DAYS: i64 = 30;

/// Where they are.
pub(super) struct LocalFiles {
    pub(super) authority: PathBuf,
    pub(super) certificate: PathBuf,
    pub(super) key: PathBuf,
}

impl LocalFiles {
    /// Those of the directory; new ones if there are none, or if they end soon.
    pub(super) fn in_directory(directory: &Path) -> anyhow::Result<Self> {
        let [authority, certificate, key] = ["ca.pem", "server.pem", "server.key"].map(|name| directory.join(name));
        let files = Self { authority, certificate, key };
        if !files.are_current() {
            files.make()?;
        }
        Ok(files)
    }

    fn are_current(&self) -> bool {
        let soon = SystemClock.now().plus_seconds(SPARE_DAYS * 24 * 3600);
        let end =
            fs::read(&self.certificate).ok().and_then(|pem| certificate::read(&pem).ok()).map(|read| read.not_after);
        self.authority.exists() && self.key.exists() && end.is_some_and(|end| end > soon)
    }

    /// The certificate comes last: only with it the others count.
    fn make(&self) -> anyhow::Result<()> {
        let made = LocalTls::generate(SystemClock.now(), &SystemEntropy)?;
        SecretFile::at(&self.key)?.write(made.private_key_pem.as_bytes())?;
        fs::write(&self.authority, &made.authority_pem)?;
        fs::write(&self.certificate, &made.certificate_pem)?;
        Ok(())
    }
}
