//! The rows of events.
//!
//! A list may hold millions. Pages of everything follow the index by time. Types have an index of their own, by type and
//! then by time: each type that is wanted is a range of it, and the ranges are merged here, because a database would
//! either sort all of them or look at every row between.

use std::cmp::Reverse;

use telamon_store::{Fault, FromRow, Row, Sql, Tx, args, sql};
use telamon_wire::{EventId, OrgId, PageQuery, ProjectId, Timestamp};

use super::filter::{OrgFilter, ProjectFilter};

/// The texts of one kind of list: `$1` is whose it is, `$2` and `$3` the period.
struct Texts {
    page: Sql,
    count: Sql,
    one: Sql,
    /// Of the type `$4`: the newest ones, by their keys.
    keys: Sql,
    count_of_type: Sql,
    /// Of the type `$4`: all of the period.
    rows: Sql,
}

/// The columns of [`StoredEvent`].
macro_rules! events {
    ($whose:literal, $rest:literal) => {
        sql!(concat!(
            "SELECT e.id, e.event_type, e.org_id, o.name, e.project_id, p.name, e.created_at, e.body
             FROM event e JOIN organization o ON o.id = e.org_id LEFT JOIN project p ON p.id = e.project_id WHERE ",
            $whose,
            $rest
        ))
    };
}

macro_rules! texts {
    ($whose:literal) => {
        Texts {
            page: events!(
                $whose,
                " AND e.created_at >= $2 AND e.created_at < $3
                ORDER BY e.created_at DESC, e.id DESC LIMIT $4 OFFSET $5"
            ),
            count: sql!(concat!(
                "SELECT COUNT(*) FROM event e WHERE ",
                $whose,
                " AND e.created_at >= $2 AND e.created_at < $3"
            )),
            one: events!($whose, " AND e.id = $2"),
            keys: sql!(concat!(
                "SELECT e.created_at, e.id FROM event e WHERE ",
                $whose,
                " AND e.event_type = $4
                AND e.created_at >= $2 AND e.created_at < $3 ORDER BY e.created_at DESC, e.id DESC LIMIT $5"
            )),
            count_of_type: sql!(concat!(
                "SELECT COUNT(*) FROM event e WHERE ",
                $whose,
                " AND e.event_type = $4
                AND e.created_at >= $2 AND e.created_at < $3"
            )),
            rows: events!(
                $whose,
                " AND e.event_type = $4 AND e.created_at >= $2 AND e.created_at < $3
                ORDER BY e.created_at DESC, e.id DESC"
            ),
        }
    };
}

// Triggers keep the tally: of all events, and of those of each type.
static TALLY: Sql =
    sql!("SELECT CAST(COALESCE(SUM(amount), 0) AS BIGINT) FROM tally WHERE scope_id = $1 AND kind = $2");

static OF_ORG: Texts = texts!("e.org_id = $1 AND e.in_org = TRUE");
static OF_PROJECT: Texts = texts!("e.project_id = $1 AND e.in_org = FALSE");

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

impl StoredEvent {
    /// What lists are sorted by: the newest first.
    const fn key(&self) -> Reverse<(Timestamp, EventId)> {
        Reverse((self.created_at, self.id))
    }
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

/// Whose events of which time and of which types.
struct Wanted<'a> {
    texts: &'static Texts,
    /// The organization or the project.
    whose: String,
    from: i64,
    before: i64,
    /// None: all.
    types: Option<Vec<&'a str>>,
}

/// A page of an organization's events, the newest first, and one more if there is a next page.
pub async fn of_org(tx: &mut Tx, org: OrgId, filter: &OrgFilter, page: PageQuery) -> Result<Vec<StoredEvent>, Fault> {
    Wanted::of_org(org, filter).page(tx, page).await
}

/// How many events of an organization pass the filter.
pub async fn count_of_org(tx: &mut Tx, org: OrgId, filter: &OrgFilter) -> Result<i64, Fault> {
    Wanted::of_org(org, filter).count(tx).await
}

/// One event of an organization.
pub async fn one_of_org(tx: &mut Tx, org: OrgId, id: EventId) -> Result<Option<StoredEvent>, Fault> {
    tx.optional(OF_ORG.one, &args![org, id]).await
}

/// A page of a project's events, the newest first, and one more if there is a next page.
pub async fn of_project(
    tx: &mut Tx,
    project: ProjectId,
    filter: &ProjectFilter,
    page: PageQuery,
) -> Result<Vec<StoredEvent>, Fault> {
    Wanted::of_project(project, filter).page(tx, page).await
}

