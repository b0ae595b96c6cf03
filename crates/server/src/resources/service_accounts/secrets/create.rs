//! Making a further secret of a service account.

use telamon_api::{Body, Created, Cx, Incoming, Input, Operation, OperationDoc, Org, Project};
use telamon_authn::service_account_secret;
use telamon_authz::{OrgRole, ProjectRole};
use telamon_store::Tx;
use telamon_wire::{ClientId, OrgId, Result, Version};

use super::{expiry, store};
use crate::resources::{
    events::{self, Event},
    organizations, rates, roles,
    service_accounts::{
        client_id, model, not_found,
        project::member,
        store as accounts,
        wire::{NewSecret, ServiceAccountSecret},
    },
};

pub fn org_operation() -> Operation {
    Operation::post("/api/atlas/v2/orgs/{orgId}/serviceAccounts/{clientId}/secrets")
        .operation::<Org>(
            "createOrgServiceAccountSecret",
            "Service Accounts",
            Org::needs(&[OrgRole::Owner]),
            &rates::ORG_SERVICE_ACCOUNTS,
        )
        .summary("Create one secret of a service account of an organization")
        .since(Version::V2024_08_05)
        .handler(create_in_org)
}

pub fn project_operation() -> Operation {
    Operation::post("/api/atlas/v2/groups/{groupId}/serviceAccounts/{clientId}/secrets")
        .operation::<Project>(
            "createGroupServiceAccountSecret",
            "Service Accounts",
            Project::needs(&[ProjectRole::Owner]),
            &rates::PROJECT_SERVICE_ACCOUNTS,
        )
        .summary("Create one secret of a service account of a project")
        .since(Version::V2024_08_05)
        .handler(create_in_project)
}

/// Whether the account had room for another secret when the request came in.
struct HadRoom(bool);

impl Input for HadRoom {
    const LOOKS: bool = true;

    fn read(_: &Incoming<'_>) -> Result<Self> {
        Ok(Self(false))
    }

    async fn look(&mut self, tx: &mut Tx, request: &Incoming<'_>) -> Result<()> {
        let named = request.info.path_values.get("clientId").and_then(|text| text.parse::<ClientId>().ok());
        if let Some(client_id) = named {
            let living = store::count_living(tx, client_id.0, request.services.clock.now()).await?;
            self.0 = living < model::SECRETS;
        }
        Ok(())
    }

    fn describe(_: &mut OperationDoc<'_>) {}
}

async fn create_in_org(
    cx: &mut Cx<Org>,
    (Body(new), had_room): &(Body<NewSecret>, HadRoom),
) -> Result<Created<ServiceAccountSecret>> {
    let (org, client_id) = (cx.scope.id, client_id(cx)?);
    accounts::find(&mut cx.tx, org, client_id).await?.ok_or_else(|| not_found(client_id))?;
    create(cx, org, client_id, new, had_room).await
}

async fn create_in_project(
    cx: &mut Cx<Project>,
    (Body(new), had_room): &(Body<NewSecret>, HadRoom),
) -> Result<Created<ServiceAccountSecret>> {
    let (org, client_id, caller) = (cx.scope.org, member(cx).await?.client_id, cx.caller());
    // Whoever holds a secret has all that the account may, which can be more than its roles in this project.
    roles::demand_all_of(&mut cx.tx, caller.as_deref(), &client_id.0.to_string(), org).await?;
    create(cx, org, client_id, new, had_room).await
}

async fn create<S>(
    cx: &mut Cx<S>,
    org: OrgId,
    client_id: ClientId,
    new: &NewSecret,
    HadRoom(had_room): &HadRoom,
) -> Result<Created<ServiceAccountSecret>> {
    let settings = organizations::load_settings(&mut cx.tx, org).await?;
    let hours = new.secret_expires_after_hours;
    model::check_hours(hours, model::max_hours(&settings))?;
    let (now, account) = (cx.now(), client_id.0);
    if store::count_living(&mut cx.tx, account, now).await? >= model::SECRETS {
        return Err(model::no_room(*had_room).into());
    }
    expiry::remove_expired_of(cx, account).await?;
    store::shorten(&mut cx.tx, account, model::end_of_older(now)).await?;
    let services = cx.services();
    let secret = service_account_secret(&*services.entropy);
    let made = store::insert(&mut cx.tx, account, &secret, hours, now, &*services.entropy).await?;
    cx.credentials_changed();
    let event = Event::in_org("SERVICE_ACCOUNT_SECRET_ADDED", org).with("clientId", client_id.to_string());
    events::record(cx, event).await?;
    Ok(Created(made))
}
