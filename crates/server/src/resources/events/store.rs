//! The rows of events.

use telamon_store::{Fault, FromRow, Row, Sql, Tx, Value, args, sql};
use telamon_wire::{EventId, OrgId, PageQuery, ProjectId, Timestamp};

use super::filter::{OrgFilter, ProjectFilter};

// A set of types is one text, `,A,B,`: the texts stay constant however many there are.
static OF_ORG: Sql = sql!(
    "SELECT e.id, e.event_type, e.org_id, o.name, e.project_id, p.name, e.created_at, e.body
     FROM event e JOIN organization o ON o.id = e.org_id LEFT JOIN project p ON p.id = e.project_id
     WHERE e.org_id = $1 AND e.in_org = TRUE AND e.created_at >= $2 AND e.created_at < $3
       AND ($4 = '' OR REPLACE($4, ',' || e.event_type || ',', '') <> $4)
     ORDER BY e.created_at DESC, e.id DESC LIMIT $5 OFFSET $6"
);
static COUNT_OF_ORG: Sql = sql!(
    "SELECT COUNT(*) FROM event e
     WHERE e.org_id = $1 AND e.in_org = TRUE AND e.created_at >= $2 AND e.created_at < $3
       AND ($4 = '' OR REPLACE($4, ',' || e.event_type || ',', '') <> $4)"
);
static ONE_OF_ORG: Sql = sql!(
    "SELECT e.id, e.event_type, e.org_id, o.name, e.project_id, p.name, e.created_at, e.body
     FROM event e JOIN organization o ON o.id = e.org_id LEFT JOIN project p ON p.id = e.project_id
     WHERE e.id = $2 AND e.org_id = $1 AND e.in_org = TRUE"
);
static OF_PROJECT: Sql = sql!(
    "SELECT e.id, e.event_type, e.org_id, o.name, e.project_id, p.name, e.created_at, e.body
     FROM event e JOIN organization o ON o.id = e.org_id LEFT JOIN project p ON p.id = e.project_id
     WHERE e.project_id = $1 AND e.in_org = FALSE AND e.created_at >= $2 AND e.created_at < $3
       AND ($4 = '' OR REPLACE($4, ',' || e.event_type || ',', '') <> $4)
       AND REPLACE($5, ',' || e.event_type || ',', '') = $5
     ORDER BY e.created_at DESC, e.id DESC LIMIT $6 OFFSET $7"
);
static COUNT_OF_PROJECT: Sql = sql!(
    "SELECT COUNT(*) FROM event e
     WHERE e.project_id = $1 AND e.in_org = FALSE AND e.created_at >= $2 AND e.created_at < $3
       AND ($4 = '' OR REPLACE($4, ',' || e.event_type || ',', '') <> $4)
       AND REPLACE($5, ',' || e.event_type || ',', '') = $5"
);
static ONE_OF_PROJECT: Sql = sql!(
    "SELECT e.id, e.event_type, e.org_id, o.name, e.project_id, p.name, e.created_at, e.body
     FROM event e JOIN organization o ON o.id = e.org_id LEFT JOIN project p ON p.id = e.project_id
     WHERE e.id = $2 AND e.project_id = $1 AND e.in_org = FALSE"
);

/// An event as it was recorded.
#[derive(Clone, Debug)]
pub struct StoredEvent {
    pub id: EventId,
    pub event_type: String,
    pub org: OrgId,
    pub org_name: String,
    pub project: Option<ProjectId>,
    pub project_name: Option<String>,
    pub created_at: Timestamp,
    /// Its actor and what it is about, a JSON object.
    pub body: String,
}

impl FromRow for StoredEvent {
    fn from_row(row: &Row<'_>) -> Result<Self, Fault> {
        Ok(Self {
            id: row.get(0)?,
            event_type: row.get(1)?,
            org: row.get(2)?,
            org_name: row.get(3)?,
            project: row.get(4)?,
            project_name: row.get(5)?,
            created_at: row.get(6)?,
            body: row.get(7)?,
        })
    }
}

/// A page of an organization's events, the newest first, and one more if there is a next page.
pub async fn of_org(tx: &mut Tx, org: OrgId, filter: &OrgFilter, page: PageQuery) -> Result<Vec<StoredEvent>, Fault> {
    tx.all(OF_ORG, &with_page(org_args(org, filter), page)).await
}

/// How many events of an organization pass the filter.
pub async fn count_of_org(tx: &mut Tx, org: OrgId, filter: &OrgFilter) -> Result<i64, Fault> {
    tx.one(COUNT_OF_ORG, &org_args(org, filter)).await
}

/// One event of an organization.
pub async fn one_of_org(tx: &mut Tx, org: OrgId, id: EventId) -> Result<Option<StoredEvent>, Fault> {
    tx.optional(ONE_OF_ORG, &args![org, id]).await
}

/// A page of a project's events, the newest first, and one more if there is a next page.
pub async fn of_project(
    tx: &mut Tx,
    project: ProjectId,
    filter: &ProjectFilter,
    page: PageQuery,
) -> Result<Vec<StoredEvent>, Fault> {
    if filter.of_clusters {
        return Ok(Vec::new());
    }
    tx.all(OF_PROJECT, &with_page(project_args(project, filter), page)).await
}

/// How many events of a project pass the filter.
pub async fn count_of_project(tx: &mut Tx, project: ProjectId, filter: &ProjectFilter) -> Result<i64, Fault> {
    if filter.of_clusters {
        return Ok(0);
    }
    tx.one(COUNT_OF_PROJECT, &project_args(project, filter)).await
}

/// One event of a project.
pub async fn one_of_project(tx: &mut Tx, project: ProjectId, id: EventId) -> Result<Option<StoredEvent>, Fault> {
    tx.optional(ONE_OF_PROJECT, &args![project, id]).await
}

fn org_args(org: OrgId, filter: &OrgFilter) -> Vec<Value> {
    let (from, before) = period(filter);
    args![org, from, before, set_of(&filter.types)].into()
}

fn project_args(project: ProjectId, filter: &ProjectFilter) -> Vec<Value> {
    let (from, before) = period(&filter.common);
    args![project, from, before, set_of(&filter.common.types), set_of(&filter.excluded_types)].into()
}

fn with_page(mut args: Vec<Value>, page: PageQuery) -> Vec<Value> {
    args.extend(args![page.limit() + 1, page.offset()]);
    args
}

/// The beginning, and the first moment after the end: the end names a whole second, as events print it.
fn period(filter: &OrgFilter) -> (i64, i64) {
    let from = filter.from.map_or(i64::MIN, Timestamp::as_micros);
    let before = filter.to.map_or(i64::MAX, |to| Timestamp::from_seconds(to.as_seconds()).plus_seconds(1).as_micros());
    (from, before)
}

fn set_of(types: &[String]) -> String {
    if types.is_empty() { String::new() } else { format!(",{},", types.join(",")) }
}
