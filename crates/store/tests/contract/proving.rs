//! Proofs out of kept hashes: the same as those of a tree over all leaves, after growth, restarts and lost rows.

use barid_domain::ids::EntryHash;
use barid_domain::streams::{Position, StreamClass, StreamId};
use barid_ledger::{Frontier, Hash, MerkleTree, verify_inclusion};
use barid_store::{HeadChange, Store, leaf_of};
use sqlx::Row as _;

use crate::support::*;

fn tree_of(hashes: &[EntryHash]) -> MerkleTree {
    MerkleTree::from_leaves(hashes.iter().map(leaf_of)).unwrap()
}

/// Compares proofs of a stream's present size, and of earlier ones, with those of the whole tree.
async fn compare(store: &Store, stream: StreamId, tree: &MerkleTree, sizes: &[u64]) {
    for size in sizes.iter().copied().filter(|size| *size <= tree.size()) {
        assert_eq!(store.root_at(stream, size).await.unwrap(), Some(tree.root_at(size).unwrap()), "{size}");
        for leaf in [0, 1, size / 3, size / 2, size.saturating_sub(1)].into_iter().filter(|leaf| *leaf < size)
        {
            let position = Position { stream, seq: leaf + 1 };
            let proof = store.inclusion_proof(position, size).await.unwrap();
            assert_eq!(proof, Some(tree.inclusion_proof(leaf, size).unwrap()), "{leaf} of {size}");
        }
        for old in [0, 1, 255, 256, size / 2, size].into_iter().filter(|old| *old <= size) {
            let proof = store.consistency_proof(stream, old, size).await.unwrap();
            assert_eq!(proof, Some(tree.consistency_proof(old, size).unwrap()), "{old} to {size}");
        }
    }
    let beyond = tree.size() + 1;
    assert_eq!(store.root_at(stream, beyond).await.unwrap(), None);
    assert_eq!(store.consistency_proof(stream, 1, beyond).await.unwrap(), None);
    assert_eq!(store.inclusion_proof(Position { stream, seq: 1 }, beyond).await.unwrap(), None);
    for seq in [0, beyond] {
        assert_eq!(store.inclusion_proof(Position { stream, seq }, tree.size()).await.unwrap(), None);
    }
}

pub async fn proofs_equal_those_of_all_leaves(fresh: Fresh) {
    let mut fresh = fresh;
    let mut hashes = Vec::new();
    let stream = fresh.store.stream(code("XA"), StreamClass::Persons);
    // Sizes around those at which a subtree becomes whole, reached by single writes and by large ones.
    for size in [1, 2, 3, 200, 255, 256, 257, 300, 511, 512, 513, 769_usize] {
        let create = |_| person(HeadChange::Create { record: new_record() }, "উদাহরণ");
        let entries: Vec<_> = (hashes.len()..size).map(create).collect();
        hashes.extend(entries.iter().map(|entry| entry.hash));
        write(&fresh.store, entries).await.unwrap();
        let sizes: Vec<u64> = [1, 2, size / 2, size - 1, size].iter().map(|size| *size as u64).collect();
        compare(&fresh.store, stream, &tree_of(&hashes), &sizes).await;
        if size % 2 == 0 {
            fresh = fresh.reopened().await;
        }
    }
    assert_eq!(fresh.store.leaf_hashes(stream, 0..1_000).await.unwrap(), hashes);
}

async fn rows_of(directory: &std::path::Path, statement: &'static str) -> Vec<(i64, i64, i64, Vec<u8>)> {
    let pool = connect(directory).await;
    let rows = sqlx::query(statement).fetch_all(&pool).await.unwrap();
    pool.close().await;
    rows.iter().map(|row| (row.get(0), row.get(1), row.get(2), row.get(3))).collect()
}

