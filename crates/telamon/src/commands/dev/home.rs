//! Where a development server keeps its data: a directory that vanishes with it, or one that stays.

use std::fs;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use anyhow::{Context, bail};
use telamon_authn::SealingKey;
use telamon_server::bootstrap::{self, Credentials, First};
use telamon_server::config::KeySource;
use telamon_store::{Db, Options, Target};
use telamon_wire::Clock;
use tempfile::TempDir;

use crate::ambient::SystemClock;
use crate::data_dir::{self, Locked};
use crate::database::{self, failed};
use crate::sealing_key;
use crate::secret_file::SecretFile;

/// Stands in the directory while the first start is under way: if that was interrupted, nobody has its credentials.
const UNFINISHED: &str = "unfinished";
const CREDENTIALS: &str = "credentials.json";

/// The directory.
pub(super) struct Home {
    path: PathBuf,
    vanishing: Option<TempDir>,
    _lock: Locked,
}

/// What the server needs out of it.
pub(super) struct Opened {
    pub(super) db: Db,
    pub(super) key: Arc<SealingKey>,
    pub(super) credentials: Credentials,
}

impl Home {
    /// The directory that is named, or one that vanishes.
    pub(super) fn open(kept: Option<&Path>) -> anyhow::Result<Self> {
        let (path, vanishing) = if let Some(path) = kept {
            data_dir::create(path)?;
            (path.to_owned(), None)
        } else {
            let made = tempfile::Builder::new().prefix("telamon-dev-").tempdir();
            let made = made.context("cannot make a directory for data that vanishes")?;
            (made.path().to_owned(), Some(made))
        };
        let lock = data_dir::lock(&path)?;
        Ok(Self { path: path.canonicalize()?, vanishing, _lock: lock })
    }

    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    /// The directory, if it is to go.
    pub(super) fn vanishing(&self) -> Option<PathBuf> {
        self.vanishing.as_ref().map(|directory| directory.path().to_owned())
    }

    /// Opens the database, or makes it with its first organization.
    pub(super) async fn prepare(&self, base_url: &str, ca_file: Option<String>) -> anyhow::Result<Opened> {
        let unfinished = self.path.join(UNFINISHED);
        if unfinished.exists() {
            tracing::warn!("the first start here was interrupted before it gave credentials: beginning again");
            data_dir::remove_database(&self.path)?;
        }
        let known = self.known_credentials()?;
        let database = self.path.join("telamon.db");
        if database.exists() && known.is_none() {
            bail!(
                "{} holds an installation made by `telamon init`: start it with `telamon serve --data-dir`. `telamon dev` \
                 needs a directory of its own",
                self.path.display()
            );
        }
        let source = KeySource::File(self.path.join("telamon.key"));
        let (db, key, mut credentials) = if let Some(credentials) = known.filter(|_| database.exists()) {
            let key = Arc::new(sealing_key::read(&source)?);
            let db = self.open_migrated().await?;
            sealing_key::check(&db, &key, &source).await?;
            (db, key, credentials)
        } else {
            fs::write(&unfinished, "")?;
            let key = Arc::new(sealing_key::read_or_create(&source)?);
            let db = self.open_migrated().await?;
            let credentials = first(&db, &key, base_url).await.map_err(|failure| failed(&failure))?;
            self.keep_credentials(&serde_json::to_vec_pretty(&credentials)?)?;
            fs::remove_file(&unfinished)?;
            (db, key, credentials)
        };
        base_url.clone_into(&mut credentials.base_url);
        credentials.ca_file = ca_file;
        Ok(Opened { db, key, credentials })
    }

    async fn open_migrated(&self) -> anyhow::Result<Db> {
        let db = Db::open(&Options::new(Target::Sqlite(self.path.clone()))).await?;
        let state = db.schema_state().await?;
        if state.is_newer() {
            bail!("{}", database::schema_problem(state).unwrap_or_default());
        }
        db.migrate(SystemClock.now()).await?;
        Ok(db)
    }

    fn known_credentials(&self) -> anyhow::Result<Option<Credentials>> {
        let path = self.path.join(CREDENTIALS);
        let read = match fs::read(&path) {
            Ok(read) => read,
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(error).with_context(|| format!("cannot read {}", path.display())),
        };
        let known = serde_json::from_slice(&read);
        known.map(Some).with_context(|| format!("{} does not hold the credentials of a server", path.display()))
    }

    /// Keeps the credentials for the next start.
    pub(super) fn keep_credentials(&self, json: &[u8]) -> anyhow::Result<()> {
        SecretFile::at(&self.path.join(CREDENTIALS))?.write(json)
    }
}

async fn first(db: &Db, key: &Arc<SealingKey>, base_url: &str) -> Result<Credentials, telamon_wire::Failure> {
    let work = database::work(db);
    bootstrap::remember_sealing_key(&work, key).await?;
    let first = First {
        organization: "Development".to_owned(),
        project: Some("Development".to_owned()),
        owner: "owner@example.com".to_owned(),
    };
    bootstrap::create_first(&work, key, first, base_url).await
}
