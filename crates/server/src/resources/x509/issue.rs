//! Issues a certificate to a managed user.
//!
//! The hot path is three statements: one reads the user, the project's mode and its authority, one keeps the
//! certificate, one the event. The client's key is made before the transaction begins.

use std::sync::{Arc, Mutex, PoisonError};

use telamon_api::{Cx, Incoming, Input, Operation, OperationDoc, OptionalBody, PemCreated, Project};
use telamon_authz::ProjectRole;
use telamon_pki::{Authority, ClientCertificate, ClientKey, CommonName, KeyKind, KeyPool, MAX_MONTHS, PkiError};
use telamon_wire::{ApiError, CaId, ErrorCode, Failure, Result};
use tokio::runtime::{Handle, RuntimeFlavor};

use super::{
    CERTIFICATES, TAG, authorities::create_authority, certificate::NewCertificate, certificate::managed_holder, store,
    store::Holder,
};
use crate::{
    keys::Keys,
    limits::ResourceLimits,
    resources::{
        events::{self, Event},
        rates,
    },
};

/// For how many months a certificate is valid if nobody says.
const DEFAULT_MONTHS: i32 = 3;

pub fn operation() -> Operation {
    Operation::post(CERTIFICATES)
        .operation::<Project>("createGroupDatabaseUserCert", TAG, Project::needs(&[ProjectRole::Owner]), &rates::X509)
        .summary("Issue one certificate to one database user; the answer holds it and its private key")
        .handler(issue)
}

/// How long the certificate is to last, and the key that it is for.
struct Wanted {
    months: u8,
    key: Mutex<Option<ClientKey>>,
}

impl Input for Wanted {
    fn read(request: &Incoming<'_>) -> Result<Self> {
        let OptionalBody(body) = OptionalBody::<NewCertificate>::read(request)?;
        let months = months(body.unwrap_or_default().months_until_expiration.unwrap_or(DEFAULT_MONTHS))?;
        let key = take_key(request.services.get::<Keys>().client_keys())?;
        Ok(Self { months, key: Mutex::new(Some(key)) })
    }

    fn describe(doc: &mut OperationDoc<'_>) {
        doc.request_body::<NewCertificate>(false);
    }
}

impl Wanted {
    /// The key; another one if the handler runs again.
    fn key(&self, pool: &KeyPool) -> Result<ClientKey> {
        let made = self.key.lock().unwrap_or_else(PoisonError::into_inner).take();
        made.map_or_else(|| take_key(pool), Ok)
    }
}

fn months(asked: i32) -> Result<u8, ApiError> {
    if asked < 1 {
        return Err(ApiError::new(ErrorCode::ATTRIBUTE_NEGATIVE_OR_ZERO).with("monthsUntilExpiration"));
    }
    match u8::try_from(asked) {
        Ok(months) if months <= MAX_MONTHS => Ok(months),
        _ => Err(ErrorCode::CERT_EXPIRY_CANNOT_EXCEED_TWO_YEARS.into()),
    }
}

/// A key of the pool. An RSA key that is not in stock takes a second: other requests do not wait for it.
fn take_key(pool: &KeyPool) -> Result<ClientKey> {
    let slow = pool.kind() != KeyKind::P256 && pool.ready() == 0;
    let may_block = Handle::try_current().is_ok_and(|runtime| runtime.runtime_flavor() == RuntimeFlavor::MultiThread);
    let key = if slow && may_block { tokio::task::block_in_place(|| pool.take()) } else { pool.take() };
    key.map_err(bug)
}

fn bug(error: PkiError) -> Failure {
    Failure::Bug(error.into())
}

async fn issue(cx: &mut Cx<Project>, wanted: &Wanted) -> Result<PemCreated> {
    let (holder, name) = managed_holder(cx).await?;
    if holder.self_managed {
        return Err(ErrorCode::CANNOT_GENERATE_CERT_IF_ADVANCED_X509.into());
    }
    demand_room(cx, &name).await?;
    let (authority_id, authority) = signing_authority(cx, holder).await?;
    let (org, project, now, services) = (cx.scope.org, cx.scope.id, cx.now(), cx.services());
    let key = wanted.key(services.get::<Keys>().client_keys())?;
    let request = ClientCertificate { common_name: &name, months: wanted.months, now };
    let issued = authority.issue(&request, key, &*services.entropy).map_err(bug)?;
    store::insert(&mut cx.tx, project, authority_id, &issued, now).await?;
    events::record(cx, Event::in_project("MONGODB_USER_X509_CERT_CREATED", org, project)).await?;
    Ok(PemCreated(issued.pem().to_string()))
}

async fn demand_room(cx: &mut Cx<Project>, name: &CommonName) -> Result<()> {
    let Some(limit) = cx.service::<ResourceLimits>().certificates_per_user else { return Ok(()) };
    let (project, now) = (cx.scope.id, cx.now());
    if store::count(&mut cx.tx, project, &name.to_rfc2253(), now).await? < limit {
        return Ok(());
    }
    Err(ApiError::new(ErrorCode::ATLAS_GENERATED_CERTS_LIMIT_EXCEEDED).with(limit).into())
}

/// The newest authority of the project, or its successor when the time for one has come.
async fn signing_authority(cx: &mut Cx<Project>, holder: Holder) -> Result<(CaId, Arc<Authority>)> {
    let (project, now, services) = (cx.scope.id, cx.now(), cx.services());
    let keys = services.get::<Keys>();
    if let Some((id, certificate, sealed_key)) = holder.authority {
        let authority = keys.authority(id, &certificate, &sealed_key)?;
        if !authority.needs_successor(now) {
            return Ok((id, authority));
        }
    }
    create_authority(&mut cx.tx, keys, project, now, &*services.entropy).await
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_certificate_lasts_one_to_twenty_four_months() {
        let refusal = |asked| months(asked).map_err(|error| error.code.as_str());
        for (asked, expected) in [
            (1, Ok(1)),
            (24, Ok(24)),
            (0, Err("ATTRIBUTE_NEGATIVE_OR_ZERO")),
            (-7, Err("ATTRIBUTE_NEGATIVE_OR_ZERO")),
            (25, Err("CERT_EXPIRY_CANNOT_EXCEED_TWO_YEARS")),
            (257, Err("CERT_EXPIRY_CANNOT_EXCEED_TWO_YEARS")),
            (i32::MAX, Err("CERT_EXPIRY_CANNOT_EXCEED_TWO_YEARS")),
        ] {
            assert_eq!(refusal(asked), expected, "{asked}");
        }
    }
}
