//! From what was noted to what an owner reads. No I/O.

use schemars::JsonSchema;
use serde::Serialize;
use telamon_api::{Access, Caller, Identity};
use telamon_wire::{ErrorCode, OrgId, ProjectId};

use super::{
    note::Noted,
    wire::{RefusalReason, RefusedCredential},
};

/// What refused a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum Rule {
    /// HTTP digest: the signature is not one of the key's private half over this request.
    WrongSignature,
    /// HTTP digest: the signature is one for another path or query.
    SignedForAnotherTarget,
    /// OAuth 2.0: the secret is none that the service account has now.
    WrongSecret,
    /// The access token has expired.
    TokenExpired,
    /// The access token was revoked.
    TokenRevoked,
    /// The secret that the access token was issued with has expired or was deleted.
    SecretGone,
    /// The credential was deleted.
    CredentialGone,
    /// The credential has an access list, which does not hold the address.
    AddressNotOnList,
    /// The organization demands an access list, and the credential has none.
    ListDemanded,
    /// No role in the organization.
    NotInOrganization,
    /// No role in the project, nor one in its organization that reaches there.
    NotInProject,
    /// None of the roles that the operation needs.
    RoleMissing,
    /// A rule of the operation itself; `reason` says which.
    OperationRule,
}

/// Where it was refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Place {
    /// Before any organization was looked at, or where there is none.
    Nowhere,
    /// In an organization.
    Org(OrgId),
    /// In a project.
    Project(ProjectId),
}

impl Rule {
    /// The rule behind the error of an operation.
    pub fn of(code: ErrorCode) -> Self {
        match code {
            ErrorCode::USER_UNAUTHORIZED => Self::RoleMissing,
            ErrorCode::USER_CANNOT_ACCESS_ORG => Self::NotInOrganization,
            ErrorCode::USER_CANNOT_ACCESS_GROUP => Self::NotInProject,
            // What the credential lost while its change waited.
            ErrorCode::IP_ADDRESS_NOT_ON_ACCESS_LIST => Self::AddressNotOnList,
            ErrorCode::ORG_REQUIRES_ACCESS_LIST => Self::ListDemanded,
            ErrorCode::UNAUTHORIZED => Self::CredentialGone,
            _ => Self::OperationRule,
        }
    }
}

/// The reason as the owners of one organization read it.
pub fn explain(noted: &Noted, reader: OrgId, org_of_place: Option<OrgId>) -> RefusalReason {
    let known = is_known_to(&noted.attempt.caller, reader);
    let (required_roles, held_roles) = roles(noted, org_of_place);
    RefusalReason {
        credential: if known { credential(&noted.attempt.caller.identity) } else { ANOTHER_ORGANIZATION },
        error_code: noted.answer.error_code.clone(),
        method: noted.attempt.method.clone(),
        operation_id: noted.operation.map(str::to_owned),
        path: noted.attempt.path.clone(),
        reason: reason(noted, &required_roles, &held_roles),
        refused_at: noted.at.to_string(),
        remedy: if known { remedy(noted, reader, &required_roles) } else { FOREIGN_REMEDY.to_owned() },
        remote_address: noted.attempt.address.to_string(),
        request_id: noted.attempt.request_id.clone(),
        held_roles: if known { held_roles } else { Vec::new() },
        required_roles,
        rule: noted.rule,
        status: noted.answer.status,
    }
}

const ANOTHER_ORGANIZATION: RefusedCredential =
    RefusedCredential { id: None, name: None, kind: "OF_ANOTHER_ORGANIZATION" };
const FOREIGN_REMEDY: &str = "A credential belongs to one organization. Use one of this organization, or make one.";

/// Whether the credential belongs to the organization.
fn is_known_to(caller: &Caller, org: OrgId) -> bool {
    caller.orgs.contains_key(&org)
}

fn credential(identity: &Identity) -> RefusedCredential {
    match identity {
        Identity::ApiKey { id, public_key } => {
            RefusedCredential { id: Some(id.to_string()), name: Some(public_key.clone()), kind: "API_KEY" }
        }
        Identity::ServiceAccount { client_id } => {
            RefusedCredential { id: Some(client_id.to_string()), name: None, kind: "SERVICE_ACCOUNT" }
        }
        Identity::Person { id, username } => {
            RefusedCredential { id: Some(id.to_string()), name: Some(username.clone()), kind: "PERSON" }
        }
    }
}

/// The roles of which one would be enough, and those that the caller has there.
fn roles(noted: &Noted, org_of_place: Option<OrgId>) -> (Vec<String>, Vec<String>) {
    let caller = &noted.attempt.caller;
    let required = match noted.access {
        Some(Access::Org(access)) => access.roles().iter().map(ToString::to_string).collect(),
        Some(Access::Project(access)) => access.role_names().into_iter().map(str::to_owned).collect(),
        _ => Vec::new(),
    };
    let in_org = org_of_place.map(|org| caller.in_org(org)).unwrap_or_default();
    let mut held: Vec<String> = in_org.iter().map(|role| role.to_string()).collect();
    if let Place::Project(project) = noted.place {
        held.extend(caller.in_project(project).iter().map(|role| role.to_string()));
    }
    (required, held)
}

