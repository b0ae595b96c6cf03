//! The one table of error codes: code, HTTP status, detail.

#![expect(non_camel_case_types, reason = "spelled as on the wire")]

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
    CANNOT_ASSUME_ROLE 403 "Cannot grant the role {}: it goes beyond the roles of the current user.",

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
    INVALID_JSON_ATTRIBUTE 400 "Received JSON for the {} attribute does not match expected format. {}",
    INVALID_ATTRIBUTE 400 "Invalid attribute {} specified. {}",
    MISSING_ATTRIBUTE 400 "The required attribute {} was not specified.",
    MISSING_ONE_OF_ATTRIBUTES 400 "Exactly one of the attributes {} and {} must be specified.",
    ATTRIBUTE_NEGATIVE_OR_ZERO 400 "The attribute {} must be greater than zero.",
    INVALID_ENUM_VALUE 400 "An invalid enumeration value {} was specified.",
    INVALID_PATH_PARAMETER 400 "An invalid path parameter {} was specified.",
    INVALID_QUERY_PARAMETER 400 "An invalid query parameter {} was specified. {}",
    INVALID_DATE_FORMAT 400 "Received a date in an invalid format: {}.",
    INVALID_DATE_RANGE 400 "The start of the range of dates is after its end.",
    VALIDATION_ERROR 400 "{}",
    DATA_CONCURRENCY_ERROR 409 "The data was changed by another request at the same time. Please retry.",
    UNEXPECTED_ERROR 500 "Unexpected error.",
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
    INVALID_API_KEY_DESC 400 "The description of an API Key must have 1 to {} characters.",
    MISSING_API_KEY_ROLES 400 "An API Key needs at least one role.",
    MAX_API_KEYS_PER_ORG_EXCEEDED 400 "The organization already has {} API Keys, the most that it may have.",
    INVALID_ROLE_FOR_ORG 400 "Invalid role {} for organization {}.",
    INVALID_ROLE_FOR_GROUP 400 "Invalid role {} for group {}.",
    MAX_SERVICE_ACCOUNTS_PER_ORG_EXCEEDED 400 "The organization already has {} service accounts, the most that it may have.",

    // People
    USER_NOT_FOUND 404 "No user with ID {} exists.",
    INVALID_USER_ID 404 "An invalid user ID {} was specified.",
    NOT_USER_ADMIN 401 "Current user is not authorized to act for user {}.",

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
    PERMANENT_ENTITY_CANNOT_BE_MADE_TEMPORARY 400 "A permanent user cannot be made temporary.",
    DATABASE_USERNAME_CANNOT_BE_CHANGED 409 "The username cannot be changed.",
    DATABASE_NAME_CANNOT_BE_CHANGED 409 "The database name cannot be changed.",
    AUTH_TYPE_CANNOT_BE_CHANGED 409 "The authentication type cannot be changed.",
    USER_NOT_MANAGED_X509 400 "The user {} does not authenticate with managed certificates.",
    CERT_EXPIRY_CANNOT_EXCEED_TWO_YEARS 400 "A certificate cannot be valid for more than 24 months.",
    CANNOT_GENERATE_CERT_IF_ADVANCED_X509 400 "Cannot issue a certificate while the group uses its own certificate authorities.",
    ATLAS_GENERATED_CERTS_LIMIT_EXCEEDED 400 "The user already has {} certificates that are not expired, the most that it may have.",
    EXPIRED_X509_CA_CERTIFICATE 400 "The certificate authority {} expired at {}.",
    INVALID_X509_CA_CERTIFICATE 400 "The certificate authorities are invalid. {}",

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
