//! The bytes of a journal segment: a header, then frames, each sealed, chained and checksummed.
//!
//! Header (104 bytes): `BARIDJ1\n`, node (16), incarnation (4), segment number (8), number of its first line (8),
//! chain before that line (32), replica (16; zero for the node's first directory), 4 zero bytes, checksum (8). Frame: length of the body (4), checksum of the body (8),
//! body: durable offset (8), line hash (32), chain after the line (32), sealed line. Numbers are big-endian; a checksum
//! is the first 8 bytes of SHA-256. The *durable offset* is how much of the segment was known to be on disk when the
//! frame was made: so a hole that a crash tore into unsynced bytes is told from damage to synced ones.

use barid_domain::audit::LINE_BYTES_CAP;
use barid_domain::ids::{EntryHash, NodeId};
use barid_ledger::ChainHash;
use sha2::{Digest as _, Sha256};

use super::recovery::SEGMENT_CAP_BYTES;
use crate::replicas::ReplicaId;
use crate::sealing::{KeyRing, SEAL_OVERHEAD_BYTES, SealingKey};
use crate::streams::chain_leaf;

const MAGIC: &[u8; 8] = b"BARIDJ1\n";
pub(crate) const HEADER_BYTES: usize = 104;
const FRAME_HEAD_BYTES: usize = 12;
const BODY_HEAD_BYTES: usize = 8 + 32 + 32;
const BODY_CAP_BYTES: usize = BODY_HEAD_BYTES + LINE_BYTES_CAP + SEAL_OVERHEAD_BYTES;

/// The header of a segment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct SegmentHeader {
    pub(crate) node: NodeId,
    pub(crate) incarnation: u32,
    pub(crate) segment: u64,
    pub(crate) first_line: u64,
    pub(crate) chain: ChainHash,
    pub(crate) replica: ReplicaId,
}

impl SegmentHeader {
    pub(crate) fn encode(&self) -> Vec<u8> {
        let mut bytes = MAGIC.to_vec();
        bytes.extend_from_slice(&self.node.0);
        bytes.extend_from_slice(&self.incarnation.to_be_bytes());
        bytes.extend_from_slice(&self.segment.to_be_bytes());
        bytes.extend_from_slice(&self.first_line.to_be_bytes());
        bytes.extend_from_slice(self.chain.as_bytes());
        bytes.extend_from_slice(&self.replica.0);
        bytes.extend_from_slice(&[0; 4]);
        bytes.extend_from_slice(&checksum(&bytes));
        bytes
    }

    pub(crate) fn decode(bytes: &[u8]) -> Option<Self> {
        let header: &[u8; HEADER_BYTES] = bytes.first_chunk()?;
        let (content, sum) = header.split_at(HEADER_BYTES - 8);
        if checksum(content) != *sum || !content.starts_with(MAGIC) || content[92..] != [0; 4] {
            return None;
        }
        Some(Self {
            node: NodeId(content[8..24].try_into().ok()?),
            incarnation: u32::from_be_bytes(content[24..28].try_into().ok()?),
            segment: u64::from_be_bytes(content[28..36].try_into().ok()?),
            first_line: u64::from_be_bytes(content[36..44].try_into().ok()?),
            chain: ChainHash::from_bytes(content[44..76].try_into().ok()?),
            replica: ReplicaId(content[76..92].try_into().ok()?),
        })
    }

    /// The key that seals this segment's lines.
    pub(crate) fn key(&self, ring: &KeyRing) -> SealingKey {
        ring.journal_segment(&self.encode())
    }
}

fn checksum(bytes: &[u8]) -> [u8; 8] {
    let hash: [u8; 32] = Sha256::digest(bytes).into();
    let mut sum = [0; 8];
    sum.copy_from_slice(&hash[..8]);
    sum
}

/// The associated data of a sealed line.
pub(crate) fn line_place(hash: &EntryHash) -> Vec<u8> {
    [b"barid/journal-line/v1\0".as_slice(), &hash.0].concat()
}