fn reason(noted: &Noted, required: &[String], held: &[String]) -> String {
    let address = noted.attempt.address;
    match noted.rule {
        Rule::WrongSignature => "The request was not signed with the private key of this API key.".to_owned(),
        Rule::SignedForAnotherTarget => {
            "The signature is for another path or query than the one that was sent; something on the way changes them."
                .to_owned()
        }
        Rule::WrongSecret => "The client secret is none that the service account has now.".to_owned(),
        Rule::TokenExpired => "The access token has expired. A token lives for 3600 seconds.".to_owned(),
        Rule::TokenRevoked => "The access token was revoked.".to_owned(),
        Rule::SecretGone => "The secret that the access token was issued with has expired or was deleted.".to_owned(),
        Rule::CredentialGone => "The credential was deleted.".to_owned(),
        Rule::AddressNotOnList => {
            format!("The credential has an access list, and no entry of it holds the address {address}.")
        }
        Rule::ListDemanded => {
            "The organization demands an access list of every credential, and this one has none.".to_owned()
        }
        Rule::NotInOrganization => "The credential has no role in this organization.".to_owned(),
        Rule::NotInProject => {
            "The credential has no role in this project, and none in its organization that reaches into projects."
                .to_owned()
        }
        Rule::RoleMissing => {
            format!("The operation needs {}; the credential has {}.", one_of(required), all_of(held))
        }
        Rule::OperationRule => noted.answer.detail.clone(),
    }
}

fn one_of(roles: &[String]) -> String {
    match roles {
        [one] => format!("the role {one}, or one that implies it"),
        several => format!("one of the roles {}, or one that implies it", several.join(", ")),
    }
}

fn all_of(roles: &[String]) -> String {
    if roles.is_empty() { "none there".to_owned() } else { roles.join(", ") }
}

fn remedy(noted: &Noted, reader: OrgId, required: &[String]) -> String {
    let address = noted.attempt.address;
    match noted.rule {
        Rule::WrongSignature => {
            "Use the private key that was shown when the key was made, or make a new key.".to_owned()
        }
        Rule::SignedForAnotherTarget => {
            "Send the path and query as they are signed; a proxy on the way must not rewrite them.".to_owned()
        }
        Rule::WrongSecret | Rule::SecretGone => {
            format!("Make a new secret: POST {}/secrets.", in_org(&noted.attempt.caller.identity, reader))
        }
        Rule::TokenExpired | Rule::TokenRevoked => "Ask POST /api/oauth/token for a new token.".to_owned(),
        Rule::CredentialGone => "Use another credential, or make a new one.".to_owned(),
        Rule::AddressNotOnList | Rule::ListDemanded => format!(
            "Add the address: POST {}/accessList with [{{\"ipAddress\": \"{address}\"}}].",
            in_org(&noted.attempt.caller.identity, reader)
        ),
        Rule::NotInOrganization | Rule::NotInProject | Rule::RoleMissing => match noted.place {
            Place::Project(project) => {
                format!("Grant {} in the project: {}.", one_of(required), grant_in_project(noted, project))
            }
            Place::Org(_) | Place::Nowhere => {
                format!("Grant {}: {}.", one_of(required), grant_in_org(&noted.attempt.caller.identity, reader))
            }
        },
        Rule::OperationRule => "See the reason.".to_owned(),
    }
}

/// The path of a credential in its organization.
fn in_org(identity: &Identity, org: OrgId) -> String {
    match identity {
        Identity::ApiKey { id, .. } => format!("/api/atlas/v2/orgs/{org}/apiKeys/{id}"),
        Identity::ServiceAccount { client_id } => format!("/api/atlas/v2/orgs/{org}/serviceAccounts/{client_id}"),
        Identity::Person { id, .. } => format!("/api/atlas/v2/orgs/{org}/users/{id}"),
    }
}

fn grant_in_org(identity: &Identity, org: OrgId) -> String {
    let path = in_org(identity, org);
    match identity {
        Identity::Person { .. } => format!("POST {path}:addRole"),
        _ => format!("PATCH {path} with its roles and the new one"),
    }
}

fn grant_in_project(noted: &Noted, project: ProjectId) -> String {
    let caller = &noted.attempt.caller;
    let group = format!("/api/atlas/v2/groups/{project}");
    match &caller.identity {
        Identity::ApiKey { id, .. } => format!("PATCH {group}/apiKeys/{id} with its roles there and the new one"),
        Identity::ServiceAccount { client_id } if caller.in_project(project).is_empty() => {
            format!("POST {group}/serviceAccounts/{client_id}:invite")
        }
        Identity::ServiceAccount { client_id } => {
            format!("PATCH {group}/serviceAccounts/{client_id} with its roles there and the new one")
        }
        Identity::Person { id, .. } => format!("POST {group}/users/{id}:addRole"),
    }
}
