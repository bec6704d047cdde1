//! The index of documents as bytes, piece by piece, so that neither writing nor reading needs it twice in memory.
//!
//! Layout: magic with version; a head (its length as 4 bytes, CBOR of positions, hash key, classes, ranges); the number
//! of runs (4 bytes); per run the number of its rows (4 bytes) and its columns in blocks of 65,536 rows, little-endian:
//! hashes, classes, ids, order by id; at the end a digest, the leaf hash (RFC 9162 2.1.1) of the digest so far and each
//! part in turn. Numbers are not in it, the key of their hashes is: sealing is done elsewhere, and must be. Bytes that
//! were not written here give an error or an index that the digest refuses, never a panic.

use barid_domain::countries::CountryCode;
use barid_domain::ids::RecordId;
use barid_domain::ledger::leaf_hash;
use barid_domain::policy::VisibilityClass;
use barid_domain::travel_documents::NumberRange;
use minicbor::{Decode, Decoder, Encode, Encoder};

use crate::document_index::{DocumentIndex, HashKey, RangeRow};
use crate::document_rows::DocumentClassId;
use crate::document_rows::{REMOVED, Run};
use crate::follow::Follower;
use crate::snapshot::{ClassRow, SnapshotError, Written, capped, encode_positions, read_positions};

const MAGIC: &[u8; 8] = b"BARIDDX3";
const DIGEST_BYTES: usize = 32;
/// The longest head that is read, in bytes.
pub const MAX_HEAD_BYTES: u32 = 1 << 28;
/// The most runs that are read.
pub const MAX_RUNS: u32 = 64;
/// The most rows of a run that are read.
pub const MAX_ROWS: u32 = 1 << 30;
/// The most ranges that are read.
pub const MAX_RANGES: u64 = 10_000_000;
const BLOCK_ROWS: usize = 65_536;

#[derive(Encode, Decode)]
struct RangeHead {
    #[n(0)]
    country: CountryCode,
    #[n(1)]
    prefix: String,
    #[n(2)]
    width: u32,
    #[n(3)]
    first: u64,
    #[n(4)]
    last: u64,
    #[n(5)]
    id: RecordId,
    #[n(6)]
    class: DocumentClassId,
}

/// Writes an index and how far it has read the streams, part by part.
///
/// # Errors
/// The sink's own.
pub fn write<E>(
    index: &DocumentIndex,
    follower: &Follower,
    sink: impl FnMut(&[u8]) -> Result<(), E>,
) -> Result<(), E> {
    let mut out = Writing { sink, digest: [0; DIGEST_BYTES] };
    let mut encoder = Encoder::new(Vec::new());
    // Writing into a vector cannot fail.
    let _ = encode_head(&mut encoder, index, follower);
    let head = encoder.into_writer();
    out.part(MAGIC)?;
    // Classes are at most 65,536 and ranges few: far below 4 GiB.
    out.part(&(head.len() as u32).to_le_bytes())?;
    out.part(&head)?;
    let tail = index.tail_run();
    let runs = || index.runs.iter().chain(Some(&tail));
    out.part(&(runs().count() as u32).to_le_bytes())?;
    for run in runs() {
        // Rows are numbered in 32 bits.
        out.part(&(run.len() as u32).to_le_bytes())?;
        out.column(&run.hashes, |hash| hash.to_le_bytes())?;
        out.column(&run.classes, |class| class.to_le_bytes())?;
        out.column(&run.ids, |id| id.0)?;
        out.column(&run.by_id, |row| row.to_le_bytes())?;
    }
    let digest = out.digest;
    (out.sink)(&digest)
}

fn encode_head(encoder: &mut Encoder<Vec<u8>>, index: &DocumentIndex, follower: &Follower) -> Written {
    encode_positions(encoder, follower)?;
    encoder.bytes(&index.key.0)?;
    encoder.array(index.classes.iter().len() as u64)?;
    for class in index.classes.iter() {
        encoder.encode(ClassRow::from(class))?;
    }
    encoder.array(index.ranges.values().map(Vec::len).sum::<usize>() as u64)?;
    for ((country, _, _), rows) in &index.ranges {
        for row in rows {
            encoder.encode(RangeHead {
                country: *country,
                prefix: row.range.prefix.clone(),
                // A counter has at most as many digits as a number has characters.
                width: row.range.width as u32,
                first: row.range.first,
                last: row.range.last,
                id: row.id,
                class: row.class,
            })?;
        }
    }
    Ok(())
}

struct Writing<S> {
    sink: S,
    digest: [u8; DIGEST_BYTES],
}

