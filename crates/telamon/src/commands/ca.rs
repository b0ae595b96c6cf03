//! `telamon ca`.

use std::io::{self, Write};

use anyhow::{anyhow, bail};
use telamon_server::bootstrap;
use telamon_wire::ProjectId;

use super::{log_what_is_amiss, settings};
use crate::cli::CaExport;
use crate::{Misused, database};

pub(super) async fn export(args: CaExport) -> anyhow::Result<()> {
    log_what_is_amiss()?;
    let project: ProjectId = args.project.parse().map_err(|_| {
        anyhow!(Misused(format!("invalid project ID '{}': expected 24 hexadecimal digits", args.project)))
    })?;
    let settings = settings(&args.place, args.place.flags())?;
    let db = database::open_current(&settings).await?;
    let authorities =
        bootstrap::project_authorities(&db, project).await.map_err(|failure| database::failed(&failure))?;
    db.close().await;
    if authorities.is_empty() {
        bail!("there is no project {project} in this database: GET /api/atlas/v2/groups lists those that there are");
    }
    Ok(io::stdout().write_all(authorities.concat().as_bytes())?)
}
