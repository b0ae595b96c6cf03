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
    let Some(password) = given else { bail!("there is no user {}", args.username) };
    writeln!(io::stdout(), "{}", *password)?;
    writeln!(
        io::stderr(),
        "This is the new password of {}. It is not shown again. All sessions that were opened with the old password have \
         ended.",
        args.username
    )?;
    Ok(())
}
