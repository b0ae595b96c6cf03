//! Access lists of credentials: the addresses from which a service account or an API key may be used.
//!
//! What always holds: an entry is a block of addresses in the one spelling that its addresses have (a single address is
//! a block of one, an IPv4 address inside IPv6 is the IPv4 address), so that two spellings are one entry. Nobody takes
//! away by a change of a list, or of what the organization demands, what admits the caller of that very change. The gate
//! enforces the lists; how often an entry admitted somebody is counted in memory and written behind.

mod add;
mod holder;
mod list;
mod model;
mod read;
mod remove;
mod store;
mod wire;

use telamon_api::{Cx, Operation, Org};
use telamon_wire::{ApiError, Result};

pub use model::AccessList;

/// The operations of this resource.
pub fn operations() -> Vec<Operation> {
    vec![
        list::of_account_in_org_operation(),
        add::to_account_in_org_operation(),
        remove::from_account_in_org_operation(),
        list::of_account_in_project_operation(),
        add::to_account_in_project_operation(),
        remove::from_account_in_project_operation(),
        list::of_api_key_operation(),
        add::to_api_key_operation(),
        read::operation(),
        remove::from_api_key_operation(),
    ]
}

/// Refuses to make access lists a must while the credential that asks for it has none that admits it.
pub async fn demand_own_list(cx: &mut Cx<Org>) -> Result<()> {
    let Some(own) = cx.caller().filter(|caller| holder::has_access_list(caller)) else { return Ok(()) };
    let list = AccessList::of(&store::blocks(&mut cx.tx, &own.holder_id()).await?);
    let address = cx.info().address.to_canonical();
    if list.holding(address).is_some() {
        return Ok(());
    }
    let why = format!(
        "It would shut out the credential that asks for it, which has no access list: add {address} to that list first."
    );
    Err(ApiError::invalid_field("apiAccessListRequired", why).into())
}
