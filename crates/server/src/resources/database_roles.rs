//! The roles that a MongoDB has of itself, and what databases and further roles may be called.

/// The longest name of a database, in bytes (MongoDB's own limit).
const MAX_DATABASE_NAME: usize = 63;
/// The longest name of a custom role, in bytes.
const MAX_CUSTOM_ROLE_NAME: usize = 255;

/// What stands before the names that the service keeps for itself.
pub const RESERVED_PREFIX: &str = "xgen-";

/// What kind of role a name stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RoleKind {
    /// Built in, and granted on any database.
    OfDatabase,
    /// Built in; it reaches over all databases and is therefore granted on `admin`.
    OfDeployment,
    /// Built in, and never granted: it would let a user out of its project.
    Restricted,
    /// None that is built in.
    Custom,
}

impl RoleKind {
    /// The kind of the role of that name.
    pub fn of(name: &str) -> Self {
        match name {
            "dbAdmin" | "read" | "readWrite" => Self::OfDatabase,
            "atlasAdmin"
            | "backup"
            | "clusterMonitor"
            | "dbAdminAnyDatabase"
            | "enableSharding"
            | "readAnyDatabase"
            | "readWriteAnyDatabase" => Self::OfDeployment,
            "clusterAdmin"
            | "clusterManager"
            | "dbOwner"
            | "directShardOperations"
            | "hostManager"
            | "restore"
            | "root"
            | "searchCoordinator"
            | "userAdmin"
            | "userAdminAnyDatabase" => Self::Restricted,
            _ if name.starts_with("__") => Self::Restricted,
            _ => Self::Custom,
        }
    }
}

/// The names that MongoDB takes for databases on every platform.
pub fn is_database_name(name: &str) -> bool {
    let allowed = |c: char| !c.is_control() && !"/\\. \"$*<>:|?".contains(c);
    (1..=MAX_DATABASE_NAME).contains(&name.len()) && name.chars().all(allowed)
}

/// ASCII letters, digits, `-` and `_`, the first a letter or digit; none of the reserved names.
pub fn is_custom_role_name(name: &str) -> bool {
    name.len() <= MAX_CUSTOM_ROLE_NAME
        && name.starts_with(|c: char| c.is_ascii_alphanumeric())
        && name.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_'))
        && !name.starts_with(RESERVED_PREFIX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn custom_roles_have_names_of_letters_digits_and_hyphens() {
        for good in ["role1", "7-up", "A_b", &"x".repeat(255)] {
            assert!(is_custom_role_name(good), "{good}");
        }
        for wrong in ["", "-a", "_a", "a b", "a.b", "ä", "xgen-role", &"x".repeat(256)] {
            assert!(!is_custom_role_name(wrong), "{wrong}");
        }
    }
}
