//! `telamon serve`: the lasting server.

use std::sync::Arc;

use anyhow::Context;
use telamon_pki::KeyPool;
use telamon_server::app::{App, AppOptions, RateSettings};
use telamon_server::config::Settings;
use telamon_server::keys::Keys;
use telamon_server::transport::Tls;
use telamon_store::Target;

use super::{configuration, settings};
use crate::ambient::{SystemClock, SystemEntropy};
use crate::cli::Serve;
use crate::{data_dir, database, figures, logging, running, sealing_key};

pub(super) async fn run(args: Serve) -> anyhow::Result<()> {
    let settings = settings(&args.place, args.flags())?;
    settings.check_exposure().map_err(|problems| configuration(&problems))?;
    logging::start(&settings.log)?;
    let stop = running::stop_on_signals(None)?;
    let _lock = match &settings.database.target {
        Target::Sqlite(directory) if directory.exists() => Some(data_dir::lock(directory)?),
        _ => None,
    };
    let db = database::open_current(&settings).await?;
    let key = sealing_key::read(&settings.sealing)?;
    sealing_key::check(&db, &key, &settings.sealing).await?;

    let tls = settings.tls.as_ref().map(|files| Tls::from_files(&files.certificate, &files.key)).transpose()?;
    let listener = running::listen(settings.listen).await?;
    let address = listener.local_addr()?;
    let metrics = figures::collect()?;
    if let Some(address) = settings.metrics_listen {
        let listener = running::listen(address).await.context("metrics.listen")?;
        tracing::info!(address = %listener.local_addr()?, "metrics listener started");
        tokio::spawn(figures::serve(listener, metrics.clone(), stop.clone()));
    }
    let pool = KeyPool::start(settings.certificates.key, settings.certificates.keys_ahead)?;
    let app = App::wire(AppOptions {
        db,
        keys: Keys::new(key.into(), pool),
        clock: Arc::new(SystemClock),
        entropy: Arc::new(SystemEntropy),
        mail: Arc::new(settings.mail.mailer().context("mail")?),
        limits: settings.limits.clone(),
        retention: settings.retention,
        mongodb_versions: settings.mongodb_versions.clone(),
        rates: rates(&settings),
        control_plane: settings.control_plane.clone(),
        issuer: settings.public_url.clone(),
        public_url: settings.public_url.clone(),
        mail_url: settings.public_url.clone().unwrap_or_else(|| running::url(address, settings.tls.is_some())),
        tls: settings.tls.is_some(),
        trusted_proxies: settings.trusted_proxies.clone(),
        gone_versions: settings.gone_versions.clone(),
        metrics: Some(metrics),
        metrics_on_main: settings.metrics_on_main(),
        hsts: settings.hsts,
        record_token_events: settings.record_token_events,
    })
    .await?;
    let scheme = if tls.is_some() { "https" } else { "http" };
    tracing::info!("serving on {scheme}://{address}");
    running::serve(app, listener, tls, stop).await?;
    tracing::info!("stopped");
    Ok(())
}

pub(super) fn rates(settings: &Settings) -> RateSettings {
    let unlimited = |number: u32| if number == 0 { u32::MAX } else { number };
    RateSettings {
        enforced: settings.rates.enforced,
        overrides: settings.rates.overrides.clone(),
        live_tokens: unlimited(settings.tokens.live),
        token_requests_per_minute: unlimited(settings.tokens.requests_per_minute),
    }
}
