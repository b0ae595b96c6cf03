//! Which roles inherit which: that parents exist, and that nobody descends from itself.

use std::collections::{HashMap, HashSet};

use telamon_wire::{ApiError, ErrorCode};

use super::wire::InheritedRole;
use crate::resources::database_roles::{RoleKind, is_database_name};

/// The custom roles of a project, each with what it inherits.
pub type Family = HashMap<String, Vec<InheritedRole>>;

/// Checks what the role of that name is to inherit, in a project that has these roles.
pub fn check(name: &str, inherited: &[InheritedRole], family: &Family) -> Result<(), ApiError> {
    let mut seen = HashSet::new();
    for parent in inherited {
        let by_name = |code| Err(ApiError::new(code).with(parent.role.as_str()));
        if !seen.insert(parent) {
            let error = ApiError::new(ErrorCode::DUPLICATE_DATABASE_ROLES).with(parent.role.as_str());
            return Err(error.with(parent.db.as_str()));
        }
        let kind = RoleKind::of(&parent.role);
        if kind == RoleKind::Custom && parent.role == name {
            return by_name(ErrorCode::ATLAS_INVALID_CUSTOM_ROLE_SELF_REFERENTIAL);
        }
        if kind == RoleKind::Restricted || kind == RoleKind::Custom && !family.contains_key(&parent.role) {
            return by_name(ErrorCode::ATLAS_INVALID_CUSTOM_ROLE_INHERITANCE);
        }
        let in_place = if kind == RoleKind::OfDatabase { is_database_name(&parent.db) } else { parent.db == "admin" };
        if !in_place {
            let error = ApiError::new(ErrorCode::ATLAS_INVALID_CUSTOM_ROLE_INHERITED_SCOPE).with(parent.role.as_str());
            return Err(error.with(parent.db.as_str()));
        }
        if descends(&parent.role, name, family) {
            return by_name(ErrorCode::ATLAS_INVALID_CUSTOM_ROLE_CIRCULAR_DEPENDENCY);
        }
    }
    Ok(())
}

/// Whether one role inherits another, at however many removes.
fn descends(role: &str, from: &str, family: &Family) -> bool {
    let (mut seen, mut open) = (HashSet::new(), vec![role]);
    while let Some(role) = open.pop() {
        for parent in family.get(role).into_iter().flatten() {
            if parent.role == from {
                return true;
            }
            if seen.insert(parent.role.as_str()) {
                open.push(&parent.role);
            }
        }
    }
    false
}

#[cfg(test)]
mod tests {
    use super::*;

    fn roles(texts: &[&str]) -> Vec<InheritedRole> {
        let role = |text: &&str| {
            let (role, db) = text.split_once('@').unwrap();
            InheritedRole { db: db.to_owned(), role: role.to_owned() }
        };
        texts.iter().map(role).collect()
    }

    fn family(of: &[(&str, &[&str])]) -> Family {
        of.iter().map(|(name, parents)| ((*name).to_owned(), roles(parents))).collect()
    }

    #[test]
    fn parents_exist_where_they_are_said_to() {
        use ErrorCode as E;
        let family = family(&[("base", &["read@a"]), ("child", &["base@admin"]), ("grandchild", &["child@admin"])]);
        let refusal = |name: &str, parents: &[&str]| check(name, &roles(parents), &family).err().map(|e| e.code);
        for good in [&["read@a", "read@b", "readWrite@a"][..], &["atlasAdmin@admin", "base@admin"], &[]] {
            assert_eq!(refusal("new", good), None, "{good:?}");
        }
        for (name, parents, code) in [
            ("new", &["new@admin"][..], E::ATLAS_INVALID_CUSTOM_ROLE_SELF_REFERENTIAL),
            ("new", &["nobody@admin"], E::ATLAS_INVALID_CUSTOM_ROLE_INHERITANCE),
            ("new", &["root@admin"], E::ATLAS_INVALID_CUSTOM_ROLE_INHERITANCE),
            ("new", &["base@db1"], E::ATLAS_INVALID_CUSTOM_ROLE_INHERITED_SCOPE),
            ("new", &["readAnyDatabase@db1"], E::ATLAS_INVALID_CUSTOM_ROLE_INHERITED_SCOPE),
            ("new", &["read@"], E::ATLAS_INVALID_CUSTOM_ROLE_INHERITED_SCOPE),
            ("new", &["read@a", "read@a"], E::DUPLICATE_DATABASE_ROLES),
            ("base", &["child@admin"], E::ATLAS_INVALID_CUSTOM_ROLE_CIRCULAR_DEPENDENCY),
            ("base", &["read@a", "grandchild@admin"], E::ATLAS_INVALID_CUSTOM_ROLE_CIRCULAR_DEPENDENCY),
        ] {
            assert_eq!(refusal(name, parents), Some(code), "{name} {parents:?}");
        }
    }
}
