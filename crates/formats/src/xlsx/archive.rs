//! The ZIP archive that a workbook is: its directory, read within caps, and parts unpacked as they are read.
//!
//! Only what workbooks need (APPNOTE 6.3.10 of PKWARE, without ZIP64): stored and deflated parts. A part gives an error in
//! place of the byte over its cap, and at its end where length or CRC are not those of the directory.

use std::collections::HashMap;
use std::io::{self, BufRead, Read, Seek, SeekFrom, Take};

use flate2::Crc;
use flate2::bufread::DeflateDecoder;

use super::{WorkbookErrorKind, WorkbookLimits};

const END_SIGNATURE: [u8; 4] = *b"PK\x05\x06";
const END_BYTES: u64 = 22;
/// The longest comment behind the directory.
const COMMENT_CAP: u64 = 65_535;
const ENTRY_SIGNATURE: [u8; 4] = *b"PK\x01\x02";
const ENTRY_BYTES: usize = 46;
const LOCAL_SIGNATURE: [u8; 4] = *b"PK\x03\x04";
const LOCAL_BYTES: usize = 30;
const STORED: u16 = 0;
const DEFLATED: u16 = 8;
const ENCRYPTED_FLAG: u16 = 1;

/// Is an archive whose directory was read.
pub(super) struct Archive<R> {
    source: R,
    /// By name in small letters, as parts of a package are compared (ISO/IEC 29500-2).
    entries: HashMap<String, Entry>,
}

/// Is a part as the directory has it.
#[derive(Clone, Copy, Debug)]
struct Entry {
    method: u16,
    flags: u16,
    crc: u32,
    packed_bytes: u64,
    unpacked_bytes: u64,
    offset: u64,
}

impl<R: BufRead + Seek> Archive<R> {
    /// Reads the directory of `source`.
    pub(super) fn open(mut source: R, limits: &WorkbookLimits) -> Result<Self, WorkbookErrorKind> {
        let size = source.seek(SeekFrom::End(0)).map_err(|_| WorkbookErrorKind::Source)?;
        if size > limits.file_bytes {
            return Err(WorkbookErrorKind::TooLarge);
        }
        let end = find_end(&mut source, size)?;
        let (count, offset) = (u64::from(u16_at(&end, 10)), u64::from(u32_at(&end, 16)));
        let bytes = u64::from(u32_at(&end, 12));
        let is_elsewhere = u16_at(&end, 4) != 0 || u16_at(&end, 8) != u16_at(&end, 10);
        if is_elsewhere || offset.saturating_add(bytes) > size {
            return Err(WorkbookErrorKind::Archive);
        }
        if count > limits.parts || bytes > limits.directory_bytes {
            return Err(WorkbookErrorKind::TooLarge);
        }
        let mut directory = vec![0; usize::try_from(bytes).map_err(|_| WorkbookErrorKind::TooLarge)?];
        source.seek(SeekFrom::Start(offset)).map_err(|_| WorkbookErrorKind::Source)?;
        source.read_exact(&mut directory).map_err(|_| WorkbookErrorKind::Archive)?;
        let entries = read_directory(&directory, count)?;
        if entries.values().any(|entry| entry.flags & ENCRYPTED_FLAG != 0) {
            return Err(WorkbookErrorKind::Encrypted);
        }
        Ok(Self { source, entries })
    }

    /// Whether there is a part of this name.
    pub(super) fn has(&self, name: &str) -> bool {
        self.entries.contains_key(&name.to_lowercase())
    }

    /// The names of all parts, in small letters.
    pub(super) fn names(&self) -> impl Iterator<Item = &str> {
        self.entries.keys().map(String::as_str)
    }

    /// Begins to read a part, of at most `cap` bytes unpacked.
    pub(super) fn part(&mut self, name: &str, cap: u64) -> Result<Part<&mut R>, WorkbookErrorKind> {
        let entry = self.entry(name)?;
        Part::begin(&mut self.source, entry, cap)
    }

    /// The same for the last part that is read.
    pub(super) fn into_part(self, name: &str, cap: u64) -> Result<Part<R>, WorkbookErrorKind> {
        let entry = self.entry(name)?;
        Part::begin(self.source, entry, cap)
    }

    fn entry(&self, name: &str) -> Result<Entry, WorkbookErrorKind> {
        self.entries.get(&name.to_lowercase()).copied().ok_or(WorkbookErrorKind::NotAWorkbook)
    }
}

/// Finds the record that ends the directory: the last one of the file whose comment ends with it.
fn find_end(
    source: &mut (impl Read + Seek),
    size: u64,
) -> Result<[u8; END_BYTES as usize], WorkbookErrorKind> {
    let tail_bytes = size.min(END_BYTES + COMMENT_CAP);
    let mut tail = vec![0; tail_bytes as usize];
    source.seek(SeekFrom::Start(size - tail_bytes)).map_err(|_| WorkbookErrorKind::Source)?;
    source.read_exact(&mut tail).map_err(|_| WorkbookErrorKind::Source)?;
    let fits = |at: &usize| {
        let record = &tail[*at..];
        record.starts_with(&END_SIGNATURE)
            && record.len() >= END_BYTES as usize
            && usize::from(u16_at(record, 20)) == record.len() - END_BYTES as usize
    };
    let at = (0..tail.len()).rev().find(fits).ok_or(WorkbookErrorKind::Archive)?;
    tail[at..at + END_BYTES as usize].try_into().map_err(|_| WorkbookErrorKind::Archive)
}

