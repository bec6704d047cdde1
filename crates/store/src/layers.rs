//! Values the writer holds in memory, in three layers that follow the database: committed, this group, this write.
//!
//! A write that fails drops its layer, a group that fails drops two; so memory never says more than the database.

use std::collections::HashMap;
use std::hash::Hash;

/// A map in three layers.
#[derive(Debug)]
pub(crate) struct Layers<K, V> {
    committed: HashMap<K, V>,
    group: HashMap<K, V>,
    write: HashMap<K, V>,
}

impl<K, V> Default for Layers<K, V> {
    fn default() -> Self {
        Self { committed: HashMap::new(), group: HashMap::new(), write: HashMap::new() }
    }
}

impl<K: Hash + Eq + Clone, V: Clone> Layers<K, V> {
    pub(crate) fn get(&self, key: &K) -> Option<&V> {
        self.write.get(key).or_else(|| self.group.get(key)).or_else(|| self.committed.get(key))
    }

    /// Sets a value for this write.
    pub(crate) fn set(&mut self, key: K, value: V) {
        self.write.insert(key, value);
    }

    pub(crate) fn keep_write(&mut self) {
        self.group.extend(self.write.drain());
    }

    pub(crate) fn drop_write(&mut self) {
        self.write.clear();
    }

    /// What this group changed.
    pub(crate) fn changed(&self) -> impl Iterator<Item = &V> {
        self.group.values()
    }

    /// The same with the keys.
    pub(crate) fn changed_entries(&self) -> impl Iterator<Item = (&K, &V)> {
        self.group.iter()
    }

    pub(crate) fn keep_group(&mut self, most_values: usize) {
        if self.committed.len() > most_values {
            self.committed.clear();
        }
        self.committed.extend(self.group.drain());
    }

    /// Forgets everything; the next look reads the database.
    pub(crate) fn forget(&mut self) {
        self.write.clear();
        self.group.clear();
        self.committed.clear();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_failed_write_leaves_the_group_and_a_failed_group_leaves_nothing() {
        let mut layers = Layers::default();
        layers.set("XA", 1);
        layers.keep_write();
        layers.set("XA", 2);
        assert_eq!(layers.get(&"XA"), Some(&2));
        layers.drop_write();
        assert_eq!(layers.get(&"XA"), Some(&1));
        layers.keep_group(10);
        layers.set("XB", 1);
        layers.keep_write();
        layers.forget();
        assert_eq!((layers.get(&"XA"), layers.get(&"XB")), (None, None));
    }
}
