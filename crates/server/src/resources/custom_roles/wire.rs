//! Custom roles as they stand on the wire, and in the columns of their rows.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::json;
use telamon_wire::RequestBody;

use super::{action::Action, model::Role};

/// A role that is to be made.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
#[schemars(rename = "UserCustomDBRoleRequest", example = json!({
    "roleName": "reporting",
    "actions": [{ "action": "FIND", "resources": [{ "cluster": false, "collection": "", "db": "shop" }] }],
    "inheritedRoles": [{ "db": "reports", "role": "readWrite" }],
}))]
pub struct NewRole {
    pub actions: Option<Vec<Privilege>>,
    pub inherited_roles: Option<Vec<InheritedRole>>,
    /// ASCII letters, digits, hyphens and underscores, the first a letter or digit.
    #[schemars(length(min = 1, max = 255))]
    pub role_name: String,
}

impl RequestBody for NewRole {}

/// What is to become different of a role. What is given replaces the whole of what there was.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
#[schemars(rename = "UpdateCustomDBRole", example = json!({ "inheritedRoles": [{ "db": "reports", "role": "read" }] }))]
pub struct RoleChange {
    pub actions: Option<Vec<Privilege>>,
    pub inherited_roles: Option<Vec<InheritedRole>>,
}

impl RequestBody for RoleChange {}

/// An action, and to what it may be done.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "DatabasePrivilegeAction")]
pub struct Privilege {
    pub action: Action,
    pub resources: Vec<Resource>,
}

/// The whole deployment, or a database, or a collection; an empty name stands for all. A member that says nothing is
/// not printed.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "DatabasePermittedNamespaceResource")]
pub struct Resource {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cluster: Option<bool>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub collection: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub db: Option<String>,
}

/// A role that another one inherits.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "DatabaseInheritedRole")]
pub struct InheritedRole {
    /// The database on which it is granted: `admin` for a custom role.
    pub db: String,
    /// The name of a built-in role or of a custom one.
    pub role: String,
}

/// A role.
#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(rename = "UserCustomDBRole")]
pub struct CustomRole {
    actions: Vec<Privilege>,
    inherited_roles: Vec<InheritedRole>,
    role_name: String,
}

impl From<Role> for CustomRole {
    fn from(role: Role) -> Self {
        Self { actions: role.privileges, inherited_roles: role.inherited, role_name: role.name }
    }
}
