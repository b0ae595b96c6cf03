//! The addresses of this server, for everybody who sets up a firewall.

use telamon_api::{Cx, Json, Operation, Public};
use telamon_wire::{Result, Version};

use crate::{control_plane::ControlPlane, resources::rates};

pub fn operation() -> Operation {
    Operation::get("/api/atlas/v2/unauth/controlPlaneIPAddresses")
        .operation::<Public>("listControlPlaneIpAddresses", "Root", Public::unauthenticated(), &rates::CONTROL_PLANE)
        .summary("Return the addresses of this server, as its configuration tells them")
        .since(Version::V2023_11_15)
        .without_documented_pretty()
        .handler(list)
}

async fn list(cx: &mut Cx<Public>, (): &()) -> Result<Json<ControlPlane>> {
    Ok(Json(cx.service::<ControlPlane>().clone()))
}