impl<E, S: FnMut(&[u8]) -> Result<(), E>> Writing<S> {
    fn part(&mut self, bytes: &[u8]) -> Result<(), E> {
        self.digest = next_digest(&self.digest, bytes);
        (self.sink)(bytes)
    }

    fn column<T: Copy, const N: usize>(&mut self, column: &[T], bytes: fn(T) -> [u8; N]) -> Result<(), E> {
        let blocks = column.chunks(BLOCK_ROWS);
        blocks
            .map(|block| block.iter().flat_map(|row| bytes(*row)).collect())
            .try_for_each(|block: Vec<u8>| self.part(&block))
    }
}

fn next_digest(digest: &[u8; DIGEST_BYTES], part: &[u8]) -> [u8; DIGEST_BYTES] {
    *leaf_hash(&[digest.as_slice(), part].concat()).as_bytes()
}

/// Reads an index and how far it has read the streams from pieces of any length.
///
/// # Errors
/// [`SnapshotError`]; nothing is built then.
pub fn read(pieces: impl Iterator<Item = Vec<u8>>) -> Result<(DocumentIndex, Follower), SnapshotError> {
    let mut input = Reading { pieces, piece: Vec::new(), at: 0, digest: [0; DIGEST_BYTES] };
    if input.part(MAGIC.len()).ok().as_deref() != Some(MAGIC) {
        return Err(SnapshotError::NotSnapshot);
    }
    let length = input.number(MAX_HEAD_BYTES)?;
    let head = input.part(length as usize)?;
    let (mut index, follower) = decode_head(&head)?;
    let classes = index.classes.iter().len();
    for _ in 0..input.number(MAX_RUNS)? {
        let run = read_run(&mut input, classes)?;
        if run.len() > 0 {
            index.runs.push(run);
        }
    }
    let digest = input.digest;
    // The digest is not part of itself, and nothing stands behind it.
    if input.bytes(DIGEST_BYTES)? != digest || input.bytes(1).is_ok() {
        return Err(SnapshotError::Damaged);
    }
    Ok((index, follower))
}

fn decode_head(head: &[u8]) -> Result<(DocumentIndex, Follower), SnapshotError> {
    let mut decoder = Decoder::new(head);
    let follower = read_positions(&mut decoder)?;
    let key = decoder.bytes()?.try_into().map_err(|_| SnapshotError::Damaged)?;
    let mut index = DocumentIndex::new(HashKey(key));
    for number in 0..capped(decoder.array()?, u64::from(u16::MAX) + 1)? {
        let row: ClassRow = decoder.decode()?;
        let id = index.classes.id(VisibilityClass::from(&row));
        // The same class a second time would move the numbers of those behind it.
        if id.map(u64::from) != Some(number) {
            return Err(SnapshotError::Damaged);
        }
    }
    for _ in 0..capped(decoder.array()?, MAX_RANGES)? {
        let row: RangeHead = decoder.decode()?;
        if usize::from(row.class) >= index.classes.iter().len() {
            return Err(SnapshotError::Damaged);
        }
        let (width, first, last) = (row.width as usize, row.first, row.last);
        let range = NumberRange { prefix: row.prefix, width, first, last };
        index.insert_range(row.country, RangeRow { range, id: row.id, class: row.class });
    }
    if decoder.position() == head.len() { Ok((index, follower)) } else { Err(SnapshotError::Damaged) }
}

fn read_run<I: Iterator<Item = Vec<u8>>>(
    input: &mut Reading<I>,
    classes: usize,
) -> Result<Run, SnapshotError> {
    let rows = input.number(MAX_ROWS)?;
    let count = rows as usize;
    let hashes = input.column(count, u64::from_le_bytes)?;
    let classes_of_rows: Vec<DocumentClassId> = input.column(count, DocumentClassId::from_le_bytes)?;
    let ids = input.column(count, RecordId)?;
    let by_id = input.column(count, u32::from_le_bytes)?;
    let known = |class: &DocumentClassId| *class == REMOVED || usize::from(*class) < classes;
    if !hashes.is_sorted() || !classes_of_rows.iter().all(known) || by_id.iter().any(|row| *row >= rows) {
        return Err(SnapshotError::Damaged);
    }
    let removed = classes_of_rows.iter().filter(|class| **class == REMOVED).count();
    Ok(Run { hashes, classes: classes_of_rows, ids, by_id, removed })
}

struct Reading<I> {
    pieces: I,
    piece: Vec<u8>,
    at: usize,
    digest: [u8; DIGEST_BYTES],
}

