//! What a read costs where there are many database users, projects and events, over the same read where there are few.

use std::path::Path;

use anyhow::ensure;
use rusqlite::types::Value;
use rusqlite::{Connection, params_from_iter};

use super::directory;
use crate::api::request;
use crate::bearing::Bearing;
use crate::load::Load;
use crate::report::{Line, Rivalry};
use crate::server::Server;
use crate::side::take_turns;

const FEW: u64 = 1_000;
const MANY: u64 = 1_000_000;
/// What a glance has time for.
const MANY_AT_A_GLANCE: u64 = 100_000;

pub fn measure(bearing: &Bearing) -> anyhow::Result<Vec<Line>> {
    let dir = directory(bearing)?;
    let size = if bearing.quick { MANY_AT_A_GLANCE } else { MANY };
    let [few, many] =
        [("few", FEW), ("many", size)].map(|(name, size)| server_with(bearing, &dir.path().join(name), size));
    let (few, many) = (few?, many?);
    let middle = format!("/databaseUsers/%24external/{}", username(FEW / 2));
    let project = format!("/api/atlas/v2/groups/{}", id(FEW / 2));
    let mut lines = Vec::new();
    for (work, rest) in [
        ("GET one database user", middle.as_str()),
        ("first page of database users", "/databaseUsers?includeCount=false"),
        ("first page with totalCount", "/databaseUsers"),
        ("first page of events with totalCount", "/events"),
        ("the same, of one type", "/events?eventType=MONGODB_USER_ADDED"),
    ] {
        let path = |server: &Server| server.project_path(rest);
        lines.push(compare(bearing, &format!("{work}, of {size}"), (&few, &many), path)?);
    }
    for (work, path) in [
        ("GET one project", project.as_str()),
        ("first page of projects", "/api/atlas/v2/groups?includeCount=false"),
        ("first page with totalCount", "/api/atlas/v2/groups"),
    ] {
        lines.push(compare(bearing, &format!("{work}, of {size}"), (&few, &many), |_| path.to_owned())?);
    }
    few.stop()?;
    many.stop()?;
    Ok(lines)
}

fn compare(
    bearing: &Bearing,
    work: &str,
    (few, many): (&Server, &Server),
    path: impl Fn(&Server) -> String,
) -> anyhow::Result<Line> {
    let load = |server: &Server| {
        let request = request("GET", &path(server), &server.bearer()?, "");
        Load::same(server.target(), bearing.connections, 200, &request)
    };
    let [few, many] = take_turns(bearing, [&mut load(few)?, &mut load(many)?])?;
    // The cost is the time: the ratio of the rates the other way round.
    let rival = Rivalry {
        what: format!("with {FEW}"),
        figure: few.micros(),
        ratio: few.over(&many),
        processor_ratio: few.over_by_processor(&many),
    };
    let work = work.to_owned();
    Ok(Line { work, unit: "us", server: many.micros(), rival: Some(rival), budget: "1.30", busy: Some(many.busy()) })
}

/// A server with so many users and events in its project, and so many projects in its organization. One of each is made by the
/// server, the others are copies of its row.
fn server_with(bearing: &Bearing, data: &Path, size: u64) -> anyhow::Result<Server> {
    let server = Server::start(bearing, data)?;
    server.create_managed_user(&server.bearer()?, &username(0))?;
    server.stop()?;
    let mut connection = Connection::open(data.join("telamon.db"))?;
    copy(&mut connection, "database_user", size)?;
    copy(&mut connection, "project", size)?;
    copy(&mut connection, "event WHERE event_type = 'MONGODB_USER_ADDED'", size)?;
    connection.execute_batch("ANALYZE; PRAGMA wal_checkpoint(TRUNCATE);")?;
    Server::start(bearing, data)
}

fn username(number: u64) -> String {
    format!("user{number:07}")
}

fn id(number: u64) -> String {
    format!("f{number:023x}")
}

/// Copies the only row of a table, or the only one of a kind, until there are so many.
fn copy(connection: &mut Connection, rows: &str, size: u64) -> anyhow::Result<()> {
    let (names, first) = {
        let mut statement = connection.prepare(&format!("SELECT * FROM {rows}"))?;
        let names: Vec<String> = statement.column_names().map(str::to_owned).collect();
        let row: Vec<Value> =
            statement.query_row([], |row| (0..names.len()).map(|column| row.get(column)).collect())?;
        (names, row)
    };
    let places = vec!["?"; names.len()].join(", ");
    let table = rows.split(' ').next().unwrap_or_default();
    let transaction = connection.transaction()?;
    {
        let mut insert = transaction.prepare(&format!("INSERT INTO {table} VALUES ({places})"))?;
        for number in 1..size {
            let row = names.iter().zip(&first).map(|(name, value)| changed(name, value, number));
            insert.execute(params_from_iter(row))?;
        }
    }
    transaction.commit()?;
    let count: i64 = connection.query_row(&format!("SELECT COUNT(*) FROM {rows}"), [], |row| row.get(0))?;
    ensure!(count == i64::try_from(size)?, "{rows}: {count} rows instead of {size}");
    Ok(())
}

/// What differs between two rows: the id, the name in all its forms, the time.
fn changed(column: &str, value: &Value, number: u64) -> Value {
    match value {
        Value::Integer(time) if column == "created_at" => Value::Integer(time + number.cast_signed()),
        Value::Text(_) if column == "id" => Value::Text(id(number)),
        Value::Text(_) if column == "name" || column == "name_folded" => Value::Text(format!("project{number:07}")),
        Value::Text(text) if column.contains("name") => Value::Text(text.replace(&username(0), &username(number))),
        other => other.clone(),
    }
}
