//! What the server says of itself to everybody.

use serde_json::json;
use telamon_server::{
    app::RateSettings,
    control_plane::{Addresses, ControlPlane, Gateway, GatewayAddresses},
};
use telamon_testkit::{Engine, TestServer, TestSettings, run_with, telamon_test};

const ADDRESSES: &str = "/api/atlas/v2/unauth/controlPlaneIPAddresses";

#[telamon_test]
async fn addresses_that_nobody_configured_are_not_invented(t: TestServer) {
    let none = json!({ "aws": {}, "azure": {}, "gcp": {} });
    let reply = t.anonymous().get(ADDRESSES).await.is(200);
    assert_eq!(reply.header("content-type"), Some("application/vnd.atlas.2023-11-15+json;charset=utf-8"));
    assert_eq!(reply.json(), json!({ "inbound": none, "outbound": none }));
    let enveloped = t.anonymous().get(&format!("{ADDRESSES}?envelope=true")).await.is(200).json();
    assert_eq!(enveloped, json!({ "content": { "inbound": none, "outbound": none }, "status": 200 }));
    let early = t.owner().get(ADDRESSES).header("accept", "application/vnd.atlas.2023-11-14+json").await;
    early.is_error(406, "INVALID_VERSION_DATE");
}

#[test]
fn configured_addresses_are_told_to_each_address_so_many_times() {
    let region = |block: &str| [("us-east-1".to_owned(), vec![block.to_owned()])].into();
    let inbound = Addresses { aws: region("203.0.113.7/32"), ..Addresses::default() };
    let ips = GatewayAddresses { inbound: Addresses::default(), outbound: inbound.clone() };
    let gateways = vec![Gateway { ips, name: "west".to_owned() }];
    let control_plane = ControlPlane { gateways, inbound, outbound: Addresses::default() };
    for engine in [Engine::Sqlite, Engine::Postgres] {
        let settings = TestSettings {
            control_plane: control_plane.clone(),
            rates: RateSettings::default(),
            ..TestSettings::default()
        };
        run_with(engine, "configured addresses", settings, |t| {
            Box::pin(async move {
                let reply = t.anonymous().get(ADDRESSES).await.is(200);
                assert_eq!(
                    (reply.header("ratelimit-limit"), reply.header("ratelimit-remaining")),
                    (Some("400"), Some("399"))
                );
                let none = json!({ "aws": {}, "azure": {}, "gcp": {} });
                let some = json!({ "aws": { "us-east-1": ["203.0.113.7/32"] }, "azure": {}, "gcp": {} });
                let west = json!({ "ips": { "inbound": none, "outbound": some }, "name": "west" });
                assert_eq!(reply.json(), json!({ "gateways": [west], "inbound": some, "outbound": none }));
                let again = t.owner().get(ADDRESSES).await.is(200);
                assert_eq!(again.header("ratelimit-remaining"), Some("398"));
            })
        });
    }
}
