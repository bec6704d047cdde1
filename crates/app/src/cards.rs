//! What candidates are shown with, kept beside the index for the time in which the database is away.
//!
//! The entry of each record in the index, sealed under a key that is drawn for the index and never leaves the process:
//! numbers stand in clear nowhere, and nothing of it is on disk. A card goes with its record, so that a revision, a
//! withdrawal, an erasure and a day of review reach it as they reach the index. As many are kept as there is room for;
//! a candidate whose card is missing is not shown without it.

use std::collections::HashMap;

use barid_domain::ids::{EntryHash, RecordId};
use barid_domain::streams::StreamId;
use barid_store::StreamChange;
use chacha20poly1305::aead::{Aead, KeyInit, Payload};
use chacha20poly1305::{XChaCha20Poly1305, XNonce};

/// What a card costs beside its sealed bytes: its place in the table, and what the allocator adds.
const CARD_OVERHEAD_BYTES: usize = 88;
/// Items of batches take no more than this part of the room: people and things come first.
const ITEMS_SHARE: usize = 2;

/// Is an entry as it was stored, and the item of it where it is a batch.
pub(crate) struct CardBytes {
    pub(crate) entry: Vec<u8>,
    pub(crate) item: Option<Vec<u8>>,
}

struct Held {
    stream: StreamPlace,
    /// The batch that the card is an item of.
    batch: Option<EntryHash>,
    sealed: Box<[u8]>,
}

/// Where the entry of a card stands: of two of one record the later one is kept. Incarnations follow each other.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct StreamPlace {
    incarnation: u32,
    seq: u64,
}

/// Is the cards of the records in an index.
pub(crate) struct Cards {
    cipher: XChaCha20Poly1305,
    drawn: u64,
    held: HashMap<RecordId, Held>,
    /// The entries of batches, of which there are few, with how many cards are items of each.
    batches: HashMap<EntryHash, (Box<[u8]>, usize)>,
    bytes: usize,
    room_bytes: usize,
    /// Whether there was no room for one since these cards were begun.
    left_out: bool,
}

impl Cards {
    /// Begins without cards; without room it keeps none.
    pub(crate) fn new(key: [u8; 32], room_bytes: usize) -> Self {
        Self {
            cipher: XChaCha20Poly1305::new(&key.into()),
            drawn: 0,
            held: HashMap::new(),
            batches: HashMap::new(),
            bytes: 0,
            room_bytes,
            left_out: room_bytes == 0,
        }
    }

    /// Whether there was no room for the card of some record.
    pub(crate) fn left_some_out(&self) -> bool {
        self.left_out
    }

    /// Keeps the cards of the records that a change is about, in place of older ones.
    pub(crate) fn note(&mut self, change: &StreamChange) {
        let Some(entry) = &change.bytes else { return };
        if self.room_bytes == 0 {
            return;
        }
        let stream = place_of(&change.stream, change.seq);
        match change.change.record() {
            Some(record) => self.keep(record, stream, None, entry),
            None => {
                for item in &change.items {
                    if let Some(bytes) = &item.bytes {
                        self.keep_item(item.record, stream, change.entry_hash, (entry, bytes));
                    }
                }
            }
        }
    }

    fn keep_item(
        &mut self,
        record: RecordId,
        stream: StreamPlace,
        batch: EntryHash,
        (entry, item): (&[u8], &[u8]),
    ) {
        let room = self.room_bytes / ITEMS_SHARE;
        if self.bytes + item.len() + CARD_OVERHEAD_BYTES > room {
            self.left_out = true;
            return;
        }
        if !self.batches.contains_key(&batch) {
            let sealed = self.seal(&batch.0, entry);
            self.bytes += sealed.len() + CARD_OVERHEAD_BYTES;
            self.batches.insert(batch, (sealed, 0));
        }
        self.keep(record, stream, Some(batch), item);
    }

    fn keep(&mut self, record: RecordId, stream: StreamPlace, batch: Option<EntryHash>, bytes: &[u8]) {
        if self.held.get(&record).is_some_and(|held| held.stream >= stream) {
            return;
        }
        self.forget(record);
        let sealed = self.seal(&record.0, bytes);
        let cost = sealed.len() + CARD_OVERHEAD_BYTES;
        if self.bytes + cost > self.room_bytes {
            self.left_out = true;
            return;
        }
        self.bytes += cost;
        if let Some((_, items)) = batch.and_then(|batch| self.batches.get_mut(&batch)) {
            *items += 1;
        }
        self.held.insert(record, Held { stream, batch, sealed });
    }

    /// Destroys the card of a record.
    pub(crate) fn forget(&mut self, record: RecordId) {
        let Some(held) = self.held.remove(&record) else { return };
        self.bytes -= held.sealed.len() + CARD_OVERHEAD_BYTES;
        let Some(batch) = held.batch else { return };
        if let Some((sealed, items)) = self.batches.get_mut(&batch) {
            *items -= 1;
            if *items == 0 {
                self.bytes -= sealed.len() + CARD_OVERHEAD_BYTES;
                self.batches.remove(&batch);
            }
        }
    }

