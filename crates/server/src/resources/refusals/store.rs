//! The rows of refusals.

use telamon_api::{Expired, UnitOfWork, expired};
use telamon_store::{Fault, Sql, Tx, args, sql};
use telamon_wire::{EventId, Failure, Id, OrgId, PageQuery, ProjectId, Timestamp};

use super::{
    model::{Place, explain},
    note::Noted,
};

/// So many refusals of an organization are kept; the oldest go first.
const PER_ORG: i64 = 1_000;

static INSERT: Sql = sql!(
    "INSERT INTO refusal (id, request_id, org_id, created_at, body)
     SELECT $1, $2, id, $3, $4 FROM organization WHERE id = $5 AND deleted_at IS NULL"
);
static ORG_OF_PROJECT: Sql = sql!("SELECT org_id FROM project WHERE id = $1");
static PAGE: Sql = sql!(
    "SELECT body FROM refusal WHERE org_id = $1 AND created_at > $2
     ORDER BY created_at DESC, id DESC LIMIT $3 OFFSET $4"
);
static PAGE_OF_REQUEST: Sql = sql!(
    "SELECT body FROM refusal WHERE org_id = $1 AND created_at > $2 AND request_id = $5
     ORDER BY created_at DESC, id DESC LIMIT $3 OFFSET $4"
);
static COUNT: Sql = sql!("SELECT COUNT(*) FROM refusal WHERE org_id = $1 AND created_at > $2");
static COUNT_OF_REQUEST: Sql =
    sql!("SELECT COUNT(*) FROM refusal WHERE org_id = $1 AND created_at > $2 AND request_id = $3");
/// Refusals, by when they were noted.
pub(super) static OLD: Expired = expired!("refusal", "id", "created_at");
/// Whether an organization has more than are kept. All refusals have a time before this one.
pub(super) static ANY_CROWDED: Sql = sql!(
    "SELECT 1 FROM (SELECT org_id FROM refusal WHERE created_at <= $1 GROUP BY org_id HAVING COUNT(*) > 1000) crowded LIMIT 1"
);
static CROWDED: Sql = sql!("SELECT org_id FROM refusal GROUP BY org_id HAVING COUNT(*) > $1 ORDER BY org_id LIMIT 1");
static THIN_OUT: Sql = sql!(
    "DELETE FROM refusal WHERE id IN (
        SELECT id FROM refusal WHERE org_id = $1 ORDER BY created_at DESC, id DESC LIMIT 1000 OFFSET $2)"
);

/// Writes a refusal for the credential's own organization, and for that of the place if it is another.
pub async fn insert(unit: &mut UnitOfWork, noted: &Noted) -> Result<(), Fault> {
    let of_place = match noted.place {
        Place::Nowhere => None,
        Place::Org(org) => Some(org),
        Place::Project(project) => org_of(&mut unit.tx, project).await?,
    };
    let home = noted.home();
    let readers = home.into_iter().chain(of_place.filter(|org| Some(*org) != home));
    for org in readers {
        let body =
            serde_json::to_string(&explain(noted, org, of_place)).map_err(|error| Fault::bug(error.to_string()))?;
        let id = EventId::new(noted.at, unit.entropy());
        unit.tx.run(INSERT, &args![id, noted.attempt.request_id.as_str(), noted.at, body, org]).await?;
    }
    Ok(())
}

async fn org_of(tx: &mut Tx, project: ProjectId) -> Result<Option<OrgId>, Fault> {
    tx.optional(ORG_OF_PROJECT, &args![project]).await
}

/// A page of the refusals after that time, the newest first, and one more if there is a next page.
pub async fn list(
    tx: &mut Tx,
    org: OrgId,
    request_id: Option<&str>,
    after: Timestamp,
    page: PageQuery,
) -> Result<Vec<String>, Fault> {
    let (limit, offset) = (page.limit() + 1, page.offset());
    match request_id {
        Some(id) => tx.all(PAGE_OF_REQUEST, &args![org, after, limit, offset, id]).await,
        None => tx.all(PAGE, &args![org, after, limit, offset]).await,
    }
}

/// How many there are.
pub async fn count(tx: &mut Tx, org: OrgId, request_id: Option<&str>, after: Timestamp) -> Result<i64, Fault> {
    match request_id {
        Some(id) => tx.one(COUNT_OF_REQUEST, &args![org, after, id]).await,
        None => tx.one(COUNT, &args![org, after]).await,
    }
}

/// Removes some of what some organizations have too many of; answers how many.
pub async fn thin_out(unit: &mut UnitOfWork, _: &Timestamp) -> Result<u64, Failure> {
    let crowded: Vec<OrgId> = unit.tx.all(CROWDED, &args![PER_ORG]).await?;
    let mut removed = 0;
    for org in crowded {
        removed += unit.tx.run(THIN_OUT, &args![org, PER_ORG]).await?;
    }
    Ok(removed)
}
