//! The command line. Its comments are what `--help` prints.
#![expect(clippy::doc_markdown, reason = "the program prints these comments as they are")]

use std::net::SocketAddr;
use std::path::PathBuf;

use clap::{Args, Parser, Subcommand};
use telamon_server::config::{Flag, parse_address};
use telamon_wire::Version;

/// A self-hosted Administration API for MongoDB, wire-compatible with version 2 of the MongoDB Atlas Administration API.
#[derive(Debug, Parser)]
#[command(name = "telamon", version, propagate_version = true, max_term_width = 100)]
#[command(after_help = "\
To try it out:          telamon dev
For a lasting server:   telamon init --org Example --owner ada@example.com && telamon serve
When something is odd:  telamon doctor

`telamon help COMMAND` explains a command, with examples.")]
pub(crate) struct Cli {
    #[command(subcommand)]
    pub(crate) command: Command,
}

/// What the program can do.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Start a complete server for development and tests, ready to use
    ///
    /// Makes an organization, a project, an owner, a service account and an API key, prints them with three commands to
    /// paste, and serves until it is interrupted. Nothing is limited: neither how often one may ask nor how many of each
    /// thing there may be. Without --data-dir all data vanishes when it ends.
    #[command(after_long_help = "\
Examples:
  telamon dev                                     try it out on http://127.0.0.1:8080
  telamon dev --listen 127.0.0.1:0 --credentials server.json
                                                  in tests: a free port, written to the file when it answers
  telamon dev --data-dir ./dev-data               the same data and credentials at the next start
  telamon dev --tls                               https, with a certificate made for this machine")]
    Dev(Dev),
    /// Make a lasting installation: database, sealing key, first organization and credentials
    ///
    /// Prepares an empty database, makes the key that seals private keys (file mode 0600; keep a copy, nothing replaces
    /// it), and makes an organization with an owner (a person), a service account and an API key that may do everything
    /// in it. Their secrets are shown this once, or written to a file.
    #[command(after_long_help = "\
Examples:
  telamon init --org Example --owner ada@example.com
  telamon init --org Example --owner ada@example.com --data-dir /var/lib/telamon --credentials first.json
  TELAMON_STORAGE__DATABASE_URL=postgres://telamon:secret@db/telamon \\
    telamon init --org Example --owner ada@example.com --key-file /etc/telamon/telamon.key")]
    Init(Init),
    /// Serve an installation that `telamon init` made
    ///
    /// Reads a configuration file if one is named, the environment (TELAMON_SECTION__KEY) above it, and flags above that.
    /// `telamon config` prints the file with every key and its default. SIGTERM or SIGINT finishes the requests in flight
    /// (30 seconds at most); a second signal ends at once.
    #[command(after_long_help = "\
Examples:
  telamon serve                                   ./telamon-data on http://127.0.0.1:8080
  telamon serve --config /etc/telamon/telamon.toml
  TELAMON_SERVER__PUBLIC_URL=https://atlas.example.com TELAMON_SERVER__TRUSTED_PROXIES=10.0.0.0/8 \\
    telamon serve --listen 0.0.0.0:8080           behind a proxy that ends TLS")]
    Serve(Serve),
    /// Bring the database to the schema of this program
    ///
    /// Needs the server on a data directory stopped. Each step is a transaction: a step that fails is undone.
    #[command(after_long_help = "\
Examples:
  telamon migrate --data-dir /var/lib/telamon
  telamon migrate --config /etc/telamon/telamon.toml")]
    Migrate(Migrate),
    /// Say what is wrong with an installation, and how to mend it
    ///
    /// Looks at the configuration, the data directory, the database and its schema, the sealing key, the listener, the
    /// TLS files, the clock and the certificate authorities. Changes nothing, and may run beside a server. Exits with 1
    /// if there is a problem.
    #[command(after_long_help = "\
