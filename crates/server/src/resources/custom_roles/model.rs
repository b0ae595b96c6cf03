//! What makes a role a valid one in itself, and what a change makes of it.

use std::collections::HashSet;

use telamon_wire::{ApiError, ErrorCode};

use super::{
    action::{Action, Reach},
    wire::{InheritedRole, NewRole, Privilege, Resource, RoleChange},
};
use crate::resources::database_roles::{RESERVED_PREFIX, RoleKind, is_custom_role_name, is_database_name};

/// The longest name of a collection, in bytes (MongoDB's own limit of a namespace).
const MAX_COLLECTION: usize = 255;

/// A role.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Role {
    pub name: String,
    pub privileges: Vec<Privilege>,
    pub inherited: Vec<InheritedRole>,
}

impl Role {
    /// The role that a body describes.
    pub fn from_new(new: &NewRole) -> Result<Self, ApiError> {
        check_name(&new.role_name)?;
        let mut role = Self { name: new.role_name.clone(), privileges: Vec::new(), inherited: Vec::new() };
        role.set(new.actions.as_ref(), new.inherited_roles.as_ref())?;
        Ok(role)
    }

    /// Replaces what the body names.
    pub fn apply(&mut self, change: &RoleChange) -> Result<(), ApiError> {
        self.set(change.actions.as_ref(), change.inherited_roles.as_ref())
    }

    fn set(
        &mut self,
        privileges: Option<&Vec<Privilege>>,
        inherited: Option<&Vec<InheritedRole>>,
    ) -> Result<(), ApiError> {
        if let Some(privileges) = privileges {
            self.privileges = checked(privileges)?;
        }
        if let Some(inherited) = inherited {
            self.inherited.clone_from(inherited);
        }
        if self.privileges.is_empty() && self.inherited.is_empty() {
            return Err(ErrorCode::ATLAS_CUSTOM_ROLE_HAS_NO_PERMISSIONS.into());
        }
        Ok(())
    }
}

fn check_name(name: &str) -> Result<(), ApiError> {
    let code = if name.starts_with(RESERVED_PREFIX) {
        ErrorCode::ATLAS_RESERVED_CUSTOM_ROLE_RESTRICTED
    } else if !is_custom_role_name(name) {
        ErrorCode::ATLAS_CUSTOM_ROLE_INVALID_NAME
    } else if RoleKind::of(name) != RoleKind::Custom {
        ErrorCode::ATLAS_INVALID_CUSTOM_ROLE_RESTRICTED
    } else {
        return Ok(());
    };
    Err(ApiError::new(code).with(name))
}

/// The privileges in the order in which they came, their resources as they are printed.
fn checked(privileges: &[Privilege]) -> Result<Vec<Privilege>, ApiError> {
    let mut actions = HashSet::new();
    privileges
        .iter()
        .map(|privilege| {
            if !actions.insert(privilege.action) {
                return Err(ApiError::new(ErrorCode::ATLAS_DUPLICATE_CUSTOM_ROLE_ACTION).with(name(privilege.action)));
            }
            let resources = checked_resources(privilege.action, &privilege.resources)?;
            Ok(Privilege { action: privilege.action, resources })
        })
        .collect()
}

fn checked_resources(action: Action, resources: &[Resource]) -> Result<Vec<Resource>, ApiError> {
    if resources.is_empty() {
        return Err(misapplied(action, "It must name a resource."));
    }
    let mut seen = HashSet::new();
    let mut kept = Vec::new();
    for resource in resources {
        let resource = plain(action, resource)?;
        if !seen.insert(resource.clone()) {
            return Err(ApiError::new(ErrorCode::ATLAS_DUPLICATE_CUSTOM_ROLE_RESOURCE).with(name(action)));
        }
        kept.push(resource);
    }
    Ok(kept)
}

/// The resource without members that say nothing: `{"cluster":true}`, `{"db":"shop"}`, `{"collection":"a","db":"shop"}`.
fn plain(action: Action, resource: &Resource) -> Result<Resource, ApiError> {
    let named = |text: &Option<String>| text.clone().filter(|text| !text.is_empty());
    let (db, collection) = (named(&resource.db), named(&resource.collection));
    if resource.cluster == Some(true) {
        if db.is_some() || collection.is_some() {
            return Err(misapplied(action, "A resource is the cluster, or a database or collection, not both."));
        }
        if action.reach() == Reach::Namespace {
            return Err(misapplied(action, "It is done to databases and collections, not to the cluster."));
        }
        return Ok(Resource { cluster: Some(true), collection: None, db: None });
    }
    if resource.db.is_none() && resource.collection.is_none() {
        return Err(misapplied(action, "A resource names the cluster, or a database or collection."));
    }
    if action.reach() == Reach::Cluster {
        return Err(misapplied(action, "It is done to the cluster, not to databases and collections."));
    }
    if db.as_ref().is_some_and(|db| !is_database_name(db)) {
        return Err(misapplied(action, "No database can have that name."));
    }
    if collection.as_ref().is_some_and(|collection| collection.len() > MAX_COLLECTION) {
        return Err(misapplied(action, "No collection can have so long a name."));
    }
    Ok(Resource { cluster: None, collection, db: Some(db.unwrap_or_default()) })
}

fn misapplied(action: Action, why: &str) -> ApiError {
    ApiError::new(ErrorCode::ATLAS_INVALID_RESOURCE).with(name(action)).with(why)
}

