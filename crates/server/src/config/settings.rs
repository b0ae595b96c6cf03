//! The settings that a valid configuration comes to.

use std::collections::HashSet;
use std::fmt;
use std::net::{IpAddr, SocketAddr};
use std::path::PathBuf;

use ipnet::IpNet;
use telamon_api::Overrides;
use telamon_pki::KeyKind;
use telamon_store::{Options, Target};
use telamon_wire::Version;
use zeroize::Zeroizing;

use super::known::{self, SEALING_KEY};
use super::layers::{Origin, Values};
use super::reader::Reader;
use super::{Problem, Problems};
use crate::control_plane::{Addresses, ControlPlane, Gateway};
use crate::limits::ResourceLimits;
use crate::mongodb::{MongoDbVersions, parse_version};
use crate::retention::{DAY, Retention};

mod mail;

pub use mail::MailSettings;

/// A whole valid configuration.
#[derive(Clone, Debug)]
pub struct Settings {
    /// Where to listen; port 0 takes a free one.
    pub listen: SocketAddr,
    /// The URL under which clients reach the server, without a slash at its end.
    pub public_url: Option<String>,
    /// The peers whose `X-Forwarded-*` headers are believed.
    pub trusted_proxies: Vec<IpNet>,
    /// Plain http beyond loopback is meant.
    pub allow_remote: bool,
    /// Whether `Strict-Transport-Security` is sent.
    pub hsts: bool,
    /// Versions that are answered with 410.
    pub gone_versions: HashSet<Version>,
    /// The files for https.
    pub tls: Option<TlsFiles>,
    /// The data directory: of SQLite, and of the sealing key by default.
    pub data_dir: PathBuf,
    /// Which database, and its bounds.
    pub database: Options,
    /// Where the sealing key comes from.
    pub sealing: KeySource,
    /// Limits of access tokens.
    pub tokens: Tokens,
    /// Limits of requests.
    pub rates: Rates,
    /// Limits of resources.
    pub limits: ResourceLimits,
    /// For how long is kept what nobody needs to be served.
    pub retention: Retention,
    /// The addresses of this server, as the world is told.
    pub control_plane: ControlPlane,
    /// The versions of MongoDB that deployments have.
    pub mongodb_versions: MongoDbVersions,
    /// The keys of client certificates.
    pub certificates: Certificates,
    /// Whether every issued token is an event.
    pub record_token_events: bool,
    /// How mail is sent.
    pub mail: MailSettings,
    /// How and what to log.
    pub log: Log,
    /// Where figures are served, if not by the main listener.
    pub metrics_listen: Option<SocketAddr>,
}

/// The files for https.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TlsFiles {
    /// Certificate and chain, PEM.
    pub certificate: PathBuf,
    /// Private key, PEM.
    pub key: PathBuf,
}

/// Where the sealing key comes from.
#[derive(Clone, Debug)]
pub enum KeySource {
    /// A file of base64 text.
    File(PathBuf),
    /// The base64 text itself, and the variable that gave it.
    Environment(String, SecretText),
}

/// A text that must not be shown.
#[derive(Clone)]
pub struct SecretText(Zeroizing<String>);

impl From<String> for SecretText {
    fn from(text: String) -> Self {
        Self(Zeroizing::new(text))
    }
}

impl SecretText {
    /// The text.
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for SecretText {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SecretText")
    }
}

/// Limits of access tokens, for each node; 0 is no limit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Tokens {
    /// Tokens of a service account that live at the same time.
    pub live: u32,
    /// Requests for tokens in a minute, by address and account.
    pub requests_per_minute: u32,
}

/// Limits of requests.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rates {
    /// Whether an empty bucket refuses.
    pub enforced: bool,
    /// The buckets that are not as large as by default.
    pub overrides: Overrides,
}

/// The keys of client certificates.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Certificates {
    /// Their kind.
    pub key: KeyKind,
    /// How many RSA keys are made ahead.
    pub keys_ahead: usize,
}

/// How and what to log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Log {
    /// How a line looks.
    pub format: LogFormat,
    /// Directives for `tracing_subscriber::EnvFilter`.
    pub filter: String,
}

