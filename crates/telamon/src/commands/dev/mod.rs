//! `telamon dev`: a complete server in one command, for trying out, for tests and CI.
//!
//! What always holds: the credentials are told only when the server answers, and the file with them is whole.

mod banner;
mod home;
mod local_tls;

use std::io::{self, Write};
use std::sync::Arc;

use anyhow::anyhow;
use metrics_exporter_prometheus::PrometheusHandle;
use telamon_pki::KeyPool;
use telamon_server::app::{App, AppOptions};
use telamon_server::config::{Flag, Layers, Settings, load};
use telamon_server::keys::Keys;
use telamon_server::limits::ResourceLimits;
use telamon_server::mail::Mailer;
use telamon_server::transport::Tls;

use super::serve::rates;
use super::{configuration, environment};
use crate::ambient::{SystemClock, SystemEntropy};
use crate::cli::Dev;
use crate::secret_file::SecretFile;
use crate::{Misused, figures, logging, running};
use home::{Home, Opened};
use local_tls::LocalFiles;

pub(super) async fn run(args: Dev) -> anyhow::Result<()> {
    if !args.listen.ip().is_loopback() && !args.allow_remote {
        return Err(anyhow!(Misused(format!(
            "{} is reachable from other machines, and `telamon dev` does not protect its credentials. Listen on 127.0.0.1, \
             or pass --allow-remote",
            args.listen
        ))));
    }
    let settings = dev_settings(&args)?;
    logging::start(&settings.log)?;
    let home = Home::open(args.data_dir.as_deref())?;
    let stop = running::stop_on_signals(home.vanishing())?;
    let file = args.credentials.as_deref().map(SecretFile::at).transpose()?;

    let listener = running::listen(args.listen).await?;
    let base_url = running::url(listener.local_addr()?, args.tls);
    let local = if args.tls { Some(LocalFiles::in_directory(home.path())?) } else { None };
    let ca_file = local.as_ref().map(|files| files.authority.display().to_string());
    let Opened { db, key, credentials } = home.prepare(&base_url, ca_file).await?;
    let pool = KeyPool::start(settings.certificates.key, settings.certificates.keys_ahead)?;
    let keys = Keys::new(key, pool);
    let app = App::wire(options(&args, &settings, db, keys, base_url, figures::collect()?)).await?;
    let tls = local.map(|files| Tls::from_files(&files.certificate, &files.key)).transpose()?;

    let serving = tokio::spawn(running::serve(app, listener, tls, stop.clone()));
    let json = serde_json::to_vec_pretty(&credentials)?;
    home.keep_credentials(&json)?;
    if let Some(file) = file {
        file.write(&json)?;
    }
    if let Err(error) = banner::print(&credentials, &args) {
        // Nobody reads it; the file may be what counts.
        tracing::debug!(%error, "the credentials were not printed");
    }
    serving.await??;
    drop(home);
    // The terminal may be gone, and nobody needs this line.
    let _ = writeln!(io::stdout(), "Stopped.");
    Ok(())
}

/// What is amiss, and the links of mails, which stand nowhere else.
const DEV_FILTER: &str = "warn,telamon_server::mail=info";

/// The defaults, and what the environment says of limits and the log: the rest of it may belong to a lasting server, and
/// is not for this mode.
fn dev_settings(args: &Dev) -> anyhow::Result<Settings> {
    let ours = ["TELAMON_LOG__", "TELAMON_LIMITS__", "TELAMON_RATES__", "TELAMON_TOKENS__", "TELAMON_CERTIFICATES__"];
    let mut environment = environment();
    environment.retain(|(name, _)| ours.iter().any(|prefix| name.starts_with(prefix)));
    let mut flags = args.log.flags();
    let has_filter = environment.iter().any(|(name, _)| name == "TELAMON_LOG__FILTER") || args.log.log_filter.is_some();
    if !has_filter {
        flags.push(Flag { name: "the default", key: "log.filter", value: DEV_FILTER.into() });
    }
    load(&Layers { file: None, environment, flags }).map_err(|problems| configuration(&problems))
}

fn options(
    args: &Dev,
    settings: &Settings,
    db: telamon_store::Db,
    keys: Keys,
    base_url: String,
    metrics: PrometheusHandle,
) -> AppOptions {
    let mut rates = rates(settings);
    rates.enforced &= args.limits;
    AppOptions {
        db,
        keys,
        clock: Arc::new(SystemClock),
        entropy: Arc::new(SystemEntropy),
        mail: Arc::new(Mailer::memory()),
        limits: if args.limits { settings.limits.clone() } else { ResourceLimits::NONE },
        retention: settings.retention,
        mongodb_versions: settings.mongodb_versions.clone(),
        rates,
        control_plane: settings.control_plane.clone(),
        issuer: Some(base_url.clone()),
        public_url: None,
        mail_url: base_url,
        tls: args.tls,
        trusted_proxies: Vec::new(),
        gone_versions: settings.gone_versions.clone(),
        metrics: Some(metrics),
        metrics_on_main: args.listen.ip().is_loopback(),
        // With it a browser would refuse plain http on this machine for a year.
        hsts: !args.tls,
        record_token_events: settings.record_token_events,
    }
}
