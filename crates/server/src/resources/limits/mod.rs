//! The limits of projects: what they are on this server, and what single projects set for themselves.
//!
//! What always holds: of the things that are [`Counted`], a project never gets more than the limit that is in force
//! for it. The other limits are about things that this server does not run, and are kept for the clients that set
//! them.

mod defaults;
mod model;
mod project;
mod room;
mod store;
mod wire;

use telamon_api::Operation;

pub use model::Counted;
pub use room::demand_room;

/// The operations of this resource.
pub fn operations() -> Vec<Operation> {
    vec![
        project::list(),
        project::get(),
        project::set(),
        project::reset(),
        defaults::list_operation(),
        defaults::get_operation(),
    ]
}
