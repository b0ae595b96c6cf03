//! What can be seen from outside the database: exposure, clock, directory, TLS, listener.

use std::fs::Metadata;
use std::io::ErrorKind;
use std::net::TcpListener;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use telamon_server::config::Settings;
use telamon_server::transport::Tls;
use telamon_store::Target;
use telamon_wire::{Clock, Timestamp};

use super::Finding;
use crate::ambient::SystemClock;
use crate::{certificate, data_dir};

const DAY: i64 = 24 * 3600;
/// When this program was written: no correct clock is earlier.
const WRITTEN: i64 = 1_780_000_000;

/// Whether credentials would travel in clear, and whether links would lead here.
pub(super) fn exposure(settings: &Settings) -> Vec<Finding> {
    let subject = "exposure";
    match settings.check_exposure() {
        Err(problems) => {
            let mend = "change the section server or tls of the configuration";
            problems.0.iter().map(|problem| Finding::problem(subject, problem.to_string(), mend)).collect()
        }
        Ok(()) if settings.is_loopback() && settings.trusted_proxies.is_empty() => {
            vec![Finding::ok(subject, format!("{} is for this machine alone", settings.listen))]
        }
        Ok(()) if settings.allow_remote && settings.tls.is_none() && settings.trusted_proxies.is_empty() => {
            let found = format!("{} takes credentials over plain http, as server.allow_remote allows", settings.listen);
            vec![Finding::note(subject, found, "serve TLS, or name the proxy in front in server.trusted_proxies")]
        }
        Ok(()) => {
            let url = settings.public_url.as_deref().unwrap_or("the URL that a request names");
            vec![Finding::ok(subject, format!("{} behind {url}", settings.listen))]
        }
    }
}

/// A clock that is wrong makes tokens and certificates that nobody accepts.
pub(super) fn clock(settings: &Settings) -> Finding {
    let now = SystemClock.now();
    let mend = "set the clock of this machine, and let it be kept right (systemd-timesyncd, chrony)";
    if now < Timestamp::from_seconds(WRITTEN) {
        return Finding::problem("clock", format!("it is {now} by the clock, before this program was made"), mend);
    }
    let written = modified(&settings.data_dir.join("telamon.db"));
    match written {
        Some(written) if written > now.plus_seconds(60) => Finding::problem(
            "clock",
            format!("it is {now} by the clock, and the database was written at {written}"),
            mend,
        ),
        _ => Finding::ok("clock", format!("it is {now}")),
    }
}

fn modified(path: &Path) -> Option<Timestamp> {
    let since = path.metadata().ok()?.modified().ok()?.duration_since(std::time::UNIX_EPOCH).ok()?;
    Some(Timestamp::from_seconds(i64::try_from(since.as_secs()).ok()?))
}

/// The directory of SQLite.
pub(super) fn data_directory(settings: &Settings) -> Vec<Finding> {
    let Target::Sqlite(directory) = &settings.database.target else { return Vec::new() };
    let subject = "data directory";
    let shown = directory.display();
    let metadata = match directory.metadata() {
        Ok(metadata) if metadata.is_dir() => metadata,
        Ok(_) => {
            return vec![Finding::problem(subject, format!("{shown} is not a directory"), "name another --data-dir")];
        }
        Err(error) if error.kind() == ErrorKind::NotFound => {
            let mend = "make an installation with `telamon init --org NAME --owner EMAIL`, or name another --data-dir";
            return vec![Finding::problem(subject, format!("there is no {shown}"), mend)];
        }
        Err(error) => {
            return vec![Finding::problem(subject, format!("{shown}: {error}"), "let this user read and write it")];
        }
    };
    let user = data_dir::holder(directory).map(|holder| format!(", in use by a running telamon{holder}"));
    let found = format!("{shown}{}", user.unwrap_or_default());
    vec![if open_to_others(&metadata) {
        Finding::problem(subject, format!("everybody may write in {shown}"), format!("chmod 700 {shown}"))
    } else {
        Finding::ok(subject, found)
    }]
}

fn open_to_others(metadata: &Metadata) -> bool {
    metadata.permissions().mode() & 0o002 != 0
}

/// The files for https.
pub(super) fn tls(settings: &Settings) -> Vec<Finding> {
    let subject = "TLS";
    let Some(files) = &settings.tls else { return Vec::new() };
    if let Err(error) = Tls::from_files(&files.certificate, &files.key) {
        let mend = "name a certificate with its chain and its key, both PEM, in tls.certificate_file and tls.key_file";
        return vec![Finding::problem(subject, error.to_string(), mend)];
    }
    let shown = files.certificate.display();
    let read = std::fs::read(&files.certificate).map_err(anyhow::Error::from).and_then(|pem| certificate::read(&pem));
    let read = match read {
        Ok(read) => read,
        Err(error) => return vec![Finding::problem(subject, format!("{shown}: {error:#}"), "replace the certificate")],
    };
    let mut findings = Vec::new();
    let now = SystemClock.now();
    let renew = "replace the file: the server reads it again by itself";
    findings.push(if read.not_after < now {
        Finding::problem(subject, format!("the certificate in {shown} ended {}", read.not_after), renew)
    } else if read.not_before > now {
        Finding::problem(subject, format!("the certificate in {shown} begins {} only", read.not_before), renew)
    } else if read.not_after < now.plus_seconds(14 * DAY) {
        Finding::note(subject, format!("the certificate in {shown} ends {}", read.not_after), renew)
    } else {
        Finding::ok(subject, format!("the certificate in {shown} ends {}", read.not_after))
    });
    let host = settings.public_url.as_deref().and_then(|url| url.parse::<http::Uri>().ok());
    let host = host.as_ref().and_then(http::Uri::host);
    if let Some(host) = host.filter(|host| !read.is_for(host)) {
        let found =
            format!("the certificate in {shown} is for {}, and server.public_url names {host}", read.names.join(", "));
        findings.push(Finding::problem(
            subject,
            found,
            "get a certificate for that name, or correct server.public_url",
        ));
    }
    findings
}

/// Whether the server could listen.
pub(super) fn listener(settings: &Settings) -> Finding {
    let (subject, address) = ("listener", settings.listen);
    let running = match &settings.database.target {
        Target::Sqlite(directory) => data_dir::holder(directory).is_some(),
        _ => false,
    };
    match TcpListener::bind(address) {
        Ok(_) => Finding::ok(subject, format!("{address} is free")),
        Err(error) if error.kind() == ErrorKind::AddrInUse && running => {
            Finding::ok(subject, format!("{address} is in use, as the data directory is: a server runs"))
        }
        Err(error) if error.kind() == ErrorKind::AddrInUse => {
            let mend = "stop the program that listens there, unless it is this server; or choose another server.listen";
            Finding::note(subject, format!("{address} is in use"), mend)
        }
        Err(error) => {
            let mend = "choose an address of this machine in server.listen, and a port that this user may take";
            Finding::problem(subject, format!("cannot listen on {address}: {error}"), mend)
        }
    }
}