Examples:
  telamon doctor
  telamon doctor --config /etc/telamon/telamon.toml --json")]
    Doctor(Doctor),
    /// Print the OpenAPI document of the API
    #[command(after_long_help = "\
Examples:
  telamon openapi > openapi.json                  all versions
  telamon openapi --date 2024-08-05               the shapes in force on that day")]
    Openapi(Openapi),
    /// Say why a request was refused, to an owner of the organization that it concerns
    ///
    /// Every answer carries the header X-Request-Id. Of a refusal (401 or 403) the server keeps the reason for a day: which
    /// credential it was, which rule refused it, which role or entry was missing, and what would grant it. The server is
    /// asked with a service account that owns the organization, by default the one of the credentials file that
    /// `telamon init` or `telamon dev` wrote. Exits with 1 if nothing is known of the request.
    #[command(after_long_help = "\
Examples:
  telamon why 6f1c7f0e-62a5-4d0b-9f43-0a3f5b8c2d11 --credentials server.json
  TELAMON_CREDENTIALS=server.json telamon why 6f1c7f0e-62a5-4d0b-9f43-0a3f5b8c2d11 --json

The credentials file is JSON with baseUrl, orgId, clientId, clientSecret, and caFile where the server's certificate
is from an authority that this machine does not trust.")]
    Why(Why),
    /// Look after the projects' certificate authorities
    #[command(subcommand)]
    Ca(Ca),
    /// Look after the keys that sign access tokens
    #[command(subcommand)]
    Keys(Keys),
    /// Give somebody a new password, where no mail reaches them
    ///
    /// Prints a new password for a person who signs in on the server's pages, and ends what the old one opened: their
    /// sessions there, and their sign-ins by programs. May run beside a server. They change it on /account/password.
    #[command(after_long_help = "\
Example:
  telamon password ada@example.com --data-dir /var/lib/telamon")]
    Password(Password),
    /// Print the configuration file with every key, its default and what it does
    #[command(after_long_help = "\
Example:
  telamon config > telamon.toml")]
    Config(Config),
}

#[derive(Debug, Args)]
pub(crate) struct Dev {
    /// Where to listen; port 0 takes a free one
    #[arg(long, value_name = "ADDR", default_value = "127.0.0.1:8080", value_parser = address)]
    pub(crate) listen: SocketAddr,
    /// Write the base URL and the credentials to this file as JSON (mode 0600), once the server answers
    #[arg(long, value_name = "FILE")]
    pub(crate) credentials: Option<PathBuf>,
    /// Keep the data, and the credentials, in this directory
    #[arg(long, value_name = "DIR")]
    pub(crate) data_dir: Option<PathBuf>,
    /// Serve https with a certificate from a local authority made for it; clients must trust its file, which is printed
    #[arg(long)]
    pub(crate) tls: bool,
    /// Apply the limits of `telamon serve`: of requests, tokens and resources
    #[arg(long)]
    pub(crate) limits: bool,
    /// Allow an address that other machines reach
    #[arg(long)]
    pub(crate) allow_remote: bool,
    #[command(flatten)]
    pub(crate) log: LogArgs,
}

#[derive(Debug, Args)]
pub(crate) struct Init {
    /// The name of the first organization
    #[arg(long, value_name = "NAME", value_parser = organization)]
    pub(crate) org: String,
    /// The e-mail address of its owner
    #[arg(long, value_name = "EMAIL", value_parser = email)]
    pub(crate) owner: String,
    /// Write the credentials to this file as JSON (mode 0600) instead of showing them
    #[arg(long, value_name = "FILE")]
    pub(crate) credentials: Option<PathBuf>,
    #[command(flatten)]
    pub(crate) place: Place,
    #[command(flatten)]
    pub(crate) key: KeyFile,
}

