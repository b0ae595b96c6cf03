//! What a person sees when a development server answers.

use std::io::Write;

use anstyle::Reset;
use telamon_server::bootstrap::Credentials;

use crate::cli::Dev;
use crate::printing::{COMMAND, HEADING, NOTE};

pub(super) fn print(credentials: &Credentials, args: &Dev) -> anyhow::Result<()> {
    let mut out = anstream::stdout().lock();
    write(&mut out, credentials, args)?;
    Ok(out.flush()?)
}

fn write(out: &mut impl Write, c: &Credentials, args: &Dev) -> std::io::Result<()> {
    let r = Reset;
    writeln!(out, "\n{HEADING}telamon {}{r}, for development\n", env!("CARGO_PKG_VERSION"))?;
    let project = c.group_id.as_deref().unwrap_or_default();
    row(out, "Base URL", &c.base_url)?;
    row(out, "Organization", &c.org_id)?;
    row(out, "Project", project)?;
    if let Some(file) = &c.ca_file {
        row(out, "Trust this file", file)?;
    }
    writeln!(out, "\n  {HEADING}Service account{r} (OAuth 2.0), owner of the organization")?;
    row(out, "Client id", &c.client_id)?;
    row(out, "Secret", &c.client_secret)?;
    writeln!(out, "\n  {HEADING}API key{r} (HTTP digest), owner of the organization")?;
    row(out, "Public key", &c.public_key)?;
    row(out, "Private key", &c.private_key)?;
    writeln!(out, "\n  {HEADING}Owner{r}, a person")?;
    row(out, "User name", &c.username)?;
    row(out, "Password", &c.password)?;

    writeln!(out, "\n{HEADING}To paste{r}: an access token, then the projects, by token and by digest\n")?;
    for command in commands(c) {
        writeln!(out, "{COMMAND}{command}{r}\n")?;
    }
    let limits = if args.limits { "The limits of a lasting server apply." } else { "Nothing is limited." };
    match &args.data_dir {
        None => writeln!(out, "{NOTE}The data vanishes when this ends.{r} {limits} Ctrl-C ends it."),
        Some(path) => writeln!(out, "The data stays in {}. {limits} Ctrl-C ends it.", path.display()),
    }
}

fn row(out: &mut impl Write, name: &str, value: &str) -> std::io::Result<()> {
    writeln!(out, "  {name:<17}{value}")
}

/// Three commands for a POSIX shell.
fn commands(c: &Credentials) -> [String; 3] {
    let curl = c.ca_file.as_ref().map_or_else(|| "curl -sS".to_owned(), |file| format!("curl -sS --cacert '{file}'"));
    let Credentials { base_url: url, client_id, client_secret, public_key, private_key, .. } = c;
    let projects =
        format!("-H 'Accept: application/vnd.atlas.2023-01-01+json' '{url}/api/atlas/v2/groups?pretty=true'");
    let token = r#"sed 's/.*"access_token":"\([^"]*\)".*/\1/'"#;
    [
        format!(
            "TOKEN=$({curl} -u '{client_id}:{client_secret}' -d grant_type=client_credentials '{url}/api/oauth/token' | {token})"
        ),
        format!("{curl} -H \"Authorization: Bearer $TOKEN\" {projects}"),
        format!("{curl} --digest -u '{public_key}:{private_key}' {projects}"),
    ]
}
