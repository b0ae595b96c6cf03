//! What makes a database user a valid one, and what a change makes of it.

use telamon_pki::parse_managed_username;
use telamon_store::Fault;
use telamon_wire::{ApiError, ErrorCode, ProjectId, Timestamp, UserId};

use super::{
    authentication::{Authentication, AwsIamType, Database, LdapAuthType, OidcAuthType, X509Type, identity},
    grants::{DatabaseUserRole, UserScope, check_scopes, checked_roles},
    wire::{ComponentLabel, DatabaseUserChange, NewDatabaseUser},
};
use crate::resources::temporary::check_end;

/// The longest description, in characters.
const MAX_DESCRIPTION: usize = 100;
/// The longest key and value of a label, in characters.
const MAX_LABEL: usize = 255;

/// A database user, without what proves its password.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoredUser {
    pub id: UserId,
    pub database: Database,
    pub username: String,
    pub authentication: Authentication,
    pub description: Option<String>,
    pub delete_after: Option<Timestamp>,
    pub roles: Vec<DatabaseUserRole>,
    pub scopes: Vec<UserScope>,
    pub labels: Vec<ComponentLabel>,
}

impl StoredUser {
    /// The user that a body describes.
    pub fn from_new(id: UserId, new: NewDatabaseUser, now: Timestamp) -> Result<Self, ApiError> {
        let authentication = Authentication::from_types((
            new.aws_iam_type.unwrap_or(AwsIamType::None),
            new.ldap_auth_type.unwrap_or(LdapAuthType::None),
            new.oidc_auth_type.unwrap_or(OidcAuthType::None),
            new.x509_type.unwrap_or(X509Type::None),
        ))?;
        authentication.check_database(new.database_name)?;
        authentication.check_username(&new.username)?;
        match &new.password {
            Some(password) if !password.is_empty() => authentication.check_takes_password()?,
            _ if authentication == Authentication::Password => return Err(missing("password")),
            _ => {}
        }
        if let Some(date) = new.delete_after_date {
            check_expiry(authentication, date, now)?;
        }
        let mut user = Self {
            id,
            database: new.database_name,
            username: new.username,
            authentication,
            description: None,
            delete_after: new.delete_after_date,
            roles: Vec::new(),
            scopes: Vec::new(),
            labels: Vec::new(),
        };
        user.set_details(Details {
            description: new.description,
            scopes: new.scopes,
            labels: new.labels,
            roles: new.roles,
        })?;
        if user.roles.is_empty() { Err(missing("roles")) } else { Ok(user) }
    }

    /// Changes what the body names. Collections are replaced; an empty one clears scopes and labels, but a user keeps
    /// its roles, and empty scopes beside empty roles are what the CLI sends unasked: they would widen access.
    pub fn apply(&mut self, change: &DatabaseUserChange, now: Timestamp) -> Result<(), ApiError> {
        self.demand_same_identity(change)?;
        if change.password.is_some() {
            self.authentication.check_takes_password()?;
        }
        if let Some(date) = change.delete_after_date {
            if self.delete_after.is_none() && !self.authentication.is_x509() {
                return Err(ErrorCode::PERMANENT_ENTITY_CANNOT_BE_MADE_TEMPORARY.into());
            }
            check_expiry(self.authentication, date, now)?;
            self.delete_after = Some(date);
        }
        let unasked = change.roles.as_ref().is_some_and(Vec::is_empty);
        self.set_details(Details {
            description: change.description.clone(),
            scopes: change.scopes.clone().filter(|scopes| !(unasked && scopes.is_empty())),
            labels: change.labels.clone(),
            roles: change.roles.clone(),
        })
    }

