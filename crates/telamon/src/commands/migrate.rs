//! `telamon migrate`.

use std::io::{self, Write};

use telamon_store::Target;
use telamon_wire::Clock;

use super::{log_what_is_amiss, settings};
use crate::ambient::SystemClock;
use crate::cli::Migrate;
use crate::{data_dir, database};

pub(super) async fn run(args: Migrate) -> anyhow::Result<()> {
    log_what_is_amiss()?;
    let settings = settings(&args.place, args.place.flags())?;
    let _lock = match &settings.database.target {
        Target::Sqlite(directory) if directory.exists() => Some(data_dir::lock(directory)?),
        _ => None,
    };
    let db = database::open_existing(&settings).await?;
    let before = db.schema_state().await?;
    db.migrate(SystemClock.now()).await?;
    db.close().await;
    let mut out = io::stdout();
    if before.is_current() {
        writeln!(out, "The database already has schema {}. Nothing to do.", before.wanted)?;
    } else {
        writeln!(out, "The database was brought from schema {} to {}.", before.current, before.wanted)?;
    }
    Ok(())
}
