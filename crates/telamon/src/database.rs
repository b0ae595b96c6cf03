//! Opening the database, and saying plainly why it cannot be used.

use std::sync::Arc;

use anyhow::{anyhow, bail};
use telamon_api::{Services, Work};
use telamon_server::config::Settings;
use telamon_store::{Db, SchemaState, Target};
use telamon_wire::Failure;

use crate::ambient::{SystemClock, SystemEntropy};

/// Opens a database that is there already, whatever its schema.
pub(crate) async fn open_existing(settings: &Settings) -> anyhow::Result<Db> {
    if let Target::Sqlite(directory) = &settings.database.target
        && !directory.join("telamon.db").exists()
    {
        bail!("there is no database in {}: {INIT}", directory.display());
    }
    Ok(Db::open(&settings.database).await?)
}

/// Opens a database whose schema is this program's.
pub(crate) async fn open_current(settings: &Settings) -> anyhow::Result<Db> {
    let db = open_existing(settings).await?;
    match schema_problem(db.schema_state().await?) {
        None => Ok(db),
        Some(problem) => Err(anyhow!(problem)),
    }
}

/// What carries out the changes of a command.
pub(crate) fn work(db: &Db) -> Work {
    Work::of_command(db.clone(), Services::new(Arc::new(SystemClock), Arc::new(SystemEntropy)))
}

const INIT: &str =
    "run `telamon init --org NAME --owner EMAIL` to make one, or name another with --data-dir or --database-url";

/// Why a database of this schema cannot be served, and what to do.
pub(crate) fn schema_problem(state: SchemaState) -> Option<String> {
    let SchemaState { current, wanted } = state;
    if state.is_current() {
        None
    } else if current == 0 {
        Some(format!("the database is empty: {INIT}"))
    } else if state.is_older() {
        Some(format!(
            "the database has schema {current}, but this version of telamon needs {wanted}: make a backup, then run `telamon migrate`"
        ))
    } else {
        Some(format!(
            "the database has schema {current}, which is newer than this program's {wanted}: use the newer telamon that \
             brought it there (`telamon migrate` only goes forward)"
        ))
    }
}

/// What went wrong in the database, for people.
pub(crate) fn failed(failure: &Failure) -> anyhow::Error {
    match failure {
        Failure::Unavailable(what) => anyhow!("{what} does not answer"),
        Failure::Bug(error) => anyhow!("the database failed: {error}"),
        other => anyhow!("the database failed: {other:?}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_state_of_the_schema_but_the_wanted_one_is_explained() {
        let problem = |current| schema_problem(SchemaState { current, wanted: 5 });
        assert_eq!(problem(5), None);
        assert!(problem(0).unwrap().contains("telamon init"));
        assert!(problem(4).unwrap().contains("run `telamon migrate`"));
        assert!(problem(6).unwrap().contains("newer"));
    }
}
