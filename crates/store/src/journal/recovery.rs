//! Opening the journal: segments in order, the last one walked, a torn tail cut, damage refused.

use std::fs::{self, File, OpenOptions};
use std::path::{Path, PathBuf};

use barid_ledger::ChainHash;

use super::JournalParts;
use super::segment::{SegmentEnd, SegmentHeader, walk};
use crate::directory::{read_capped, sync_parent, write_durably};
use crate::error::StoreError;

/// A segment is closed once it is this long.
pub(crate) const SEGMENT_ROTATION_BYTES: u64 = 32 * 1024 * 1024;
/// No segment is longer: rotation length and one group of lines.
pub(crate) const SEGMENT_CAP_BYTES: u64 = SEGMENT_ROTATION_BYTES + 256 * 1024 * 1024;

/// What was found.
pub(crate) struct Recovered {
    pub(crate) headers: Vec<SegmentHeader>,
    /// The last segment, open for appending.
    pub(crate) file: File,
    pub(crate) bytes: u64,
    pub(crate) lines: u64,
    pub(crate) chain: ChainHash,
    pub(crate) torn_bytes: u64,
}

/// The path of a segment.
pub(crate) fn segment_path(directory: &Path, segment: u64) -> PathBuf {
    directory.join(format!("{segment:08}.seg"))
}

/// Lists the segments there are, in order.
pub(crate) fn list_segments(directory: &Path) -> Result<Vec<u64>, StoreError> {
    let mut segments = Vec::new();
    for entry in fs::read_dir(directory).map_err(StoreError::file("read the journal directory"))? {
        let name = entry.map_err(StoreError::file("read the journal directory"))?.file_name();
        let number: Option<u64> =
            name.to_str().and_then(|name| name.strip_suffix(".seg")).and_then(|n| n.parse().ok());
        segments.extend(number);
    }
    segments.sort_unstable();
    Ok(segments)
}

/// Reads a segment whole, with its header.
pub(crate) fn read_segment(directory: &Path, segment: u64) -> Result<(SegmentHeader, Vec<u8>), StoreError> {
    let bytes = read_capped(&segment_path(directory, segment), SEGMENT_CAP_BYTES)
        .map_err(StoreError::file("read a journal segment"))?;
    let header = SegmentHeader::decode(&bytes).filter(|header| header.segment == segment);
    let damaged = StoreError::JournalDamaged { segment, offset: 0, what: "the header is damaged" };
    Ok((header.ok_or(damaged)?, bytes))
}

fn read_header(directory: &Path, segment: u64) -> Result<SegmentHeader, StoreError> {
    use std::io::Read as _;
    let mut bytes = Vec::new();
    File::open(segment_path(directory, segment))
        .and_then(|file| file.take(super::segment::HEADER_BYTES as u64).read_to_end(&mut bytes))
        .map_err(StoreError::file("read a journal segment"))?;
    let header = SegmentHeader::decode(&bytes).filter(|header| header.segment == segment);
    header.ok_or(StoreError::JournalDamaged { segment, offset: 0, what: "the header is damaged" })
}

/// Makes a segment: its header is there whole or not at all.
pub(crate) fn create_segment(directory: &Path, header: &SegmentHeader) -> Result<File, StoreError> {
    let path = segment_path(directory, header.segment);
    write_durably(&path, &header.encode())?;
    open_for_appending(&path)
}

fn open_for_appending(path: &Path) -> Result<File, StoreError> {
    OpenOptions::new().append(true).open(path).map_err(StoreError::file("open a journal segment"))
}

/// Finds where the journal ends and makes it ready to be written.
pub(crate) fn recover(parts: &JournalParts) -> Result<Recovered, StoreError> {
    let mut headers = Vec::new();
    for segment in list_segments(&parts.directory)? {
        headers.push(read_header(&parts.directory, segment)?);
    }
    check_order(parts, &headers)?;
    let Some(last) = headers.last().copied() else {
        if parts.folded.lines > 0 {
            return Err(StoreError::JournalDamaged {
                segment: 1,
                offset: 0,
                what: "folded lines are missing",
            });
        }
        return begin_segment(parts, headers, 1, 0, ChainHash::START, 0);
    };
    let (_, bytes) = read_segment(&parts.directory, last.segment)?;
    let found = walk(&last, &bytes, |_, _| {});
    // Asked before anything is cut: lines that were folded had been synced, so what lacks them is damage, not a torn tail.
    let lines = lines_after(&last, found.lines)?;
    if lines < parts.folded.lines && !matches!(found.end, SegmentEnd::Damaged { .. }) {
        let offset = found.length as u64;
        let what = "folded lines are missing";
        return Err(StoreError::JournalDamaged { segment: last.segment, offset, what });
    }
    check_folded(parts, &headers, &bytes)?;
    let mut torn_bytes = 0;
    match found.end {
        SegmentEnd::Clean => {}
        SegmentEnd::Torn => {
            torn_bytes = (bytes.len() - found.length) as u64;
            cut(&segment_path(&parts.directory, last.segment), found.length as u64)?;
            tracing::warn!(segment = last.segment, torn_bytes, "a torn journal tail was cut");
        }
        SegmentEnd::Damaged { offset, what } => {
            return Err(StoreError::JournalDamaged { segment: last.segment, offset, what });
        }
    }
    let path = segment_path(&parts.directory, last.segment);
    // Whoever made the segment may have been stopped before its name was on disk.
    sync_parent(&path)?;
    if let Some(unsure) = bytes.get(..found.length).and_then(|bytes| bytes.get(found.promised as usize..)) {
        write_again(&path, found.promised, unsure)?;
    }
    if last.incarnation != parts.incarnation {
        return begin_segment(parts, headers, last.segment + 1, lines, found.chain, torn_bytes);
    }
    let file = open_for_appending(&segment_path(&parts.directory, last.segment))?;
    Ok(Recovered { headers, file, bytes: found.length as u64, lines, chain: found.chain, torn_bytes })
}