/// A stream of more than 65,536 entries, planted as an earlier version would have left it: without kept hashes.
pub async fn long_streams_of_an_earlier_version_are_filled_in(fresh: Fresh) {
    const SIZE: u64 = 66_100;
    create(&fresh.store, "x").await;
    let stream = fresh.store.stream(code("XA"), StreamClass::Persons);
    let data = fresh.data();
    let directory = fresh.closed().await;
    let pool = connect(&data).await;
    let planted = sqlx::query(
        "WITH RECURSIVE n (seq) AS (SELECT 2 UNION ALL SELECT seq + 1 FROM n WHERE seq < $1)
         INSERT INTO log SELECT 1, seq, randomblob(32), zeroblob(32), 0, NULL, NULL, NULL, zeroblob(16), NULL, 0, 0
         FROM n",
    );
    planted.bind(SIZE as i64).execute(&pool).await.unwrap();
    let rows = sqlx::query("SELECT entry_hash FROM log WHERE stream = 1 ORDER BY seq").fetch_all(&pool).await;
    let hashes: Vec<EntryHash> =
        rows.unwrap().iter().map(|row| EntryHash(row.get::<Vec<u8>, _>(0).try_into().unwrap())).collect();
    let mut frontier = Frontier::new();
    for hash in &hashes {
        frontier.append(leaf_of(hash)).unwrap();
    }
    let told = sqlx::query("UPDATE streams SET size = $1, frontier = $2 WHERE number = 1");
    told.bind(SIZE as i64).bind(frontier.encode()).execute(&pool).await.unwrap();
    pool.close().await;

    let tree = tree_of(&hashes);
    let sizes = [1, 256, 257, 65_535, 65_536, 65_537, SIZE];
    let store = Store::open(options(&data)).await.unwrap();
    compare(&store, stream, &tree, &sizes).await;
    store.close().await;
    let all = "SELECT stream, level, idx, hash FROM subtrees ORDER BY stream, level, idx";
    let kept = rows_of(&data, all).await;
    assert_eq!(kept.len() as u64, SIZE / 256 + 1);
    // Rows lost at the end, as an interrupted filling leaves them, and in the middle.
    for lost in [
        "DELETE FROM subtrees WHERE level = 16 OR idx >= 100",
        "DELETE FROM subtrees WHERE level = 8 AND idx = 7",
        "DELETE FROM subtrees WHERE idx = 0",
        "DELETE FROM subtrees",
    ] {
        let pool = connect(&data).await;
        assert!(sqlx::query(lost).execute(&pool).await.unwrap().rows_affected() > 0);
        pool.close().await;
        Store::open(options(&data)).await.unwrap().close().await;
        assert_eq!(rows_of(&data, all).await, kept, "{lost}");
    }
    // It goes on growing from there.
    let store = Store::open(options(&data)).await.unwrap();
    let entries =
        (0..300).map(|_| person(HeadChange::Create { record: new_record() }, "y")).collect::<Vec<_>>();
    let tree =
        tree_of(&hashes.iter().copied().chain(entries.iter().map(|entry| entry.hash)).collect::<Vec<_>>());
    write(&store, entries).await.unwrap();
    compare(&store, stream, &tree, &[SIZE, SIZE + 299, SIZE + 300]).await;
    store.close().await;
    drop(directory);
}

pub async fn items_are_proved_out_of_their_chunk(fresh: Fresh) {
    let mut batches = Vec::new();
    for count in [1, 2, 255, 256, 257, 512, 513, 1_100_usize] {
        let texts: Vec<String> = (0..count).map(|number| format!("XB{number:07}")).collect();
        let entry = batch(&texts);
        write(&fresh.store, vec![entry.clone()]).await.unwrap();
        batches.push(entry);
    }
    let check = async |store: &Store| {
        for entry in &batches {
            let leaves: Vec<Hash> = entry.items.iter().map(|item| Hash::from_bytes(item.hash)).collect();
            let (count, root) = (leaves.len(), MerkleTree::from_leaves(leaves.clone()).unwrap().root());
            for at in [0, 1, 254, 255, 256, 257, 511, 512, count / 2, count - 1] {
                let proof = store.item_proof(entry.hash, at as u32).await.unwrap();
                let hash = store.item_hash(entry.hash, at as u32).await.unwrap();
                assert_eq!((proof.is_some(), hash.is_some()), (at < count, at < count), "{at} of {count}");
                if let Some(proof) = proof {
                    assert_eq!(hash, Some(entry.items[at].hash));
                    verify_inclusion(&leaves[at], at as u64, count as u64, &proof, &root).unwrap();
                }
            }
        }
    };
    check(&fresh.store).await;
    assert_eq!(fresh.store.item_proof(EntryHash([0; 32]), 0).await.unwrap(), None);
    let (_, single) = create(&fresh.store, "x").await;
    assert_eq!(fresh.store.item_proof(single, 0).await.unwrap(), None, "an entry that is no batch");
    // As an earlier version left them: without roots.
    let data = fresh.data();
    let _directory = fresh.closed().await;
    let pool = connect(&data).await;
    sqlx::query("DELETE FROM item_roots").execute(&pool).await.unwrap();
    pool.close().await;
    let store = Store::open(options(&data)).await.unwrap();
    check(&store).await;
    store.close().await;
}
