//! What a database user may do, where: roles and scopes.

use std::collections::HashSet;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use telamon_wire::{ApiError, ErrorCode};

use crate::resources::database_roles::{RoleKind, is_custom_role_name, is_database_name};

/// How many custom roles a user may have.
const MAX_CUSTOM_ROLES: usize = 20;
/// A role and the database on which it is granted.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub struct DatabaseUserRole {
    /// The collection to which the role is restricted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub collection_name: Option<String>,
    /// The database.
    pub database_name: String,
    /// The name of a built-in role or of a custom one.
    pub role_name: String,
}

/// What a scope names.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum ScopeType {
    /// A cluster.
    Cluster,
    /// A federated database.
    DataLake,
    /// A stream processing workspace.
    Stream,
}

/// A deployment to which a user is restricted; it need not exist.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub struct UserScope {
    /// Its name.
    pub name: String,
    /// What it is.
    #[serde(rename = "type")]
    pub scope_type: ScopeType,
}

/// Checks roles that are to be granted; an empty collection means none.
pub fn checked_roles(mut roles: Vec<DatabaseUserRole>) -> Result<Vec<DatabaseUserRole>, ApiError> {
    let (mut seen, mut custom) = (HashSet::new(), 0);
    for role in &mut roles {
        role.collection_name = role.collection_name.take().filter(|name| !name.is_empty());
        if !check_role(role)? {
            custom += 1;
        }
        if custom > MAX_CUSTOM_ROLES {
            return Err(ApiError::new(ErrorCode::ATLAS_INVALID_CUSTOM_ROLE_ASSIGNMENT).with(role.role_name.clone()));
        }
        if !seen.insert(role.clone()) {
            let error = ApiError::new(ErrorCode::DUPLICATE_DATABASE_ROLES).with(role.role_name.clone());
            return Err(error.with(role.database_name.clone()));
        }
    }
    Ok(roles)
}

/// Checks one role; says whether it is a built-in one.
fn check_role(role: &DatabaseUserRole) -> Result<bool, ApiError> {
    let DatabaseUserRole { collection_name, database_name, role_name } = role;
    let (name, database) = (role_name.as_str(), database_name.as_str());
    let by_name = |code| Err(ApiError::new(code).with(name));
    let kind = RoleKind::of(name);
    if kind == RoleKind::Restricted {
        return by_name(ErrorCode::ATLAS_RESTRICTED_ROLE);
    }
    if !is_database_name(database) || kind == RoleKind::Custom && !is_custom_role_name(name) {
        return Err(unavailable(role));
    }
    if kind != RoleKind::OfDatabase && database != "admin" {
        return by_name(ErrorCode::ATLAS_INVALID_ROLE_DATABASE);
    }
    if collection_name.is_some() && !matches!(name, "read" | "readWrite") {
        return by_name(ErrorCode::ATLAS_RESTRICTED_COLLECTION);
    }
    Ok(kind != RoleKind::Custom)
}

/// There is no such role.
pub fn unavailable(role: &DatabaseUserRole) -> ApiError {
    ApiError::new(ErrorCode::ATLAS_INVALID_ROLE).with(role.role_name.as_str()).with(role.database_name.as_str())
}