fn begin_segment(
    parts: &JournalParts,
    mut headers: Vec<SegmentHeader>,
    segment: u64,
    lines: u64,
    chain: ChainHash,
    torn_bytes: u64,
) -> Result<Recovered, StoreError> {
    let (node, incarnation) = (parts.node, parts.incarnation);
    let header =
        SegmentHeader { node, incarnation, segment, first_line: lines, chain, replica: parts.replica };
    let file = create_segment(&parts.directory, &header)?;
    headers.push(header);
    let bytes = super::segment::HEADER_BYTES as u64;
    Ok(Recovered { headers, file, bytes, lines, chain, torn_bytes })
}

/// The lines up to the end of the last segment; a header whose numbers leave no room for a next line is none of ours,
/// whatever its checksum says.
fn lines_after(last: &SegmentHeader, walked: u64) -> Result<u64, StoreError> {
    let what = "the header's numbers are beyond every count";
    let lines =
        last.first_line.checked_add(walked).filter(|lines| last.segment < u64::MAX && *lines < u64::MAX);
    lines.ok_or(StoreError::JournalDamaged { segment: last.segment, offset: 0, what })
}

/// Refuses a journal whose folded lines are not those that the database has: two copies of one directory were both used, or
/// the journal of another time was put in place.
fn check_folded(
    parts: &JournalParts,
    headers: &[SegmentHeader],
    last_bytes: &[u8],
) -> Result<(), StoreError> {
    let Some(chain) = parts.folded.chain else { return Ok(()) };
    let holding = headers.iter().rposition(|header| header.first_line <= parts.folded.lines);
    let Some(at) = holding else { return Ok(()) };
    let header = headers[at];
    let found = if header.first_line == parts.folded.lines {
        Some(header.chain)
    } else if at + 1 == headers.len() {
        chain_after(&header, last_bytes, parts.folded.lines)
    } else {
        let (_, bytes) = read_segment(&parts.directory, header.segment)?;
        chain_after(&header, &bytes, parts.folded.lines)
    };
    // Damage further on is named by its own place.
    if found.is_some_and(|found| found != chain) {
        let what = "the folded lines are not those of this journal";
        return Err(StoreError::JournalDamaged { segment: header.segment, offset: 0, what });
    }
    Ok(())
}

/// The journal's chain after so many lines, which are in this segment.
fn chain_after(header: &SegmentHeader, bytes: &[u8], lines: u64) -> Option<ChainHash> {
    let (mut number, mut chain) = (header.first_line, None);
    walk(header, bytes, |_, frame| {
        number += 1;
        if number == lines {
            chain = Some(frame.chain);
        }
    });
    chain
}

fn check_order(parts: &JournalParts, headers: &[SegmentHeader]) -> Result<(), StoreError> {
    let damaged = |segment, what| Err(StoreError::JournalDamaged { segment, offset: 0, what });
    if let Some(other) = headers.iter().find(|header| header.node != parts.node) {
        return damaged(other.segment, "the segment is another node's");
    }
    if let Some(other) = headers.iter().find(|header| header.replica != parts.replica) {
        return damaged(other.segment, "the segment is another replica's");
    }
    for (before, after) in headers.iter().zip(headers.iter().skip(1)) {
        if before.segment.checked_add(1) != Some(after.segment) || after.first_line < before.first_line {
            return damaged(after.segment, "a segment is missing before this one");
        }
    }
    Ok(())
}

/// Writes the frames that nothing says are on disk over themselves, to be synced with what comes next. Where a sync failed,
/// Linux shows their bytes to us, takes them for written and never writes them: later lines would stand behind a hole.
fn write_again(path: &Path, from: u64, bytes: &[u8]) -> Result<(), StoreError> {
    use std::io::{Seek as _, SeekFrom, Write as _};
    let mut file =
        OpenOptions::new().write(true).open(path).map_err(StoreError::file("open a journal segment"))?;
    file.seek(SeekFrom::Start(from))
        .and_then(|_| file.write_all(bytes))
        .and_then(|()| file.sync_data())
        .map_err(StoreError::file("write a journal segment"))
}

fn cut(path: &Path, length: u64) -> Result<(), StoreError> {
    let file =
        OpenOptions::new().write(true).open(path).map_err(StoreError::file("open a journal segment"))?;
    file.set_len(length).and_then(|()| file.sync_all()).map_err(StoreError::file("cut a torn journal tail"))
}

#[cfg(test)]
mod tests {
    use barid_domain::ids::NodeId;

    use super::*;

    #[test]
    fn a_header_with_numbers_beyond_every_count_is_damage() {
        let header = |segment, first_line| SegmentHeader {
            node: NodeId([3; 16]),
            incarnation: 1,
            segment,
            first_line,
            chain: ChainHash::START,
            replica: crate::replicas::ReplicaId::FIRST,
        };
        assert!(lines_after(&header(3, 7), 5).is_ok_and(|lines| lines == 12));
        for (segment, first_line) in [(3, u64::MAX - 4), (3, u64::MAX), (u64::MAX, 7)] {
            let refused = lines_after(&header(segment, first_line), 5).err();
            assert!(refused.is_some_and(|error| error.code() == "journal-damaged"));
        }
    }
}
