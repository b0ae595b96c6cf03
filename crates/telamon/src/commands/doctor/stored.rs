//! What is in the database, and the key that it is sealed with.

use std::os::unix::fs::PermissionsExt;

use telamon_authn::SealingKey;
use telamon_server::bootstrap;
use telamon_server::config::{KeySource, Settings};
use telamon_store::{Db, Engine, Sql, args, sql};
use telamon_wire::{Clock, Timestamp};

use super::{Finding, jobs};
use crate::ambient::SystemClock;
use crate::{database, sealing_key};

/// The longest client certificate is valid for 24 months: an authority that ends sooner cannot issue it.
const MONTHS: i32 = 24;

static ENDING: Sql = sql!(
    "SELECT a.project_id, MAX(a.not_after) FROM certificate_authority a JOIN project p ON p.id = a.project_id
     WHERE p.deleted_at IS NULL GROUP BY a.project_id HAVING MAX(a.not_after) < $1 ORDER BY 2, 1"
);

pub(super) async fn examine(settings: &Settings) -> Vec<Finding> {
    let mut findings = key_file(settings);
    let key = match sealing_key::read(&settings.sealing) {
        Ok(key) => Some(key),
        Err(error) => {
            let mend = "put the key back that `telamon init` made, from where a copy of it is kept";
            findings.push(Finding::problem("sealing key", format!("{error:#}"), mend));
            None
        }
    };
    let db = match database::open_existing(settings).await {
        Ok(db) => db,
        Err(error) => {
            let mend = "see that the database is there, that it runs, and that this user may use it";
            findings.push(Finding::problem("database", format!("{error:#}"), mend));
            return findings;
        }
    };
    findings.extend(contents(&db, settings, key).await);
    db.close().await;
    findings
}

async fn contents(db: &Db, settings: &Settings, key: Option<SealingKey>) -> Vec<Finding> {
    let broken = |error: String| {
        let mend = "see the log of the database; a damaged one is restored from a backup";
        Finding::problem("database", error, mend)
    };
    let state = match db.schema_state().await {
        Ok(state) => state,
        Err(error) => return vec![broken(error.to_string())],
    };
    if let Some(problem) = database::schema_problem(state) {
        let mend = if state.is_older() { "telamon migrate, after a backup" } else { "use the newer telamon" };
        let mend = if state.current == 0 { "telamon init --org NAME --owner EMAIL" } else { mend };
        return vec![Finding::problem("schema", problem, mend)];
    }
    let engine = match db.engine() {
        Engine::Sqlite => "SQLite",
        Engine::Postgres => "PostgreSQL",
    };
    let mut findings = vec![Finding::ok("database", format!("{engine} answers, with schema {}", state.current))];
    match bootstrap::is_empty(db).await {
        Ok(false) => {}
        Ok(true) => {
            let mend = "telamon init --org NAME --owner EMAIL";
            findings.push(Finding::problem("database", "there is no organization in it", mend));
            return findings;
        }
        Err(failure) => return vec![broken(database::failed(&failure).to_string())],
    }
    if let Some(key) = key {
        findings.push(match sealing_key::check(db, &key, &settings.sealing).await {
            Ok(()) => Finding::ok(
                "sealing key",
                format!("{} is the one of this database", sealing_key::place(&settings.sealing)),
            ),
            Err(error) => {
                Finding::problem("sealing key", error.to_string(), "put the right key back, or name the right database")
            }
        });
    }
    findings.extend(authorities(db).await.unwrap_or_else(|fault| vec![broken(fault.to_string())]));
    findings.push(issuer(db, settings).await);
    findings.extend(jobs::examine(db).await.unwrap_or_else(|fault| vec![broken(fault.to_string())]));
    findings
}

fn key_file(settings: &Settings) -> Vec<Finding> {
    let KeySource::File(path) = &settings.sealing else { return Vec::new() };
    let Ok(metadata) = path.metadata() else { return Vec::new() };
    let mode = metadata.permissions().mode() & 0o777;
    let others = mode & 0o077;
    if others == 0 {
        return Vec::new();
    }
    let found = format!("{} can be read by others than its owner (mode {mode:o})", path.display());
    vec![Finding::problem("sealing key", found, format!("chmod 600 {}", path.display()))]
}

async fn authorities(db: &Db) -> Result<Vec<Finding>, telamon_store::Fault> {
    let subject = "certificate authorities";
    let soon = SystemClock.now().plus_months(MONTHS);
    let mut tx = db.begin_read().await?;
    let ending: Vec<(String, Timestamp)> = tx.all(ENDING, &args![soon]).await?;
    tx.end();
    if ending.is_empty() {
        return Ok(vec![Finding::ok(subject, format!("each can issue for {MONTHS} months"))]);
    }
    let finding = |(project, end): (String, Timestamp)| {
        let mend = format!(
            "the next certificate makes a new one: then give every mongod what `telamon ca export --project {project}` prints"
        );
        Finding::note(subject, format!("that of project {project} ends {end}"), mend)
    };
    Ok(ending.into_iter().map(finding).collect())
}

async fn issuer(db: &Db, settings: &Settings) -> Finding {
    let subject = "issuer of tokens";
    if let Some(url) = &settings.public_url {
        return Finding::ok(subject, url.clone());
    }
    match bootstrap::issuer(db).await {
        Ok(Some(url)) => Finding::ok(subject, format!("{url}, as it was known at `telamon init`")),
        Ok(None) => Finding::problem(subject, "it is not known", "set server.public_url to the URL that clients use"),
        Err(failure) => {
            Finding::problem(subject, database::failed(&failure).to_string(), "see the log of the database")
        }
    }
}
