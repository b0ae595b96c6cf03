//! Which people of a list are asked for.

use telamon_api::{Parameter, QueryParams};
use telamon_wire::{ApiError, ErrorCode, PersonId, TeamId, parse_bool};

/// The states of a membership, as they stand on the wire and in the filter of a query.
const STATUSES: [&str; 4] = ["ACTIVE", "PENDING", "INVITATION_EXPIRED", "INVITATION_REJECTED"];

/// The filters that every list of people takes.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Filter {
    /// The username, folded; without it: everybody's.
    pub username: Option<String>,
    /// The states that are asked for; without one, those of people who have joined and of those who still may.
    statuses: Vec<&'static str>,
    /// The one person that is asked for.
    pub person: Option<PersonId>,
    /// The team that they belong to.
    pub team: Option<TeamId>,
}

impl Filter {
    /// The person of that id, in the states that this filter asks for.
    #[must_use]
    pub fn of(self, person: PersonId) -> Self {
        Self { person: Some(person), ..self }
    }

    /// The person of that username.
    #[must_use]
    pub fn named(self, username: &str) -> Self {
        Self { username: Some(username.to_lowercase()), ..self }
    }

    /// People who have joined: all that the shape of 2023-01-01 can show.
    #[must_use]
    pub fn joined(self) -> Self {
        Self { statuses: vec!["ACTIVE"], ..self }
    }

    /// People in whichever state.
    #[must_use]
    pub fn in_any_state(self) -> Self {
        Self { statuses: STATUSES.to_vec(), ..self }
    }

    /// People of a team.
    #[must_use]
    pub fn in_team(self, team: TeamId) -> Self {
        Self { team: Some(team), ..self }
    }

    /// The states in one text, for the database to look in.
    pub(super) fn statuses(&self) -> String {
        if self.statuses.is_empty() { "ACTIVE PENDING".to_owned() } else { self.statuses.join(" ") }
    }
}

impl QueryParams for Filter {
    fn parse(pairs: &[(String, String)]) -> Result<Self, ApiError> {
        let mut filter = Self { statuses: statuses(pairs)?, ..Self::default() };
        filter.username = pairs.iter().find(|(name, _)| name == "username").map(|(_, value)| value.to_lowercase());
        Ok(filter)
    }

    fn parameters() -> Vec<Parameter> {
        vec![
            Parameter::text("username", "The username of the one who is wanted."),
            Parameter::text("orgMembershipStatus", "The one state of membership that is wanted."),
            statuses_parameter(),
        ]
    }
}

/// The states that a query names, in one parameter or in the other.
fn statuses(pairs: &[(String, String)]) -> Result<Vec<&'static str>, ApiError> {
    let named = pairs.iter().filter(|(name, _)| name.starts_with("orgMembershipStatus"));
    named.flat_map(|(name, values)| values.split(',').map(move |value| (name, value))).map(status).collect()
}

fn status((name, value): (&String, &str)) -> Result<&'static str, ApiError> {
    let known = STATUSES.into_iter().find(|status| *status == value);
    known.ok_or_else(|| {
        let why = format!("It must be one of {}.", STATUSES.join(", "));
        ApiError::new(ErrorCode::INVALID_QUERY_PARAMETER).with(name.as_str()).with(why)
    })
}

fn statuses_parameter() -> Parameter {
    let text = "The states of membership that are wanted; without it: `ACTIVE` and `PENDING`.";
    Parameter::list("orgMembershipStatuses", text).of("^(ACTIVE|PENDING|INVITATION_EXPIRED|INVITATION_REJECTED)$")
}

/// The filter of one person: the states of membership in which they are wanted.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct States(pub Filter);

impl QueryParams for States {
    fn parse(pairs: &[(String, String)]) -> Result<Self, ApiError> {
        Ok(Self(Filter { statuses: statuses(pairs)?, ..Filter::default() }))
    }

    fn parameters() -> Vec<Parameter> {
        vec![statuses_parameter()]
    }
}

/// The filters of a project's list.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ProjectFilter {
    /// What every list takes.
    pub common: Filter,
    /// Whether people who have roles there through a team are listed, with those roles.
    pub flatten_teams: bool,
    /// Whether people whose roles in the organization reach into the project are listed.
    pub include_org_users: bool,
}

impl QueryParams for ProjectFilter {
    fn parse(pairs: &[(String, String)]) -> Result<Self, ApiError> {
        let mut filter = Self { common: Filter::parse(pairs)?, ..Self::default() };
        for (name, value) in pairs {
            match name.as_str() {
                "flattenTeams" => filter.flatten_teams = parse_bool(name, value)?,
                "includeOrgUsers" => filter.include_org_users = parse_bool(name, value)?,
                _ => {}
            }
        }
        Ok(filter)
    }

    fn parameters() -> Vec<Parameter> {
        let flatten = "Whether people who have roles in the project through a team are listed, with those roles.";
        let org_users = "Whether people whose roles in the organization reach into the project are listed.";
        let own = [
            Parameter::boolean("flattenTeams", flatten, false),
            Parameter::boolean("includeOrgUsers", org_users, false),
        ];
        own.into_iter().chain(Filter::parameters()).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(pairs: &[(&str, &str)]) -> Result<Filter, String> {
        let pairs: Vec<_> = pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        Filter::parse(&pairs).map_err(|error| error.detail())
    }

    #[test]
    fn without_a_state_those_are_listed_who_have_joined_or_may() {
        assert_eq!(parse(&[]).unwrap().statuses(), "ACTIVE PENDING");
        assert_eq!(parse(&[("orgMembershipStatus", "PENDING")]).unwrap().statuses(), "PENDING");
        let several = [("orgMembershipStatuses", "PENDING,ACTIVE"), ("orgMembershipStatuses", "INVITATION_EXPIRED")];
        assert_eq!(parse(&several).unwrap().statuses(), "PENDING ACTIVE INVITATION_EXPIRED");
        assert_eq!(parse(&several).unwrap().joined().statuses(), "ACTIVE");
    }

    #[test]
    fn usernames_are_looked_for_in_any_case_and_unknown_states_are_refused() {
        assert_eq!(parse(&[("username", "A@Example.com")]).unwrap().username.as_deref(), Some("a@example.com"));
        assert_eq!(
            parse(&[("orgMembershipStatus", "GONE")]).unwrap_err(),
            "An invalid query parameter orgMembershipStatus was specified. It must be one of ACTIVE, PENDING, \
             INVITATION_EXPIRED, INVITATION_REJECTED."
        );
    }
}
