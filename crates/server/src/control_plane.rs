//! The addresses of this server, as its operator tells them to the world: firewalls are set up by them.

use std::{collections::BTreeMap, net::IpAddr};

use ipnet::IpNet;
use schemars::JsonSchema;
use serde::Serialize;
use toml::{Table, Value};

/// The addresses of a server.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, JsonSchema)]
#[schemars(rename = "ControlPlaneIPAddresses")]
pub struct ControlPlane {
    /// Ways in and out that have names of their own.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub gateways: Vec<Gateway>,
    /// Where the server is reached.
    pub inbound: Addresses,
    /// From where the server reaches out.
    pub outbound: Addresses,
}

/// A way in and out.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Gateway {
    /// Its addresses.
    pub ips: GatewayAddresses,
    /// Its name.
    pub name: String,
}

/// The addresses of a gateway.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, JsonSchema)]
#[schemars(rename = "GatewayIpAddresses")]
pub struct GatewayAddresses {
    /// Where the server is reached.
    pub inbound: Addresses,
    /// From where the server reaches out.
    pub outbound: Addresses,
}

/// Blocks of addresses, by region.
pub type Regions = BTreeMap<String, Vec<String>>;

/// Blocks of addresses, by cloud provider and region.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, JsonSchema)]
#[schemars(rename = "ControlPlaneCloudProviderIPAddresses")]
pub struct Addresses {
    /// Of Amazon.
    pub aws: Regions,
    /// Of Microsoft.
    pub azure: Regions,
    /// Of Google.
    pub gcp: Regions,
}

impl Addresses {
    /// Reads `{ aws = { us-east-1 = ["203.0.113.7/32"] } }`.
    pub fn from_table(table: &Table) -> Option<Self> {
        let mut addresses = Self::default();
        for (provider, regions) in table {
            let place = match provider.as_str() {
                "aws" => &mut addresses.aws,
                "azure" => &mut addresses.azure,
                "gcp" => &mut addresses.gcp,
                _ => return None,
            };
            for (region, listed) in regions.as_table()? {
                let blocks = listed.as_array()?.iter().map(|item| block(item.as_str()?)).collect::<Option<_>>()?;
                place.insert(region.clone(), blocks);
            }
        }
        Some(addresses)
    }
}

impl Gateway {
    /// Reads `{ inbound = { … }, outbound = { … } }`, the gateway of that name.
    pub fn from_value(name: &str, value: &Value) -> Option<Self> {
        let mut ips = GatewayAddresses::default();
        for (direction, addresses) in value.as_table()? {
            let addresses = Addresses::from_table(addresses.as_table()?)?;
            match direction.as_str() {
                "inbound" => ips.inbound = addresses,
                "outbound" => ips.outbound = addresses,
                _ => return None,
            }
        }
        Some(Self { ips, name: name.to_owned() })
    }
}

/// A block of addresses, or a single address as a block.
fn block(text: &str) -> Option<String> {
    let block = text.parse::<IpNet>().ok().or_else(|| text.parse::<IpAddr>().ok().map(IpNet::from))?;
    (block == block.trunc()).then(|| block.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn table(text: &str) -> Table {
        format!("value = {text}").parse::<Table>().unwrap()["value"].as_table().unwrap().clone()
    }

    #[test]
    fn addresses_are_blocks_by_provider_and_region() {
        let read = Addresses::from_table(&table(
            r#"{ aws = { us-east-1 = ["203.0.113.7", "192.0.2.0/24"] }, gcp = { here = ["2001:db8::/32"] } }"#,
        ));
        let read = read.unwrap();
        assert_eq!(read.aws["us-east-1"], ["203.0.113.7/32", "192.0.2.0/24"]);
        assert_eq!((read.azure.len(), read.gcp["here"].as_slice()), (0, &["2001:db8::/32".to_owned()][..]));
        assert_eq!(Addresses::from_table(&table("{}")), Some(Addresses::default()));
    }

    #[test]
    fn what_is_written_otherwise_is_nothing() {
        for wrong in [
            r#"{ moon = { base = ["203.0.113.7"] } }"#,
            r#"{ aws = ["203.0.113.7"] }"#,
            r#"{ aws = { a = "203.0.113.7" } }"#,
            r#"{ aws = { a = ["here"] } }"#,
            r#"{ aws = { a = ["203.0.113.7/24"] } }"#,
        ] {
            assert_eq!(Addresses::from_table(&table(wrong)), None, "{wrong}");
        }
        let gateway = |text: &str| Gateway::from_value("g", &Value::Table(table(text)));
        assert!(gateway(r#"{ outbound = { aws = { a = ["203.0.113.7"] } } }"#).is_some());
        assert_eq!(gateway("{ sideways = {} }"), None);
    }
}
