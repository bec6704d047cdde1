//! Snapshots of the index: sealed under a key of the day they were made on, replaced whole, removed by every erasure.
//!
//! File: `BARIDS1\n`, day (4 bytes), random id (16), then per piece of 1 MiB its sealed length (4) and sealed bytes,
//! which open only at their number and, the last one, only as last.

use std::fs;
use std::path::{Path, PathBuf};

use barid_domain::dates::Day;

use crate::directory::{sync_parent, write_durably};
use crate::error::StoreError;
use crate::sealing::{KeyRing, random};

const MAGIC: &[u8; 8] = b"BARIDS1\n";
const HEADER_BYTES: usize = 28;
const PIECE_BYTES: usize = 1024 * 1024;
const SUFFIX: &str = ".snapshot";

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

/// Saves a snapshot and removes the ones before it.
pub(crate) fn save(directory: &Path, ring: &KeyRing, today: Day, bytes: &[u8]) -> Result<(), StoreError> {
    let key = ring.snapshots_of(today.days());
    let id = random::<16>()?;
    let mut out = MAGIC.to_vec();
    out.extend_from_slice(&today.days().to_be_bytes());
    out.extend_from_slice(&id);
    let pieces = bytes.chunks(PIECE_BYTES).chain(bytes.is_empty().then_some(&[][..]));
    let count = bytes.len().div_ceil(PIECE_BYTES).max(1) as u64;
    for (number, piece) in (0_u64..).zip(pieces) {
        let sealed = key.seal(&place(&id, number, number + 1 == count), piece)?;
        // A piece is 1 MiB and a little.
        out.extend_from_slice(&(sealed.len() as u32).to_be_bytes());
        out.extend_from_slice(&sealed);
    }
    let before = list(directory)?;
    let path = directory.join(format!("index-{today}{SUFFIX}"));
    write_durably(&path, &out)?;
    before.iter().filter(|old| **old != path).try_for_each(|old| remove(old))
}

/// Loads the newest snapshot; `None` where there is none.
pub(crate) fn load(directory: &Path, ring: &KeyRing) -> Result<Option<Vec<u8>>, StoreError> {
    let newest =
        list(directory)?.into_iter().rfind(|path| path.to_str().is_some_and(|p| p.ends_with(SUFFIX)));
    let Some(path) = newest else { return Ok(None) };
    let bytes = fs::read(path).map_err(StoreError::file("read a snapshot"))?;
    open(ring, &bytes).map(Some).ok_or(StoreError::Damaged("snapshot"))
}

fn open(ring: &KeyRing, bytes: &[u8]) -> Option<Vec<u8>> {
    let (header, mut rest) = bytes.split_first_chunk::<HEADER_BYTES>()?;
    if !header.starts_with(MAGIC) {
        return None;
    }
    let key = ring.snapshots_of(i32::from_be_bytes(header[8..12].try_into().ok()?));
    let mut out = Vec::with_capacity(bytes.len());
    let mut number = 0;
    while !rest.is_empty() {
        let (length, behind) = rest.split_first_chunk::<4>()?;
        let length = u32::from_be_bytes(*length) as usize;
        let sealed = behind.get(..length)?;
        rest = &behind[length..];
        out.extend_from_slice(&key.open(&place(&header[12..28], number, rest.is_empty()), sealed)?);
        number += 1;
    }
    (number > 0).then_some(out)
}

/// Removes every snapshot, as an erasure must.
pub(crate) fn remove_all(directory: &Path) -> Result<(), StoreError> {
    list(directory)?.iter().try_for_each(|path| remove(path))
}

/// Overwrites a file's beginning, then removes it: without the header's id no piece opens.
fn remove(path: &Path) -> Result<(), StoreError> {
    use std::io::Write as _;
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

    #[test]
    fn snapshots_of_any_length_read_back_and_no_cut_or_flip_does() {
        let ring = KeyRing::new(&[9; 32]);
        let directory = tempfile::tempdir().unwrap();
        let day = |text: &str| text.parse::<Day>().unwrap();
        assert_eq!(load(directory.path(), &ring).unwrap(), None);
        for length in [0, 1, PIECE_BYTES, PIECE_BYTES + 1] {
            let bytes = vec![7; length];
            save(directory.path(), &ring, day("2026-11-23"), &bytes).unwrap();
            assert_eq!(load(directory.path(), &ring).unwrap(), Some(bytes));
        }
        save(directory.path(), &ring, day("2026-11-24"), b"x").unwrap();
        assert_eq!(list(directory.path()).unwrap().len(), 1, "the older one is gone");
        let sealed = fs::read(&list(directory.path()).unwrap()[0]).unwrap();
        for at in 0..sealed.len() {
            let mut damaged = sealed.clone();
            damaged[at] ^= 1;
            assert_eq!(open(&ring, &damaged), None, "flip at {at}");
            assert_eq!(open(&ring, &sealed[..at]), None, "cut at {at}");
        }
        remove_all(directory.path()).unwrap();
        assert_eq!(load(directory.path(), &ring).unwrap(), None);
    }
}
