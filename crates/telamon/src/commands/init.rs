//! `telamon init`: a lasting installation.

use std::fmt::Write as _;
use std::io::Write as _;
use std::path::Path;
use std::sync::Arc;

use anyhow::bail;
use telamon_authn::SealingKey;
use telamon_server::bootstrap::{self, Credentials, First};
use telamon_server::config::{KeySource, Settings};
use telamon_store::{Db, Target};
use telamon_wire::Clock;

use super::{log_what_is_amiss, settings};
use crate::ambient::SystemClock;
use crate::cli::Init;
use crate::printing::HEADING;
use crate::secret_file::SecretFile;
use crate::{data_dir, database, sealing_key};

pub(super) async fn run(args: Init) -> anyhow::Result<()> {
    log_what_is_amiss()?;
    let settings = settings(&args.place, [args.place.flags(), args.key.flags()].concat())?;
    let _lock = match &settings.database.target {
        Target::Sqlite(directory) => {
            data_dir::create(directory)?;
            Some(data_dir::lock(directory)?)
        }
        _ => None,
    };
    if let KeySource::File(path) = &settings.sealing
        && path.parent() == Some(&*settings.data_dir)
    {
        data_dir::create(&settings.data_dir)?;
    }
    // Whether the file can be written shows before there are secrets to lose.
    let file = args.credentials.as_deref().map(SecretFile::at).transpose()?;
    let db = Db::open(&settings.database).await?;
    refuse_used(&db).await?;
    let key = Arc::new(sealing_key::read_or_create(&settings.sealing)?);
    db.migrate(SystemClock.now()).await?;
    let credentials = make(&db, &key, &settings, &args).await.map_err(|failure| database::failed(&failure))?;
    db.close().await;
    match (file, &args.credentials) {
        (Some(file), Some(path)) => {
            file.write(&serde_json::to_vec_pretty(&credentials)?)?;
            tell(&settings, &args, Shown::InFile(path))
        }
        _ => tell(&settings, &args, Shown::Here(&credentials)),
    }
}

async fn refuse_used(db: &Db) -> anyhow::Result<()> {
    let state = db.schema_state().await?;
    if state.current == 0 {
        return Ok(());
    }
    if let Some(problem) = database::schema_problem(state) {
        bail!("{problem}");
    }
    if bootstrap::is_empty(db).await.map_err(|failure| database::failed(&failure))? {
        return Ok(());
    }
    bail!(
        "this installation already exists: start it with `telamon serve`. For a new one, give another --data-dir or database"
    );
}

async fn make(
    db: &Db,
    key: &Arc<SealingKey>,
    settings: &Settings,
    args: &Init,
) -> Result<Credentials, telamon_wire::Failure> {
    let scheme = if settings.tls.is_some() { "https" } else { "http" };
    let url = settings.public_url.clone().unwrap_or_else(|| format!("{scheme}://{}", settings.listen));
    // Both before the credentials: an installation that has an organization is complete.
    let work = database::work(db);
    bootstrap::remember_sealing_key(&work, key).await?;
    bootstrap::remember_issuer(&work, &url).await?;
    let first = First { organization: args.org.clone(), project: None, owner: args.owner.clone() };
    bootstrap::create_first(&work, key, first, &url).await
}

#[derive(Clone, Copy)]
enum Shown<'a> {
    Here(&'a Credentials),
    InFile(&'a Path),
}

fn tell(settings: &Settings, args: &Init, shown: Shown<'_>) -> anyhow::Result<()> {
    let mut out = anstream::stdout().lock();
    let (h, r) = (HEADING, anstyle::Reset);
    let place = match &settings.database.target {
        Target::Sqlite(directory) => format!("in {}", directory.display()),
        _ => "in PostgreSQL".to_owned(),
    };
    writeln!(out, "{h}The installation is made{r} {place}.\n")?;
    match shown {
        Shown::InFile(path) => writeln!(out, "The credentials are in {} (mode 0600).", path.display())?,
        Shown::Here(c) => {
            writeln!(out, "These secrets are shown this once:\n")?;
            for (name, value) in rows(c) {
                writeln!(out, "  {name:<28}{value}")?;
            }
        }
    }
    if let KeySource::File(path) = &settings.sealing {
        writeln!(
            out,
            "\nKeep a copy of the sealing key {}: a backup of the database is of no use without it.",
            path.display()
        )?;
    }
    let mut serve = String::from("telamon serve");
    for (flag, value) in
        [("--config", &args.place.config), ("--data-dir", &args.place.data_dir), ("--key-file", &args.key.key_file)]
    {
        if let Some(path) = value {
            // Writing to a String cannot fail.
            let _ = write!(serve, " {flag} {}", path.display());
        }
    }
    // A URL may hold a password, which does not belong on a screen.
    if args.place.database_url.is_some() {
        serve.push_str(" --database-url ...");
    }
    writeln!(out, "Start the server with: {}{serve}{r}", crate::printing::COMMAND)?;
    Ok(())
}

fn rows(c: &Credentials) -> [(&'static str, &str); 7] {
    [
        ("organization", &c.org_id),
        ("service account: client id", &c.client_id),
        ("service account: secret", &c.client_secret),
        ("API key: public key", &c.public_key),
        ("API key: private key", &c.private_key),
        ("owner: user name", &c.username),
        ("owner: password", &c.password),
    ]
}
