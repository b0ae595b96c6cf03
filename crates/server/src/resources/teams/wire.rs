//! Requests and answers.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::json;
use telamon_wire::{Link, RequestBody, TeamId};

/// A team to be made.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
#[schemars(example = json!({ "name": "Operations", "usernames": ["somebody@example.com"] }))]
pub struct NewTeam {
    /// Its name, unique in the organization: 1 to 64 letters, digits, spaces and `- _ . ( ) , : & @ + '`.
    pub name: String,
    /// Its first members, at least one: people of the organization.
    pub usernames: Vec<String>,
}

impl RequestBody for NewTeam {
    const READ_ONLY: &'static [&'static str] = &["id", "links"];
}

/// A team that has just been made.
#[derive(Clone, Debug, Serialize, JsonSchema)]
#[schemars(rename = "Team")]
pub struct MadeTeam {
    /// Its id.
    pub id: TeamId,
    /// Where it is found.
    pub links: Vec<Link>,
    /// Its name.
    pub name: String,
    /// Its members.
    pub usernames: Vec<String>,
}

/// A team.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct TeamResponse {
    /// Its id.
    pub id: TeamId,
    /// Where it is found.
    pub links: Vec<Link>,
    /// Its name.
    pub name: String,
}

/// Another name for a team.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(example = json!({ "name": "Operations, Europe" }))]
pub struct TeamUpdate {
    /// The name, unique in the organization.
    pub name: String,
}

impl RequestBody for TeamUpdate {
    const READ_ONLY: &'static [&'static str] = &["id", "links"];
}

/// Roles in a project, to be given to a team.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
#[schemars(example = json!({ "roleNames": ["GROUP_READ_ONLY"], "teamId": "32b6e34b3d91647abb20e7b8" }))]
pub struct NewTeamRole {
    /// The roles, at least one.
    pub role_names: Vec<String>,
    /// The team.
    pub team_id: TeamId,
}

impl RequestBody for NewTeamRole {
    const READ_ONLY: &'static [&'static str] = &["links"];
}

/// Other roles in a project for a team.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
#[schemars(example = json!({ "roleNames": ["GROUP_OWNER"] }))]
pub struct TeamRoleChange {
    /// The roles, at least one, instead of those that it has.
    pub role_names: Vec<String>,
    /// The team of the path, again.
    pub team_id: Option<TeamId>,
}

impl RequestBody for TeamRoleChange {
    const READ_ONLY: &'static [&'static str] = &["links"];
}

/// A team and its roles in a project.
#[derive(Clone, Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct TeamRole {
    /// Where it is found.
    pub links: Vec<Link>,
    /// The roles.
    pub role_names: Vec<String>,
    /// The team.
    pub team_id: TeamId,
}