#[derive(Debug, Args)]
pub(crate) struct Serve {
    /// Where to listen; port 0 takes a free one
    #[arg(long, value_name = "ADDR", value_parser = address)]
    pub(crate) listen: Option<SocketAddr>,
    /// Allow plain http on an address that other machines reach, without a trusted proxy
    #[arg(long)]
    pub(crate) allow_remote: bool,
    #[command(flatten)]
    pub(crate) place: Place,
    #[command(flatten)]
    pub(crate) key: KeyFile,
    #[command(flatten)]
    pub(crate) log: LogArgs,
}

#[derive(Debug, Args)]
pub(crate) struct Migrate {
    #[command(flatten)]
    pub(crate) place: Place,
}

#[derive(Debug, Args)]
pub(crate) struct Doctor {
    /// Print JSON
    #[arg(long)]
    pub(crate) json: bool,
    #[command(flatten)]
    pub(crate) place: Place,
    #[command(flatten)]
    pub(crate) key: KeyFile,
}

#[derive(Debug, Args)]
pub(crate) struct Openapi {
    /// Only the shapes that are in force on this day
    #[arg(long, value_name = "DATE", value_parser = version)]
    pub(crate) date: Option<Version>,
}

#[derive(Debug, Args)]
pub(crate) struct Why {
    /// The X-Request-Id of the answer that refused the request
    #[arg(value_name = "ID")]
    pub(crate) id: String,
    /// The file with the server's address and the credentials to ask with
    #[arg(long, value_name = "FILE", env = "TELAMON_CREDENTIALS")]
    pub(crate) credentials: PathBuf,
    /// Print JSON
    #[arg(long)]
    pub(crate) json: bool,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Ca {
    /// Print the certificates of a project's authorities that are still trusted, PEM
    ///
    /// That is what `net.tls.CAFile` of a mongod names. Works beside a running server, which answers the same at
    /// /pki/projects/ID/ca.pem.
    #[command(after_long_help = "\
Example:
  telamon ca export --project 65a593c0e8f1a2b3c4d50001 --data-dir /var/lib/telamon > ca.pem")]
    Export(CaExport),
}

#[derive(Debug, Args)]
pub(crate) struct CaExport {
    /// The project's id
    #[arg(long, value_name = "ID")]
    pub(crate) project: String,
    #[command(flatten)]
    pub(crate) place: Place,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Keys {
    /// Make a new key to sign access tokens with
    ///
    /// Tokens that the old key signed stay valid until they expire. Works beside running servers, which take the new key
    /// up within a second.
    #[command(after_long_help = "\
Example:
  telamon keys rotate --data-dir /var/lib/telamon")]
    Rotate(KeysRotate),
}

#[derive(Debug, Args)]
pub(crate) struct KeysRotate {
    #[command(flatten)]
    pub(crate) place: Place,
    #[command(flatten)]
    pub(crate) key: KeyFile,
}

#[derive(Debug, Args)]
pub(crate) struct Password {
    /// Their user name, an e-mail address
    pub(crate) username: String,
    #[command(flatten)]
    pub(crate) place: Place,
}

#[derive(Debug, Args)]
pub(crate) struct Config {
    /// Print the page of the documentation instead
    #[arg(long, hide = true)]
    pub(crate) markdown: bool,
}

/// Where an installation is.
#[derive(Debug, Args)]
pub(crate) struct Place {
    /// The configuration file; `telamon config` prints one
    #[arg(long, value_name = "FILE", env = "TELAMON_CONFIG")]
    pub(crate) config: Option<PathBuf>,
    /// The data directory with the SQLite database [default: ./telamon-data]
    #[arg(long, value_name = "DIR", conflicts_with = "database_url")]
    pub(crate) data_dir: Option<PathBuf>,
    /// PostgreSQL instead, postgres://user@host/database; a password is better given in TELAMON_STORAGE__DATABASE_URL
    #[arg(long, value_name = "URL")]
    pub(crate) database_url: Option<String>,
}

#[derive(Debug, Args)]
pub(crate) struct KeyFile {
    /// The file of the sealing key [default: telamon.key in the data directory, or the variable TELAMON_KEY]
    #[arg(long, value_name = "FILE")]
    pub(crate) key_file: Option<PathBuf>,
}

#[derive(Debug, Args)]
pub(crate) struct LogArgs {
    /// How a line of the log looks
    #[arg(long, value_name = "FORMAT", value_parser = ["text", "json"])]
    pub(crate) log_format: Option<String>,
    /// What is logged: a level (error, warn, info, debug, trace) or levels for parts, such as info,telamon_store=debug
    #[arg(long, value_name = "FILTER")]
    pub(crate) log_filter: Option<String>,
}

impl Place {
    pub(crate) fn flags(&self) -> Vec<Flag> {
        let mut flags = Vec::new();
        if let Some(directory) = &self.data_dir {
            let value = directory.display().to_string();
            flags.push(Flag { name: "--data-dir", key: "storage.data_dir", value: value.into() });
            // The two are alternatives: whoever names the one does not want the other of a configuration file.
            for key in ["storage.database_url", "storage.database_url_file"] {
                flags.push(Flag { name: "--data-dir", key, value: "".into() });
            }
        }
        if let Some(url) = &self.database_url {
            flags.push(Flag { name: "--database-url", key: "storage.database_url", value: url.as_str().into() });
        }
        flags
    }
}

impl KeyFile {
    pub(crate) fn flags(&self) -> Vec<Flag> {
        let value = |path: &PathBuf| path.display().to_string().into();
        let flag = |path| Flag { name: "--key-file", key: "sealing.key_file", value: value(path) };
        self.key_file.iter().map(flag).collect()
    }
}

impl LogArgs {
    pub(crate) fn flags(&self) -> Vec<Flag> {
        let format = self.log_format.iter().map(|text| ("--log-format", "log.format", text));
        let filter = self.log_filter.iter().map(|text| ("--log-filter", "log.filter", text));
        format.chain(filter).map(|(name, key, text)| Flag { name, key, value: text.as_str().into() }).collect()
    }
}

impl Serve {
    pub(crate) fn flags(&self) -> Vec<Flag> {
        let mut flags = [self.place.flags(), self.key.flags(), self.log.flags()].concat();
        if let Some(listen) = self.listen {
            flags.push(Flag { name: "--listen", key: "server.listen", value: listen.to_string().into() });
        }
        if self.allow_remote {
            flags.push(Flag { name: "--allow-remote", key: "server.allow_remote", value: true.into() });
        }
        flags
    }
}

fn address(text: &str) -> Result<SocketAddr, String> {
    parse_address(text).ok_or_else(|| "an address and port are wanted, such as 127.0.0.1:8080".to_owned())
}

fn version(text: &str) -> Result<Version, String> {
    Version::parse(text).ok_or_else(|| "a day is wanted, such as 2024-08-05, or preview".to_owned())
}

fn organization(text: &str) -> Result<String, String> {
    let fine = (1..=64).contains(&text.chars().count()) && !text.chars().any(char::is_control) && text.trim() == text;
    if fine { Ok(text.to_owned()) } else { Err("1 to 64 characters are wanted, without blanks around them".to_owned()) }
}

fn email(text: &str) -> Result<String, String> {
    let parts = text.split_once('@').filter(|(name, host)| !name.is_empty() && !host.is_empty() && !host.contains('@'));
    let plain = text.len() <= 254 && !text.chars().any(|c| c.is_whitespace() || c.is_control());
    if plain && parts.is_some() {
        Ok(text.to_owned())
    } else {
        Err("an address such as ada@example.com is wanted".to_owned())
    }
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    #[test]
    fn the_command_line_is_consistent() {
        super::Cli::command().debug_assert();
    }

    #[test]
    fn e_mail_addresses_are_told_from_other_texts() {
        assert!(super::email("ada@example.com").is_ok());
        for text in ["ada", "@example.com", "ada@", "a da@example.com", "a@b@c"] {
            assert!(super::email(text).is_err(), "{text}");
        }
    }
}
