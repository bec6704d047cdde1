//! Short runs of bytes kept once each and numbered from 0: 4 bytes of table and the bytes themselves for each.

use std::hash::{DefaultHasher, Hasher as _};

const FREE: u32 = u32::MAX;

/// Distinct runs of bytes with their numbers.
#[derive(Debug)]
pub(crate) struct Interner {
    bytes: Vec<u8>,
    ends: Vec<u32>,
    /// Open addressing; a power of two long.
    table: Vec<u32>,
}

impl Default for Interner {
    fn default() -> Interner {
        Interner { bytes: Vec::new(), ends: Vec::new(), table: vec![FREE; 16] }
    }
}

impl Interner {
    /// The bytes with a number.
    pub(crate) fn bytes(&self, id: u32) -> &[u8] {
        let start = match id {
            0 => 0,
            _ => self.ends[id as usize - 1] as usize,
        };
        &self.bytes[start..self.ends[id as usize] as usize]
    }

    /// The number of these bytes.
    pub(crate) fn get(&self, bytes: &[u8]) -> Option<u32> {
        self.place(bytes).ok()
    }

    /// The number of these bytes, and whether it was given just now.
    pub(crate) fn insert(&mut self, bytes: &[u8]) -> (u32, bool) {
        let slot = match self.place(bytes) {
            Ok(id) => return (id, false),
            Err(slot) => slot,
        };
        let id = self.ends.len() as u32;
        self.bytes.extend_from_slice(bytes);
        self.ends.push(self.bytes.len() as u32);
        self.table[slot] = id;
        if self.ends.len() * 4 > self.table.len() * 3 {
            self.grow();
        }
        (id, true)
    }

    /// The number of the bytes, or the free slot where it would stand.
    fn place(&self, bytes: &[u8]) -> Result<u32, usize> {
        let mask = self.table.len() - 1;
        let mut slot = hash(bytes) as usize & mask;
        loop {
            match self.table[slot] {
                FREE => return Err(slot),
                id if self.bytes(id) == bytes => return Ok(id),
                _ => slot = (slot + 1) & mask,
            }
        }
    }

    fn grow(&mut self) {
        let mut table = vec![FREE; self.table.len() * 2];
        let mask = table.len() - 1;
        for id in 0..self.ends.len() as u32 {
            let mut slot = hash(self.bytes(id)) as usize & mask;
            while table[slot] != FREE {
                slot = (slot + 1) & mask;
            }
            table[slot] = id;
        }
        self.table = table;
    }

    /// Gives back spare memory.
    pub(crate) fn shrink_to_fit(&mut self) {
        self.bytes.shrink_to_fit();
        self.ends.shrink_to_fit();
    }

    /// Bytes held.
    pub(crate) fn memory_bytes(&self) -> usize {
        self.bytes.capacity() + 4 * (self.ends.capacity() + self.table.capacity())
    }
}

fn hash(bytes: &[u8]) -> u64 {
    let mut hasher = DefaultHasher::new();
    hasher.write(bytes);
    hasher.finish()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn equal_bytes_have_one_number_and_numbers_run_without_gaps() {
        let mut interner = Interner::default();
        let words: Vec<String> = (0..1_000).map(|n| format!("имя{}", n % 500)).collect();
        for (n, word) in words.iter().enumerate() {
            let (id, new) = interner.insert(word.as_bytes());
            assert_eq!((id as usize, new), (n % 500, n < 500));
        }
        assert_eq!(interner.get("имя7".as_bytes()), Some(7));
        assert_eq!(interner.get(b""), None);
        assert_eq!(interner.insert(b""), (500, true));
        assert_eq!(interner.bytes(500), b"");
        assert_eq!(interner.bytes(499), "имя499".as_bytes());
    }
}
