//! What a read costs in a project with many database users, over the same read in one with few.

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
const MANY: u64 = 100_000;

pub fn measure(bearing: &Bearing) -> anyhow::Result<Vec<Line>> {
    let dir = directory(bearing)?;
    let [few, many] =
        [("few", FEW), ("many", MANY)].map(|(name, users)| server_with(bearing, &dir.path().join(name), users));
    let (few, many) = (few?, many?);
    let middle = format!("/databaseUsers/%24external/{}", username(FEW / 2));
    let mut lines = Vec::new();
    for (work, rest) in [
        ("GET one database user", middle.as_str()),
        ("first page of database users", "/databaseUsers?includeCount=false"),
        ("first page with totalCount", "/databaseUsers"),
    ] {
        lines.push(compare(bearing, work, &few, &many, rest)?);
    }
    few.stop()?;
    many.stop()?;
    Ok(lines)
}

fn compare(bearing: &Bearing, work: &str, few: &Server, many: &Server, rest: &str) -> anyhow::Result<Line> {
    let load = |server: &Server| {
        let request = request("GET", &server.project_path(rest), &server.bearer()?, "");
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
    let work = format!("{work}, of {MANY}");
    Ok(Line { work, unit: "us", server: many.micros(), rival: Some(rival), budget: "1.30", busy: Some(many.busy()) })
}

/// A server whose project has so many users. One is made by the server, the others are copies of its row.
fn server_with(bearing: &Bearing, data: &Path, users: u64) -> anyhow::Result<Server> {
    let server = Server::start(bearing, data)?;
    server.create_managed_user(&server.bearer()?, &username(0))?;
    server.stop()?;
    copy_user(&data.join("telamon.db"), users)?;
    Server::start(bearing, data)
}

fn username(number: u64) -> String {
    format!("user{number:06}")
}

fn copy_user(database: &Path, users: u64) -> anyhow::Result<()> {
    let mut connection = Connection::open(database)?;
    let (names, first) = {
        let mut statement = connection.prepare("SELECT * FROM database_user")?;
        let names: Vec<String> = statement.column_names().map(str::to_owned).collect();
        let row: Vec<Value> =
            statement.query_row([], |row| (0..names.len()).map(|column| row.get(column)).collect())?;
        (names, row)
    };
    let places = vec!["?"; names.len()].join(", ");
    let transaction = connection.transaction()?;
    {
        let mut insert = transaction.prepare(&format!("INSERT INTO database_user VALUES ({places})"))?;
        for number in 1..users {
            let row = names.iter().zip(&first).map(|(name, value)| changed(name, value, number));
            insert.execute(params_from_iter(row))?;
        }
    }
    transaction.commit()?;
    let count: i64 = connection.query_row("SELECT COUNT(*) FROM database_user", [], |row| row.get(0))?;
    ensure!(count == i64::try_from(users)?, "{count} users were made instead of {users}");
    Ok(())
}

/// What differs between two users: the id, the name in all its forms, the time.
fn changed(column: &str, value: &Value, number: u64) -> Value {
    match value {
        Value::Integer(time) if column == "created_at" => Value::Integer(time + number.cast_signed()),
        Value::Text(_) if column == "id" => Value::Text(format!("f{number:023x}")),
        Value::Text(text) if column.contains("name") => Value::Text(text.replace(&username(0), &username(number))),
        other => other.clone(),
    }
}
