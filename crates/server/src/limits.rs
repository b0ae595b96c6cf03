//! How many of each thing there may be.

/// The limits of resources; `None` is no limit. The defaults are the service's.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ResourceLimits {
    /// Projects of an organization.
    pub projects_per_org: Option<i64>,
    /// API keys of an organization.
    pub api_keys_per_org: Option<i64>,
    /// Service accounts of an organization.
    pub service_accounts_per_org: Option<i64>,
    /// Teams of an organization.
    pub teams_per_org: Option<i64>,
    /// Teams of a project.
    pub teams_per_project: Option<i64>,
    /// Members of a team.
    pub users_per_team: Option<i64>,
    /// People of an organization, those who were asked to join included.
    pub users_per_org: Option<i64>,
    /// People of a project, those who were asked to join included.
    pub users_per_project: Option<i64>,
    /// Database users of a project.
    pub database_users_per_project: Option<i64>,
    /// Custom database roles of a project.
    pub custom_roles_per_project: Option<i64>,
    /// Entries of the access list of a project.
    pub network_entries_per_project: Option<i64>,
    /// Certificates of a database user that are not expired.
    pub certificates_per_user: Option<i64>,
}

impl Default for ResourceLimits {
    fn default() -> Self {
        Self {
            projects_per_org: Some(250),
            api_keys_per_org: Some(500),
            service_accounts_per_org: Some(200),
            teams_per_org: Some(250),
            teams_per_project: Some(100),
            users_per_team: Some(250),
            users_per_org: Some(500),
            users_per_project: Some(500),
            database_users_per_project: Some(100),
            custom_roles_per_project: Some(100),
            network_entries_per_project: Some(200),
            certificates_per_user: None,
        }
    }
}

impl ResourceLimits {
    /// No limit of anything: what tests want.
    pub const NONE: Self = Self {
        projects_per_org: None,
        api_keys_per_org: None,
        service_accounts_per_org: None,
        teams_per_org: None,
        teams_per_project: None,
        users_per_team: None,
        users_per_org: None,
        users_per_project: None,
        database_users_per_project: None,
        custom_roles_per_project: None,
        network_entries_per_project: None,
        certificates_per_user: None,
    };
}
