//! Roles, what implies what, and what an operation demands. No I/O.
//!
//! Roles are stored and printed as they were granted; what they imply is worked out when somebody asks.
//! Source: the API's pages on organization and project roles.

mod access;
mod roles;

pub use access::{OrgAccess, ProjectAccess};
pub use roles::{OrgRole, OrgRoles, ProjectRole, ProjectRoles};
