//! Fuzz targets of what the store reads from its own files: damage gives an error, never a panic or another file.

#[path = "../../testkit/src/fuzz.rs"]
#[allow(
    dead_code,
    clippy::disallowed_methods,
    reason = "the harness reads its settings from the environment"
)]
mod fuzz;

use barid_domain::dates::Day;
use barid_domain::ids::{EntryHash, NodeId, OrganisationCode};
use barid_domain::streams::{Position, StreamClass, StreamId};
use barid_ledger::ChainHash;

use crate::backup::{DATA_HEADING, KEYS_HEADING, parse_manifest};
use crate::directory::parse_master_key;
use crate::journal::segment::{HEADER_BYTES, SegmentHeader, push_frame, read_frame, walk};
use crate::outcomes::{decode_outcome, encode_outcome};
use crate::sealing::KeyRing;
use crate::snapshots::{SnapshotKind, load, save};
use crate::streams::chain_leaf;
use crate::values::ENTRIES_PER_WRITE_CAP;

fn header() -> SegmentHeader {
    let node = NodeId([3; 16]);
    SegmentHeader {
        node,
        incarnation: 1,
        segment: 2,
        first_line: 7,
        chain: ChainHash::START,
        replica: crate::replicas::ReplicaId([9; 16]),
    }
}

/// A segment of four frames, each written after the one before was synced.
fn segment() -> Vec<u8> {
    let mut bytes = header().encode();
    let mut chain = ChainHash::START;
    for number in 1..=4_u8 {
        let hash = EntryHash([number; 32]);
        chain = chain.next(&chain_leaf(&hash));
        let durable = bytes.len() as u64;
        push_frame(&mut bytes, durable, &hash, &chain, &[number; 50]);
    }
    bytes
}

#[test]
fn fuzz_journal_segment() {
    let seed = segment();
    fuzz::run("journal_segment", &[&seed, &seed[HEADER_BYTES..]], |bytes| {
        if let Some(read) = SegmentHeader::decode(bytes) {
            assert_eq!(read.encode(), bytes[..HEADER_BYTES]);
        }
        if let Some(frame) = read_frame(bytes) {
            assert!(frame.length <= bytes.len() && frame.sealed.len() < frame.length);
        }
        let bytes = [&header().encode(), bytes].concat();
        let mut seen = 0;
        let found = walk(&header(), &bytes, |at, frame| {
            assert!(at + frame.length <= bytes.len());
            seen += 1;
        });
        assert_eq!(seen, found.lines);
        assert!((HEADER_BYTES..=bytes.len()).contains(&found.length));
    });
}

#[test]
fn fuzz_backup_manifest() {
    let file = |name: &str| format!("{} 4096 {name}\n", "5a".repeat(32));
    let head = "node 03030303-0303-4303-8303-030303030303\nincarnation 1\ntaken 2026-11-23T10:00:00Z\n";
    let data = format!("{DATA_HEADING}\n{head}{}{}", file("barid.db"), file("journal/00000001.seg"));
    let keys = format!("{KEYS_HEADING}\n{head}{}", file("master.key"));
    assert!(parse_manifest(&data, DATA_HEADING).is_some_and(|files| files.len() == 2));
    fuzz::run("backup_manifest", &[data.as_bytes(), keys.as_bytes()], |bytes| {
        let Ok(text) = std::str::from_utf8(bytes) else { return };
        for heading in [DATA_HEADING, KEYS_HEADING] {
            for name in parse_manifest(text, heading).iter().flat_map(|files| files.keys()) {
                let inside = std::path::Path::new(name)
                    .components()
                    .all(|part| matches!(part, std::path::Component::Normal(_)));
                assert!(inside, "a name that leads out of its directory");
            }
        }
    });
}

#[test]
fn fuzz_outcome() {
    let stream = StreamId {
        organisation: OrganisationCode::new("XA").unwrap(),
        class: StreamClass::Persons,
        node: NodeId([1; 16]),
        incarnation: 1,
    };
    let place = |seq| Position { stream, seq };
    let seed = encode_outcome(&[place(1), place(2), place(5)], &place(9));
    let last = encode_outcome(&[place(u64::MAX - 1)], &place(u64::MAX));
    fuzz::run("outcome", &[&seed, &last], |bytes| {
        if let Some((positions, audit)) = decode_outcome(bytes) {
            assert!(positions.len() <= ENTRIES_PER_WRITE_CAP);
            assert_eq!(decode_outcome(&encode_outcome(&positions, &audit)), Some((positions, audit)));
        }
    });
}

#[test]
fn fuzz_master_key() {
    let seed = format!("barid-master-key 1 {}\n", "5a".repeat(32));
    assert!(parse_master_key(seed.as_bytes()).is_ok());
    fuzz::run("master_key", &[seed.as_bytes()], |bytes| {
        let _ = parse_master_key(bytes);
    });
}

#[test]
fn fuzz_sealed_snapshot() {
    let directory = tempfile::tempdir().unwrap();
    let (ring, today) = (KeyRing::new(&[7; 32]), Day::new(2026, 11, 23).unwrap());
    let plain = [9; 1_000];
    save(directory.path(), &ring, today, SnapshotKind::Persons, |writer| writer.write(&plain)).unwrap();
    let path = std::fs::read_dir(directory.path()).unwrap().next().unwrap().unwrap().path();
    let seed = std::fs::read(&path).unwrap();
    fuzz::run("sealed_snapshot", &[&seed], |bytes| {
        std::fs::write(&path, bytes).unwrap();
        let Ok(Some(reader)) = load(directory.path(), &ring, SnapshotKind::Persons) else { return };
        assert!(reader.read_to_end().is_err() || bytes == seed, "altered, and opened");
    });
}
