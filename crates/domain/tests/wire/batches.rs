//! Batches: items belong to their manifest one by one, in their place, byte by byte, and nothing else does.

use barid_domain::batches::{
    Batch, BatchError, BatchItem, BatchItems, ITEM_BYTES_CAP, ITEMS_CAP, is_record_of, item_hash,
    item_record, may_be_record_of, read_item, verify_item,
};
use barid_domain::contents;
use barid_domain::entries::Unverified;
use barid_domain::ids::RecordId;
use barid_domain::ledger::Hash;
use barid_domain::travel_documents::{DocumentNumber, NumberRange};
use coset::cbor::Value;

use crate::samples::{batch_items, document, items, manifest, sample};

fn laid_out(count: usize) -> (Batch, BatchItems) {
    let items = BatchItems::lay_out(&items(count)).unwrap();
    (manifest(&items), items)
}

fn admit(batch: &Batch, items: Vec<Vec<u8>>) -> Option<BatchError> {
    BatchItems::admit(batch, items).err()
}

#[test]
fn every_item_has_its_proof_at_every_size() {
    for count in 1..=40 {
        let (batch, items) = laid_out(count);
        assert_eq!(items.count() as usize, count);
        assert_eq!(admit(&batch, items.items().to_vec()), None);
        for (i, item) in items.items().iter().enumerate() {
            let index = i as u32;
            let proof = items.proof(index).unwrap();
            assert_eq!(verify_item(&batch, index, item, &proof), Ok(()), "{i} of {count}");
            let wrong = Err(BatchError::NotTheItems);
            assert_eq!(verify_item(&batch, index + 1, item, &proof), wrong, "{i} of {count}");
            let mut altered = item.clone();
            altered[10] ^= 1;
            assert_eq!(verify_item(&batch, index, &altered, &proof), wrong);
            let longer = [proof.clone(), vec![Hash::from_bytes([0; 32])]].concat();
            assert_eq!(verify_item(&batch, index, item, &longer), wrong);
            if let Some(shorter) = proof.split_last().map(|(_, rest)| rest) {
                assert_eq!(verify_item(&batch, index, item, shorter), wrong);
            }
            let mut fewer = batch.clone();
            fewer.count = index;
            assert_eq!(verify_item(&fewer, index, item, &proof), wrong, "outside the manifest's count");
        }
        assert_eq!(items.proof(items.count()), None);
    }
}

#[test]
fn a_node_of_the_tree_is_no_item() {
    let (batch, items) = laid_out(2);
    let node: Vec<u8> = items.items().iter().flat_map(|item| item_hash(item)).collect();
    let mut smaller = batch;
    smaller.count = 1;
    assert_eq!(verify_item(&smaller, 0, &node, &[]), Err(BatchError::NotTheItems));
}

#[test]
fn items_reordered_dropped_added_or_altered_are_refused() {
    let (batch, items) = laid_out(12);
    let good = items.items().to_vec();
    let with = |change: &dyn Fn(&mut Vec<Vec<u8>>)| {
        let mut changed = good.clone();
        change(&mut changed);
        admit(&batch, changed)
    };
    assert_eq!(with(&|_| {}), None);
    let not_these = Some(BatchError::NotTheItems);
    assert_eq!(with(&|items| items.swap(3, 4)), not_these);
    assert_eq!(with(&|items| items.rotate_left(1)), not_these);
    assert_eq!(with(&|items| drop(items.pop())), not_these);
    assert_eq!(with(&|items| drop(items.remove(0))), not_these);
    let thirteenth = contents::encode(&crate::samples::items(13)[12]);
    assert_eq!(with(&|items| items.push(thirteenth.clone())), not_these);
    assert_eq!(with(&|items| items[5] = thirteenth.clone()), not_these);
    assert_eq!(with(&|items| items[5][4] ^= 1), not_these, "another salt");
    assert_eq!(with(&Vec::clear), Some(BatchError::Empty));
    for count in [0, 11, 13] {
        let other = Batch { count, ..batch.clone() };
        assert_eq!(admit(&other, good.clone()), not_these, "the manifest counts {count}");
    }
    for i in 0..batch.root.len() {
        let mut other = batch.clone();
        other.root[i] ^= 1;
        assert_eq!(admit(&other, good.clone()), not_these);
    }
}

/// Two copies of an item would be one record with two places.
#[test]
fn an_item_is_there_once() {
    let mut twice = items(3);
    twice.push(twice[1].clone());
    assert_eq!(BatchItems::lay_out(&twice).err(), Some(BatchError::ItemTwice(3)));
    twice[3].salt[0] ^= 1;
    assert!(BatchItems::lay_out(&twice).is_ok(), "the same document under another salt is another item");
}

