//! People, who sign in to the console: those of an organization, those of a project, and their roles there.
//!
//! A person belongs to an organization as long as they hold a role in it. Who was asked to join is an invitation, listed
//! among the people under the id that they will keep.
//!
//! Source: the tag "MongoDB Cloud Users" of the Administration API.

mod account;
mod create;
pub mod filter;
mod grants;
mod invite;
mod list;
pub mod member;
mod model;
mod org_roles;
mod project_list;
mod project_roles;
mod remove;
mod request;
pub mod room;
mod store;
mod update;
pub mod wire;

use telamon_api::{Cx, Operation, Org, Project};
use telamon_wire::{ApiError, ErrorCode, OrgId, PersonId, ProjectId, Result, Version};

use self::{filter::Filter, member::Member};

pub use grants::set_teams;
pub use store::{count_of_org, find_in_org, insert, of_org};
pub use wire::Profile;

/// The tag of the operations on people, wherever they stand.
pub const TAG: &str = "MongoDB Cloud Users";

/// The day from which the shapes of 2023-01-01 may be gone.
pub const SUNSET: Version = Version::Date(2027, 7, 1);

/// The operations of this resource.
pub fn operations() -> Vec<Operation> {
    vec![
        list::list_joined_operation(),
        list::list_operation(),
        invite::to_org_operation(),
        list::get_operation(),
        update::operation(),
        remove::joined_from_org_operation(),
        remove::from_org_operation(),
        org_roles::add_operation(),
        org_roles::remove_operation(),
        org_roles::replace_operation(),
        project_list::list_joined_operation(),
        project_list::list_operation(),
        invite::to_project_operation(),
        project_list::get_operation(),
        remove::joined_from_project_operation(),
        remove::from_project_operation(),
        project_roles::add_operation(),
        project_roles::remove_operation(),
        project_roles::replace_operation(),
        create::operation(),
        account::get_operation(),
        account::get_by_name_operation(),
    ]
}

/// The id of the path.
pub fn person_id<S>(cx: &Cx<S>) -> Result<PersonId, ApiError> {
    let text = cx.path_value("userId");
    text.parse().map_err(|_| ApiError::new(ErrorCode::INVALID_USER_ID).with(text))
}

/// The one of the path, who has joined the organization or still may.
async fn demand_in_org(cx: &mut Cx<Org>) -> Result<Member> {
    let (org, now, id) = (cx.scope.id, cx.now(), person_id(cx)?);
    let found = find_in_org(&mut cx.tx, org, now, &Filter::default().of(id)).await?;
    found.ok_or_else(|| not_in_org(id, org).into())
}

/// The one of the path, who has roles in the project or will have them.
async fn demand_in_project(cx: &mut Cx<Project>) -> Result<Member> {
    let (place, now, id) = ((cx.scope.org, cx.scope.id), cx.now(), person_id(cx)?);
    let found = store::find_in_project(&mut cx.tx, place, now, Filter::default().of(id)).await?;
    found.ok_or_else(|| not_in_project(id, place.1).into())
}

/// What is said of somebody who does not belong to the organization, whether they exist or not.
pub fn not_in_org(id: PersonId, org: OrgId) -> ApiError {
    ApiError::new(ErrorCode::USER_NOT_IN_ORG).with(id.to_string()).with(org.to_string())
}

fn not_in_project(id: PersonId, project: ProjectId) -> ApiError {
    ApiError::new(ErrorCode::USER_NOT_IN_GROUP).with(id.to_string()).with(project.to_string())
}