/// How a line of the log looks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LogFormat {
    /// For people.
    Text,
    /// One JSON object a line.
    Json,
}

impl Settings {
    /// Whether the listener is reachable from this machine only.
    pub fn is_loopback(&self) -> bool {
        self.listen.ip().is_loopback()
    }

    /// What a lasting server beyond loopback needs: that credentials are not sent in clear, and a URL for links.
    ///
    /// # Errors
    /// Each thing that is missing.
    pub fn check_exposure(&self) -> Result<(), Problems> {
        let mut problems = Vec::new();
        let listen = self.listen;
        let protected = self.tls.is_some() || !self.trusted_proxies.is_empty() || self.allow_remote;
        if !self.is_loopback() && !protected {
            problems.push(Problem(format!(
                "{listen} is reachable from other machines, and credentials would be sent over plain http. Give \
                 tls.certificate_file and tls.key_file, or name the proxies in front in server.trusted_proxies, or say \
                 with --allow-remote that plain http is meant"
            )));
        }
        if !self.is_loopback() && self.public_url.is_none() {
            problems.push(Problem(format!(
                "{listen} is reachable from other machines: server.public_url must say under which URL, such as \
                 https://atlas.example.com"
            )));
        }
        if problems.is_empty() { Ok(()) } else { Err(Problems(problems)) }
    }

    /// Whether the main listener answers `/metrics`: only where strangers cannot reach it.
    pub fn metrics_on_main(&self) -> bool {
        self.metrics_listen.is_none() && self.is_loopback() && self.trusted_proxies.is_empty()
    }
}

const ADDRESS: &str = "an address and port such as 127.0.0.1:8080";

/// Reads `127.0.0.1:8080`, `[::1]:8080` or `localhost:8080`.
pub fn parse_address(text: &str) -> Option<SocketAddr> {
    match text.strip_prefix("localhost:") {
        Some(port) => Some(SocketAddr::from(([127, 0, 0, 1], port.parse().ok()?))),
        None => text.parse().ok(),
    }
}

pub(super) fn read(values: &Values, problems: &mut Vec<Problem>) -> Settings {
    let mut reader = Reader { values, problems };
    let r = &mut reader;
    let data_dir = r.text("storage.data_dir").map(PathBuf::from);
    if data_dir.is_none() {
        r.problem("storage.data_dir", "must name a directory");
    }
    let listen = r.parsed("server.listen", ADDRESS, parse_address);
    if listen.is_none() && r.text("server.listen").is_none() {
        r.problem("server.listen", &format!("must be {ADDRESS}"));
    }
    let block = "addresses or blocks such as 10.0.0.0/8";
    Settings {
        listen: listen.unwrap_or(SocketAddr::from(([127, 0, 0, 1], 0))),
        public_url: r.parsed("server.public_url", "a URL such as https://atlas.example.com, without a path", url),
        trusted_proxies: r.list("server.trusted_proxies", block, |text| {
            text.parse().ok().or_else(|| text.parse::<IpAddr>().ok().map(IpNet::from))
        }),
        allow_remote: r.boolean("server.allow_remote"),
        hsts: r.boolean("server.hsts"),
        gone_versions: r.list("server.gone_versions", "dates such as 2023-01-01", Version::parse).into_iter().collect(),
        tls: tls(r),
        database: database(r, data_dir.clone().unwrap_or_default()),
        sealing: sealing(r, data_dir.as_ref()),
        data_dir: data_dir.unwrap_or_default(),
        tokens: Tokens {
            live: r.number("tokens.live", 0),
            requests_per_minute: r.number("tokens.requests_per_minute", 0),
        },
        rates: Rates { enforced: r.boolean("rates.enforced"), overrides: sets(r) },
        limits: limits(r),
        retention: retention(r),
        control_plane: control_plane(r),
        mongodb_versions: mongodb_versions(r),
        certificates: Certificates {
            key: r.parsed("certificates.key", "p256, rsa2048 or rsa4096", key_kind).unwrap_or_default(),
            keys_ahead: r.number("certificates.keys_ahead", 0),
        },
        record_token_events: r.boolean("events.token_issued"),
        mail: mail::read(r),
        log: Log {
            format: r.parsed("log.format", "text or json", log_format).unwrap_or(LogFormat::Text),
            filter: r.text("log.filter").unwrap_or_else(|| "info".to_owned()),
        },
        metrics_listen: r.parsed("metrics.listen", ADDRESS, parse_address),
    }
}