/// Appends a frame.
pub(crate) fn push_frame(
    out: &mut Vec<u8>,
    durable: u64,
    hash: &EntryHash,
    chain: &ChainHash,
    sealed: &[u8],
) {
    let length = (BODY_HEAD_BYTES + sealed.len()) as u32;
    out.extend_from_slice(&length.to_be_bytes());
    let sum_at = out.len();
    out.extend_from_slice(&[0; 8]);
    let body_at = out.len();
    out.extend_from_slice(&durable.to_be_bytes());
    out.extend_from_slice(&hash.0);
    out.extend_from_slice(chain.as_bytes());
    out.extend_from_slice(sealed);
    let sum = checksum(&out[body_at..]);
    out[sum_at..body_at].copy_from_slice(&sum);
}

/// A frame as it lies in a segment.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Frame<'a> {
    /// How much of the segment was on disk when the frame was made.
    pub(crate) durable: u64,
    pub(crate) hash: EntryHash,
    pub(crate) chain: ChainHash,
    pub(crate) sealed: &'a [u8],
    /// Bytes of the whole frame.
    pub(crate) length: usize,
}

/// Reads the frame at the beginning of `bytes`; `None` where no whole frame with its checksum stands.
pub(crate) fn read_frame(bytes: &[u8]) -> Option<Frame<'_>> {
    let length = u32::from_be_bytes(*bytes.first_chunk()?) as usize;
    if !(BODY_HEAD_BYTES..=BODY_CAP_BYTES).contains(&length) {
        return None;
    }
    let sum = bytes.get(4..FRAME_HEAD_BYTES)?;
    let body = bytes.get(FRAME_HEAD_BYTES..FRAME_HEAD_BYTES + length)?;
    if checksum(body) != *sum {
        return None;
    }
    Some(Frame {
        durable: u64::from_be_bytes(body[..8].try_into().ok()?),
        hash: EntryHash(body[8..40].try_into().ok()?),
        chain: ChainHash::from_bytes(body[40..72].try_into().ok()?),
        sealed: &body[BODY_HEAD_BYTES..],
        length: FRAME_HEAD_BYTES + length,
    })
}

/// How a segment ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum SegmentEnd {
    /// After its last whole frame.
    Clean,
    /// With bytes that no sync had promised: what a crash leaves.
    Torn,
    /// With damage to bytes that were synced, at this offset.
    Damaged {
        /// Where.
        offset: u64,
        /// What.
        what: &'static str,
    },
}

/// What a walk over a segment found.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Walk {
    pub(crate) lines: u64,
    pub(crate) chain: ChainHash,
    /// Where the last whole frame ends.
    pub(crate) length: usize,
    /// How much the frames say was on disk when they were made.
    pub(crate) promised: u64,
    pub(crate) end: SegmentEnd,
}

/// Walks over the frames of a segment, checking checksums and chain, and shows each to `visit` (offset, frame).
pub(crate) fn walk<'a>(
    header: &SegmentHeader,
    bytes: &'a [u8],
    mut visit: impl FnMut(usize, Frame<'a>),
) -> Walk {
    let mut walk = Walk {
        lines: 0,
        chain: header.chain,
        length: HEADER_BYTES,
        promised: HEADER_BYTES as u64,
        end: SegmentEnd::Clean,
    };
    while walk.length < bytes.len() {
        let Some(frame) = read_frame(&bytes[walk.length..]) else {
            walk.end = judge_rest(bytes, walk.length);
            return walk;
        };
        let chain = walk.chain.next(&chain_leaf(&frame.hash));
        if chain != frame.chain {
            walk.end = SegmentEnd::Damaged { offset: walk.length as u64, what: "the chain is broken" };
            return walk;
        }
        visit(walk.length, frame);
        walk.chain = chain;
        walk.promised = walk.promised.max(frame.durable);
        walk.lines += 1;
        walk.length += frame.length;
    }
    walk
}