/// The name of an action on the wire.
fn name(action: Action) -> serde_json::Value {
    serde_json::to_value(action).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    fn made(body: Value) -> Result<Role, String> {
        let new: NewRole = serde_json::from_value(body).unwrap();
        Role::from_new(&new).map_err(|error| format!("{} {:?}", error.code, error.parameters))
    }

    fn resources(action: &str, resources: &Value) -> Result<Value, String> {
        let role = made(json!({ "roleName": "r", "actions": [{ "action": action, "resources": resources }] }))?;
        Ok(serde_json::to_value(&role.privileges[0].resources).unwrap())
    }

    #[test]
    fn resources_are_kept_without_members_that_say_nothing() {
        for (action, sent, kept) in [
            ("FIND", json!([{ "cluster": false, "collection": "", "db": "db1" }]), json!([{ "db": "db1" }])),
            (
                "FIND",
                json!([{ "db": "a" }, { "db": "b", "collection": "c" }]),
                json!([{ "db": "a" }, { "collection": "c", "db": "b" }]),
            ),
            ("FIND", json!([{ "cluster": false, "collection": "", "db": "" }]), json!([{ "db": "" }])),
            ("FIND", json!([{ "collection": "c" }]), json!([{ "collection": "c", "db": "" }])),
            ("SERVER_STATUS", json!([{ "cluster": true, "collection": "", "db": "" }]), json!([{ "cluster": true }])),
            ("OUT_TO_S3", json!([{ "cluster": true }]), json!([{ "cluster": true }])),
            ("OUT_TO_S3", json!([{ "db": "x" }]), json!([{ "db": "x" }])),
        ] {
            assert_eq!(resources(action, &sent), Ok(kept), "{sent}");
        }
    }

    #[test]
    fn resources_must_suit_their_action() {
        for (action, wrong) in [
            ("FIND", json!([])),
            ("FIND", json!([{}])),
            ("FIND", json!([{ "cluster": false }])),
            ("FIND", json!([{ "cluster": true }])),
            ("FIND", json!([{ "cluster": true, "db": "x" }])),
            ("FIND", json!([{ "db": "a.b" }])),
            ("FIND", json!([{ "db": "a", "collection": "c".repeat(256) }])),
            ("LIST_SESSIONS", json!([{ "db": "a" }])),
        ] {
            let refused = resources(action, &wrong).unwrap_err();
            assert!(refused.starts_with("ATLAS_INVALID_RESOURCE"), "{action} {wrong}: {refused}");
        }
        let twice = json!([{ "db": "a" }, { "db": "a", "collection": "" }]);
        assert!(resources("FIND", &twice).unwrap_err().starts_with("ATLAS_DUPLICATE_CUSTOM_ROLE_RESOURCE"));
    }

    #[test]
    fn a_role_has_a_name_of_its_own_and_permits_something() {
        let find = json!([{ "action": "FIND", "resources": [{ "db": "a" }] }]);
        for (name, code) in [
            ("xgen-a", "ATLAS_RESERVED_CUSTOM_ROLE_RESTRICTED"),
            ("", "ATLAS_CUSTOM_ROLE_INVALID_NAME"),
            ("-a", "ATLAS_CUSTOM_ROLE_INVALID_NAME"),
            ("a b", "ATLAS_CUSTOM_ROLE_INVALID_NAME"),
            ("__system", "ATLAS_CUSTOM_ROLE_INVALID_NAME"),
            ("read", "ATLAS_INVALID_CUSTOM_ROLE_RESTRICTED"),
            ("atlasAdmin", "ATLAS_INVALID_CUSTOM_ROLE_RESTRICTED"),
            ("root", "ATLAS_INVALID_CUSTOM_ROLE_RESTRICTED"),
        ] {
            let refused = made(json!({ "roleName": name, "actions": find })).unwrap_err();
            assert!(refused.starts_with(code), "{name}: {refused}");
        }
        let nothing = made(json!({ "roleName": "r", "actions": [], "inheritedRoles": [] })).unwrap_err();
        assert!(nothing.starts_with("ATLAS_CUSTOM_ROLE_HAS_NO_PERMISSIONS"));
        let twice = json!([{ "action": "FIND", "resources": [{ "db": "a" }] }, { "action": "FIND", "resources": [{ "db": "b" }] }]);
        let refused = made(json!({ "roleName": "r", "actions": twice })).unwrap_err();
        assert_eq!(refused, r#"ATLAS_DUPLICATE_CUSTOM_ROLE_ACTION [String("FIND")]"#);
    }

    #[test]
    fn a_change_replaces_what_it_names() {
        let body = json!({
            "roleName": "r", "actions": [{ "action": "FIND", "resources": [{ "db": "a" }] }],
            "inheritedRoles": [{ "db": "a", "role": "read" }],
        });
        let old = made(body).unwrap();
        let changed = |change: Value| {
            let mut role = old.clone();
            role.apply(&serde_json::from_value(change).unwrap()).map(|()| role).map_err(|error| error.code)
        };
        assert_eq!(changed(json!({})), Ok(old.clone()));
        assert_eq!(changed(json!({ "actions": null })), Ok(old.clone()));
        let bare = changed(json!({ "actions": [] })).unwrap();
        assert_eq!((bare.privileges.len(), bare.inherited), (0, old.inherited.clone()));
        let alone = changed(json!({ "inheritedRoles": [] })).unwrap();
        assert_eq!((alone.privileges, alone.inherited.len()), (old.privileges.clone(), 0));
        let nothing = changed(json!({ "actions": [], "inheritedRoles": [] }));
        assert_eq!(nothing, Err(ErrorCode::ATLAS_CUSTOM_ROLE_HAS_NO_PERMISSIONS));
    }
}