/// A base URL; without the slash that may end it.
fn url(text: &str) -> Option<String> {
    let uri: http::Uri = text.parse().ok()?;
    let authority = uri.authority()?;
    let scheme = uri.scheme_str()?;
    let plain = uri.path() == "/" && uri.query().is_none() && !authority.as_str().contains('@') && !text.contains('#');
    (plain && matches!(scheme, "http" | "https")).then(|| format!("{scheme}://{authority}"))
}

fn key_kind(text: &str) -> Option<KeyKind> {
    match text {
        "p256" => Some(KeyKind::P256),
        "rsa2048" => Some(KeyKind::Rsa2048),
        "rsa4096" => Some(KeyKind::Rsa4096),
        _ => None,
    }
}

fn log_format(text: &str) -> Option<LogFormat> {
    match text {
        "text" => Some(LogFormat::Text),
        "json" => Some(LogFormat::Json),
        _ => None,
    }
}

fn tls(r: &mut Reader<'_>) -> Option<TlsFiles> {
    match (r.text("tls.certificate_file"), r.text("tls.key_file")) {
        (Some(certificate), Some(key)) => Some(TlsFiles { certificate: certificate.into(), key: key.into() }),
        (None, None) => None,
        (Some(_), None) => {
            r.problem("tls.certificate_file", "needs tls.key_file beside it");
            None
        }
        (None, Some(_)) => {
            r.problem("tls.key_file", "needs tls.certificate_file beside it");
            None
        }
    }
}

fn database(r: &mut Reader<'_>, data_dir: PathBuf) -> Options {
    let connections = r.number("storage.connections", 1);
    let url = match (r.text("storage.database_url"), r.text("storage.database_url_file")) {
        (Some(_), Some(_)) if !set_by_flag(r, "storage.database_url") => {
            r.problem("storage.database_url_file", "storage.database_url is set as well: one of them is enough");
            None
        }
        (Some(url), _) => Some(("storage.database_url", url)),
        (None, Some(file)) => match std::fs::read_to_string(&file) {
            Ok(url) => Some(("storage.database_url_file", url.trim().to_owned())),
            Err(error) => {
                r.problem("storage.database_url_file", &format!("cannot read {file}: {error}"));
                None
            }
        },
        (None, None) => None,
    };
    let target = match url {
        None => Target::Sqlite(data_dir),
        Some((key, url)) => {
            if !url.starts_with("postgres://") && !url.starts_with("postgresql://") {
                // The value is not shown: it may hold a password.
                r.problem(key, "must be a URL such as postgres://user:password@host:5432/database");
            }
            Target::Postgres(url)
        }
    };
    Options { readers: connections, connections, ..Options::new(target) }
}

fn set_by_flag(r: &Reader<'_>, key: &str) -> bool {
    r.values.get(key).is_some_and(|entry| matches!(entry.origin, Origin::Flag(_)))
}

fn sealing(r: &Reader<'_>, data_dir: Option<&PathBuf>) -> KeySource {
    let file = r.text("sealing.key_file").map(PathBuf::from);
    let by_default = || data_dir.cloned().unwrap_or_default().join("telamon.key");
    // A flag wins over the environment.
    if let (Some(file), true) = (&file, set_by_flag(r, "sealing.key_file")) {
        return KeySource::File(file.clone());
    }
    match r.values.get(SEALING_KEY) {
        Some(entry) => {
            let name = match &entry.origin {
                Origin::Environment(name) => name.clone(),
                _ => known::variable(SEALING_KEY),
            };
            let text = entry.value.as_str().unwrap_or_default().to_owned();
            KeySource::Environment(name, SecretText(Zeroizing::new(text)))
        }
        None => KeySource::File(file.unwrap_or_else(by_default)),
    }
}

