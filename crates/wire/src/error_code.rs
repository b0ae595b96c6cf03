//! The one table of error codes: code, HTTP status, detail.

#![expect(non_camel_case_types, reason = "spelled as on the wire")]
#![expect(clippy::doc_markdown, reason = "the details are sentences for people, and documentation besides")]

macro_rules! error_codes {
    ($($(#[$doc:meta])* $name:ident $status:literal $detail:literal,)+) => {
        /// An error code of the API. Its status and the text of its detail stand beside it, nowhere else.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        pub enum ErrorCode { $(#[doc = $detail] $name,)+ }

        impl ErrorCode {
            /// Every code, in the order of the table.
            pub const ALL: &[Self] = &[$(Self::$name,)+];

            /// The code as it stands on the wire.
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$name => stringify!($name),)+ }
            }

            /// The HTTP status that goes with the code.
            pub const fn status(self) -> u16 {
                match self { $(Self::$name => $status,)+ }
            }

            /// The detail, with a `{}` for each parameter.
            pub const fn template(self) -> &'static str {
                match self { $(Self::$name => $detail,)+ }
            }
        }
    };
}

error_codes! {
    // Credentials and roles
    UNAUTHORIZED 401 "You are not authorized for this resource.",
    USER_UNAUTHORIZED 401 "Current user is not authorized to perform this action.",
    USER_CANNOT_ACCESS_GROUP 401 "User cannot access this group.",
    USER_CANNOT_ACCESS_ORG 401 "User cannot access this organization.",
    NOT_ORG_GROUP_CREATOR 401 "The current user does not have the Organization Project Creator role in organization {}.",
    IP_ADDRESS_NOT_ON_ACCESS_LIST 403 "IP address {} is not allowed to access this resource.",
    ORG_REQUIRES_ACCESS_LIST 403 "This organization requires access through an access list of ip ranges.",
    CANNOT_DEMOTE_LAST_ORG_OWNER 403 "Cannot take the Organization Owner role from the last owner of the organization.",
    CANNOT_GRANT_ROLE 401 "Current user is not authorized to perform this action: granting {} needs a role that implies it.",

    // The request as such
    INVALID_VERSION_DATE 406 "Invalid accept header or version date.",
    VERSION_GONE 410 "Version {} of {} is no longer available.",
    RESOURCE_NOT_FOUND 404 "Cannot find resource {}.",
    METHOD_NOT_ALLOWED 405 "The method {} is not allowed for the resource {}.",
    UNSUPPORTED_MEDIA_TYPE 415 "The content type {} is not supported. Send application/json or application/vnd.atlas.<date>+json.",
    PAYLOAD_TOO_LARGE 413 "The request body is larger than {} bytes.",
    REQUEST_TIMEOUT 408 "The request body did not arrive within {} seconds.",
    RATE_LIMITED 429 "Resource {} is limited to {} requests every {} minutes.",
    RATE_LIMITED_TOKEN_BUCKET 429 "Rate limit exceeded for {}. Please retry after {} seconds. Request capacity: {}. Refill rate: {} per {} seconds.",
    MALFORMED_JSON 400 "Received JSON is malformed. {}",
    INVALID_JSON 400 "Received JSON does not match expected format. {}",
    INVALID_JSON_ATTRIBUTE 400 "Received JSON for the {} attribute does not match expected format. There is no attribute of that name.",
    INVALID_ATTRIBUTE 400 "Invalid attribute {} specified. {}",
    MISSING_ATTRIBUTE 400 "The required attribute {} was not specified.",
    MISSING_ONE_OF_ATTRIBUTES 400 "Exactly one of the attributes {} and {} must be specified.",
    MISSING_ONE_OF_THREE_ATTRIBUTES 400 "Exactly one of the attributes {}, {} and {} must be specified.",
    ATTRIBUTE_NEGATIVE_OR_ZERO 400 "The attribute {} must be greater than zero.",
    INVALID_ENUM_VALUE 400 "An invalid enumeration value {} was specified.",
    INVALID_PATH_PARAMETER 400 "An invalid path parameter {} was specified.",
    INVALID_QUERY_PARAMETER 400 "An invalid query parameter {} was specified. {}",
    INVALID_DATE_FORMAT 400 "Received a date in an invalid format: {}.",
    INVALID_DATE_RANGE 400 "The start of the range of dates is after its end.",
    VALIDATION_ERROR 400 "{}",
    DATA_CONCURRENCY_ERROR 409 "The data was changed by another request at the same time. Please retry.",
    UNEXPECTED_ERROR 500 "Unexpected error.",
    TOO_MANY_PASSWORDS_AT_ONCE 429 "Too many passwords wait to be checked. Please retry in a few seconds.",
    SERVICE_UNAVAILABLE 503 "The service is unavailable. Please retry.",

    // Organizations and projects
    INVALID_ORG_ID 404 "An invalid organization ID {} was specified.",
    ORG_NOT_FOUND 404 "No organization with ID {} exists.",
    INVALID_ORG_NAME 400 "The organization name {} is invalid: 1 to 64 letters, digits, spaces and - _ . ( ) , : & @ + ' are allowed.",
    ORG_NOT_EMPTY 409 "Cannot delete organization {}: it still has projects.",
    INVALID_GROUP_ID 404 "An invalid group ID {} was specified.",
    GROUP_NOT_FOUND 404 "No group with ID {} exists.",
    GROUP_NAME_NOT_FOUND 404 "No group with name {} exists.",
    MULTIPLE_GROUPS 409 "Several groups with name \"{}\" are visible.",
    INVALID_GROUP_NAME 400 "The group name {} is invalid: 1 to 64 letters, digits, spaces and - _ . ( ) , : & @ + ' are allowed.",
    GROUP_ALREADY_EXISTS 409 "A group with name \"{}\" already exists.",
    GROUP_MISMATCH 400 "The group ID {} of the body is not the group ID {} of the path.",
    MAX_GROUPS_PER_ORG_EXCEEDED 400 "The organization already has {} groups, the most that it may have.",
    API_KEY_CANNOT_CREATE_ORG 403 "Only a credential with the Organization Owner role may create organizations.",
    INVALID_LIMIT_NAME 404 "No limit with name {} exists.",

    // Programmatic access
    API_KEY_NOT_FOUND 404 "No API Key with ID {} exists.",
    INVALID_KEY_ID 404 "An invalid API Key ID {} was specified.",
    API_KEY_REQUIRES_DESCRIPTION 400 "An API Key needs a description: the attribute desc.",
    INVALID_API_KEY_DESC 400 "The description of an API Key must have at most {} characters.",
    MISSING_API_KEY_ROLES 400 "An API Key needs at least one role.",
    MAX_API_KEYS_PER_ORG_EXCEEDED 400 "The organization already has {} API Keys, the most that it may have.",
    BAD_ACCESS_LIST_ADD_REQUEST 400 "Each entry of an access list must have either ipAddress or cidrBlock.",
    CANNOT_ADD_IP_ADDRESS_TO_API_KEY_ACCESS_LIST 400 "Cannot add {} to the access list: no request can come from there.",
    ADDRESS_ALREADY_IN_ACCESS_LIST 409 "{} is already on the access list.",
    CANNOT_REMOVE_CALLER_FROM_ACCESS_LIST 400 "Cannot remove {} from the access list: this request comes from there. Add another entry that holds the address first, or use another credential.",
    API_KEY_ACCESS_LIST_NOT_FOUND 404 "{} is not on the access list of the API Key with ID {}.",
    INVALID_ROLE_FOR_GROUP 400 "Invalid role {} for group {}.",
    MAX_SERVICE_ACCOUNTS_PER_ORG_EXCEEDED 400 "The organization already has {} service accounts, the most that it may have.",

    // Clusters
    CLUSTER_NOT_FOUND 404 "No cluster named {} exists in group {}.",

    // People
    USER_NOT_FOUND 404 "No user with ID {} exists.",
    INVALID_USER_ID 404 "An invalid user ID {} was specified.",
    CANNOT_REMOVE_ALL_USER_ROLES 403 "Cannot take every role from a user. Remove the user instead.",
    MAX_USERS_PER_ORG_EXCEEDED 400 "The organization already has {} users, the most that it may have.",
    MAX_USERS_PER_GROUP_EXCEEDED 400 "The group already has {} users, the most that it may have.",
    ROLE_NEEDS_ORG_ID 400 "The role {} needs an organization ID.",
    ROLE_NEEDS_NO_ORG_ID 400 "The role {} takes no organization ID.",
    ROLE_NEEDS_GROUP_ID 400 "The role {} needs a group ID.",
    ROLE_NEEDS_NO_GROUP_ID 400 "The role {} takes no group ID.",
    UNSUPPORTED_ROLE 400 "There is no role {}.",
    USER_NOT_IN_ORG 404 "No user with ID {} belongs to organization {}.",
    USER_NOT_IN_GROUP 404 "No user with ID {} belongs to group {}.",
    NOT_USER_ADMIN 401 "Current user is not authorized to act for user {}.",
    INVALID_EMAIL_ADDRESS 400 "The e-mail address {} is invalid: a name, @ and a domain are needed.",
    INVALID_INVITATION_ID 400 "An invalid invitation ID {} was specified.",
    CANNOT_DELETE_GROUP_INVITATION 400 "An invitation to a group is withdrawn with the operation of that group.",
    CANNOT_DELETE_ORG_INVITATION 400 "An invitation to an organization is withdrawn with the operation of that organization.",
    NO_ROLES_IN_ASSIGNMENT 403 "No role was specified for group {}: at least one is needed.",

    // Teams
    TEAM_NOT_FOUND 404 "No team with ID {} exists.",
    INVALID_TEAM_ID 404 "An invalid team ID {} was specified.",
    TEAM_NAME_NOT_FOUND 404 "No team with name {} exists.",
    TEAM_NOT_IN_GROUP 404 "The team with ID {} has no role in group {}.",
    CANNOT_ADD_PENDING_USER 404 "The user with ID {} has not joined the organization yet.",
    CANNOT_DELETE_TEAM_ASSIGNED_TO_PROJECT 404 "The team with ID {} still has roles in a project: remove it from its projects first.",
    USER_NOT_IN_TEAM 404 "No user with ID {} belongs to the team with ID {}.",
    USER_ALREADY_IN_TEAM 409 "The user with ID {} already belongs to the team with ID {}.",
    INVALID_TEAM_NAME 400 "The team name {} is invalid: 1 to 64 letters, digits, spaces and - _ . ( ) , : & @ + ' are allowed.",
    CANNOT_CREATE_EMPTY_TEAM 400 "A team needs at least one member: specify a username.",
    BAD_USERNAME_REF 400 "No user of the organization has the username {}.",
    MAX_TEAMS_PER_ORG_EXCEEDED 400 "The organization already has {} teams, the most that it may have.",
    MAX_TEAMS_PER_GROUP_EXCEEDED 400 "The group would have more than {} teams, the most that it may have.",
    MAX_USERS_PER_TEAM_EXCEEDED 400 "The team would have more than {} members, the most that it may have.",
    TEAM_NAME_NOT_AVAILABLE 409 "The organization already has a team with name {}.",
    TEAM_EXISTS_IN_GROUP 409 "The team with ID {} already has roles in group {}.",
    // People who sign in with a program
    DEVICE_AUTHORIZATION_PENDING 400 "Nobody has entered the code yet. Ask again later.",
    DEVICE_AUTHORIZATION_SLOW_DOWN 429 "Nobody has entered the code yet. Ask again after {} seconds, not earlier.",
    DEVICE_AUTHORIZATION_DENIED 403 "The person who was asked denied the sign-in.",
    DEVICE_AUTHORIZATION_EXPIRED 400 "The code has expired, was used already, or was never given out. Begin anew.",
    INVALID_REFRESH_TOKEN 400 "The refresh token has expired, was revoked or replaced, or was never given out. Sign in again.",
    INVALID_GRANT_TYPE 400 "The grant type {} is not supported: send urn:ietf:params:oauth:grant-type:device_code or refresh_token.",

    // Database users and certificates
    USERNAME_NOT_FOUND 404 "No user with username {} exists.",
    DATABASE_USER_NOT_FOUND 404 "No database user {} exists on database {}.",
    USER_ALREADY_EXISTS 409 "A user with username {} already exists.",
    GROUP_USERS_LIMIT_EXCEEDED 403 "The group already has {} database users, the most that it may have.",
    INVALID_USERNAME 400 "The username {} is invalid: 1 to 1024 characters without control characters are allowed.",
    ATLAS_INVALID_USERNAME 400 "The username {} is invalid. {}",
    DATABASE_NAME_INVALID_ADMIN 400 "Database name invalid. {} can only be created on the admin database.",
    DATABASE_NAME_INVALID_EXTERNAL 400 "Database name invalid. {} can only be created on the $external database.",
    ATLAS_INVALID_AUTH_SETTINGS 400 "The authentication settings are invalid. {}",
    ATLAS_INVALID_ROLE 400 "The role {} is not available on database {}.",
    ATLAS_RESTRICTED_ROLE 400 "The role {} cannot be granted to a database user.",
    ATLAS_INVALID_ROLE_DATABASE 400 "The role {} must be granted on the admin database.",
    ATLAS_RESTRICTED_COLLECTION 400 "The role {} cannot be restricted to a collection: only read and readWrite can.",
    DUPLICATE_DATABASE_ROLES 400 "The role {} on database {} is given more than once.",
    ATLAS_INVALID_CUSTOM_ROLE_ASSIGNMENT 400 "The custom role {} is one too many: a user has at most 20.",
    ATLAS_INVALID_LDAP_NAME 400 "The name {} is not a distinguished name as RFC 2253 writes it.",
    ATLAS_INVALID_DN_METACHARACTERS 400 "The name {} has characters that a distinguished name must escape.",
    ATLAS_MANAGED_X509_NAME_INVALID 400 "The name {} is invalid: a user with managed certificates has the name CN=<name>, or <name> alone.",
    ATLAS_X509_USER_CANNOT_BE_TEMPORARY 400 "A user who authenticates with X.509 cannot have deleteAfterDate.",
    ATLAS_X509_USER_CANNOT_USE_LDAP 400 "A user who authenticates with X.509 cannot authenticate with LDAP.",
    ATLAS_X509_USER_CANNOT_USE_SCRAM 400 "A user who authenticates with X.509 cannot have a password.",
    WEAK_PASSWORD 400 "The password is too weak: at least 8 characters are needed.",
    COMMON_PASSWORD 400 "The password is among the most common ones.",
    EXPIRATION_DATE_IN_PAST 400 "The expiration date must be in the future.",
    EXPIRATION_DATE_EXCEEDS_MAX 400 "The expiration date must be at most {} days ahead.",
    PERMANENT_ENTITY_CANNOT_BE_MADE_TEMPORARY 400 "What is permanent cannot be made temporary: remove it, and make it anew.",
    DATABASE_USERNAME_CANNOT_BE_CHANGED 409 "The username cannot be changed.",
    DATABASE_NAME_CANNOT_BE_CHANGED 409 "The database name cannot be changed.",
    AUTH_TYPE_CANNOT_BE_CHANGED 409 "The authentication type cannot be changed.",
    USER_NOT_MANAGED_X509 400 "The user {} does not authenticate with managed certificates.",
    CERT_EXPIRY_CANNOT_EXCEED_TWO_YEARS 400 "A certificate cannot be valid for more than 24 months.",
    CANNOT_GENERATE_CERT_IF_ADVANCED_X509 400 "Cannot issue a certificate while the group uses its own certificate authorities.",
    ATLAS_GENERATED_CERTS_LIMIT_EXCEEDED 400 "The user already has {} certificates that are not expired, the most that it may have.",
    EXPIRED_X509_CA_CERTIFICATE 400 "The certificate authority {} expired at {}.",
    INVALID_X509_CA_CERTIFICATE 400 "The certificate authorities are invalid. {}",

    // Custom database roles
    ATLAS_CUSTOM_ROLE_NOT_FOUND 404 "No custom role with name {} exists.",
    ATLAS_CUSTOM_ROLE_NAME_ALREADY_EXISTS 409 "A custom role with name {} already exists.",
    ATLAS_CUSTOM_ROLE_IN_USE_BY_USERS 409 "The custom role {} is the only role of a database user.",
    ATLAS_CUSTOM_ROLE_IN_USE_BY_ROLES 409 "The custom role {} is the only one that another custom role inherits.",
    CUSTOM_ROLES_LIMIT_EXCEEDED 403 "The group already has {} custom roles, the most that it may have.",
    ATLAS_CUSTOM_ROLE_HAS_NO_PERMISSIONS 400 "A custom role needs at least one action or one inherited role.",
    ATLAS_CUSTOM_ROLE_INVALID_NAME 400 "The role name {} is invalid: 1 to 255 ASCII letters, digits, hyphens and underscores are allowed, the first a letter or digit.",
    ATLAS_RESERVED_CUSTOM_ROLE_RESTRICTED 400 "The role name {} is invalid: names that begin with xgen- are reserved.",
    ATLAS_INVALID_CUSTOM_ROLE_RESTRICTED 400 "The role name {} is invalid: a built-in role has that name.",
    ATLAS_DUPLICATE_CUSTOM_ROLE_ACTION 400 "The action {} is given more than once.",
    ATLAS_DUPLICATE_CUSTOM_ROLE_RESOURCE 400 "The action {} is given for the same resource more than once.",
    ATLAS_INVALID_RESOURCE 400 "The action {} cannot be applied to that resource. {}",
    ATLAS_INVALID_CUSTOM_ROLE_INHERITANCE 400 "The inherited role {} does not exist.",
    ATLAS_INVALID_CUSTOM_ROLE_INHERITED_SCOPE 400 "The inherited role {} is not available on database {}.",
    ATLAS_INVALID_CUSTOM_ROLE_CIRCULAR_DEPENDENCY 400 "The inherited role {} inherits the role itself.",
    ATLAS_INVALID_CUSTOM_ROLE_SELF_REFERENTIAL 400 "The role {} cannot inherit itself.",

    // Access lists of projects
    ATLAS_NETWORK_PERMISSION_ENTRY_NOT_FOUND 404 "No entry {} exists in the access list of group {}.",
    ATLAS_NETWORK_PERMISSIONS_LIMIT_EXCEEDED 403 "The group already has {} entries in its access list, the most that it may have.",
    INVALID_IP_ADDRESS_OR_CIDR_NOTATION 400 "{} is neither an IP address nor a block of addresses in CIDR notation.",
    INVALID_CIDR_BLOCK 400 "The CIDR block {} has bits set beyond its prefix: the block is written {}.",
    INVALID_NETWORK_PERMISSION_COMMENT 400 "A comment must have at most {} characters.",
    MULTIPLE_VALUES_SPECIFIED_FOR_ONE_NETWORK_PERMISSION_ENTRY 400 "An entry has one of ipAddress, cidrBlock and awsSecurityGroup, not several.",
    CANNOT_USE_AWS_SECURITY_GROUP_WITHOUT_VPC_PEERING_CONNECTION 400 "An AWS security group needs a peering connection, and the group has none.",
    DUPLICATE_ADDRESSES_IN_INPUT 400 "The entry {} is given more than once.",
    // Maintenance
    ATLAS_INVALID_MAINTENANCE_WINDOW_DAY_OF_WEEK 400 "The day of the week {} is invalid: it must be from 1 (Sunday) to 7 (Saturday).",
    ATLAS_INVALID_MAINTENANCE_WINDOW_HOUR_OF_DAY 400 "The hour of the day {} is invalid: it must be from 0 to 23.",
    ATLAS_MAINTENANCE_WINDOW_NOT_DEFINED 400 "The group has no maintenance window: set one first.",
    ATLAS_NUM_MAINTENANCE_DEFERRALS_EXCEEDED 400 "The maintenance cannot be deferred more than {} times.",

    // Events
    EVENT_NOT_FOUND 404 "No event with ID {} exists in the group.",
    ORG_EVENT_NOT_FOUND 404 "No event with ID {} exists in the organization.",
}

impl ErrorCode {
    /// The code that is printed: where the service uses one code with two meanings, the table has two rows.
    pub const fn wire_name(self) -> &'static str {
        match self {
            Self::UNAUTHORIZED => "UNEXPECTED_ERROR",
            Self::DATABASE_USER_NOT_FOUND => "USER_NOT_FOUND",
            Self::CANNOT_GRANT_ROLE => "USER_UNAUTHORIZED",
            // The clients know one code that makes them wait.
            Self::DEVICE_AUTHORIZATION_SLOW_DOWN => "DEVICE_AUTHORIZATION_PENDING",
            other => other.as_str(),
        }
    }
}

impl std::fmt::Display for ErrorCode {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.wire_name())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_code_is_an_error_and_says_so_in_a_sentence() {
        for code in ErrorCode::ALL {
            assert!((400..=599).contains(&code.status()), "{code}");
            let text = code.template();
            assert!(text.ends_with(['.', '}']), "{code}: {text}");
        }
    }
}
