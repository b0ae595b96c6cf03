//! `telamon password`.

use std::io::{self, Write};

use anyhow::bail;
use telamon_server::console;

use super::{log_what_is_amiss, settings};
use crate::cli::Password;
use crate::database;

pub(super) async fn run(args: Password) -> anyhow::Result<()> {
    log_what_is_amiss()?;
    let settings = settings(&args.place, args.place.flags())?;
    let db = database::open_current(&settings).await?;
    let given = console::give_password(&database::work(&db), &args.username).await;
    let given = given.map_err(|failure| database::failed(&failure))?;
    db.close().await;
    let Some(password) = given else { bail!("nobody signs in as {}", args.username) };
    writeln!(io::stdout(), "{}", *password)?;
    writeln!(
        io::stderr(),
        "This is the password of {} from now on; it is shown this once. Whoever was signed in with the old one is not any \
         more.",
        args.username
    )?;
    Ok(())
}