fn limits(r: &mut Reader<'_>) -> ResourceLimits {
    let mut limit = |key: &str| {
        let number: i64 = r.number(key, 0);
        (number > 0).then_some(number)
    };
    ResourceLimits {
        projects_per_org: limit("limits.projects_per_org"),
        api_keys_per_org: limit("limits.api_keys_per_org"),
        service_accounts_per_org: limit("limits.service_accounts_per_org"),
        teams_per_org: limit("limits.teams_per_org"),
        teams_per_project: limit("limits.teams_per_project"),
        users_per_team: limit("limits.users_per_team"),
        users_per_org: limit("limits.users_per_org"),
        users_per_project: limit("limits.users_per_project"),
        database_users_per_project: limit("limits.database_users_per_project"),
        custom_roles_per_project: limit("limits.custom_roles_per_project"),
        network_entries_per_project: limit("limits.network_entries_per_project"),
        certificates_per_user: limit("limits.certificates_per_user"),
    }
}

fn retention(r: &mut Reader<'_>) -> Retention {
    let mut days = |key: &str| {
        let number: u32 = r.number(key, 0);
        (number > 0).then_some(i64::from(number) * DAY)
    };
    Retention {
        events: days("retention.events_days"),
        certificates: days("retention.certificates_days"),
        sent_mail: days("retention.sent_mail_days"),
        refusals: days("retention.refusals_days"),
        sessions: days("retention.sessions_days"),
        markers: i64::from(r.number::<u32>("retention.markers_minutes", 2)) * 60,
    }
}

fn control_plane(r: &mut Reader<'_>) -> ControlPlane {
    let form = "{ aws = { us-east-1 = [\"203.0.113.7/32\"] } }, with the providers aws, azure and gcp";
    let mut addresses = |key: &str| {
        let read = Addresses::from_table(&r.tables(key));
        if read.is_none() {
            r.problem(key, &format!("must be written {form}"));
        }
        read.unwrap_or_default()
    };
    let (inbound, outbound) = (addresses("control_plane.inbound"), addresses("control_plane.outbound"));
    let mut gateways = Vec::new();
    for (name, value) in &r.tables("control_plane.gateways") {
        match Gateway::from_value(name, value) {
            Some(gateway) => gateways.push(gateway),
            None => r.problem(
                "control_plane.gateways",
                &format!("{name} must have inbound and outbound, both written {form}"),
            ),
        }
    }
    ControlPlane { gateways, inbound, outbound }
}

fn mongodb_versions(r: &mut Reader<'_>) -> MongoDbVersions {
    let versions = r.list("mongodb.versions", "major versions such as 8.0", parse_version);
    MongoDbVersions::of(versions).unwrap_or_else(|| {
        r.problem("mongodb.versions", "must list at least one version");
        MongoDbVersions::default()
    })
}

fn sets(r: &mut Reader<'_>) -> Overrides {
    let mut overrides = Overrides::new();
    let tables = r.tables("rates.sets");
    if tables.is_empty() {
        return overrides;
    }
    let operations = crate::resources::operations();
    let ids: HashSet<&str> = operations.iter().map(|operation| operation.rate.id).collect();
    for (id, table) in &tables {
        if !ids.contains(id.as_str()) {
            let meant = known::nearest(id, ids.iter().copied());
            let hint = meant.map_or_else(String::new, |id| format!(": did you mean {id}?"));
            r.problem("rates.sets", &format!("there is no endpoint set {id}{hint}"));
        }
        let stray =
            table.as_table().into_iter().flatten().find(|(key, _)| !["capacity", "refill"].contains(&key.as_str()));
        match (positive(table, "capacity"), positive(table, "refill"), stray) {
            (Some(capacity), Some(refill), None) => drop(overrides.insert(id.clone(), (capacity, refill))),
            (_, _, Some((stray, _))) => {
                r.problem("rates.sets", &format!("{id} has capacity and refill, and no {stray}"));
            }
            _ => {
                r.problem(
                    "rates.sets",
                    &format!("{id} must be written {{ capacity = 100, refill = 50 }}, both from 1"),
                );
            }
        }
    }
    overrides
}

/// A whole number from 1 in a table.
fn positive(table: &toml::Value, name: &str) -> Option<u32> {
    let number = table.get(name).and_then(toml::Value::as_integer).and_then(|number| u32::try_from(number).ok());
    number.filter(|number| *number > 0)
}

#[cfg(test)]
mod tests;
