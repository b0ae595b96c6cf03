//! `telamon config`.

use std::io::{self, Write};

use telamon_server::config::{DEFAULT, markdown};

use crate::cli::Config;

pub(super) fn run(args: &Config) -> anyhow::Result<()> {
    let text = if args.markdown { markdown() } else { DEFAULT.to_owned() };
    Ok(io::stdout().write_all(text.as_bytes())?)
}
