//! `telamon keys`.

use std::io::{self, Write};

use telamon_server::gate;

use super::{log_what_is_amiss, settings};
use crate::cli::KeysRotate;
use crate::{database, sealing_key};

pub(super) async fn rotate(args: KeysRotate) -> anyhow::Result<()> {
    log_what_is_amiss()?;
    let settings = settings(&args.place, [args.place.flags(), args.key.flags()].concat())?;
    let db = database::open_current(&settings).await?;
    let key = sealing_key::read(&settings.sealing)?;
    sealing_key::check(&db, &key, &settings.sealing).await?;
    let made = gate::rotate(&database::work(&db), &key).await;
    let id = made.map_err(|failure| database::failed(&failure))?;
    db.close().await;
    writeln!(
        io::stdout(),
        "Access tokens are signed with key {id} from now on. Older tokens stay valid until they expire."
    )?;
    Ok(())
}
