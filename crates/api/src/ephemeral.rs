//! A map of what strangers cause and what ends by itself: counts, buckets, tokens that live.

use std::{
    borrow::Borrow,
    collections::{HashMap, hash_map},
    hash::Hash,
};

/// So many entries are kept, whether they still count or not.
const FEW: usize = 50_000;

/// Forgets entries that have ended, and looks for them only when there are many.
#[derive(Debug)]
pub struct Ephemeral<K, V> {
    entries: HashMap<K, V>,
    /// At this many those that have ended are forgotten.
    many: usize,
}

impl<K, V> Default for Ephemeral<K, V> {
    fn default() -> Self {
        Self { entries: HashMap::new(), many: FEW }
    }
}

impl<K: Eq + Hash, V> Ephemeral<K, V> {
    /// The entry of a key. `counts` tells whether a value has not ended: one that has may be forgotten at any time.
    pub fn entry(&mut self, key: K, counts: impl Fn(&V) -> bool) -> hash_map::Entry<'_, K, V> {
        if self.entries.len() >= self.many {
            self.entries.retain(|_, value| counts(value));
            // Twice what is left: looking through all of them stays rare, however many strangers come.
            self.many = FEW.max(2 * self.entries.len());
        }
        self.entries.entry(key)
    }

    /// The value of a key.
    pub fn get_mut<Q: Eq + Hash + ?Sized>(&mut self, key: &Q) -> Option<&mut V>
    where
        K: Borrow<Q>,
    {
        self.entries.get_mut(key)
    }

    /// How many entries are kept.
    pub fn len(&self) -> usize {
        self.entries.len()
    }

    /// Whether none is kept.
    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    /// Forgets a key.
    pub fn remove<Q: Eq + Hash + ?Sized>(&mut self, key: &Q)
    where
        K: Borrow<Q>,
    {
        self.entries.remove(key);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_has_ended_is_forgotten_when_there_are_many() {
        let mut map = Ephemeral::default();
        for number in 0..4 * FEW {
            // One in four counts for ever.
            map.entry(number, |value| value % 4 == 0).or_insert(number);
            assert!(map.len() <= FEW.max(number / 2) + 1, "{number}: {} entries", map.len());
        }
        assert!((0..FEW).all(|number| map.get_mut(&(4 * number)) == Some(&mut (4 * number))));
    }
}
