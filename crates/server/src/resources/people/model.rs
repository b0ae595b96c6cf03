//! The rules of new accounts.

use telamon_authz::{OrgRole, ProjectRole};
use telamon_wire::{ApiError, ErrorCode, OrgId, ProjectId};

use super::request::{NewPerson, RoleAssignment};

/// How many characters a first or last name or a number may have.
const TEXT_LENGTH: usize = 256;

/// Roles of several organizations and projects.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Wanted {
    /// Roles in organizations.
    pub orgs: Vec<(OrgId, OrgRole)>,
    /// Roles in projects.
    pub projects: Vec<(ProjectId, ProjectRole)>,
}

impl Wanted {
    /// The roles that a request names. An organization role needs an organization and no project, a project role the
    /// reverse.
    pub fn from_request(roles: &[RoleAssignment]) -> Result<Self, ApiError> {
        let mut wanted = Self::default();
        for RoleAssignment { group_id, org_id, role_name } in roles {
            let wrong = |code| Err(ApiError::new(code).with(role_name.as_str()));
            match (OrgRole::parse(role_name), ProjectRole::parse(role_name), *org_id, *group_id) {
                (Some(role), _, Some(org), None) => wanted.orgs.push((org, role)),
                (_, Some(role), None, Some(project)) => wanted.projects.push((project, role)),
                (Some(_), _, None, _) => return wrong(ErrorCode::ROLE_NEEDS_ORG_ID),
                (Some(_), ..) => return wrong(ErrorCode::ROLE_NEEDS_NO_GROUP_ID),
                (_, Some(_), _, None) => return wrong(ErrorCode::ROLE_NEEDS_GROUP_ID),
                (_, Some(_), ..) => return wrong(ErrorCode::ROLE_NEEDS_NO_ORG_ID),
                (None, None, ..) => return wrong(ErrorCode::UNSUPPORTED_ROLE),
            }
        }
        if wanted == Self::default() {
            return Err(ApiError::invalid_field("roles", "It must name at least one role."));
        }
        Ok(wanted)
    }
}

/// Checks what a new person says of themselves.
pub fn check_profile(new: &NewPerson) -> Result<(), ApiError> {
    let mobile = new.mobile_number.as_deref().unwrap_or_default();
    for (field, text) in
        [("firstName", new.first_name.as_str()), ("lastName", &new.last_name), ("mobileNumber", mobile)]
    {
        if text.chars().count() > TEXT_LENGTH || text.contains(char::is_control) {
            let why = format!("It must have at most {TEXT_LENGTH} characters, and none that control.");
            return Err(ApiError::invalid_field(field, why));
        }
    }
    if new.country.len() != 2 || !new.country.bytes().all(|byte| byte.is_ascii_uppercase()) {
        return Err(ApiError::invalid_field("country", "It must be two capital letters (ISO 3166-1 alpha-2)."));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    const ID: &str = "5f00000000000000000000a1";

    fn wanted(role_name: &str, org: bool, project: bool) -> Result<Wanted, ErrorCode> {
        let (org_id, group_id) = (org.then(|| ID.parse().unwrap()), project.then(|| ID.parse().unwrap()));
        let role = RoleAssignment { group_id, org_id, role_name: role_name.into() };
        Wanted::from_request(&[role]).map_err(|error| error.code)
    }

    #[test]
    fn a_role_needs_the_id_of_its_kind_and_no_other() {
        let id = ID.parse().unwrap();
        assert_eq!(
            wanted("ORG_MEMBER", true, false),
            Ok(Wanted { orgs: vec![(id, OrgRole::Member)], projects: vec![] })
        );
        let id = ID.parse().unwrap();
        assert_eq!(
            wanted("GROUP_OWNER", false, true),
            Ok(Wanted { orgs: vec![], projects: vec![(id, ProjectRole::Owner)] })
        );
        assert_eq!(wanted("ORG_MEMBER", false, true), Err(ErrorCode::ROLE_NEEDS_ORG_ID));
        assert_eq!(wanted("ORG_MEMBER", true, true), Err(ErrorCode::ROLE_NEEDS_NO_GROUP_ID));
        assert_eq!(wanted("GROUP_OWNER", true, false), Err(ErrorCode::ROLE_NEEDS_GROUP_ID));
        assert_eq!(wanted("GROUP_OWNER", true, true), Err(ErrorCode::ROLE_NEEDS_NO_ORG_ID));
        assert_eq!(wanted("GROUP_KING", true, true), Err(ErrorCode::UNSUPPORTED_ROLE));
        assert_eq!(Wanted::from_request(&[]).map_err(|error| error.code), Err(ErrorCode::VALIDATION_ERROR));
    }

    #[test]
    fn a_country_is_two_capital_letters_and_names_are_of_some_length() {
        let new = |country: &str, name: &str| NewPerson {
            country: country.into(),
            first_name: name.into(),
            last_name: String::new(),
            mobile_number: None,
            password: String::new(),
            roles: Vec::new(),
            username: String::new(),
        };
        assert_eq!(check_profile(&new("IE", "Ada")), Ok(()));
        for wrong in
            [new("", "Ada"), new("ie", "Ada"), new("IRL", "Ada"), new("IE", &"a".repeat(257)), new("IE", "a\n")]
        {
            assert!(check_profile(&wrong).is_err(), "{} {}", wrong.country, wrong.first_name);
        }
    }
}