/// An item padded by a field of a later version to exactly `size` bytes.
fn item_of(size: usize) -> Vec<u8> {
    let item = contents::encode(&items(1)[0]);
    let Value::Map(mut map) = coset::cbor::from_reader(item.as_slice()).unwrap() else { panic!("no map") };
    // Key 2 and the head of a byte string of 256 bytes or more take one and three bytes.
    let padding = size - item.len() - 4;
    assert!(padding > 255);
    map.push((Value::from(2), Value::from(vec![0; padding])));
    let mut bytes = Vec::new();
    coset::cbor::into_writer(&Value::Map(map), &mut bytes).unwrap();
    assert_eq!(bytes.len(), size);
    bytes
}

#[test]
fn items_are_capped_in_size_and_checked_in_shape() {
    assert!(BatchItems::from_bytes(vec![item_of(ITEM_BYTES_CAP)]).is_ok());
    let large = BatchItems::from_bytes(vec![item_of(ITEM_BYTES_CAP), item_of(ITEM_BYTES_CAP + 1)]);
    assert_eq!(large.err(), Some(BatchError::ItemTooLarge(1)));
    let good = contents::encode(&items(1)[0]);
    let malformed: [Vec<u8>; 5] = [
        vec![],
        vec![0xa0],
        good[..good.len() - 1].to_vec(),
        [&good[..], &[0]].concat(),
        // The map's length in a longer form than needed.
        [&[0xb8, 0x02], &good[1..]].concat(),
    ];
    for bytes in malformed {
        assert!(read_item(&bytes).is_none());
        assert_eq!(BatchItems::from_bytes(vec![bytes]).err(), Some(BatchError::ItemMalformed(0)));
    }
}

#[test]
fn a_batch_is_capped_in_items() {
    let over = vec![Vec::new(); ITEMS_CAP + 1];
    assert_eq!(BatchItems::from_bytes(over).err(), Some(BatchError::TooMany), "before any item is read");
    let template = contents::encode(&items(1)[0]);
    let full: Vec<Vec<u8>> = (0..ITEMS_CAP as u32)
        .map(|i| {
            let mut item = template.clone();
            item[5..9].copy_from_slice(&i.to_be_bytes());
            item
        })
        .collect();
    let items = BatchItems::from_bytes(full).unwrap();
    let batch = manifest(&items);
    let last = items.count() - 1;
    let proof = items.proof(last).unwrap();
    assert_eq!(verify_item(&batch, last, &items.items()[last as usize], &proof), Ok(()));
}

#[test]
fn a_range_of_blanks_is_one_item() {
    let items = items(10);
    let range = &items[9].document;
    let range = NumberRange::new(&range.number, range.range_end.as_ref().unwrap()).unwrap();
    assert!(range.contains(&DocumentNumber::new("XB 0000950").unwrap()));
    assert!(!range.contains(&DocumentNumber::new("XB 0001000").unwrap()));
}

#[test]
fn an_items_record_id_comes_from_its_batch_and_its_salted_bytes() {
    let items = batch_items();
    let id = |index: usize| item_record(&items.root(), &item_hash(&items.items()[index]));
    assert_eq!(id(0).to_string(), "2f53ab42-7b7f-4f2a-820c-575ab242f905");
    assert_eq!(id(10).to_string(), "2f53ab42-6399-459b-b3f4-a2eece5521b2");
    assert_eq!(id(0).0[..4], id(10).0[..4], "a batch is taken in at one place of a table");
    let leaf = item_hash(&items.items()[0]);
    let elsewhere = item_record(&[7; 32], &leaf);
    assert_ne!(elsewhere.0[..4], id(0).0[..4]);
    assert!(may_be_record_of(elsewhere, &leaf) && !may_be_record_of(id(10), &leaf));
    let earlier: RecordId = "193f91a3-7b7f-4f2a-820c-575ab242f905".parse().unwrap();
    assert!(is_record_of(id(0), &items.root(), &leaf) && is_record_of(earlier, &items.root(), &leaf));
    assert!(!is_record_of(elsewhere, &items.root(), &leaf), "of another batch");
    let salted = |salt: u8| {
        let item = BatchItem { salt: [salt; 16], document: document("XB0000001") };
        item_record(&[1; 32], &item_hash(&contents::encode(&item)))
    };
    assert_ne!(salted(1), salted(2), "nobody who knows the number can tell the record");
}

#[test]
fn the_signature_over_the_manifest_holds_for_each_item() {
    let sample = sample("batch");
    let verified = Unverified::parse(&sample.seal()).unwrap().verify(&sample.keys()).unwrap();
    let contents::Content::Batch(batch) = contents::Content::read(&verified).unwrap() else {
        panic!("no batch")
    };
    let items = batch_items();
    for (i, item) in items.items().iter().enumerate() {
        assert_eq!(verify_item(&batch, i as u32, item, &items.proof(i as u32).unwrap()), Ok(()));
    }
}