impl<I: Iterator<Item = Vec<u8>>> Reading<I> {
    /// Takes exactly so many bytes, across pieces.
    fn bytes(&mut self, count: usize) -> Result<Vec<u8>, SnapshotError> {
        let mut taken = Vec::with_capacity(count.min(BLOCK_ROWS * size_of::<RecordId>()));
        while taken.len() < count {
            if self.at == self.piece.len() {
                self.piece = self.pieces.next().ok_or(SnapshotError::Damaged)?;
                self.at = 0;
            }
            let end = self.piece.len().min(self.at + count - taken.len());
            taken.extend_from_slice(&self.piece[self.at..end]);
            self.at = end;
        }
        Ok(taken)
    }

    fn part(&mut self, count: usize) -> Result<Vec<u8>, SnapshotError> {
        let bytes = self.bytes(count)?;
        self.digest = next_digest(&self.digest, &bytes);
        Ok(bytes)
    }

    fn number(&mut self, most: u32) -> Result<u32, SnapshotError> {
        let bytes = self.part(4)?.try_into().map_err(|_| SnapshotError::Damaged)?;
        let number = u32::from_le_bytes(bytes);
        if number <= most { Ok(number) } else { Err(SnapshotError::TooLarge) }
    }

    fn column<T, const N: usize>(
        &mut self,
        rows: usize,
        value: fn([u8; N]) -> T,
    ) -> Result<Vec<T>, SnapshotError> {
        let mut column = Vec::new();
        while column.len() < rows {
            if column.len() == column.capacity() {
                let room = room_for(column.len(), rows);
                column.try_reserve_exact(room).map_err(|_| SnapshotError::TooLarge)?;
            }
            let block = self.part((rows - column.len()).min(BLOCK_ROWS) * N)?;
            column.extend(block.as_chunks::<N>().0.iter().map(|bytes| value(*bytes)));
        }
        Ok(column)
    }
}

/// How many rows room is made for when so many came of those that are told to come: a run is most of the index, so
/// little more than is needed, and a number that is only told takes no memory.
fn room_for(came: usize, told: usize) -> usize {
    (told - came).min((came / 4).next_multiple_of(BLOCK_ROWS).max(16 * BLOCK_ROWS))
}

#[cfg(test)]
mod tests {
    use std::convert::Infallible;

    use barid_domain::codes::{Classification, CodeList, Database, Handling, Purpose};
    use barid_domain::ids::{EntryHash, NodeId, OrganisationCode};
    use barid_domain::ledger::{ChainHash, Hash};
    use barid_domain::streams::{StreamClass, StreamId};
    use barid_domain::travel_documents::DocumentNumber;

    use super::*;
    use crate::document_index::DocumentFacts;
    use crate::follow::Step;

    fn id(number: u32) -> RecordId {
        let mut bytes = [0; 16];
        bytes[12..].copy_from_slice(&number.wrapping_mul(2_654_435_761).to_be_bytes());
        RecordId(bytes)
    }

    fn facts(number: &str, end: Option<&str>) -> DocumentFacts {
        DocumentFacts {
            number: DocumentNumber::new(number).unwrap(),
            range_end: end.map(|end| DocumentNumber::new(end).unwrap()),
            issuing_country: CountryCode::new("FRA").unwrap(),
        }
    }

    /// Single documents of two owners in runs and tail, ranges, some taken out.
    fn sample(count: u32) -> (DocumentIndex, Follower) {
        let mut index = DocumentIndex::new(HashKey([7; 16]));
        let class = |owner: &str| VisibilityClass {
            database: Database::TravelDocuments,
            owner: OrganisationCode::new(owner).unwrap(),
            purpose: Purpose::Exercise,
            handling: Handling::LISTED[0].0,
            classification: Classification::OfficialUse,
            exercise: true,
            audience: barid_domain::restrictions::Audience::EVERYBODY,
        };
        for number in 0..count {
            let owner = ["XA", "XB"][number as usize % 2];
            index.insert(id(number), class(owner), &facts(&format!("P{number:07}"), None));
        }
        for number in (0..count).step_by(10) {
            index.remove(id(number));
        }
        index.insert(id(count), class("XB"), &facts("C0099", Some("C0105")));
        index.insert(id(count + 1), class("XC"), &facts("C0100", Some("C0101")));
        let mut follower = Follower::new();
        let stream = StreamId {
            organisation: OrganisationCode::new("XA").unwrap(),
            class: StreamClass::TravelDocuments,
            node: NodeId::from_random([1; 16]),
            incarnation: 1,
        };
        let entry_hash = EntryHash([5; 32]);
        let chain = ChainHash::START.next(&Hash::from_bytes(entry_hash.0));
        follower.advance(&Step { stream, seq: 1, entry_hash, chain }).unwrap();
        (index, follower)
    }

