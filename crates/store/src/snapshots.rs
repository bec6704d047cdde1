//! Snapshots of the index: sealed under a key of the day they were made on, replaced whole, removed by every erasure.
//!
//! File: `BARIDS1\n`, day (4 bytes), random id (16), then per piece of 1 MiB its sealed length (4) and sealed bytes,
//! which open only at their number and, the last one, only as last. Pieces are sealed and opened one by one, so a
//! snapshot is never in memory whole.

use std::fs::{self, File, OpenOptions};
use std::io::{BufReader, Read as _, Write as _};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};

use barid_domain::dates::Day;

use crate::directory::sync_parent;
use crate::error::StoreError;
use crate::sealing::{KeyRing, SEAL_OVERHEAD_BYTES, SealingKey, random};

const MAGIC: &[u8; 8] = b"BARIDS1\n";
const HEADER_BYTES: usize = 28;
const PIECE_BYTES: usize = 1024 * 1024;
const SUFFIX: &str = ".snapshot";

/// Is a part of the index with a snapshot of its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SnapshotKind {
    /// Persons by name.
    Persons,
    /// Documents by number.
    Documents,
}

impl SnapshotKind {
    fn prefix(self) -> &'static str {
        match self {
            Self::Persons => "persons-",
            Self::Documents => "documents-",
        }
    }
}

fn place(id: &[u8], number: u64, last: bool) -> Vec<u8> {
    [b"barid/snapshot-piece/v1\0".as_slice(), id, &number.to_be_bytes(), &[u8::from(last)]].concat()
}

/// Lists the snapshot files, oldest name first.
fn list(directory: &Path) -> Result<Vec<PathBuf>, StoreError> {
    let mut files = Vec::new();
    for entry in fs::read_dir(directory).map_err(StoreError::file("read the snapshot directory"))? {
        let path = entry.map_err(StoreError::file("read the snapshot directory"))?.path();
        if path.to_str().is_some_and(|path| path.ends_with(SUFFIX) || path.ends_with(".tmp")) {
            files.push(path);
        }
    }
    files.sort();
    Ok(files)
}

fn is_of(kind: SnapshotKind, path: &Path) -> bool {
    path.file_name().and_then(|name| name.to_str()).is_some_and(|name| name.starts_with(kind.prefix()))
}

/// A snapshot being written: bytes go in, and are sealed a piece at a time.
#[derive(Debug)]
pub struct SnapshotWriter {
    file: File,
    key: SealingKey,
    id: [u8; 16],
    piece: Vec<u8>,
    number: u64,
}

impl SnapshotWriter {
    fn begin(path: &Path, ring: &KeyRing, today: Day) -> Result<Self, StoreError> {
        let mut options = OpenOptions::new();
        options.write(true).create(true).truncate(true).mode(0o600);
        let mut file = options.open(path).map_err(StoreError::file("create a snapshot"))?;
        let id = random::<16>()?;
        let header = [MAGIC.as_slice(), &today.days().to_be_bytes(), &id].concat();
        file.write_all(&header).map_err(StoreError::file("write a snapshot"))?;
        let (key, piece) = (ring.snapshots_of(today.days()), Vec::with_capacity(PIECE_BYTES));
        Ok(Self { file, key, id, piece, number: 0 })
    }

    /// Adds bytes.
    ///
    /// # Errors
    /// File errors.
    pub fn write(&mut self, mut bytes: &[u8]) -> Result<(), StoreError> {
        while !bytes.is_empty() {
            // A full piece waits: only what comes behind it tells that it is not the last.
            if self.piece.len() == PIECE_BYTES {
                self.seal_piece(false)?;
            }
            let (now, later) = bytes.split_at(bytes.len().min(PIECE_BYTES - self.piece.len()));
            self.piece.extend_from_slice(now);
            bytes = later;
        }
        Ok(())
    }

    fn seal_piece(&mut self, last: bool) -> Result<(), StoreError> {
        let sealed = self.key.seal(&place(&self.id, self.number, last), &self.piece)?;
        // A piece is 1 MiB and a little.
        let length = (sealed.len() as u32).to_be_bytes();
        let written = self.file.write_all(&length).and_then(|()| self.file.write_all(&sealed));
        written.map_err(StoreError::file("write a snapshot"))?;
        self.piece.clear();
        self.number += 1;
        Ok(())
    }

    fn finish(mut self) -> Result<(), StoreError> {
        self.seal_piece(true)?;
        self.file.sync_all().map_err(StoreError::file("write a snapshot"))
    }
}