/// Tells torn from damaged: damaged where a later whole frame was made when the bytes at `from` were on disk already.
fn judge_rest(bytes: &[u8], from: usize) -> SegmentEnd {
    // The durable offset is looked at before the checksum: else bytes that look like lengths would each be hashed for.
    let promises = |at: &usize| {
        let durable = bytes[*at..].get(FRAME_HEAD_BYTES..).and_then(|body| body.first_chunk());
        durable.is_some_and(|durable| {
            (from as u64 + 1..=SEGMENT_CAP_BYTES).contains(&u64::from_be_bytes(*durable))
        })
    };
    let mut later = (from + 1..bytes.len()).filter(promises);
    if later.any(|at| read_frame(&bytes[at..]).is_some()) {
        return SegmentEnd::Damaged { offset: from as u64, what: "a synced frame is damaged" };
    }
    SegmentEnd::Torn
}

#[cfg(test)]
mod tests {
    use super::*;

    fn header() -> SegmentHeader {
        let node = NodeId([3; 16]);
        SegmentHeader {
            node,
            incarnation: 1,
            segment: 2,
            first_line: 7,
            chain: ChainHash::START,
            replica: ReplicaId([9; 16]),
        }
    }

    /// Three frames, each written after the one before was synced.
    fn segment() -> (Vec<u8>, Vec<usize>) {
        let mut bytes = header().encode();
        let mut chain = ChainHash::START;
        let mut ends = vec![bytes.len()];
        for number in 1..=3_u8 {
            let hash = EntryHash([number; 32]);
            chain = chain.next(&chain_leaf(&hash));
            let durable = bytes.len() as u64;
            push_frame(&mut bytes, durable, &hash, &chain, &[number; 50]);
            ends.push(bytes.len());
        }
        (bytes, ends)
    }

    #[test]
    fn a_header_reads_back_and_no_flipped_bit_passes() {
        let bytes = header().encode();
        assert_eq!(bytes.len(), HEADER_BYTES);
        assert_eq!(SegmentHeader::decode(&bytes), Some(header()));
        for at in 0..bytes.len() {
            let mut damaged = bytes.clone();
            damaged[at] ^= 0x10;
            assert_eq!(SegmentHeader::decode(&damaged), None);
        }
    }

    #[test]
    fn a_tail_torn_at_any_byte_keeps_every_whole_line_before_it() {
        let (bytes, ends) = segment();
        for cut in HEADER_BYTES..=bytes.len() {
            let found = walk(&header(), &bytes[..cut], |_, _| {});
            let whole = ends.iter().filter(|end| **end <= cut).count() - 1;
            assert_eq!(found.lines, whole as u64, "cut at {cut}");
            assert_eq!(found.length, ends[whole]);
            let clean = ends.contains(&cut);
            assert_eq!(found.end, if clean { SegmentEnd::Clean } else { SegmentEnd::Torn }, "cut at {cut}");
        }
    }

    #[test]
    fn a_flipped_bit_before_a_later_synced_frame_is_damage_and_named() {
        let (bytes, ends) = segment();
        for at in HEADER_BYTES..ends[2] {
            let mut damaged = bytes.clone();
            damaged[at] ^= 1;
            let found = walk(&header(), &damaged, |_, _| {});
            let frame = ends.iter().rposition(|end| *end <= at).unwrap();
            assert!(
                matches!(found.end, SegmentEnd::Damaged { offset, .. } if offset == ends[frame] as u64),
                "byte {at}: {:?}",
                found.end
            );
        }
    }

    #[test]
    fn a_hole_in_bytes_that_were_never_synced_is_torn() {
        let mut bytes = header().encode();
        let durable = bytes.len() as u64;
        let one = EntryHash([1; 32]);
        let two = EntryHash([2; 32]);
        let chain = ChainHash::START.next(&chain_leaf(&one));
        push_frame(&mut bytes, durable, &one, &chain, &[1; 40]);
        push_frame(&mut bytes, durable, &two, &chain.next(&chain_leaf(&two)), &[2; 40]);
        bytes[HEADER_BYTES + 20] ^= 1;
        assert_eq!(walk(&header(), &bytes, |_, _| {}).end, SegmentEnd::Torn);
    }
}
