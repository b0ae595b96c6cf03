//! PostgreSQL names the constraint that a row broke, SQLite its columns: this reads which columns a constraint has, so
//! that both engines call a unique key the same.

use std::collections::HashMap;

use deadpool_postgres::Object;

use super::fault::fault_of;
use crate::Fault;

/// Every unique index of the schema with its columns in order; `columns` is NULL if one of them is an expression.
const UNIQUE_INDEXES: &str = "
    SELECT i.relname::text, t.relname::text,
           CASE WHEN bool_or(k.attnum = 0) THEN NULL ELSE string_agg(a.attname::text, ',' ORDER BY k.position) END
    FROM pg_index x
    JOIN pg_class i ON i.oid = x.indexrelid
    JOIN pg_class t ON t.oid = x.indrelid
    JOIN pg_namespace n ON n.oid = t.relnamespace
    CROSS JOIN LATERAL unnest(x.indkey) WITH ORDINALITY AS k(attnum, position)
    LEFT JOIN pg_attribute a ON a.attrelid = t.oid AND a.attnum = k.attnum
    WHERE x.indisunique AND n.nspname = current_schema()
    GROUP BY i.relname, t.relname";

/// The normalised name of each unique index.
pub(super) async fn read(connection: &Object) -> Result<HashMap<String, String>, Fault> {
    let rows = connection.query(UNIQUE_INDEXES, &[]).await.map_err(|error| fault_of(error, &HashMap::new()))?;
    let mut names = HashMap::new();
    for row in rows {
        let bug = |error: tokio_postgres::Error| Fault::Bug(error.into());
        let index: String = row.try_get(0).map_err(bug)?;
        let table: String = row.try_get(1).map_err(bug)?;
        let columns: Option<String> = row.try_get(2).map_err(bug)?;
        let name = columns.map_or_else(|| index.clone(), |columns| format!("{table}.{columns}"));
        names.insert(index, name);
    }
    Ok(names)
}
