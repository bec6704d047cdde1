//! Batch entries: many documents under one signature.
//!
//! One signature stands over a manifest; its Merkle root (RFC 9162 2.1.1) covers the items, each with a salt of its
//! own, so that an item can be shown with its proof, and withdrawn, without the others. An item may be a single
//! document or a range of stolen blanks.

use std::collections::HashSet;

use barid_ledger::{Hash, MerkleTree, leaf_hash, verify_inclusion};
use minicbor::{Decode, Encode};
use sha2::{Digest, Sha256};

use crate::codes::{Database, WithdrawalReason};
use crate::ids::{EntryHash, RecordId};
use crate::terms::Terms;
use crate::travel_documents::TravelDocument;

/// The most items in one batch.
pub const ITEMS_CAP: usize = 100_000;
/// The largest item, in bytes.
pub const ITEM_BYTES_CAP: usize = 512;

/// Is the manifest that is signed for a whole batch.
#[derive(Clone, PartialEq, Eq, Debug, Encode, Decode)]
#[cbor(map)]
pub struct Batch {
    /// 32 random bytes.
    #[cbor(n(0), with = "minicbor::bytes")]
    pub salt: [u8; 32],
    /// The database that all items belong to.
    #[n(1)]
    pub database: Database,
    /// How many items there are, 1 to [`ITEMS_CAP`].
    #[n(2)]
    pub count: u32,
    /// The Merkle root over the items in their order.
    #[cbor(n(3), with = "minicbor::bytes")]
    pub root: [u8; 32],
    /// The terms of every item.
    #[n(4)]
    pub terms: Terms,
}

/// Is one item of a batch.
#[derive(Clone, PartialEq, Eq, Debug, Encode, Decode)]
#[cbor(map)]
pub struct BatchItem {
    /// 16 random bytes, destroyed with the item.
    #[cbor(n(0), with = "minicbor::bytes")]
    pub salt: [u8; 16],
    /// What is stated.
    #[n(1)]
    pub document: TravelDocument,
}

/// Ends one item of a batch.
#[derive(Clone, PartialEq, Eq, Debug, Encode, Decode)]
#[cbor(map)]
pub struct ItemWithdrawal {
    /// 32 random bytes.
    #[cbor(n(0), with = "minicbor::bytes")]
    pub salt: [u8; 32],
    /// The batch.
    #[n(1)]
    pub batch: EntryHash,
    /// The item's place in it, from 0.
    #[n(2)]
    pub index: u32,
    /// The item's leaf hash.
    #[cbor(n(3), with = "minicbor::bytes")]
    pub item: [u8; 32],
    /// The item's record.
    #[n(4)]
    pub record: RecordId,
    /// Why.
    #[n(5)]
    pub reason: WithdrawalReason,
}

/// Why items don't make a batch, or don't belong to one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum BatchError {
    /// No item at all.
    #[error("a batch needs an item")]
    Empty,
    /// More than [`ITEMS_CAP`] items.
    #[error("more than {ITEMS_CAP} items")]
    TooMany,
    /// An item over [`ITEM_BYTES_CAP`].
    #[error("item {0} is larger than {ITEM_BYTES_CAP} bytes")]
    ItemTooLarge(usize),
    /// An item that is not deterministic CBOR of the item's shape.
    #[error("item {0} is malformed")]
    ItemMalformed(usize),
    /// An item a second time: both would name one record.
    #[error("item {0} is there already")]
    ItemTwice(usize),
    /// The items are not the ones the manifest was signed over, or not in that order.
    #[error("the items are not those of the manifest")]
    NotTheItems,
}

impl BatchError {
    /// The stable code.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Empty => "batch-empty",
            Self::TooMany => "batch-too-many-items",
            Self::ItemTooLarge(_) => "batch-item-too-large",
            Self::ItemMalformed(_) => "batch-item-malformed",
            Self::ItemTwice(_) => "batch-item-twice",
            Self::NotTheItems => "batch-items-not-of-manifest",
        }
    }
}

/// Is the items of a batch in their order, encoded, with their tree.
pub struct BatchItems {
    items: Vec<Vec<u8>>,
    tree: MerkleTree,
}

impl BatchItems {
    /// Lays out items for a new batch.
    pub fn lay_out(items: &[BatchItem]) -> Result<Self, BatchError> {
        Self::from_bytes(items.iter().map(crate::contents::encode).collect())
    }

