//! Certificates as they stand on the wire, and whose they are.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use telamon_api::{Cx, Project};
use telamon_pki::{CommonName, parse_managed_username};
use telamon_wire::{ApiError, ErrorCode, Failure, Link, ProjectId, RequestBody, Result, Timestamp};

use super::store::{self, CertificateRow, Holder};

/// For how long a certificate is wanted.
#[derive(Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
#[schemars(example = serde_json::json!({ "monthsUntilExpiration": 3 }))]
pub struct NewCertificate {
    /// Calendar months from now: 1 to 24, by default 3.
    #[schemars(range(min = 1, max = 24))]
    pub months_until_expiration: Option<i32>,
}

impl RequestBody for NewCertificate {
    const READ_ONLY: &'static [&'static str] = &["_id", "createdAt", "groupId", "links", "notAfter", "subject"];
}

/// A certificate that was issued.
#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct UserCert {
    #[serde(rename = "_id")]
    serial: i64,
    created_at: Timestamp,
    group_id: ProjectId,
    // Part of the published description; the service leaves it out of this list.
    #[serde(skip_serializing_if = "Option::is_none")]
    links: Option<Vec<Link>>,
    not_after: Timestamp,
    subject: String,
}

impl UserCert {
    /// A certificate of that project.
    pub fn new(project: ProjectId, (serial, subject, not_before, not_after): CertificateRow) -> Self {
        Self { serial, created_at: not_before, group_id: project, links: None, not_after, subject }
    }
}

/// The managed user whom the path names, and the common name of its certificates. Without such a user:
/// `USER_NOT_MANAGED_X509` if somebody has that name, `USERNAME_NOT_FOUND` if nobody has.
pub async fn managed_holder(cx: &mut Cx<Project>) -> Result<(Holder, CommonName)> {
    let username = cx.path_value("username").to_owned();
    let (project, now) = (cx.scope.id, cx.now());
    let holder = store::holder(&mut cx.tx, project, &username, now).await?;
    let somebody = match holder {
        Some(holder) if holder.managed => {
            let name = parse_managed_username(&holder.username).map_err(|error| Failure::Bug(error.into()))?;
            return Ok((holder, name));
        }
        Some(_) => true,
        None => store::is_on_admin(&mut cx.tx, project, &username, now).await?,
    };
    let code = if somebody { ErrorCode::USER_NOT_MANAGED_X509 } else { ErrorCode::USERNAME_NOT_FOUND };
    Err(ApiError::new(code).with(username).into())
}
