//! `telamon openapi`.

use std::io::{self, Write};

use telamon_api::{Registry, document};
use telamon_server::resources;

use crate::cli::Openapi;

pub(super) fn run(args: &Openapi) -> anyhow::Result<()> {
    let registry = Registry::new(resources::operations())?;
    // Relative: the document does not know where it will be served.
    let document = document(&registry, args.date, "/");
    Ok(writeln!(io::stdout(), "{document:#}")?)
}