    fn demand_same_identity(&self, change: &DatabaseUserChange) -> Result<(), ApiError> {
        let same_name = |name: &String| identity(self.database, name) == identity(self.database, &self.username);
        if change.database_name.is_some_and(|database| database != self.database) {
            return Err(ErrorCode::DATABASE_NAME_CANNOT_BE_CHANGED.into());
        }
        if !change.username.as_ref().is_none_or(same_name) {
            return Err(ErrorCode::DATABASE_USERNAME_CANNOT_BE_CHANGED.into());
        }
        let (aws, ldap, oidc, x509) = self.authentication.types();
        // NONE is what clients send for what they were not asked about.
        let same_way = change.aws_iam_type.is_none_or(|sent| sent == AwsIamType::None || sent == aws)
            && change.ldap_auth_type.is_none_or(|sent| sent == LdapAuthType::None || sent == ldap)
            && change.oidc_auth_type.is_none_or(|sent| sent == OidcAuthType::None || sent == oidc)
            && change.x509_type.is_none_or(|sent| sent == X509Type::None || sent == x509);
        if same_way { Ok(()) } else { Err(ErrorCode::AUTH_TYPE_CANNOT_BE_CHANGED.into()) }
    }

    fn set_details(&mut self, details: Details) -> Result<(), ApiError> {
        let Details { description, scopes, labels, roles } = details;
        if let Some(description) = description {
            if description.chars().count() > MAX_DESCRIPTION {
                let rule = format!("must have at most {MAX_DESCRIPTION} characters.");
                return Err(ApiError::invalid_field("description", rule));
            }
            self.description = Some(description).filter(|text| !text.is_empty());
        }
        if let Some(scopes) = scopes {
            check_scopes(&scopes)?;
            self.scopes = scopes;
        }
        if let Some(labels) = labels {
            check_labels(&labels)?;
            self.labels = labels;
        }
        if let Some(roles) = roles.filter(|roles| !roles.is_empty()) {
            self.roles = checked_roles(roles)?;
        }
        Ok(())
    }

    /// The name in events: that of a certificate, for a user whom this server issues certificates.
    pub fn event_name(&self) -> String {
        event_name(self.authentication, &self.username)
    }
}

/// The name in events of a user of that kind.
pub fn event_name(authentication: Authentication, username: &str) -> String {
    match (authentication, parse_managed_username(username)) {
        (Authentication::ManagedCertificate, Ok(name)) => name.to_rfc2253(),
        _ => username.to_owned(),
    }
}

/// What both a new user and a change may say.
struct Details {
    description: Option<String>,
    scopes: Option<Vec<UserScope>>,
    labels: Option<Vec<ComponentLabel>>,
    roles: Option<Vec<DatabaseUserRole>>,
}

/// The way of authentication that four columns name.
pub fn stored_authentication(aws: &str, ldap: &str, oidc: &str, x509: &str) -> Result<Authentication, Fault> {
    let types = (|| {
        Some((AwsIamType::parse(aws)?, LdapAuthType::parse(ldap)?, OidcAuthType::parse(oidc)?, X509Type::parse(x509)?))
    })();
    types
        .and_then(|types| Authentication::from_types(types).ok())
        .ok_or_else(|| Fault::bug("a database user has types of authentication that are none"))
}

/// Refuses a body that speaks of another project than the path.
pub fn demand_same_project(of_body: Option<&str>, of_path: ProjectId) -> Result<(), ApiError> {
    match of_body {
        Some(id) if id != of_path.to_string() => {
            Err(ApiError::new(ErrorCode::GROUP_MISMATCH).with(id).with(of_path.to_string()))
        }
        _ => Ok(()),
    }
}

fn missing(attribute: &str) -> ApiError {
    ApiError::new(ErrorCode::MISSING_ATTRIBUTE).with(attribute)
}

fn check_expiry(authentication: Authentication, date: Timestamp, now: Timestamp) -> Result<(), ApiError> {
    if authentication.is_x509() {
        return Err(ErrorCode::ATLAS_X509_USER_CANNOT_BE_TEMPORARY.into());
    }
    check_end(date, now)
}

fn check_labels(labels: &[ComponentLabel]) -> Result<(), ApiError> {
    let allowed = 1..=MAX_LABEL;
    for (at, label) in labels.iter().enumerate() {
        for (member, text) in [("key", &label.key), ("value", &label.value)] {
            if !allowed.contains(&text.chars().count()) {
                let rule = format!("must have 1 to {MAX_LABEL} characters.");
                return Err(ApiError::invalid_field(format!("labels[{at}].{member}"), rule));
            }
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests;
