//! `getOrg`, and how an organization is printed.

use telamon_api::{Cx, Json, Operation, Org};
use telamon_authz::OrgRole;
use telamon_wire::{Link, OrgId, Result};

use super::{
    store::{self, Stored},
    wire::AtlasOrganization,
};
use crate::resources::rates;

pub fn operation() -> Operation {
    Operation::get("/api/atlas/v2/orgs/{orgId}")
        .operation::<Org>("getOrg", "Organizations", Org::needs(&[OrgRole::Member]), &rates::ORG)
        .summary("Return one organization")
        .handler(get)
}

async fn get(cx: &mut Cx<Org>, (): &()) -> Result<Json<AtlasOrganization>> {
    let id = cx.scope.id;
    let org = store::one(&mut cx.tx, id).await?;
    Ok(Json(single(cx, org)))
}

fn path(id: OrgId) -> String {
    format!("/api/atlas/v2/orgs/{id}")
}

/// An organization among others: it links to itself alone.
pub fn in_list<S>(cx: &Cx<S>, org: Stored) -> AtlasOrganization {
    let links = vec![cx.link("self", &path(org.0))];
    print(org, links)
}

/// The one organization that the answer is about.
pub fn single<S>(cx: &Cx<S>, org: Stored) -> AtlasOrganization {
    let path = path(org.0);
    let part = |part: &str| cx.link(&format!("https://cloud.mongodb.com/{part}"), &format!("{path}/{part}"));
    let links = vec![cx.link("self", &path), part("groups"), part("teams"), part("users")];
    print(org, links)
}

fn print((id, name, skip_default_alerts_settings): Stored, links: Vec<Link>) -> AtlasOrganization {
    AtlasOrganization { id, is_deleted: false, links, name, skip_default_alerts_settings }
}