/// How many events of a project pass the filter.
pub async fn count_of_project(tx: &mut Tx, project: ProjectId, filter: &ProjectFilter) -> Result<i64, Fault> {
    Wanted::of_project(project, filter).count(tx).await
}

/// One event of a project.
pub async fn one_of_project(tx: &mut Tx, project: ProjectId, id: EventId) -> Result<Option<StoredEvent>, Fault> {
    tx.optional(OF_PROJECT.one, &args![project, id]).await
}

impl<'a> Wanted<'a> {
    fn of_org(org: OrgId, filter: &'a OrgFilter) -> Self {
        let (from, before) = period(filter);
        Self { texts: &OF_ORG, whose: org.to_string(), from, before, types: filter.wanted_types() }
    }

    fn of_project(project: ProjectId, filter: &'a ProjectFilter) -> Self {
        let (from, before) = period(&filter.common);
        Self { texts: &OF_PROJECT, whose: project.to_string(), from, before, types: filter.wanted_types() }
    }

    async fn page(&self, tx: &mut Tx, page: PageQuery) -> Result<Vec<StoredEvent>, Fault> {
        let (limit, offset) = (page.limit() + 1, page.offset());
        let Self { texts, whose, from, before, .. } = self;
        let Some(types) = &self.types else {
            return tx.all(texts.page, &args![whose, *from, *before, limit, offset]).await;
        };
        let mut keys: Vec<(Reverse<(Timestamp, EventId)>, &str)> = Vec::new();
        for name in types {
            let args = args![whose, *from, *before, *name, offset.saturating_add(limit)];
            let newest: Vec<(Timestamp, EventId)> = tx.all(texts.keys, &args).await?;
            keys.extend(newest.into_iter().map(|key| (Reverse(key), *name)));
        }
        keys.sort_unstable();
        let count = |number: i64| usize::try_from(number).unwrap_or(usize::MAX);
        let keys: Vec<_> = keys.into_iter().skip(count(offset)).take(count(limit)).collect();
        self.rows(tx, &keys).await
    }

    /// The events of these keys, in their order: each type is read once, from its oldest to its newest one.
    async fn rows(
        &self,
        tx: &mut Tx,
        keys: &[(Reverse<(Timestamp, EventId)>, &str)],
    ) -> Result<Vec<StoredEvent>, Fault> {
        let mut events: Vec<StoredEvent> = Vec::with_capacity(keys.len());
        for name in self.types.iter().flatten() {
            let mut times = keys.iter().filter(|(_, of)| of == name).map(|(Reverse((time, _)), _)| time.as_micros());
            let Some(newest) = times.next() else { continue };
            let oldest = times.next_back().unwrap_or(newest);
            let args = args![&self.whose, oldest, newest + 1, *name];
            let read: Vec<StoredEvent> = tx.all(self.texts.rows, &args).await?;
            events.extend(read.into_iter().filter(|event| keys.binary_search(&(event.key(), *name)).is_ok()));
        }
        events.sort_unstable_by_key(StoredEvent::key);
        Ok(events)
    }

    async fn count(&self, tx: &mut Tx) -> Result<i64, Fault> {
        let Self { texts, whose, from, before, .. } = self;
        let of_all_time = (*from, *before) == ALL_TIME;
        let Some(types) = &self.types else {
            return if of_all_time {
                tx.one(TALLY, &args![whose, "event"]).await
            } else {
                tx.one(texts.count, &args![whose, *from, *before]).await
            };
        };
        let mut total = 0;
        for name in types {
            total += if of_all_time {
                tx.one::<i64>(TALLY, &args![whose, format!("event {name}")]).await?
            } else {
                tx.one::<i64>(texts.count_of_type, &args![whose, *from, *before, *name]).await?
            };
        }
        Ok(total)
    }
}

const ALL_TIME: (i64, i64) = (i64::MIN, i64::MAX);

/// The beginning, and the first moment after the end: the end names a whole second, as events print it.
fn period(filter: &OrgFilter) -> (i64, i64) {
    let from = filter.from.map_or(ALL_TIME.0, Timestamp::as_micros);
    let before =
        filter.to.map_or(ALL_TIME.1, |to| Timestamp::from_seconds(to.as_seconds()).plus_seconds(1).as_micros());
    (from, before)
}
