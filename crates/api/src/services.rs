//! What handlers need beside the database: the clock, randomness, and whatever the program adds.

use std::{
    any::{Any, TypeId, type_name},
    collections::HashMap,
    sync::Arc,
};

use telamon_wire::{Clock, Entropy};

/// The services of a running program, by type.
#[derive(Clone)]
pub struct Services {
    /// The time.
    pub clock: Arc<dyn Clock>,
    /// Randomness for ids, secrets and nonces.
    pub entropy: Arc<dyn Entropy>,
    more: HashMap<TypeId, Arc<dyn Any + Send + Sync>>,
}

impl Services {
    /// The two services that everything needs.
    pub fn new(clock: Arc<dyn Clock>, entropy: Arc<dyn Entropy>) -> Self {
        Self { clock, entropy, more: HashMap::new() }
    }

    /// The same services and one more, found again by its type.
    #[must_use]
    pub fn with<T: Send + Sync + 'static>(mut self, service: Arc<T>) -> Self {
        self.more.insert(TypeId::of::<T>(), service);
        self
    }

    /// The service of that type.
    ///
    /// # Panics
    /// When the program was wired without it: a defect that the first request shows.
    pub fn get<T: Send + Sync + 'static>(&self) -> &T {
        let found = self.more.get(&TypeId::of::<T>()).and_then(|service| service.downcast_ref());
        found.unwrap_or_else(|| panic!("the program was wired without {}", type_name::<T>()))
    }
}