/// Checks the names of scopes.
pub fn check_scopes(scopes: &[UserScope]) -> Result<(), ApiError> {
    let wrong = |scope: &UserScope| {
        !scope.name.starts_with(|c: char| c.is_ascii_alphanumeric())
            || scope.name.bytes().any(|b| !b.is_ascii_alphanumeric() && b != b'-')
    };
    match scopes.iter().position(wrong) {
        Some(at) => Err(ApiError::invalid_field(
            format!("scopes[{at}].name"),
            "must be letters, digits and hyphens, and begin with a letter or digit.",
        )),
        None => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn role(text: &str) -> DatabaseUserRole {
        let (name, place) = text.split_once('@').unwrap();
        let (database, collection) = place.split_once('.').map_or((place, None), |(db, c)| (db, Some(c.to_owned())));
        DatabaseUserRole { collection_name: collection, database_name: database.to_owned(), role_name: name.to_owned() }
    }

    fn refusal(texts: &[&str]) -> String {
        let roles = texts.iter().map(|text| role(text)).collect();
        checked_roles(roles).map_or_else(|error| format!("{} {:?}", error.code, error.parameters), |_| String::new())
    }

    #[test]
    fn roles_have_their_databases() {
        for good in
            ["read@db1.coll1", "readWrite@db2", "dbAdmin@admin", "customRole1@admin", "atlasAdmin@admin", "read@Ünï-1"]
        {
            assert_eq!(refusal(&[good]), "", "{good}");
        }
        for (wrong, expected) in [
            ("atlasAdmin@db1", r#"ATLAS_INVALID_ROLE_DATABASE [String("atlasAdmin")]"#),
            ("readAnyDatabase@db1", r#"ATLAS_INVALID_ROLE_DATABASE [String("readAnyDatabase")]"#),
            ("customRole1@db1", r#"ATLAS_INVALID_ROLE_DATABASE [String("customRole1")]"#),
            ("dbAdmin@db1.c", r#"ATLAS_RESTRICTED_COLLECTION [String("dbAdmin")]"#),
            ("custom@admin.c", r#"ATLAS_RESTRICTED_COLLECTION [String("custom")]"#),
            ("root@admin", r#"ATLAS_RESTRICTED_ROLE [String("root")]"#),
            ("__system@admin", r#"ATLAS_RESTRICTED_ROLE [String("__system")]"#),
            ("xgen-x@admin", r#"ATLAS_INVALID_ROLE [String("xgen-x"), String("admin")]"#),
            ("a b@admin", r#"ATLAS_INVALID_ROLE [String("a b"), String("admin")]"#),
            ("@admin", r#"ATLAS_INVALID_ROLE [String(""), String("admin")]"#),
            ("read@", r#"ATLAS_INVALID_ROLE [String("read"), String("")]"#),
            ("read@$x", r#"ATLAS_INVALID_ROLE [String("read"), String("$x")]"#),
        ] {
            assert_eq!(refusal(&[wrong]), expected, "{wrong}");
        }
    }

    #[test]
    fn built_in_and_custom_roles_mix_up_to_twenty_custom_ones() {
        let mut texts: Vec<String> = (0..20).map(|n| format!("custom{n}@admin")).collect();
        texts.extend(["read@db1".to_owned(), "read@db1.c".to_owned()]);
        let refused = |texts: &[String]| refusal(&texts.iter().map(String::as_str).collect::<Vec<_>>());
        assert_eq!(refused(&texts), "");
        texts.push("custom20@admin".to_owned());
        assert_eq!(refused(&texts), r#"ATLAS_INVALID_CUSTOM_ROLE_ASSIGNMENT [String("custom20")]"#);
    }

    #[test]
    fn a_role_is_given_once() {
        assert_eq!(
            refusal(&["read@a", "read@b", "read@a"]),
            r#"DUPLICATE_DATABASE_ROLES [String("read"), String("a")]"#
        );
        assert_eq!(refusal(&["read@a.c", "read@a."]), "");
        assert_eq!(refusal(&["read@a", "read@a."]), r#"DUPLICATE_DATABASE_ROLES [String("read"), String("a")]"#);
    }

    #[test]
    fn scopes_have_names_of_deployments() {
        let scope = |name: &str| UserScope { name: name.to_owned(), scope_type: ScopeType::Cluster };
        assert_eq!(check_scopes(&[scope("cluster0"), scope("7-b")]), Ok(()));
        for wrong in ["", "-a", "a_b", "ä"] {
            let refused = check_scopes(&[scope("a"), scope(wrong)]).unwrap_err();
            assert_eq!(refused.fields[0].field, "scopes[1].name", "{wrong}");
        }
    }
}