    /// Opens the card of a record.
    pub(crate) fn open(&self, record: RecordId) -> Option<CardBytes> {
        let held = self.held.get(&record)?;
        let bytes = self.unseal(&record.0, &held.sealed)?;
        match held.batch {
            None => Some(CardBytes { entry: bytes, item: None }),
            Some(batch) => {
                let (sealed, _) = self.batches.get(&batch)?;
                Some(CardBytes { entry: self.unseal(&batch.0, sealed)?, item: Some(bytes) })
            }
        }
    }

    /// Seals under a number that no other card of this key has; it stands before the sealed bytes.
    fn seal(&mut self, about: &[u8], bytes: &[u8]) -> Box<[u8]> {
        self.drawn += 1;
        let number = self.drawn.to_be_bytes();
        let sealed = self.cipher.encrypt(&nonce(number), Payload { msg: bytes, aad: about });
        // Sealing a few thousand bytes in memory can't fail.
        [number.as_slice(), &sealed.unwrap_or_default()].concat().into()
    }

    fn unseal(&self, about: &[u8], sealed: &[u8]) -> Option<Vec<u8>> {
        let (number, sealed) = sealed.split_first_chunk()?;
        self.cipher.decrypt(&nonce(*number), Payload { msg: sealed, aad: about }).ok()
    }
}

fn nonce(number: [u8; 8]) -> XNonce {
    let mut nonce = [0; 24];
    nonce[..8].copy_from_slice(&number);
    XNonce::from(nonce)
}

fn place_of(stream: &StreamId, seq: u64) -> StreamPlace {
    StreamPlace { incarnation: stream.incarnation, seq }
}

#[cfg(test)]
mod tests {
    use barid_domain::ids::{NodeId, OrganisationCode};
    use barid_domain::ledger::ChainHash;
    use barid_domain::streams::StreamClass;
    use barid_store::{HeadChange, StoredItem};

    use super::*;

    fn change(seq: u64, record: Option<u8>, text: &str) -> StreamChange {
        StreamChange {
            stream: StreamId {
                organisation: OrganisationCode::new("XA").unwrap(),
                class: StreamClass::Persons,
                node: NodeId([1; 16]),
                incarnation: 1,
            },
            seq,
            entry_hash: EntryHash([seq as u8; 32]),
            previous_chain: ChainHash::START,
            chain: ChainHash::START,
            change: record
                .map_or(HeadChange::None, |record| HeadChange::Create { record: RecordId([record; 16]) }),
            bytes: Some(text.as_bytes().to_vec()),
            items: Vec::new(),
        }
    }

    fn batch(seq: u64, records: &[u8]) -> StreamChange {
        let item = |(index, record): (usize, &u8)| StoredItem {
            index: index as u32,
            record: RecordId([*record; 16]),
            hash: [0; 32],
            bytes: Some(vec![*record; 20]),
        };
        StreamChange {
            items: records.iter().enumerate().map(item).collect(), ..change(seq, None, "партия")
        }
    }

    #[test]
    fn a_card_opens_as_it_was_kept_and_goes_with_its_record() {
        let mut cards = Cards::new([7; 32], 10_000);
        cards.note(&change(1, Some(1), "Калачев"));
        cards.note(&batch(2, &[2, 3]));
        assert_eq!(cards.open(RecordId([1; 16])).unwrap().entry, "Калачев".as_bytes());
        let item = cards.open(RecordId([3; 16])).unwrap();
        assert_eq!((item.entry.as_slice(), item.item.unwrap()), ("партия".as_bytes(), vec![3; 20]));
        // An older version that is read late takes nothing back.
        cards.note(&change(9, Some(1), "Калачёв"));
        cards.note(&change(1, Some(1), "Калачев"));
        assert_eq!(cards.open(RecordId([1; 16])).unwrap().entry, "Калачёв".as_bytes());
        let clear = "Калач".as_bytes();
        assert!(cards.held.values().all(|held| !held.sealed.windows(clear.len()).any(|at| at == clear)));
        for record in 1..=3 {
            cards.forget(RecordId([record; 16]));
            assert!(cards.open(RecordId([record; 16])).is_none());
        }
        assert_eq!((cards.batches.len(), cards.bytes), (0, 0), "and the batch with its last item");
        assert!(!cards.left_some_out());
    }

    #[test]
    fn no_more_is_kept_than_there_is_room_for() {
        let mut cards = Cards::new([7; 32], 1_000);
        for seq in 1..100 {
            cards.note(&change(seq, Some(seq as u8), "عشرون حرفًا أو أكثر"));
            cards.note(&batch(100 + seq, &[100 + seq as u8]));
        }
        let (count, bytes) = (cards.held.len(), cards.bytes);
        assert!(bytes <= 1_000 && count > 3, "{count} {bytes}");
        assert!(cards.left_some_out());
        assert!(Cards::new([7; 32], 0).open(RecordId([1; 16])).is_none());
        let mut none = Cards::new([7; 32], 0);
        none.note(&change(1, Some(1), "x"));
        assert!(none.held.is_empty() && none.left_some_out());
    }
}