fn read_directory(directory: &[u8], count: u64) -> Result<HashMap<String, Entry>, WorkbookErrorKind> {
    let mut entries = HashMap::new();
    let mut rest = directory;
    for _ in 0..count {
        let head = rest.get(..ENTRY_BYTES).filter(|head| head.starts_with(&ENTRY_SIGNATURE));
        let head = head.ok_or(WorkbookErrorKind::Archive)?;
        let (name, extra, comment) =
            (usize::from(u16_at(head, 28)), usize::from(u16_at(head, 30)), usize::from(u16_at(head, 32)));
        let entry = Entry {
            flags: u16_at(head, 8),
            method: u16_at(head, 10),
            crc: u32_at(head, 16),
            packed_bytes: u32_at(head, 20).into(),
            unpacked_bytes: u32_at(head, 24).into(),
            offset: u32_at(head, 42).into(),
        };
        let written = rest.get(ENTRY_BYTES..ENTRY_BYTES + name).ok_or(WorkbookErrorKind::Archive)?;
        let written = std::str::from_utf8(written).map_err(|_| WorkbookErrorKind::Archive)?;
        // Two parts of one name: readers would not agree which one it is.
        if entries.insert(written.trim_start_matches('/').to_lowercase(), entry).is_some() {
            return Err(WorkbookErrorKind::Archive);
        }
        rest = rest.get(ENTRY_BYTES + name + extra + comment..).ok_or(WorkbookErrorKind::Archive)?;
    }
    Ok(entries)
}

fn u16_at(bytes: &[u8], at: usize) -> u16 {
    u16::from_le_bytes([bytes[at], bytes[at + 1]])
}

fn u32_at(bytes: &[u8], at: usize) -> u32 {
    u32::from_le_bytes([bytes[at], bytes[at + 1], bytes[at + 2], bytes[at + 3]])
}

/// Is a part that is being unpacked.
pub(super) struct Part<S> {
    packed: Packed<S>,
    crc: Crc,
    entry: Entry,
    unpacked_bytes: u64,
    cap: u64,
    fault: Option<WorkbookErrorKind>,
}

enum Packed<S> {
    Stored(Take<S>),
    Deflated(Box<DeflateDecoder<Take<S>>>),
}

impl<S: BufRead + Seek> Part<S> {
    fn begin(mut source: S, entry: Entry, cap: u64) -> Result<Self, WorkbookErrorKind> {
        if entry.unpacked_bytes > cap {
            return Err(WorkbookErrorKind::TooLarge);
        }
        let mut head = [0; LOCAL_BYTES];
        source.seek(SeekFrom::Start(entry.offset)).map_err(|_| WorkbookErrorKind::Source)?;
        source.read_exact(&mut head).map_err(|_| WorkbookErrorKind::Archive)?;
        if !head.starts_with(&LOCAL_SIGNATURE) {
            return Err(WorkbookErrorKind::Archive);
        }
        let skipped = i64::from(u16_at(&head, 26)) + i64::from(u16_at(&head, 28));
        source.seek(SeekFrom::Current(skipped)).map_err(|_| WorkbookErrorKind::Source)?;
        let packed = source.take(entry.packed_bytes);
        let packed = match entry.method {
            STORED => Packed::Stored(packed),
            DEFLATED => Packed::Deflated(Box::new(DeflateDecoder::new(packed))),
            _ => return Err(WorkbookErrorKind::Archive),
        };
        Ok(Self { packed, crc: Crc::new(), entry, unpacked_bytes: 0, cap, fault: None })
    }
}

impl<S> Part<S> {
    /// Why the last reading failed.
    pub(super) fn fault(&self) -> Option<WorkbookErrorKind> {
        self.fault
    }
}

impl<S: BufRead> Read for Part<S> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = match &mut self.packed {
            Packed::Stored(source) => source.read(buffer),
            Packed::Deflated(source) => source.read(buffer),
        };
        let fault = match read {
            Ok(0) if buffer.is_empty() => return Ok(0),
            Ok(0) => {
                let is_whole = self.unpacked_bytes == self.entry.unpacked_bytes;
                (!is_whole || self.crc.sum() != self.entry.crc).then_some(WorkbookErrorKind::Archive)
            }
            Ok(count) => {
                self.crc.update(&buffer[..count]);
                self.unpacked_bytes += count as u64;
                (self.unpacked_bytes > self.cap).then_some(WorkbookErrorKind::TooLarge)
            }
            // What can't be unpacked says so as bad data or an early end.
            Err(error) if error.kind() == io::ErrorKind::Interrupted => return Err(error),
            Err(_) => Some(WorkbookErrorKind::Archive),
        };
        match fault {
            None => read,
            Some(kind) => {
                self.fault = Some(kind);
                Err(io::Error::other("the part is at fault"))
            }
        }
    }
}