/// Saves a snapshot of a kind and removes the ones of that kind before it. What is not whole gets no name.
pub(crate) fn save(
    directory: &Path,
    ring: &KeyRing,
    today: Day,
    kind: SnapshotKind,
    write: impl FnOnce(&mut SnapshotWriter) -> Result<(), StoreError>,
) -> Result<(), StoreError> {
    let before = list(directory)?;
    let path = directory.join(format!("{}{today}{SUFFIX}", kind.prefix()));
    let temporary = directory.join(format!("{}{today}{SUFFIX}.tmp", kind.prefix()));
    let written = SnapshotWriter::begin(&temporary, ring, today).and_then(|mut writer| {
        write(&mut writer)?;
        writer.finish()
    });
    if let Err(error) = written {
        // It may be the very thing that fills the disk. Where it can't be removed, the next one sweeps it up.
        let _ = fs::remove_file(&temporary);
        return Err(error);
    }
    fs::rename(&temporary, &path).map_err(StoreError::file("rename a snapshot"))?;
    sync_parent(&path)?;
    // Of no known kind: what an earlier version called its snapshot.
    let is_known = |path: &Path| is_of(SnapshotKind::Persons, path) || is_of(SnapshotKind::Documents, path);
    let outdated = |old: &Path| old != path && old != temporary && (is_of(kind, old) || !is_known(old));
    before.iter().filter(|old| outdated(old)).try_for_each(|old| remove(old))
}

/// A snapshot being read, a piece at a time; after an error it ends.
#[derive(Debug)]
pub struct SnapshotReader {
    file: BufReader<File>,
    key: SealingKey,
    id: [u8; 16],
    /// Bytes of the file not read yet.
    left: u64,
    number: u64,
}

impl SnapshotReader {
    /// Opens a file; `None` where its header is none.
    fn open(path: &Path, ring: &KeyRing) -> Result<Option<Self>, StoreError> {
        let file = File::open(path).map_err(StoreError::file("read a snapshot"))?;
        let length = file.metadata().map_err(StoreError::file("read a snapshot"))?.len();
        let mut file = BufReader::new(file);
        let mut header = [0; HEADER_BYTES];
        if length <= HEADER_BYTES as u64 {
            return Ok(None);
        }
        file.read_exact(&mut header).map_err(StoreError::file("read a snapshot"))?;
        let (magic, rest) = header.split_at(MAGIC.len());
        let (Some((day, id)), true) = (rest.split_first_chunk::<4>(), magic == MAGIC) else {
            return Ok(None);
        };
        let Ok(id) = id.try_into() else { return Ok(None) };
        let key = ring.snapshots_of(i32::from_be_bytes(*day));
        Ok(Some(Self { file, key, id, left: length - HEADER_BYTES as u64, number: 0 }))
    }

    fn next_piece(&mut self) -> Result<Vec<u8>, StoreError> {
        let damaged = StoreError::Damaged("snapshot");
        let mut length = [0; 4];
        self.left = self.left.checked_sub(4).ok_or(damaged.clone())?;
        self.file.read_exact(&mut length).map_err(StoreError::file("read a snapshot"))?;
        let length = u32::from_be_bytes(length);
        self.left = self.left.checked_sub(u64::from(length)).ok_or(damaged.clone())?;
        if length as usize > PIECE_BYTES + SEAL_OVERHEAD_BYTES {
            return Err(damaged);
        }
        let mut sealed = vec![0; length as usize];
        self.file.read_exact(&mut sealed).map_err(StoreError::file("read a snapshot"))?;
        let piece = self.key.open(&place(&self.id, self.number, self.left == 0), &sealed).ok_or(damaged)?;
        self.number += 1;
        Ok(piece)
    }

    /// Reads the rest in one.
    ///
    /// # Errors
    /// [`StoreError::Damaged`]; file errors.
    pub fn read_to_end(self) -> Result<Vec<u8>, StoreError> {
        let mut bytes = Vec::new();
        for piece in self {
            bytes.extend_from_slice(&piece?);
        }
        Ok(bytes)
    }
}

impl Iterator for SnapshotReader {
    type Item = Result<Vec<u8>, StoreError>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.left == 0 {
            return None;
        }
        let piece = self.next_piece();
        if piece.is_err() {
            self.left = 0;
        }
        Some(piece)
    }
}

/// Opens the newest snapshot of a kind; `None` where there is none.
pub(crate) fn load(
    directory: &Path,
    ring: &KeyRing,
    kind: SnapshotKind,
) -> Result<Option<SnapshotReader>, StoreError> {
    let is_whole = |path: &PathBuf| path.to_str().is_some_and(|path| path.ends_with(SUFFIX));
    let newest = list(directory)?.into_iter().rfind(|path| is_whole(path) && is_of(kind, path));
    let Some(path) = newest else { return Ok(None) };
    SnapshotReader::open(&path, ring)?.map(Some).ok_or(StoreError::Damaged("snapshot"))
}

/// Removes every snapshot, as an erasure must.
pub(crate) fn remove_all(directory: &Path) -> Result<(), StoreError> {
    list(directory)?.iter().try_for_each(|path| remove(path))
}

