//! SQLite alone: the rows that one certificate leaves behind, in tables like the server's, durable.

use std::path::Path;

use anyhow::Context;
use rusqlite::types::Value;
use rusqlite::{Connection, OpenFlags, params_from_iter};

use super::Step;

/// The tables that issuing a certificate writes to, and the column of each that is new every time.
const TABLES: [(&str, &str); 2] = [("certificate", "serial"), ("event", "id")];

/// A table like the server's and a row of it.
struct Table {
    schema: Vec<String>,
    insert: String,
    row: Vec<Value>,
    key: usize,
}

/// So many writes, each a row of both tables, and one commit with `synchronous=FULL`.
pub fn commits(like: &Path, database: &Path, group: u64) -> anyhow::Result<Step> {
    let source = Connection::open_with_flags(like, OpenFlags::SQLITE_OPEN_READ_ONLY)?;
    let mut tables =
        TABLES.iter().map(|(table, key)| Table::like(&source, table, key)).collect::<anyhow::Result<Vec<_>>>()?;
    drop(source);
    let connection = Connection::open(database)?;
    connection.query_row("PRAGMA journal_mode = WAL", [], |_| Ok(()))?;
    connection.execute_batch("PRAGMA synchronous = FULL; PRAGMA foreign_keys = OFF")?;
    for statement in tables.iter().flat_map(|table| &table.schema) {
        connection.execute_batch(statement)?;
    }
    let mut written: u64 = 0;
    Ok(Box::new(move || {
        connection.prepare_cached("BEGIN IMMEDIATE")?.execute([])?;
        for _ in 0..group {
            written += 1;
            for table in &mut tables {
                table.row[table.key] = new_key(&table.row[table.key], written);
                connection.prepare_cached(&table.insert)?.execute(params_from_iter(&table.row))?;
            }
        }
        connection.prepare_cached("COMMIT")?.execute([])?;
        Ok(group)
    }))
}

impl Table {
    fn like(source: &Connection, table: &str, key: &str) -> anyhow::Result<Self> {
        let schema = source
            .prepare(
                "SELECT sql FROM sqlite_master WHERE tbl_name = ?1 AND sql IS NOT NULL AND type IN ('table', 'index')
                 ORDER BY type DESC, name",
            )?
            .query_map([table], |row| row.get(0))?
            .collect::<Result<Vec<String>, _>>()?;
        let mut statement = source.prepare(&format!("SELECT * FROM {table} ORDER BY rowid DESC LIMIT 1"))?;
        let names: Vec<String> = statement.column_names().map(str::to_owned).collect();
        let row = statement.query_row([], |row| (0..names.len()).map(|column| row.get(column)).collect())?;
        let places = vec!["?"; names.len()].join(", ");
        let key = names.iter().position(|name| name == key).with_context(|| format!("{table} has no {key}"))?;
        Ok(Self { schema, insert: format!("INSERT INTO {table} VALUES ({places})"), row, key })
    }
}

/// Another key of the same kind: serial numbers are scattered, ids rise.
fn new_key(like: &Value, number: u64) -> Value {
    match like {
        Value::Integer(_) => Value::Integer(number.wrapping_mul(0x9E37_79B9_7F4A_7C15).cast_signed() & i64::MAX),
        _ => Value::Text(format!("{number:024x}")),
    }
}
