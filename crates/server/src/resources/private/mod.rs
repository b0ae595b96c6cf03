//! What official clients ask of the service beside the API. None of it is described anywhere; they stop, wait or
//! complain where there is no answer.
//!
//! Events of telemetry are taken and thrown away: nothing of them is kept, counted or sent on.

use schemars::JsonSchema;
use serde::Serialize;
use telamon_api::{Anyone, Cx, Json, NoContent, Operation, PlainText, Public, Scope};
use telamon_wire::Result;

use crate::{mongodb::MongoDbVersions, resources::rates};

/// The operations of this resource.
pub fn operations() -> Vec<Operation> {
    vec![address(), default_version(), anonymous_telemetry(), telemetry()]
}

const TAG: &str = "Private";

fn address() -> Operation {
    Operation::get("/api/private/ipinfo")
        .operation::<Anyone>("getCallerAddress", TAG, Anyone::authenticated(), &rates::PRIVATE)
        .summary("Return the address that the caller is seen to have")
        .undocumented()
        .unversioned()
        .handler(caller_address)
}

fn default_version() -> Operation {
    Operation::get("/api/private/unauth/nds/defaultMongoDBMajorVersion")
        .operation::<Public>("getDefaultMongoDbMajorVersion", TAG, Public::unauthenticated(), &rates::PRIVATE)
        .summary("Return the version of MongoDB that a new cluster would have")
        .undocumented()
        .unversioned()
        .handler(newest_major_version)
}

fn anonymous_telemetry() -> Operation {
    Operation::post("/api/private/unauth/telemetry/events")
        .operation::<Public>("sendAnonymousTelemetry", TAG, Public::unauthenticated(), &rates::PRIVATE)
        .summary("Take events of a client without a credential, and throw them away")
        .undocumented()
        .unversioned()
        .without_effect()
        .handler(throw_away)
}

fn telemetry() -> Operation {
    Operation::post("/api/private/v1.0/telemetry/events")
        .operation::<Anyone>("sendTelemetry", TAG, Anyone::authenticated(), &rates::PRIVATE)
        .summary("Take events of a client, and throw them away")
        .undocumented()
        .unversioned()
        .without_effect()
        .handler(throw_away)
}

/// The member is called after IPv4 whatever the address is: clients put it into access lists, which take both kinds.
#[derive(Serialize, JsonSchema)]
struct CallerAddress {
    #[serde(rename = "currentIpv4Address")]
    address: String,
}

async fn caller_address(cx: &mut Cx<Anyone>, (): &()) -> Result<Json<CallerAddress>> {
    Ok(Json(CallerAddress { address: cx.info().address.to_canonical().to_string() }))
}

async fn newest_major_version(cx: &mut Cx<Public>, (): &()) -> Result<PlainText> {
    Ok(PlainText(cx.service::<MongoDbVersions>().newest().clone()))
}

/// The body is not even parsed: clients do not look at the answer, and log a failure.
async fn throw_away<S: Scope>(_: &mut Cx<S>, (): &()) -> Result<NoContent> {
    Ok(NoContent)
}