    fn bytes_of((index, follower): &(DocumentIndex, Follower)) -> Vec<u8> {
        let mut bytes = Vec::new();
        write(index, follower, |part| {
            bytes.extend_from_slice(part);
            Ok::<(), Infallible>(())
        })
        .unwrap();
        bytes
    }

    fn read_in(bytes: &[u8], piece: usize) -> Result<(DocumentIndex, Follower), SnapshotError> {
        read(bytes.chunks(piece).map(<[u8]>::to_vec))
    }

    fn same(one: &DocumentIndex, other: &DocumentIndex, count: u32) {
        let sorted = |index: &DocumentIndex| {
            let mut records: Vec<RecordId> = index.records().collect();
            records.sort_unstable();
            records
        };
        assert_eq!(sorted(one), sorted(other));
        let everybody = |index: &DocumentIndex, number: &str| {
            let permits = |class: &VisibilityClass| class.owner.as_str() != "XC";
            index.lookup_where(permits, &DocumentNumber::new(number).unwrap(), None)
        };
        for number in (0..count).step_by(97).map(|number| format!("P{number:07}")) {
            assert_eq!(everybody(one, &number), everybody(other, &number), "{number}");
        }
        assert_eq!(everybody(one, "C0100"), everybody(other, "C0100"));
    }

    #[test]
    fn rows_that_are_only_told_take_no_memory() {
        let told = MAX_ROWS as usize;
        assert_eq!(room_for(0, told), 16 * BLOCK_ROWS);
        assert_eq!(room_for(0, 10), 10, "a short run takes what it needs");
        let (mut came, mut steps) = (0, 0);
        while came < told {
            let room = room_for(came, told);
            assert!(room.is_multiple_of(BLOCK_ROWS) || came + room == told);
            assert!(room <= (came / 4 + BLOCK_ROWS).max(16 * BLOCK_ROWS), "a quarter more than came");
            (came, steps) = (came + room, steps + 1);
        }
        assert_eq!(came, told);
        assert!(steps < 40, "{steps} moves of a column");
    }

    #[test]
    fn a_snapshot_of_documents_reads_back_to_the_same_index_and_positions() {
        for count in [0, 1, 5_000, 70_000] {
            let sample = sample(count);
            let bytes = bytes_of(&sample);
            for piece in [bytes.len(), 1 << 20, 1_000] {
                let (index, follower) = read_in(&bytes, piece).unwrap();
                assert_eq!(follower, sample.1);
                same(&index, &sample.0, count);
            }
            // It is an index like any other: it takes records and gives them up.
            let (mut index, _) = read_in(&bytes, 4_096).unwrap();
            let class = index.classes.iter().next().unwrap().clone();
            index.insert(id(count + 2), class, &facts("Q1", None));
            assert!(index.remove(id(count + 2)) && (count < 2 || index.remove(id(1))));
        }
    }

    #[test]
    fn damage_to_a_snapshot_of_documents_is_refused_everywhere() {
        let bytes = bytes_of(&sample(40));
        assert_eq!(read_in(b"another file", 100).err(), Some(SnapshotError::NotSnapshot));
        assert_eq!(read_in(MAGIC, 100).err(), Some(SnapshotError::Damaged));
        for at in 0..bytes.len() {
            let mut flipped = bytes.clone();
            flipped[at] ^= 0x20;
            assert!(read_in(&flipped, 100).is_err(), "flip at {at}");
            assert!(read_in(&bytes[..at], 100).is_err(), "cut at {at}");
        }
        assert!(read_in(&[bytes.as_slice(), &[0]].concat(), 100).is_err());
    }

    #[test]
    fn counts_of_documents_beyond_the_caps_are_refused() {
        let after_head = |numbers: &[u32]| {
            let mut encoder = Encoder::new(Vec::new());
            encoder.array(0).unwrap().bytes(&[7; 16]).unwrap().array(0).unwrap().array(0).unwrap();
            let head = encoder.into_writer();
            let length = (head.len() as u32).to_le_bytes();
            let numbers = numbers.iter().flat_map(|number| number.to_le_bytes()).collect();
            read_in(&[MAGIC.to_vec(), length.to_vec(), head, numbers].concat(), 100).err()
        };
        let (damaged, too_large) = (Some(SnapshotError::Damaged), Some(SnapshotError::TooLarge));
        assert_eq!(after_head(&[MAX_RUNS]), damaged, "at the cap the runs are missing");
        assert_eq!(after_head(&[MAX_RUNS + 1]), too_large);
        assert_eq!(after_head(&[1, MAX_ROWS + 1]), too_large);
        let head = [MAGIC.as_slice(), &(MAX_HEAD_BYTES + 1).to_le_bytes()].concat();
        assert_eq!(read_in(&head, 100).err(), too_large);
    }
}
