//! Streams: chains and roots recomputed from outside, followers.

use barid_domain::ids::EntryHash;
use barid_domain::streams::StreamClass;
use barid_ledger::{ChainHash, Frontier};
use barid_store::{HeadChange, StreamPositions, chain_leaf, leaf_of};

use crate::support::*;

fn recompute(hashes: &[EntryHash]) -> (barid_ledger::Hash, ChainHash) {
    let mut frontier = Frontier::new();
    let mut chain = ChainHash::START;
    for hash in hashes {
        frontier.append(leaf_of(hash)).unwrap();
        chain = chain.next(&chain_leaf(hash));
    }
    (frontier.root(), chain)
}

pub async fn roots_and_chains_equal_those_recomputed(fresh: Fresh) {
    let mut hashes = Vec::new();
    let mut lines = Vec::new();
    let mut fresh = fresh;
    for number in 1..=21_u64 {
        let entry = person(HeadChange::Create { record: new_record() }, "آقای");
        hashes.push(entry.hash);
        let mut tx = fresh.store.begin_write(None);
        tx.append(entry);
        let line = write_line();
        lines.push(line.hash());
        tx.commit(line).await.unwrap();
        let stream = fresh.store.stream(code("XA"), StreamClass::Persons);
        let head = fresh.store.stream_head(stream).await.unwrap().unwrap();
        assert_eq!((head.size, head.root, head.chain), {
            let (root, chain) = recompute(&hashes);
            (number, root, chain)
        });
        if number % 8 == 0 {
            fresh = fresh.reopened().await;
        }
    }
    let store = &fresh.store;
    let stream = store.stream(code("XA"), StreamClass::Persons);
    assert_eq!(store.leaf_hashes(stream, 0..100).await.unwrap(), hashes);
    assert_eq!(store.leaf_hashes(stream, 3..5).await.unwrap(), hashes[3..5]);
    let place = store.find_entry(hashes[4]).await.unwrap().unwrap();
    assert_eq!((place.stream, place.seq), (stream, 5));
    let access = store.stream(code("XB"), StreamClass::Access);
    assert_eq!(store.leaf_hashes(access, 0..100).await.unwrap(), lines, "every write has its line");
    let head = store.stream_head(access).await.unwrap().unwrap();
    assert_eq!((head.root, head.chain), recompute(&lines));
}

pub async fn a_follower_reads_every_change_once_in_order(fresh: Fresh) {
    let store = &fresh.store;
    let mut told = store.notify();
    let (record, first) = create(store, "মিয়া").await;
    assert!(told.has_changed().unwrap());
    told.mark_unchanged();
    let texts: Vec<String> = (0..300).map(|number| format!("XB{number:07}")).collect();
    let documents = batch(&texts);
    write(store, vec![documents.clone()]).await.unwrap();
    let second = person(HeadChange::Supersede { record, expects: first }, "মিয়া 2");
    write(store, vec![second.clone()]).await.unwrap();
    for _ in 0..5 {
        create(store, "x").await;
    }

    let classes = [StreamClass::Persons, StreamClass::TravelDocuments];
    let mut positions = StreamPositions::new();
    let mut chains = std::collections::BTreeMap::new();
    let mut seen = Vec::new();
    loop {
        let changes = store.changes_after(&positions, &classes, 2).await.unwrap();
        if changes.is_empty() {
            break;
        }
        assert!(changes.len() <= 2);
        for change in changes {
            let chain = chains.insert(change.stream, change.chain).unwrap_or(ChainHash::START);
            assert_eq!(change.previous_chain, chain);
            assert_eq!(change.chain, chain.next(&chain_leaf(&change.entry_hash)));
            assert_eq!(positions.insert(change.stream, change.seq).unwrap_or(0) + 1, change.seq);
            seen.push(change);
        }
    }
    assert_eq!(seen.len(), 8);
    let found = seen.iter().find(|change| change.entry_hash == documents.hash).unwrap();
    assert_eq!(found.items.len(), 300);
    assert!(found.items.iter().zip(&documents.items).all(|(read, item)| {
        read.record == item.record && read.hash == item.hash && read.bytes.as_ref() == Some(&item.bytes)
    }));
    let found = seen.iter().find(|change| change.entry_hash == second.hash).unwrap();
    assert_eq!((found.change, found.bytes.as_ref()), (second.change, Some(&second.bytes)));

    write(store, vec![person(HeadChange::Erase { record, expects: None }, "order")]).await.unwrap();
    let news = store.changes_after(&positions, &classes, 10).await.unwrap();
    assert_eq!(news.len(), 1);
    assert_eq!(news[0].change, HeadChange::Erase { record, expects: None });
    let again = store.changes_after(&StreamPositions::new(), &classes, 100).await.unwrap();
    let erased: Vec<_> = again.iter().filter(|change| change.bytes.is_none()).collect();
    assert_eq!(erased.len(), 2, "both versions");

    let mut heads = Vec::new();
    while let page @ [_, ..] = store.heads(heads.last().copied(), 100).await.unwrap().as_slice() {
        heads.extend(page.iter().map(|head| head.record));
    }
    assert_eq!(heads.len(), 306);
    assert!(heads.is_sorted());
}
