//! Which slot of a list holds a record: 4 bytes a record and a quarter more, since the ids stand in the list.

use std::hash::{BuildHasher, RandomState};

use barid_domain::ids::RecordId;

const FREE: u32 = u32::MAX;
/// A slot that was taken out: a search goes on behind it.
const GONE: u32 = u32::MAX - 1;

/// Slots by record, in open addressing. `id_of` tells the record that a slot holds.
#[derive(Debug)]
pub(crate) struct Slots {
    table: Vec<u32>,
    /// Places that are not free, those of slots taken out included.
    taken: usize,
    live: usize,
    hashing: RandomState,
}

impl Default for Slots {
    fn default() -> Slots {
        Slots { table: vec![FREE; 16], taken: 0, live: 0, hashing: RandomState::new() }
    }
}

impl Slots {
    /// How many slots are in it.
    pub(crate) fn len(&self) -> usize {
        self.live
    }

    /// Whether none is in it.
    pub(crate) fn is_empty(&self) -> bool {
        self.live == 0
    }

    /// The slot of a record.
    pub(crate) fn get(&self, id: RecordId, id_of: impl Fn(u32) -> Option<RecordId>) -> Option<u32> {
        self.place(id, id_of).map(|at| self.table[at])
    }

    fn place(&self, id: RecordId, id_of: impl Fn(u32) -> Option<RecordId>) -> Option<usize> {
        let mask = self.table.len() - 1;
        let mut at = self.hashing.hash_one(id) as usize & mask;
        loop {
            match self.table[at] {
                FREE => return None,
                GONE => {}
                slot if id_of(slot) == Some(id) => return Some(at),
                _ => {}
            }
            at = (at + 1) & mask;
        }
    }

    /// Enters a slot, whose record is not in it.
    pub(crate) fn insert(&mut self, slot: u32, id_of: impl Fn(u32) -> Option<RecordId>) {
        if (self.taken + 1) * 5 > self.table.len() * 4 {
            self.rebuild(&id_of);
        }
        if let Some(id) = id_of(slot) {
            self.put(slot, id);
        }
    }

    fn put(&mut self, slot: u32, id: RecordId) {
        let mask = self.table.len() - 1;
        let mut at = self.hashing.hash_one(id) as usize & mask;
        while self.table[at] != FREE {
            at = (at + 1) & mask;
        }
        self.table[at] = slot;
        self.taken += 1;
        self.live += 1;
    }

    /// Takes the slot of a record out.
    pub(crate) fn remove(&mut self, id: RecordId, id_of: impl Fn(u32) -> Option<RecordId>) -> Option<u32> {
        let at = self.place(id, id_of)?;
        self.live -= 1;
        Some(std::mem::replace(&mut self.table[at], GONE))
    }

    fn rebuild(&mut self, id_of: impl Fn(u32) -> Option<RecordId>) {
        let size = (self.live * 2).next_power_of_two().max(16);
        let old = std::mem::replace(&mut self.table, vec![FREE; size]);
        (self.taken, self.live) = (0, 0);
        for slot in old.into_iter().filter(|slot| *slot < GONE) {
            if let Some(id) = id_of(slot) {
                self.put(slot, id);
            }
        }
    }

    /// Bytes held.
    pub(crate) fn memory_bytes(&self) -> usize {
        self.table.capacity() * 4
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn id(number: u32) -> RecordId {
        let mut bytes = [0; 16];
        bytes[..4].copy_from_slice(&number.to_be_bytes());
        RecordId(bytes)
    }

    #[test]
    fn slots_come_and_go() {
        let mut slots = Slots::default();
        let id_of = |slot: u32| Some(id(slot));
        for round in 0..3 {
            for slot in 0..1_000 {
                assert_eq!(slots.get(id(slot), id_of), None, "{round}");
                slots.insert(slot, id_of);
            }
            assert_eq!(slots.len(), 1_000);
            for slot in 0..1_000 {
                assert_eq!(slots.get(id(slot), id_of), Some(slot));
                assert_eq!(slots.remove(id(slot), id_of), Some(slot));
                assert_eq!(slots.remove(id(slot), id_of), None);
            }
            assert!(slots.is_empty());
        }
        assert!(slots.memory_bytes() < 64 * 1_024);
    }
}