    /// Takes encoded items, checking each one's size, encoding and shape, and that none is there twice.
    pub fn from_bytes(items: Vec<Vec<u8>>) -> Result<Self, BatchError> {
        if items.is_empty() {
            return Err(BatchError::Empty);
        }
        if items.len() > ITEMS_CAP {
            return Err(BatchError::TooMany);
        }
        let mut tree = MerkleTree::new();
        let mut seen = HashSet::with_capacity(items.len());
        for (i, item) in items.iter().enumerate() {
            if item.len() > ITEM_BYTES_CAP {
                return Err(BatchError::ItemTooLarge(i));
            }
            if read_item(item).is_none() {
                return Err(BatchError::ItemMalformed(i));
            }
            let leaf = leaf_hash(item);
            if !seen.insert(leaf) {
                return Err(BatchError::ItemTwice(i));
            }
            tree.push(leaf).map_err(|_| BatchError::TooMany)?;
        }
        Ok(Self { items, tree })
    }

    /// Takes the items that came with a verified manifest: count, root and order must be those that were signed.
    pub fn admit(batch: &Batch, items: Vec<Vec<u8>>) -> Result<Self, BatchError> {
        let laid_out = Self::from_bytes(items)?;
        let same = laid_out.items.len() == batch.count as usize && laid_out.root() == batch.root;
        if same { Ok(laid_out) } else { Err(BatchError::NotTheItems) }
    }

    /// The Merkle root over the items.
    pub fn root(&self) -> [u8; 32] {
        *self.tree.root().as_bytes()
    }

    /// How many items there are.
    pub fn count(&self) -> u32 {
        // Capped at ITEMS_CAP.
        self.items.len() as u32
    }

    /// The encoded items in their order.
    pub fn items(&self) -> &[Vec<u8>] {
        &self.items
    }

    /// The proof that an item belongs to the batch; `None` for an index outside.
    pub fn proof(&self, index: u32) -> Option<Vec<Hash>> {
        self.tree.inclusion_proof(u64::from(index), u64::from(self.count())).ok()
    }
}

/// Checks that an item belongs to a batch at a place.
pub fn verify_item(batch: &Batch, index: u32, item: &[u8], proof: &[Hash]) -> Result<(), BatchError> {
    verify_inclusion(
        &leaf_hash(item),
        u64::from(index),
        u64::from(batch.count),
        proof,
        &Hash::from_bytes(batch.root),
    )
    .map_err(|_| BatchError::NotTheItems)
}

/// Reads one encoded item; `None` when it is not deterministic CBOR of the item's shape.
pub fn read_item(bytes: &[u8]) -> Option<BatchItem> {
    crate::canonical::check(bytes).ok()?;
    minicbor::decode(bytes).ok()
}

/// The leaf hash of an item.
pub fn item_hash(item: &[u8]) -> [u8; 32] {
    *leaf_hash(item).as_bytes()
}

/// How many bytes of a record id the items of one batch share.
const SHARED_BYTES: usize = 4;

/// Names an item's record: derived from its batch's root and its salted leaf hash, so every node derives the same and
/// nobody can guess it. The items of one batch share the first four bytes: tables in the order of ids take a batch in at
/// one place instead of at as many as it has items.
pub fn item_record(root: &[u8; 32], item: &[u8; 32]) -> RecordId {
    let mut bytes = item_bytes(item);
    let digest: [u8; 32] =
        Sha256::new().chain_update(b"barid/batch-records/v1").chain_update(root).finalize().into();
    bytes[..SHARED_BYTES].copy_from_slice(&digest[..SHARED_BYTES]);
    RecordId::from_random(bytes)
}

/// Tells whether a record is that of an item of a batch. Batches of before named their records after the item alone.
pub fn is_record_of(record: RecordId, root: &[u8; 32], item: &[u8; 32]) -> bool {
    record == item_record(root, item) || record == RecordId::from_random(item_bytes(item))
}

/// Tells whether a record may be that of an item, whichever batch it came in: 90 bits of it come from the item alone.
pub fn may_be_record_of(record: RecordId, item: &[u8; 32]) -> bool {
    RecordId::from_random(item_bytes(item)).0[SHARED_BYTES..] == record.0[SHARED_BYTES..]
}

fn item_bytes(item: &[u8; 32]) -> [u8; 16] {
    let digest: [u8; 32] =
        Sha256::new().chain_update(b"barid/item-record/v1").chain_update(item).finalize().into();
    let mut bytes = [0u8; 16];
    bytes.copy_from_slice(&digest[..16]);
    bytes
}
