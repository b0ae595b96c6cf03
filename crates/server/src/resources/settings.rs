//! Settings that an organization or a project has for as long as it is there: a JSON document in a column of its row.

use std::marker::PhantomData;

use serde::{Serialize, de::DeserializeOwned};
use telamon_store::{Sql, Tx, args};
use telamon_wire::{Failure, Result};

/// The settings of one kind: where they are kept.
pub struct Settings<T> {
    load: Sql,
    store: Sql,
    kind: PhantomData<fn() -> T>,
}

/// The settings in a column of a table.
macro_rules! settings {
    ($table:literal, $column:literal) => {
        $crate::resources::settings::Settings::kept_by(
            telamon_store::sql!(concat!("SELECT ", $column, " FROM ", $table, " WHERE id = $1")),
            telamon_store::sql!(concat!("UPDATE ", $table, " SET ", $column, " = $2 WHERE id = $1")),
        )
    };
}
pub(crate) use settings;

impl<T: Serialize + DeserializeOwned> Settings<T> {
    pub const fn kept_by(load: Sql, store: Sql) -> Self {
        Self { load, store, kind: PhantomData }
    }

    /// Those of an organization or project that is known to be there.
    pub async fn load(&self, tx: &mut Tx, id: impl ToString) -> Result<T> {
        let stored: String = tx.one(self.load, &args![id.to_string()]).await?;
        serde_json::from_str(&stored).map_err(|error| Failure::Bug(error.into()))
    }

    /// Keeps them.
    pub async fn store(&self, tx: &mut Tx, id: impl ToString, settings: &T) -> Result<()> {
        let text = serde_json::to_string(settings).map_err(|error| Failure::Bug(error.into()))?;
        tx.run(self.store, &args![id.to_string(), text]).await?;
        Ok(())
    }
}