/// Overwrites a file's beginning, then removes it: without the header's id no piece opens.
fn remove(path: &Path) -> Result<(), StoreError> {
    let overwritten = fs::OpenOptions::new()
        .write(true)
        .open(path)
        .and_then(|mut file| file.write_all(&[0; HEADER_BYTES]).and_then(|()| file.sync_all()));
    overwritten.map_err(StoreError::file("overwrite a snapshot"))?;
    fs::remove_file(path).map_err(StoreError::file("remove a snapshot"))?;
    sync_parent(path)
}

#[cfg(test)]
mod tests {
    use super::*;
    use SnapshotKind::{Documents, Persons};

    fn day(text: &str) -> Day {
        text.parse().unwrap()
    }

    fn put(directory: &Path, ring: &KeyRing, today: &str, kind: SnapshotKind, bytes: &[u8]) {
        save(directory, ring, day(today), kind, |writer| writer.write(bytes)).unwrap();
    }

    fn get(directory: &Path, ring: &KeyRing, kind: SnapshotKind) -> Result<Option<Vec<u8>>, StoreError> {
        load(directory, ring, kind)?.map(SnapshotReader::read_to_end).transpose()
    }

    #[test]
    fn snapshots_of_any_length_read_back_and_no_cut_or_flip_does() {
        let ring = KeyRing::new(&[9; 32]);
        let directory = tempfile::tempdir().unwrap();
        let directory = directory.path();
        assert_eq!(get(directory, &ring, Persons).unwrap(), None);
        for length in [0, 1, PIECE_BYTES - 1, PIECE_BYTES, PIECE_BYTES + 1, 2 * PIECE_BYTES] {
            let bytes: Vec<u8> = (0..length).map(|at| at as u8).collect();
            put(directory, &ring, "2026-11-23", Persons, &bytes);
            assert_eq!(get(directory, &ring, Persons).unwrap(), Some(bytes.clone()));
            // The same in writes of other lengths.
            let in_parts =
                |writer: &mut SnapshotWriter| bytes.chunks(700_001).try_for_each(|p| writer.write(p));
            save(directory, &ring, day("2026-11-23"), Documents, in_parts).unwrap();
            assert_eq!(get(directory, &ring, Documents).unwrap(), Some(bytes));
        }
        put(directory, &ring, "2026-11-24", Persons, b"x");
        let [documents, path] = &list(directory).unwrap()[..] else { panic!("the older one is gone") };
        assert!(is_of(Documents, documents) && is_of(Persons, path));
        let sealed = fs::read(path).unwrap();
        for at in 0..sealed.len() {
            let mut damaged = sealed.clone();
            damaged[at] ^= 1;
            fs::write(path, damaged).unwrap();
            assert!(get(directory, &ring, Persons).is_err(), "flip at {at}");
            fs::write(path, &sealed[..at]).unwrap();
            assert!(get(directory, &ring, Persons).is_err(), "cut at {at}");
        }
        assert!(get(directory, &ring, Documents).unwrap().is_some());
        remove_all(directory).unwrap();
        assert_eq!(get(directory, &ring, Documents).unwrap(), None);
    }

    #[test]
    fn a_snapshot_that_was_not_finished_is_none_and_pieces_can_not_be_left_out() {
        let ring = KeyRing::new(&[9; 32]);
        let directory = tempfile::tempdir().unwrap();
        let directory = directory.path();
        put(directory, &ring, "2026-11-23", Persons, &vec![1; 2 * PIECE_BYTES + 5]);
        let failing = |writer: &mut SnapshotWriter| {
            writer.write(&vec![2; 3 * PIECE_BYTES])?;
            Err(StoreError::Stopped)
        };
        assert!(save(directory, &ring, day("2026-11-24"), Persons, failing).is_err());
        assert_eq!(get(directory, &ring, Persons).unwrap().unwrap()[0], 1);
        let path = directory.join("persons-2026-11-23.snapshot");
        let sealed = fs::read(&path).unwrap();
        let piece = 4 + PIECE_BYTES + SEAL_OVERHEAD_BYTES;
        for left_out in 0..2 {
            let from = HEADER_BYTES + left_out * piece;
            fs::write(&path, [&sealed[..from], &sealed[from + piece..]].concat()).unwrap();
            assert!(get(directory, &ring, Persons).is_err());
        }
        // The next whole one sweeps up: what was not finished, and what an earlier version called its snapshot.
        fs::write(directory.join("index-2026-11-20.snapshot"), vec![0; 100]).unwrap();
        put(directory, &ring, "2026-11-25", Persons, b"x");
        assert_eq!(list(directory).unwrap(), [directory.join("persons-2026-11-25.snapshot")]);
    }
}
